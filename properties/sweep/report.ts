// What a sweep gives, as data: its plan, its findings, its summary and its runs, the latter two as columns for a plot.
// Invariant: plain JSON without a time of day or a duration of real time: equal sweeps give equal reports.
import { columnsOf } from './csv.ts';
import { groupsOf } from './groups.ts';
import type { FindingGroup } from './groups.ts';
import { runColumns, summaryOf, valueColumns } from './summary.ts';
import type { MetricSummary } from './summary.ts';
import { cellIndex, runCount } from './plan.ts';
import type { SweepPlan } from './plan.ts';
import type { CollectedRun } from './collector.ts';

/** A cell, and what came of its runs. */
export interface CellReport {
  readonly label: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Runs that were made; those that came to their end and held; those in which a property broke. */
  readonly runCount: number;
  readonly heldCount: number;
  readonly brokeCount: number;
  /** Runs that did not come to their end, for whatever reason. */
  readonly unfinishedCount: number;
}

/** What a sweep gives. */
export interface SweepReport {
  /** Runs planned, in this shard. */
  readonly plannedCount: number;
  readonly seedCount: number;
  readonly cells: readonly CellReport[];
  /** Most runs first. */
  readonly findings: readonly FindingGroup[];
  /** A row by cell and metric, as columns; see {@link MetricSummary}. */
  readonly summary: Readonly<Record<string, readonly unknown[]>>;
  /** A row by run, as columns. */
  readonly runs: Readonly<Record<string, readonly unknown[]>>;
}

const SUMMARY_COLUMNS = [
  'metric',
  'count',
  'mean',
  'deviation',
  'min',
  'p25',
  'median',
  'p75',
  'max',
  'low',
  'high',
  'pairCount',
  'difference',
  'differenceLow',
  'differenceHigh',
] as const satisfies readonly (keyof MetricSummary)[];

/** Puts a report together. */
export function sweepReport(plan: SweepPlan, runs: readonly CollectedRun[]): SweepReport {
  return {
    plannedCount: runCount(plan),
    seedCount: plan.seeds.length,
    cells: plan.cells.map(({ label, values }, cell) => {
      return { label, values, ...tally(runs.filter(({ run }) => cellIndex(plan, run) === cell)) };
    }),
    findings: groupsOf(plan, runs),
    summary: summaryColumns(plan, summaryOf(plan, runs)),
    runs: runColumns(plan, runs),
  };
}

/** A summary as columns: the cell, what varies in it, and the figures. */
export function summaryColumns(plan: SweepPlan, rows: readonly MetricSummary[]): Record<string, unknown[]> {
  const cells = rows.map(({ cell }) => cell);
  return { cell: cells, ...valueColumns(plan, cells), ...columnsOf(rows, SUMMARY_COLUMNS) };
}

function tally(
  runs: readonly CollectedRun[],
): Pick<CellReport, 'runCount' | 'heldCount' | 'brokeCount' | 'unfinishedCount'> {
  let heldCount = 0;
  let brokeCount = 0;
  let unfinishedCount = 0;
  for (const { outcome } of runs) {
    const isWhole = outcome.kind === 'done' && outcome.result.cutShort === null;
    const broke = outcome.kind === 'done' && outcome.result.verdicts.some(({ ok }) => !ok);
    if (broke) brokeCount++;
    else if (isWhole) heldCount++;
    if (!isWhole) unfinishedCount++;
  }
  return { runCount: runs.length, heldCount, brokeCount, unfinishedCount };
}
