// A plan cut off at a time, and a plan thinned to a rate.
// Invariant: no action is moved or invented; what is left ends by the time of the cut.
import { lastMomentUs, parsePlan, sortedPlan } from '../../sim/churn/plan.ts';
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';

/**
 * What a plan does up to `endUs` (microseconds, included). A peer that would be back only later is gone for good.
 */
export function cutPlan(plan: ChurnPlan, endUs: number): ChurnPlan {
  const actions = plan.actions
    .filter(({ atUs }) => atUs <= endUs)
    .map((action) => (lastMomentUs(action) > endUs ? departureOf(action) : action));
  return sortedPlan(actions);
}

function departureOf(action: ChurnAction): ChurnAction {
  const { atUs } = action;
  if (action.kind === 'restart') return { atUs, kind: action.graceful === true ? 'stop' : 'kill', peer: action.peer };
  if (action.kind === 'respawn') return { atUs, kind: 'kill', peer: action.peer };
  return action;
}

/**
 * How often the acts of a plan come within its waves: one by the median time between two of them.
 *
 * @returns Per virtual second; undefined when thinning would change what the plan does, as some of its actions belong
 * together (a fault and its end, a peer's end and its return), or when it has no two acts at different times.
 */
export function actRate({ actions }: ChurnPlan): number | undefined {
  if (!actions.every(standsAlone)) return undefined;
  const gaps = actions.slice(1).map(({ atUs }, place) => atUs - actions[place]!.atUs);
  const median = gaps.toSorted((a, b) => a - b)[Math.floor((gaps.length - 1) / 2)];
  return median === undefined || median === 0 ? undefined : 1_000_000 / median;
}

function standsAlone(action: ChurnAction): boolean {
  return action.kind === 'act' && typeof action.args?.['on'] !== 'boolean';
}

/**
 * A plan whose acts come at a lower rate: some are left out, evenly.
 *
 * @param ratePerSecond - At most {@link actRate}.
 * @param where - The place of the rate; opens an error's message.
 * @throws {InputError} `contradiction` for a plan that has no rate, `bad-rate` for a rate above the plan's.
 */
export function thinnedPlan(plan: ChurnPlan, ratePerSecond: number, where: string): ChurnPlan {
  const usual = actRate(plan);
  if (usual === undefined) {
    const message = `${where}: received ${ratePerSecond} for a scenario with a plan, expected none, as its actions belong together and cannot be thinned out`;
    throw new InputError('contradiction', message, { ratePerSecond });
  }
  if (ratePerSecond > usual) {
    const message = `${where}: received ${ratePerSecond} for a plan of ${usual} acts per second, expected no more, as acts are only left out`;
    throw new InputError('bad-rate', message, { ratePerSecond, usual });
  }
  const share = ratePerSecond / usual;
  return sortedPlan(plan.actions.filter((_, place) => Math.floor((place + 1) * share) > Math.floor(place * share)));
}

/** The plan of a scenario, checked. */
export function planOf(plan: unknown, where: string): ChurnPlan {
  return parsePlan(plan, `${where}: plan`);
}
