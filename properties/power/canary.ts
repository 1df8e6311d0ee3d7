// A canary: a scenario with the churn rate, the number of nodes and the whole virtual time that it is given.
// Invariant: no time is refused as too short; the same canary and seed give the same scenario, which anyone can run.
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { churnProfile } from '../../sim/churn/profiles.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { RandomStreams } from '../../sim/random/stream.ts';
import type { Catalogue } from '../catalogue.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { layOut, takesRate } from './layout.ts';
import { actRate, cutPlan, planOf, thinnedPlan } from './plan-cut.ts';

/** What a canary is given. */
export interface CanaryTerms {
  readonly nodes: number;
  /** Churn per virtual second within a wave; undefined for that of the scenario. */
  readonly ratePerSecond?: number | undefined;
  /** The whole virtual time, in microseconds: bootstrap, churn and calms. */
  readonly forUs: number;
}

/** A scenario for the time, nodes and churn given. */
export interface Canary {
  readonly terms: CanaryTerms;
  /** The rate that it has, the scenario's own included; undefined when its churn has none. */
  readonly ratePerSecond: number | undefined;
  /** Length of a calm of this model, in microseconds. */
  readonly calmUs: number;
  /** Whether a profile draws its churn; else it has a plan. */
  readonly drawn: boolean;
  /** What its churn is, in words. */
  readonly churn: string;
  /** With a seed, and no defects. */
  scenario(seed: string): Scenario;
}

/** What a canary does, as one of its seeds shows it. */
export interface CanaryShape {
  /** Calms that can be measured. */
  readonly calmCount: number;
  /** Departures and acts; what merely comes back or ends is not counted. */
  readonly churnCount: number;
}

/** Where terms are from, for messages. */
export interface Places {
  /** Of the scenario. */
  readonly where: string;
  /** Of the rate. */
  readonly rate: string;
}

/**
 * Fits a scenario to terms. A profile's churn is laid out anew for the time there is; an explicit plan is cut off at it, and
 * thinned to the rate.
 *
 * @throws {InputError} For a scenario that does not resolve; `contradiction` for a rate that its churn does not take.
 */
export function canaryOf(scenario: Scenario, terms: CanaryTerms, places: Places, catalogue: Catalogue): Canary {
  const { where } = places;
  const base = stripped(scenario, terms);
  const { calmUs } = resolveScenario({ ...base, profile: { name: 'none', params: {} } }, where, catalogue);
  const canary =
    scenario.plan === undefined
      ? drawnCanary(base, scenario.profile, terms, { ...places, calmUs })
      : plannedCanary(base, planOf(scenario.plan, where), terms, places);
  // A rate or a number of nodes that does not fit is told here, before any run.
  resolveScenario(canary.scenario('0'), where, catalogue);
  const drawn = scenario.plan === undefined;
  const churn = drawn ? `profile ${scenario.profile.name}` : 'a plan, cut off at the time';
  return { ...canary, terms, calmUs, drawn, churn };
}

/** What the canary of a seed does. */
export function shapeOf(canary: Canary, seed: string, where: string, catalogue: Catalogue): CanaryShape {
  const { plan, calms } = resolveScenario(canary.scenario(seed), where, catalogue);
  return { calmCount: calms.length, churnCount: plan.actions.filter(({ kind }) => !RETURNS.has(kind)).length };
}

const RETURNS: ReadonlySet<string> = new Set(['start', 'rejoin', 'heal', 'release']);

type Fitted = Pick<Canary, 'ratePerSecond' | 'scenario'>;

function drawnCanary(
  base: Scenario,
  { name, params }: Scenario['profile'],
  { ratePerSecond, nodes, forUs }: CanaryTerms,
  { where, rate, calmUs }: Places & { calmUs: number },
): Fitted {
  const profile = churnProfile(name, `${where}: profile`);
  if (ratePerSecond !== undefined && !takesRate(profile)) {
    const message = `${rate}: received ${ratePerSecond} for the profile ${name}, expected none, as its churn has no rate`;
    throw new InputError('contradiction', message, { ratePerSecond, profile: name });
  }
  const rated = ratePerSecond === undefined ? params : { ...params, ratePerSecond };
  const layout = layOut(profile, rated, { nodes, calmUs, forUs });
  const resolved = profile.resolve({ ...layout.params, nodes, calmUs, ...(layout.kind === 'cut' ? {} : { forUs }) });
  const settledRate = resolved.params['ratePerSecond'];
  const end = { for: formatDuration(forUs) };
  return {
    ratePerSecond: typeof settledRate === 'number' ? settledRate : undefined,
    scenario: (seed) => {
      if (layout.kind === 'waves') return { ...base, ...end, seed, profile: { name, params: { ...layout.params } } };
      const plan = cutPlan(resolved.draw(new RandomStreams(seed).stream('churn')), forUs);
      return { ...base, ...end, seed, profile: { name: 'none', params: {} }, plan };
    },
  };
}

function plannedCanary(
  base: Scenario,
  plan: ChurnPlan,
  { ratePerSecond, forUs }: CanaryTerms,
  { rate }: Places,
): Fitted {
  const thinned = ratePerSecond === undefined ? plan : thinnedPlan(plan, ratePerSecond, rate);
  const cut = cutPlan(thinned, forUs);
  return {
    ratePerSecond: ratePerSecond ?? actRate(plan),
    scenario: (seed) => ({ ...base, seed, for: formatDuration(forUs), plan: cut }),
  };
}

/** The scenario without its churn, its end and its defects. */
function stripped(scenario: Scenario, { nodes }: CanaryTerms): Scenario {
  const base: Scenario = { ...scenario, nodes, defects: [] };
  delete base.plan;
  delete base.for;
  return base;
}
