// Prefixes of a run: its first actions, and then no further churn.
// Invariant: up to the action that is left out first, a prefix runs exactly as the whole does.
import { planEndUs } from '../../sim/churn/plan.ts';
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import { MAX_DURATION_US } from '../../sim/duration.ts';
import type { Soak } from '../soak/scenario.ts';

/** A soak whose churn ends after some actions; it ends with a calm. */
export interface Prefix {
  /** How many actions it keeps of the plan's start. */
  readonly count: number;
  readonly soak: Soak;
}

/**
 * The prefix of `count` actions. Faults that are open then are ended as planned: a cut that stays is churn that goes on.
 *
 * @param count - 0 to the number of actions (both included).
 * @param notBeforeUs - The calm begins then at the earliest, such as at the birth of what is looked for; microseconds.
 * @param untilUs - When it ends; default: when it is long enough.
 */
export function prefixOf(soak: Soak, count: number, notBeforeUs: number, untilUs?: number): Prefix {
  const { actions } = soak.plan;
  const plan: ChurnPlan = { version: 1, actions: [...actions.slice(0, count), ...faultEnds(actions, count)] };
  const fromUs = Math.max(BOOTSTRAP_US, notBeforeUs, planEndUs(plan, 0));
  const endUs = untilUs ?? Math.min(fromUs + soak.calmUs, MAX_DURATION_US);
  return { count, soak: { ...soak, plan, endUs, calms: [{ fromUs, untilUs: endUs, faulted: false }] } };
}

/** How many actions of a plan come at or before a time. */
export function actionsUntil({ actions }: ChurnPlan, atUs: number): number {
  const next = actions.findIndex((action) => action.atUs > atUs);
  return next < 0 ? actions.length : next;
}

/** Later actions that end what the first `count` have begun. */
function faultEnds(actions: readonly ChurnAction[], count: number): ChurnAction[] {
  const open = new Set<string>();
  for (const action of actions.slice(0, count)) {
    const begun = begins(action);
    if (begun !== undefined) open.add(begun);
    for (const ended of ends(action, open)) open.delete(ended);
  }
  const kept: ChurnAction[] = [];
  for (const action of actions.slice(count)) {
    const ended = ends(action, open);
    if (ended.length === 0) continue;
    kept.push(action);
    for (const fault of ended) open.delete(fault);
  }
  return kept;
}

function begins(action: ChurnAction): string | undefined {
  if (action.kind === 'partition') return `partition ${action.name ?? ''}`;
  if (action.kind === 'hold') return `hold ${action.from} ${action.to}`;
  if (action.kind === 'black-hole' && action.on) return `black-hole ${action.peer}`;
  if (action.kind === 'act' && action.args?.['on'] === true) return `act ${action.act} ${action.peer}`;
  return undefined;
}

/** The open faults that an action ends. */
function ends(action: ChurnAction, open: ReadonlySet<string>): string[] {
  const one = (fault: string): string[] => (open.has(fault) ? [fault] : []);
  if (action.kind === 'heal') {
    if (action.name !== undefined) return one(`partition ${action.name}`);
    return [...open].filter((fault) => fault.startsWith('partition '));
  }
  if (action.kind === 'release') return one(`hold ${action.from} ${action.to}`);
  if (action.kind === 'black-hole' && !action.on) return one(`black-hole ${action.peer}`);
  if (action.kind === 'act' && action.args?.['on'] === false) return one(`act ${action.act} ${action.peer}`);
  return [];
}
