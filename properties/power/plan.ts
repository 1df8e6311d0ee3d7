// What a power analysis runs: every seed in every cell of churn rate, time and nodes, without a defect and with each.
// Invariant: a run's number says its seed, its cell and its defect; all runs of a seed come before the next seed, so that
// cells can be compared wherever the analysis ends.
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { shown, unknownName } from '../../sim/input.ts';
import { modelNamed } from '../../models/registry.ts';
import type { Catalogue } from '../catalogue.ts';
import { CASES } from '../corpus/corpus.ts';
import { churnProfile } from '../../sim/churn/profiles.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { SoakJob } from '../sweep/job.ts';
import { canaryOf, shapeOf } from './canary.ts';
import type { Canary, CanaryShape, Places } from './canary.ts';
import { takesRate } from './layout.ts';
import { actRate, planOf } from './plan-cut.ts';

/** Most runs of one analysis. */
export const MOST_POWER_RUNS = 100_000;
/** Times unless asked otherwise: the canary that the question is about, and what a person would wait for. */
export const USUAL_TIMES: readonly string[] = ['30s', '5m', '15m', '30m'];
/** Rates unless asked otherwise, as shares of the scenario's own. */
const USUAL_SHARES: readonly number[] = [0.1, 1];

/** A defect that is looked for. */
export interface SoughtDefect {
  readonly id: string;
  /** It, and those without which it does not show. */
  readonly defects: readonly string[];
  /** What evidence names when it points at the fault; undefined for a defect that the corpus does not have. */
  readonly pointsAt: string | undefined;
}

/** One setting of the canary. */
export interface PowerCell {
  readonly canary: Canary;
  readonly shape: CanaryShape;
}

/** Everything that an analysis runs. */
export interface PowerPlan {
  readonly defects: readonly SoughtDefect[];
  /** By nodes, then rate, then time, each ascending. */
  readonly cells: readonly PowerCell[];
  readonly seeds: readonly string[];
}

/** The settings that make the grid; an absent one is the scenario's own, or the usual ones. */
export interface PowerGrid {
  readonly rates?: readonly number[];
  /** Microseconds. */
  readonly timesUs?: readonly number[];
  readonly nodes?: readonly number[];
}

/** Where a grid is from, for messages. */
const PLACES = { rate: '--rate', seeds: '--seeds', defect: '--defect' } as const;

/**
 * The defects of a scenario, each to be looked for alone, but for those without which it does not show.
 *
 * @param asked - Ids in place of the scenario's own; `all` stands for every one of the model.
 * @throws {InputError} `no-defects` when there is none, `unknown-defect`.
 */
export function soughtDefects(
  scenario: Scenario,
  asked: readonly string[] | undefined,
  where: string,
  catalogue: Catalogue,
): SoughtDefect[] {
  const model = modelNamed(scenario.model, where, catalogue.models);
  const known = model.defects.map(({ id }) => id);
  const named = asked?.includes('all') === true ? known : (asked ?? scenario.defects);
  for (const id of named) if (!known.includes(id)) throw unknownName('defect', id, known, PLACES.defect);
  if (named.length === 0) {
    const message = `${PLACES.defect}: received none, expected defects to look for: all, or some of ${known.join(', ')}`;
    throw new InputError('no-defects', message, { model: model.name });
  }
  const partners = new Set(named.flatMap((id) => caseOf(id)?.also ?? []));
  // What a scenario switches on for the sake of another defect is not looked for by itself, unless it is asked for.
  const sought = asked === undefined ? named.filter((id) => !partners.has(id)) : named;
  return [...new Set(sought)].map((id) => {
    return { id, defects: [id, ...(caseOf(id)?.also ?? [])], pointsAt: caseOf(id)?.subject };
  });
}

function caseOf(id: string): (typeof CASES)[number] | undefined {
  return CASES.find(({ defect }) => defect === id);
}

/**
 * The plan of an analysis.
 *
 * @param where - Where the scenario came from; opens an error's message.
 * @throws {InputError} `too-many-runs` beyond {@link MOST_POWER_RUNS}; as `canaryOf` for a cell that does not fit.
 */
export function powerPlan(
  scenario: Scenario,
  { grid, defects, seeds }: { grid: PowerGrid; defects: readonly SoughtDefect[]; seeds: readonly string[] },
  where: string,
  catalogue: Catalogue,
): PowerPlan {
  const nodes = ascending(grid.nodes ?? [scenario.nodes]);
  const rates = grid.rates === undefined ? usualRates(scenario, nodes, where) : ascending(grid.rates);
  const times = ascending(grid.timesUs ?? USUAL_TIMES.map((text) => parseDuration(text, 'power')));
  const cellCount = nodes.length * rates.length * times.length;
  const runs = cellCount * seeds.length * (1 + defects.length);
  if (runs > MOST_POWER_RUNS) {
    const parts = `${cellCount} cells, ${seeds.length} seeds, ${defects.length} defects and a control`;
    const message = `${PLACES.seeds}: received ${parts}, which is ${runs} runs, expected at most ${MOST_POWER_RUNS}`;
    throw new InputError('too-many-runs', message, { runs });
  }
  const places: Places = { where, rate: PLACES.rate };
  const cells = nodes.flatMap((count) => {
    return rates.flatMap((ratePerSecond) => {
      return times.map((forUs) => {
        const canary = canaryOf(scenario, { nodes: count, ratePerSecond, forUs }, places, catalogue);
        return { canary, shape: shapeOf(canary, seeds[0]!, where, catalogue) };
      });
    });
  });
  return { defects, cells, seeds };
}

/** The scenario's own rate and a tenth of it; one cell without a rate when its churn has none. */
function usualRates(scenario: Scenario, nodes: readonly number[], where: string): (number | undefined)[] {
  const { name, params } = scenario.profile;
  let own: number | undefined;
  if (scenario.plan !== undefined) own = actRate(planOf(scenario.plan, where));
  else {
    const profile = churnProfile(name, `${where}: profile`);
    if (!takesRate(profile)) return [undefined];
    const settled = profile.resolve({ ...params, nodes: nodes[0]!, calmUs: 1 }).params['ratePerSecond'];
    own = typeof settled === 'number' ? settled : undefined;
  }
  if (own === undefined) return [undefined];
  const usual = own;
  return USUAL_SHARES.map((share) => Number((usual * share).toPrecision(6)));
}

/** Without doubles. */
function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** How many runs a plan has. */
export function powerRunCount({ cells, seeds, defects }: PowerPlan): number {
  return cells.length * seeds.length * (1 + defects.length);
}

/** What a run is: a seed, a cell, and the place of its defect in the plan; undefined for a control. */
export interface PowerRun {
  readonly seed: number;
  readonly cell: number;
  readonly defect: number | undefined;
}

/** The run of a number, from 0. */
export function powerRunOf({ cells, defects }: PowerPlan, run: number): PowerRun {
  const variants = 1 + defects.length;
  const variant = run % variants;
  const rest = Math.floor(run / variants);
  return {
    seed: Math.floor(rest / cells.length),
    cell: rest % cells.length,
    defect: variant === 0 ? undefined : variant - 1,
  };
}

/** The number of a run; the inverse of {@link powerRunOf}. */
export function powerRunNumber({ cells, defects }: PowerPlan, { seed, cell, defect }: PowerRun): number {
  return (seed * cells.length + cell) * (1 + defects.length) + (defect === undefined ? 0 : defect + 1);
}

/** The job that a run is. */
export function powerJob(plan: PowerPlan, run: number, where: string): SoakJob {
  const { seed, cell, defect } = powerRunOf(plan, run);
  const scenario = plan.cells[cell]!.canary.scenario(plan.seeds[seed]!);
  const defects = defect === undefined ? [] : [...plan.defects[defect]!.defects];
  return { scenario: { ...scenario, defects }, where };
}

/** Reads a list of rates per virtual second, such as `0.1,0.5,2`. @throws {InputError} `bad-rate`. */
export function parseRates(text: string, where: string): number[] {
  return itemsOf(text).map((item) => {
    const value = /^\d*\.?\d+(e-?\d{1,2})?$/i.test(item) ? Number(item) : Number.NaN;
    if (value > 0 && value <= MOST_RATE) return value;
    const message = `${where}: received ${shown(text)}, expected rates per second above 0 and up to ${MOST_RATE}, such as 0.1,0.5,2`;
    throw new InputError('bad-rate', message, { received: text });
  });
}

/** As profiles have it. */
const MOST_RATE = 1_000_000;

/** Reads a list of virtual times, such as `30s,5m`. @throws {InputError} `bad-duration`. */
export function parseTimes(text: string, where: string): number[] {
  return itemsOf(text).map((item) => parseDuration(item, where));
}

function itemsOf(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

/** A cell in words, such as `30s at 0.5/s on 12 nodes`. */
export function cellText({ canary: { terms, ratePerSecond } }: PowerCell): string {
  const rate = ratePerSecond === undefined ? '' : ` at ${shortRate(ratePerSecond)}/s`;
  return `${formatDuration(terms.forUs)}${rate} on ${terms.nodes} nodes`;
}

/** A rate, to three digits. */
export function shortRate(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}
