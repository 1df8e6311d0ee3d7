// What an analysis gives: how often each defect was found in each cell, and the least that finds it 95 times in 100.
// Invariant: a run counts as a find only when a property broke in it, with
// evidence at the fault where the corpus knows it, and none broke in the same run without the defect; the
// report depends on the outcomes alone, whichever came first.
import { formatDuration } from '../../sim/duration.ts';
import { causeText } from '../causes.ts';
import type { JobResult } from '../sweep/job.ts';
import { columnsOf, csvOf } from '../sweep/csv.ts';
import { findingsOf, findingText } from '../sweep/outcome.ts';
import type { JobOutcome } from '../sweep/outcome.ts';
import { wilsonInterval } from '../sweep/statistics.ts';
import { powerRunNumber } from './plan.ts';
import type { PowerPlan, SoughtDefect } from './plan.ts';

/** How often a defect is to be found. */
export const ENOUGH = 0.95;

/** How often a defect was found in a cell. */
export interface PowerRow {
  readonly defect: string;
  readonly nodes: number;
  /** Null for churn without a rate. */
  readonly ratePerSecond: number | null;
  readonly forUs: number;
  readonly for: string;
  /** Calms that fit, and departures and acts, as one of the seeds has them. */
  readonly calmCount: number;
  readonly churnCount: number;
  /** Seeds of which the run with the defect and the run without both came to their end. */
  readonly seedCount: number;
  readonly foundCount: number;
  /** Seeds of which something broke, but nowhere near the fault, as the corpus has it: these count as not found. */
  readonly elsewhereCount: number;
  /** `foundCount / seedCount` and its 95% interval by Wilson; null and 0 to 1 for no seed. */
  readonly probability: number | null;
  readonly low: number;
  readonly high: number;
  /** Runs of different seeds that find it 95 times in 100 together, were the probability as measured; null for none. */
  readonly runsFor95: number | null;
  /** The property that found it most often, and in how many runs; null when it was never found. */
  readonly property: string | null;
  readonly propertyCount: number | null;
  /** Seeds whose run without the defect broke a property: these count as not found. */
  readonly falseAlarmCount: number;
  /** Seeds of which a run died, hung or was refused. */
  readonly unfinishedCount: number;
}

/** Of one defect. */
export interface PowerOfDefect {
  readonly defect: string;
  readonly rows: readonly PowerRow[];
  /** The row of the least time, then the least churn, then the fewest nodes that found it 95 times in 100; null for none. */
  readonly least: PowerRow | null;
  /** The row that finds it so with the least virtual time over several seeds, when that is less; null otherwise. */
  readonly cheaper: PowerRow | null;
}

/** Runs without a defect. */
export interface Controls {
  readonly runCount: number;
  readonly brokeCount: number;
  /** What broke, each once. */
  readonly causes: readonly string[];
}

/** What an analysis gives. */
export interface PowerReport {
  /** Length of a calm, in microseconds. */
  readonly calmUs: number;
  readonly seedCount: number;
  readonly plannedCount: number;
  readonly runCount: number;
  readonly controls: Controls;
  readonly defects: readonly PowerOfDefect[];
  /** How runs did not come to their end, each once. */
  readonly troubles: readonly string[];
}

/** Outcomes by number of run. */
export type PowerOutcomes = ReadonlyMap<number, JobOutcome>;

/** Puts a report together of the outcomes that there are. */
export function powerReport(plan: PowerPlan, outcomes: PowerOutcomes): PowerReport {
  const kept = [...outcomes].toSorted(([a], [b]) => a - b);
  const unfinished = kept.flatMap(([, outcome]) => (outcome.kind === 'done' ? [] : findingsOf(outcome)));
  return {
    calmUs: plan.cells[0]!.canary.calmUs,
    seedCount: plan.seeds.length,
    plannedCount: plan.cells.length * plan.seeds.length * (1 + plan.defects.length),
    runCount: outcomes.size,
    controls: controlsOf(plan, outcomes),
    defects: plan.defects.map((_, defect) => ofDefect(plan, defect, outcomes)),
    troubles: [...new Set(unfinished.map(findingText))],
  };
}

function controlsOf(plan: PowerPlan, outcomes: PowerOutcomes): Controls {
  const results = plan.seeds.flatMap((_, seed) => {
    return plan.cells.flatMap((__, cell) => {
      return resultOf(outcomes.get(powerRunNumber(plan, { seed, cell, defect: undefined }))) ?? [];
    });
  });
  const broken = results.filter(broke);
  const causes = new Set(broken.flatMap((result) => result.causes.map(causeText)));
  return { runCount: results.length, brokeCount: broken.length, causes: [...causes] };
}

function ofDefect(plan: PowerPlan, defect: number, outcomes: PowerOutcomes): PowerOfDefect {
  const rows = plan.cells.map((_, cell) => rowOf(plan, { cell, defect }, outcomes));
  const enough = rows.filter(({ probability }) => probability !== null && probability >= ENOUGH);
  const least = enough.toSorted(byEffort)[0] ?? null;
  const cheapest = rows.filter(({ runsFor95 }) => runsFor95 !== null).toSorted(byTotalTime)[0] ?? null;
  const isCheaper = cheapest !== null && (least === null || totalUs(cheapest) < totalUs(least));
  return { defect: plan.defects[defect]!.id, rows, least, cheaper: isCheaper ? cheapest : null };
}

/** The least time, then the least churn, then the fewest nodes. */
function byEffort(a: PowerRow, b: PowerRow): number {
  return a.forUs - b.forUs || (a.ratePerSecond ?? 0) - (b.ratePerSecond ?? 0) || a.nodes - b.nodes;
}

function byTotalTime(a: PowerRow, b: PowerRow): number {
  return totalUs(a) - totalUs(b) || byEffort(a, b);
}

/** Virtual time over the runs that it takes; more than any for a row that finds nothing. */
function totalUs({ runsFor95, forUs }: PowerRow): number {
  return (runsFor95 ?? Infinity) * forUs;
}

function rowOf(plan: PowerPlan, { cell, defect }: { cell: number; defect: number }, outcomes: PowerOutcomes): PowerRow {
  const sought = plan.defects[defect]!;
  const { canary, shape } = plan.cells[cell]!;
  const tally = tallyOf(plan, { cell, defect }, outcomes);
  const { found, seedCount } = tally;
  const { low, high } = wilsonInterval(found.length, seedCount);
  const probability = seedCount === 0 ? null : found.length / seedCount;
  const [property, propertyCount] = mostOften(found);
  return {
    defect: sought.id,
    nodes: canary.terms.nodes,
    ratePerSecond: canary.ratePerSecond ?? null,
    forUs: canary.terms.forUs,
    for: formatDuration(canary.terms.forUs),
    ...shape,
    seedCount,
    foundCount: found.length,
    elsewhereCount: tally.elsewhereCount,
    probability: probability === null ? null : rounded(probability),
    low: rounded(low),
    high: rounded(high),
    runsFor95: probability === null ? null : runsFor(probability),
    property,
    propertyCount,
    falseAlarmCount: tally.falseAlarmCount,
    unfinishedCount: tally.unfinishedCount,
  };
}

function rounded(share: number): number {
  return Number(share.toFixed(6));
}

interface Tally {
  readonly seedCount: number;
  readonly found: readonly JobResult[];
  readonly elsewhereCount: number;
  readonly falseAlarmCount: number;
  readonly unfinishedCount: number;
}

function tallyOf(plan: PowerPlan, { cell, defect }: { cell: number; defect: number }, outcomes: PowerOutcomes): Tally {
  const found: JobResult[] = [];
  let seedCount = 0;
  let elsewhereCount = 0;
  let falseAlarmCount = 0;
  let unfinishedCount = 0;
  for (const seed of plan.seeds.keys()) {
    const pair = [undefined, defect].map((one) => outcomes.get(powerRunNumber(plan, { seed, cell, defect: one })));
    if (pair.includes(undefined)) continue;
    const [control, red] = pair.map(resultOf);
    if (control === undefined || red === undefined) {
      unfinishedCount++;
      continue;
    }
    seedCount++;
    if (broke(control)) falseAlarmCount++;
    else if (shows(red, plan.defects[defect]!)) found.push(red);
    else if (broke(red)) elsewhereCount++;
  }
  return { seedCount, found, elsewhereCount, falseAlarmCount, unfinishedCount };
}

/**
 * How many runs of different seeds find what each finds with this probability, 95 times in 100.
 *
 * @param probability - From 0 to 1, both included.
 * @returns Null for 0.
 */
export function runsFor(probability: number): number | null {
  if (probability <= 0) return null;
  if (probability >= ENOUGH) return 1;
  // Multiplied out, so that no logarithm of an engine can decide.
  let runs = 0;
  for (let missed = 1; missed > 1 - ENOUGH + ROUNDING; missed *= 1 - probability) runs++;
  return runs;
}

const ROUNDING = 1e-12;

/** The property that broke in most of the runs; of equals the one that is first in the verdict table. */
function mostOften(results: readonly JobResult[]): [property: string | null, count: number | null] {
  const counts = new Map<string, number>();
  for (const { verdicts } of results) {
    for (const { name, ok } of verdicts) counts.set(name, (counts.get(name) ?? 0) + (ok ? 0 : 1));
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most === undefined ? [null, null] : most;
}

/**
 * Whether a run shows a defect: something broke, and where the corpus knows the defect, some evidence points at it. A break
 * elsewhere may be a false alarm that the run without the defect happened not to give.
 */
export function shows({ causes, causeEvidence }: JobResult, { pointsAt }: SoughtDefect): boolean {
  if (pointsAt === undefined) return causes.length > 0;
  return causes.some(({ where }) => where.includes(pointsAt)) || causeEvidence.some((text) => text.includes(pointsAt));
}

function broke({ causes }: JobResult): boolean {
  return causes.length > 0;
}

function resultOf(outcome: JobOutcome | undefined): JobResult | undefined {
  return outcome?.kind === 'done' && outcome.result.cutShort === null ? outcome.result : undefined;
}

/** The columns of the CSV, in order. */
const COLUMNS = [
  'defect',
  'nodes',
  'ratePerSecond',
  'for',
  'forUs',
  'calmCount',
  'churnCount',
  'seedCount',
  'foundCount',
  'probability',
  'low',
  'high',
  'runsFor95',
  'property',
  'propertyCount',
  'elsewhereCount',
  'falseAlarmCount',
  'unfinishedCount',
] as const satisfies readonly (keyof PowerRow)[];

/** A report as CSV: a row by defect and cell. */
export function powerCsv({ defects }: PowerReport): string {
  return csvOf(
    columnsOf(
      defects.flatMap(({ rows }) => rows),
      COLUMNS,
    ),
  );
}
