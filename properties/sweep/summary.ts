// The summary of a sweep: every metric by cell, with its spread and its difference from the first cell, seed by seed.
// Invariant: a function of the runs that were kept; columns are of equal length, and what there is not is null.
import { pairedDifferences, sampleOf } from './statistics.ts';
import { cellIndex, runCount } from './plan.ts';
import type { SweepPlan } from './plan.ts';
import type { CollectedRun } from './collector.ts';

/** A metric in one cell, over its seeds. */
export interface MetricSummary {
  readonly cell: number;
  readonly metric: string;
  readonly count: number;
  readonly mean: number;
  /** Standard deviation over seeds. */
  readonly deviation: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
  /** 95% interval of the mean; null for one run. */
  readonly low: number | null;
  readonly high: number | null;
  /** Seeds that both this cell and the first have it of; null in the first cell. */
  readonly pairCount: number | null;
  /** Mean over these of this cell's minus the first's, with its 95% interval; null where there is none. */
  readonly difference: number | null;
  readonly differenceLow: number | null;
  readonly differenceHigh: number | null;
}

/** The names of all metrics that runs have, in the order in which runs first have them. */
export function metricNames(runs: readonly CollectedRun[]): string[] {
  const names = new Set<string>();
  for (const { outcome } of runs) {
    if (outcome.kind === 'done') for (const name of Object.keys(outcome.result.metrics)) names.add(name);
  }
  return [...names];
}

/** Every metric of every cell: cell by cell, in the order of {@link metricNames}. Runs that were cut short are left out. */
export function summaryOf(plan: SweepPlan, runs: readonly CollectedRun[]): MetricSummary[] {
  const whole = new Map<number, Readonly<Record<string, number>>>();
  for (const { run, outcome } of runs) {
    if (outcome.kind === 'done' && outcome.result.cutShort === null) whole.set(run, outcome.result.metrics);
  }
  const names = metricNames(runs);
  const values = (cell: number, metric: string): (number | undefined)[] => {
    const found: (number | undefined)[] = [];
    for (let run = cell; run < runCount(plan); run += plan.cells.length) found.push(whole.get(run)?.[metric]);
    return found;
  };
  const first = new Map(names.map((metric) => [metric, values(0, metric)]));
  return plan.cells.flatMap((_, cell) => {
    return names.flatMap((metric) => summaryIn(cell, metric, values(cell, metric), first.get(metric)!));
  });
}

function summaryIn(
  cell: number,
  metric: string,
  values: readonly (number | undefined)[],
  first: readonly (number | undefined)[],
): MetricSummary[] {
  const sample = sampleOf(values.filter((value) => value !== undefined));
  if (sample === undefined) return [];
  const { interval, ...figures } = sample;
  const paired = cell === 0 ? undefined : sampleOf(pairedDifferences(first, values));
  return [
    {
      cell,
      metric,
      ...figures,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
      pairCount: cell === 0 ? null : (paired?.count ?? 0),
      difference: paired?.mean ?? null,
      differenceLow: paired?.interval?.low ?? null,
      differenceHigh: paired?.interval?.high ?? null,
    },
  ];
}

/** Runs as columns, for a plot: what was run, what came of it, and every metric; null where a run has none. */
export function runColumns(plan: SweepPlan, runs: readonly CollectedRun[]): Record<string, unknown[]> {
  const columns: Record<string, unknown[]> = {
    cell: runs.map(({ run }) => cellIndex(plan, run)),
    ...valueColumns(
      plan,
      runs.map(({ run }) => cellIndex(plan, run)),
    ),
    seed: runs.map(({ run }) => plan.seeds[Math.floor(run / plan.cells.length)]),
    outcome: runs.map(outcomeWord),
    digest: runs.map(({ outcome }) => (outcome.kind === 'done' ? outcome.result.digest : null)),
  };
  for (const name of metricNames(runs)) {
    columns[name] = runs.map(({ outcome }) =>
      outcome.kind === 'done' ? (outcome.result.metrics[name] ?? null) : null,
    );
  }
  return columns;
}

/** The values that vary, a column each, for rows of these cells. */
export function valueColumns({ cells }: SweepPlan, cellOfRow: readonly number[]): Record<string, unknown[]> {
  const names = Object.keys(cells[0]?.values ?? {});
  return Object.fromEntries(names.map((name) => [name, cellOfRow.map((cell) => cells[cell]!.values[name] ?? null)]));
}

/** `held`, `broke`, or how a run did not come to its end. */
function outcomeWord({ outcome }: CollectedRun): string {
  if (outcome.kind !== 'done') return outcome.kind;
  const { verdicts, cutShort } = outcome.result;
  if (verdicts.some(({ ok }) => !ok)) return 'broke';
  return cutShort ?? 'held';
}
