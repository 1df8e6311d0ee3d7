// The power of a canary, for people: a table for each defect, the least that finds it, and what a search gained.
// Invariant: every probability stands with its interval and its number of seeds; what could not be judged is said so.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import { cellText, powerRunCount, shortRate } from '../../properties/power/plan.ts';
import type { PowerCell, PowerPlan } from '../../properties/power/plan.ts';
import type { PowerOfDefect, PowerReport, PowerRow } from '../../properties/power/report.ts';
import type { GainArm, SearchResult } from '../../properties/power/search.ts';
import type { SearchFile } from '../commands/power.ts';
import { paint } from '../terminal.ts';
import { wrapped } from './evidence.ts';
import { shownQuantity } from './quantity.ts';
import { borderless } from './verdicts.ts';

/** What is going to be run, a line each. */
export function planLines(
  plan: PowerPlan,
  { where, evolve, jobs }: { where: string; evolve: number | undefined; jobs: number },
): string[] {
  const { cells, defects, seeds } = plan;
  const scenario = cells[0]!.canary.scenario(seeds[0]!);
  const calm = formatDuration(cells[0]!.canary.calmUs);
  const { churn } = cells[0]!.canary;
  const many = seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds, ${seeds[0]} to ${seeds.at(-1)}`;
  const work =
    evolve === undefined
      ? `${counted(cells.length, 'cell')}, ${many}, with and without each of ${counted(defects.length, 'defect')}: ${counted(powerRunCount(plan), 'run')}, ${jobs} at once`
      : `a search for each of ${many}: ${evolve} plans drawn and ${evolve} evolved, ${cellText(cells[0]!)}`;
  const from = where === 'scenario' || where === 'token' ? '' : ` of ${where}`;
  return [
    `scenario ${scenario.name}${from}, model ${scenario.model}, churn by ${churn}`,
    `a calm of this model takes ${calm}`,
    work,
  ];
}

/** The tables and what follows from them. */
export function powerText(report: PowerReport): string {
  const blocks = report.defects.map((one) => defectText(one, report));
  return [...blocks, lastLines(report).join('\n')].join('\n\n');
}

function defectText(power: PowerOfDefect, report: PowerReport): string {
  const rows = power.rows.map((row) => [
    row.for,
    row.ratePerSecond === null ? '-' : `${shortRate(row.ratePerSecond)}/s`,
    String(row.nodes),
    String(row.churnCount),
    String(row.calmCount),
    painted(row),
    interval(row),
    row.runsFor95 === null ? '-' : String(row.runsFor95),
    row.property === null ? '-' : `${row.property} (${row.propertyCount})`,
  ]);
  const headings = [
    'time',
    'churn',
    'nodes',
    'events',
    'calms',
    'found',
    '95% interval',
    'runs for 95%',
    'most often by',
  ];
  return [
    paint.bold(power.defect),
    borderless(headings, rows, 8),
    ...conclusions(power, report).flatMap((line) => wrapped(line, 0)),
  ].join('\n');
}

function painted({ foundCount, seedCount }: PowerRow): string {
  const text = `${foundCount} of ${seedCount}`;
  if (foundCount === 0) return paint.red(text);
  return foundCount === seedCount ? paint.green(text) : text;
}

function interval({ low, high }: PowerRow): string {
  return `${percent(low)} to ${percent(high)}`;
}

function percent(share: number): string {
  return shownQuantity(Math.round(share * 100) / 100, '%');
}

/** In sentences: the shortest canary, the least that is enough, and what several seeds would do. */
function conclusions({ rows, least, cheaper }: PowerOfDefect, { calmUs }: PowerReport): string[] {
  const shortest = rows.toSorted(byPromise)[0]!;
  const calm = shortest.calmCount === 0 ? `; no calm fits: a calm of this model takes ${formatDuration(calmUs)}` : '';
  const unjudged = rows.filter(({ seedCount }) => seedCount === 0).length;
  const elsewhere = rows.reduce((sum, row) => sum + row.elsewhereCount, 0);
  return [
    `${paint.bold(rowText(shortest))}: found ${shortest.foundCount} of ${shortest.seedCount} (${interval(shortest)})${calm}`,
    least === null
      ? paint.yellow('no cell finds it 95 times in 100')
      : `${paint.green('least that finds it 95 times in 100')}: ${rowText(least)}, ${least.foundCount} of ${least.seedCount} (${interval(least)})`,
    ...(cheaper === null
      ? []
      : [
          `in less time by several seeds: ${cheaper.runsFor95} runs of ${rowText(cheaper)}, as ${percent(cheaper.probability!)} find it`,
        ]),
    ...(elsewhere > 0 ? [`${counted(elsewhere, 'run')} broke elsewhere than at the fault, not counted as found`] : []),
    ...(unjudged > 0 ? [paint.yellow(`${counted(unjudged, 'cell')} without a seed whose runs came to their end`)] : []),
  ];
}

/** The least time first; of one time what found the most, and then the most churn. */
function byPromise(a: PowerRow, b: PowerRow): number {
  return a.forUs - b.forUs || b.foundCount - a.foundCount || b.churnCount - a.churnCount;
}

function rowText({ for: time, ratePerSecond, nodes }: PowerRow): string {
  return `${time}${ratePerSecond === null ? '' : ` at ${shortRate(ratePerSecond)}/s`} on ${counted(nodes, 'node')}`;
}

function lastLines({ controls, runCount, plannedCount, troubles }: PowerReport): string[] {
  const { brokeCount } = controls;
  const alarms =
    brokeCount === 0
      ? paint.green(`without a defect all of ${counted(controls.runCount, 'run')} held`)
      : paint.red(
          `without a defect ${brokeCount} of ${counted(controls.runCount, 'run')} broke (false alarms; their seeds count as not found)`,
        );
  return [
    ...(runCount < plannedCount ? [paint.yellow(`${runCount} of ${plannedCount} runs were made`)] : []),
    alarms,
    ...controls.causes.map((cause) => `  ${cause}`),
    ...troubles.map((trouble) => paint.yellow(`not finished: ${trouble}`)),
  ];
}

/** A search, summed up; and each of its parts. */
export function searchText({ defect, gain, searches, interrupted }: SearchFile, cell: PowerCell): string {
  if (gain === null) return paint.yellow('no search was done');
  const { drawn, evolved, findFactor, speedFactor } = gain;
  const rows = searches.flatMap((one) => [searchRow(one, 'drawn'), searchRow(one, 'evolved')]);
  const headings = ['seed', 'plans', 'found', 'first after', 'steepest', 'false alarms'];
  return [
    paint.bold(`${defect}, ${cellText(cell)}`),
    borderless(headings, rows, 6),
    '',
    `drawn at random: ${armText(drawn, searches.length)}`,
    `evolved: ${armText(evolved, searches.length)}`,
    gainText(findFactor, speedFactor, evolved),
    ...(interrupted ? [paint.yellow('interrupted: only whole searches are told of')] : []),
  ].join('\n');
}

function searchRow(result: SearchResult, arm: 'drawn' | 'evolved'): string[] {
  const { runCount, foundCount, firstFound, steepest, falseAlarmCount } = result[arm];
  return [
    arm === 'drawn' ? result.seed : '',
    arm,
    `${foundCount} of ${runCount}`,
    firstFound === null ? '-' : String(firstFound),
    steepest.toFixed(2),
    String(falseAlarmCount),
  ];
}

function armText({ foundCount, runCount, successCount, meanRunsToFind, steepest }: GainArm, searches: number): string {
  const runs = `first after ${short(meanRunsToFind)} on average${successCount < searches ? ', or later' : ''}`;
  return `found ${foundCount} of ${runCount}, in ${successCount} of ${searches} searches, ${runs}; steepest ${steepest.toFixed(2)}`;
}

function gainText(findFactor: number | null, speedFactor: number | null, evolved: GainArm): string {
  if (speedFactor === null) return paint.yellow('gain: none to be seen, as neither found it');
  const finds =
    findFactor === null ? `${evolved.foundCount} finds where drawing has none` : `${short(findFactor)} times the finds`;
  const text = `gain: ${finds}, and ${short(speedFactor)} times as fast to the first`;
  return (findFactor ?? Infinity) > 1 || speedFactor > 1 ? paint.green(text) : paint.yellow(text);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
