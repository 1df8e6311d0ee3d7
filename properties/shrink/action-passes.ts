// The pass over what single actions say: plainer kinds, fewer parameters, rounder times.
// Invariant: an edit leaves the action at its place in the plan.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import type { Draft } from './draft.ts';
import type { SlotAction } from './slots.ts';
import { without } from './without.ts';

const SECOND_US = 1_000_000;

/** An action made plainer; undefined when it is plain already in that way. */
type Edit = (action: ChurnAction) => ChurnAction | undefined;

const EDITS: readonly Edit[] = [
  (action) =>
    action.kind === 'respawn' || action.kind === 'restart' || action.kind === 'stop'
      ? { atUs: action.atUs, kind: 'kill', peer: action.peer }
      : undefined,
  (action) => {
    if (action.kind !== 'restart' || action.graceful === undefined) return undefined;
    return without(action, 'graceful');
  },
  (action) => {
    if (action.kind !== 'respawn' || action.downUs === undefined) return undefined;
    return without(action, 'downUs');
  },
  (action) => withDownUs(action, () => 0),
  (action) => withDownUs(action, () => SECOND_US),
  (action) => withDownUs(action, (downUs) => downUs - (downUs % SECOND_US)),
  (action) => {
    if (action.kind !== 'act' || action.args === undefined) return undefined;
    return without(action, 'args');
  },
  ...[0, 1, 2].map(
    (index): Edit =>
      (action) =>
        withoutArgument(action, index),
  ),
  (action) => {
    if (action.kind !== 'partition' || action.oneWay === undefined) return undefined;
    return without(action, 'oneWay');
  },
  (action) => {
    if (!('name' in action)) return undefined;
    return action.kind === 'partition' ? without(action, 'name') : without(action, 'name');
  },
  // Members of no group are of the first.
  (action) => (action.kind === 'partition' ? { ...action, groups: action.groups.with(0, []) } : undefined),
  (action) =>
    action.kind === 'partition' ? { ...action, groups: action.groups.map((group) => group.slice(0, 1)) } : undefined,
  (action) => (action.kind === 'partition' ? { ...action, groups: action.groups.slice(0, 2) } : undefined),
  (action) => ({ ...action, atUs: action.atUs - (action.atUs % SECOND_US) }),
];

/** Every action plainer, in one way after the other: with kills alone many a plan has room for few. */
export function* plainerPlan(draft: Draft): IterableIterator<ExplicitScenario | undefined> {
  for (const edit of EDITS) yield edited(draft, draft.actions, edit);
}

/** Each action plainer on its own, in one way after the other. */
export function* plainerActions(draft: Draft): IterableIterator<ExplicitScenario | undefined> {
  const { actions } = draft;
  for (const index of actions.keys()) for (const edit of EDITS) yield edited(draft, actions, edit, index);
}

function edited(draft: Draft, actions: readonly SlotAction[], edit: Edit, only?: number): ExplicitScenario | undefined {
  let changed = false;
  const next = actions.map((one, index) => {
    const action = only === undefined || index === only ? edit(one.action) : undefined;
    if (action === undefined) return one;
    changed = true;
    return { ...one, action };
  });
  return changed ? draft.ending(draft.rewrite(next), draft.soak.endUs) : undefined;
}

function withDownUs(action: ChurnAction, changed: (downUs: number) => number): ChurnAction | undefined {
  if ((action.kind !== 'restart' && action.kind !== 'respawn') || action.downUs === undefined) return undefined;
  return { ...action, downUs: changed(action.downUs) };
}

function withoutArgument(action: ChurnAction, index: number): ChurnAction | undefined {
  if (action.kind !== 'act' || action.args === undefined) return undefined;
  const entries = Object.entries(action.args);
  return index < entries.length ? { ...action, args: Object.fromEntries(entries.toSpliced(index, 1)) } : undefined;
}
