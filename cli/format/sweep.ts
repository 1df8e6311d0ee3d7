// A sweep, for people: what varies, the metrics by cell, what differs from the first cell, and the findings.
// Invariant: what is left out is named; the last lines are findings, each with the line that runs it again.
import { counted } from '../../sim/counted.ts';
import type { CollectedRun } from '../../properties/sweep/collector.ts';
import type { FindingGroup } from '../../properties/sweep/groups.ts';
import type { CellReport } from '../../properties/sweep/report.ts';
import type { MetricSummary } from '../../properties/sweep/summary.ts';
import { paint } from '../terminal.ts';
import { wrapped } from './evidence.ts';
import { shownQuantity } from './quantity.ts';
import { borderless } from './verdicts.ts';

/** Metrics shown unless others are asked for, as far as runs have them. */
const KEY_METRICS = [
  'messagesPerNodeSecond',
  'bytesPerNodeSecond',
  'dialsPerNodeSecond',
  'duplicateRatio',
  'deliveryShare',
  'slowestDeliveryUs',
  'cpuUsPerNodeSecond',
  'heapBytes',
  'openTaskCount',
  'openConnectionCount',
  'residueCount',
] as const;
/** Findings shown. */
const MOST_FINDINGS = 20;

/** What a sweep's print is made of. */
export interface SweepText {
  readonly cells: readonly CellReport[];
  readonly summary: readonly MetricSummary[];
  /** Names asked for; empty for the usual ones. */
  readonly metrics: readonly string[];
}

/** The tables: metrics, and differences where anything varies. Without a newline at the end. */
export function sweepTables({ cells, summary, metrics }: SweepText): string {
  const has = new Set(summary.map(({ metric }) => metric));
  const asked = metrics.length > 0 ? metrics : KEY_METRICS;
  const shown = asked.filter((name) => has.has(name));
  const missing = metrics.filter((name) => !has.has(name));
  const blocks = cells.length === 1 ? [metricTable(summary, shown)] : cellTables(cells, summary, shown);
  const left = has.size - shown.length;
  const notes = [
    ...(left > 0 ? [`${left} more metrics are in --csv, --runs and --json; --metric <name> shows them here`] : []),
    ...missing.map((name) => `no run has the metric ${JSON.stringify(name)}; there are ${[...has].join(', ')}`),
  ];
  return [...blocks, ...notes.flatMap((note) => wrapped(note, 0)).map((line) => paint.dim(line))].join('\n');
}

/** A row by metric: for one cell. */
function metricTable(summary: readonly MetricSummary[], names: readonly string[]): string {
  const rows = names.flatMap((name) => {
    const row = summary.find(({ metric }) => metric === name);
    if (row === undefined) return [];
    const { mean, deviation, low, high, min, median, max } = row;
    const show = (value: number): string => shownMetric(name, value);
    const interval = low === null || high === null ? '' : `${show(low)} to ${show(high)}`;
    return [[paint.cyan(name), show(mean), interval, show(deviation), show(min), show(median), show(max)]];
  });
  return borderless(['metric', 'mean', '95% interval', 'deviation', 'min', 'median', 'max'], rows, 1);
}

/** A row by cell: a table of means, and one of differences from the first cell. */
function cellTables(
  cells: readonly CellReport[],
  summary: readonly MetricSummary[],
  names: readonly string[],
): string[] {
  const headings = ['', ...names.map((name) => name.replace('PerNodeSecond', '\nPerNodeSecond'))];
  const table = (text: (row: MetricSummary) => string, from: number): string => {
    const rows = cells.slice(from).map(({ label }, place) => {
      const own = summary.filter(({ cell }) => cell === place + from);
      return [
        paint.cyan(label),
        ...names.map((name) => {
          const row = own.find(({ metric }) => metric === name);
          return row === undefined ? '-' : text(row);
        }),
      ];
    });
    return borderless(headings, rows, 1);
  };
  const means = table(({ metric, mean, deviation }) => {
    return `${shownMetric(metric, mean)} ± ${shownMetric(metric, deviation)}`;
  }, 0);
  const differences = table(({ metric, difference, differenceLow: low, differenceHigh: high }) => {
    if (difference === null) return '-';
    const interval =
      low === null || high === null ? '' : `\n${shownMetric(metric, low)} to ${shownMetric(metric, high)}`;
    return `${signed(difference, metric)}${interval}`;
  }, 1);
  const legend = `against ${cells[0]!.label}, seed by seed: mean and 95% interval`;
  return [
    `${paint.bold('mean ± deviation over seeds')}`,
    means,
    '',
    `${paint.bold('difference')}  ${paint.dim(legend)}`,
    differences,
  ];
}

function signed(value: number, metric: string): string {
  return `${value > 0 ? '+' : ''}${shownMetric(metric, value)}`;
}

/** A value with the unit that its metric's name ends with. */
export function shownMetric(metric: string, value: number): string {
  const name = metric.replace('PerNodeSecond', '').replace(/^heapBytes\..*/, 'heapBytes');
  if (/bytes$/i.test(name)) return shownQuantity(value, 'bytes');
  if (name.endsWith('Us')) return shownQuantity(value, 'us');
  return shownQuantity(value, name.endsWith('Share') ? '%' : '');
}

/**
 * The findings, a block each; empty when there is none.
 *
 * @param repro - The line that runs a finding again; undefined when there is none.
 */
export function findingsText(
  groups: readonly FindingGroup[],
  cells: readonly CellReport[],
  repro: (group: FindingGroup) => string | undefined,
): string {
  const blocks = groups.slice(0, MOST_FINDINGS).map((group) => {
    const { text, count, runCount, share, shareLow, shareHigh, firstSeed, firstCell, evidence } = group;
    const percent = (value: number): string => shownQuantity(value, '%');
    const interval = `${percent(share)} (${percent(shareLow)} to ${percent(shareHigh)})`;
    const label = cells[firstCell]!.label;
    const first = `first with seed ${firstSeed}${label === '' ? '' : `, ${label}`}`;
    const line = repro(group);
    return [
      ...wrapped(`✗ ${text}`, 0).map((one) => paint.red(one)),
      paint.dim(`  ${count} of ${counted(runCount, 'run')}, ${interval}; ${first}`),
      ...(evidence === '' ? [] : wrapped(evidence, 2).map((one) => `  ${one}`)),
      ...(line === undefined ? [] : [line]),
    ].join('\n');
  });
  const left = groups.length - blocks.length;
  return [
    ...(left > 0 ? [paint.dim(`${left} more ${left === 1 ? 'finding is' : 'findings are'} in --json`)] : []),
    ...blocks,
  ].join('\n\n');
}

/** One line: how many runs held and broke, and how long they took. */
export function sweepOutcome(
  cells: readonly CellReport[],
  runs: readonly CollectedRun[],
  { cut, plannedCount, wallMs }: { cut: string; plannedCount: number; wallMs: number },
): string {
  const sum = (count: (cell: CellReport) => number): number => cells.reduce((total, cell) => total + count(cell), 0);
  const broke = sum(({ brokeCount }) => brokeCount);
  const unfinished = sum(({ unfinishedCount }) => unfinishedCount);
  const parts = [
    ...(broke > 0 ? [paint.red(`${broke} of ${counted(runs.length, 'run')} broke`)] : []),
    ...(unfinished > 0 ? [paint.yellow(`${unfinished} of ${runs.length} did not come to their end`)] : []),
    ...(broke + unfinished === 0 ? [paint.green(`${runs.length} of ${counted(runs.length, 'run')} held`)] : []),
  ];
  const made =
    runs.length < plannedCount ? `${runs.length} of ${counted(plannedCount, 'run')}` : counted(runs.length, 'run');
  const events = runs.reduce(
    (total, { outcome }) => total + (outcome.kind === 'done' ? outcome.result.eventCount : 0),
    0,
  );
  const effort = `${made} in ${(wallMs / 1000).toFixed(1)} s, ${counted(events, 'event')}`;
  return `${cut === '' ? '' : `${paint.yellow(cut)}; `}${parts.join(', ')}  ${paint.dim(effort)}`;
}
