// The boldest change: a handful of the actions, in a few nodes, laid out anew. Most findings need no more.
// Invariant: fewer actions come before more, and of equally many those in fewer nodes.
import { departs } from '../../sim/churn/plan.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import type { Draft } from './draft.ts';
import { tight } from './layout.ts';
import type { SlotAction } from './slots.ts';

/** Plans of so few actions are left to the finer changes. */
const FEW_ACTIONS = 3;
/** How many calms a run without any action is given: one, and enough for a slope over time. */
const IDLE_CALMS = [1, 4, 8];
/** Nodes to try a subset in, besides as many as there are. */
const FEW_NODES = [2, 4, 8];
/** The same for subsets that are larger. */
const SOME_NODES = [4];
/** Waves and actions in each, for findings that are slopes; by their product. */
const WAVES = [
  [3, 1],
  [4, 1],
  [6, 1],
  [4, 2],
  [8, 1],
  [3, 4],
  [4, 4],
  [8, 2],
  [6, 4],
  [8, 4],
  [8, 8],
] as const;
/** Time between two actions of a wave that is laid out anew, in microseconds. */
const WAVE_GAP_US = 2_000_000;
const MOST_PAIRS = 8;
const MOST_KINDS = 6;

/** The scenario with few actions. */
export function* fewActions(draft: Draft): IterableIterator<ExplicitScenario> {
  const { actions, soak } = draft;
  if (actions.length <= FEW_ACTIONS) return;
  yield* idle(draft);
  const kinds = kindsOf(actions);
  const singles = [...kinds.values()].flatMap((ofKind) => promising(draft, ofKind).map((action) => [action]));
  yield* subsets(draft, singles, [...few(FEW_NODES, soak.nodes)]);
  yield* subsets(draft, relatedPairs(actions), [...few(SOME_NODES, soak.nodes)]);
  yield* subsets(draft, [killsOf(actions)], [soak.nodes]);
  const choices = kinds.size === 1 || kinds.size > MOST_KINDS ? [actions] : [actions, ...kinds.values()];
  for (const [waves, perWave] of WAVES) {
    const count = waves * perWave;
    if (count >= actions.length) return;
    yield* subsets(draft, [lastBefore(draft, count)], [soak.nodes]);
    for (const nodes of few(SOME_NODES, soak.nodes)) {
      for (const choice of choices) {
        const chosen = choice.slice(0, count);
        if (chosen.length === count) yield inWaves(draft, chosen, perWave, nodes);
      }
    }
  }
}

function* idle(draft: Draft): IterableIterator<ExplicitScenario> {
  for (const calms of IDLE_CALMS) {
    for (const nodes of few(FEW_NODES, draft.soak.nodes)) {
      yield draft.ending([], BOOTSTRAP_US + calms * draft.calmUs, { nodes });
    }
  }
}

function* subsets(
  draft: Draft,
  chosen: readonly (readonly SlotAction[])[],
  nodeCounts: readonly number[],
): IterableIterator<ExplicitScenario> {
  for (const nodes of nodeCounts) {
    for (const actions of chosen) {
      const { clusters } = draft.layoutOf(draft.write(actions, nodes));
      yield draft.with(tight(clusters, draft.calmUs), { nodes });
    }
  }
}

function inWaves(draft: Draft, actions: readonly SlotAction[], perWave: number, nodes: number): ExplicitScenario {
  const flat = actions.map(({ action, references }, index) => {
    const wave = Math.floor(index / perWave);
    // Far enough apart for what is down to be back; the exact layout follows.
    const atUs = BOOTSTRAP_US + wave * 10 * draft.calmUs + (index % perWave) * WAVE_GAP_US;
    return { action: { ...action, atUs }, references };
  });
  const { clusters } = draft.layoutOf(draft.write(flat, nodes));
  return draft.with(tight(clusters, draft.calmUs), { nodes });
}

function* few(counts: readonly number[], most: number): IterableIterator<number> {
  for (const count of counts) if (count < most) yield count;
  yield most;
}

/** The actions by what they do, whoever does it. */
function kindsOf(actions: readonly SlotAction[]): Map<string, readonly SlotAction[]> {
  const kinds = new Map<string, SlotAction[]>();
  for (const one of actions) {
    const key = kindOf(one.action);
    const same = kinds.get(key);
    if (same === undefined) kinds.set(key, [one]);
    else same.push(one);
  }
  return kinds;
}

function kindOf(action: ChurnAction): string {
  switch (action.kind) {
    case 'act':
      return `act ${action.act} ${JSON.stringify(action.args)}`;
    case 'black-hole':
      return `black-hole ${String(action.on)}`;
    case 'restart':
      return `restart ${String(action.graceful === true)}`;
    default:
      return action.kind;
  }
}

/** Of actions of one kind: the last before it broke on a peer that evidence names, and the first of all. */
function promising({ hints, soak }: Draft, actions: readonly SlotAction[]): SlotAction[] {
  const brokenUs = hints?.brokenUs ?? soak.endUs;
  const named = actions.findLast(
    ({ action }) => action.atUs <= brokenUs && 'peer' in action && hints?.peers.has(action.peer) === true,
  );
  return [...new Set([named, actions[0], actions.at(-1)])].filter((one) => one !== undefined).slice(0, 2);
}

/** A kill of each slot that is ended in any way, when it is ended first. */
function killsOf(actions: readonly SlotAction[]): SlotAction[] {
  const kills = new Map<number, SlotAction>();
  for (const { action, references } of actions) {
    const [reference] = references;
    if (!departs(action) || reference === undefined || kills.has(reference.slot) || !('peer' in action)) continue;
    const kill = { atUs: action.atUs, kind: 'kill', peer: action.peer } as const;
    kills.set(reference.slot, { action: kill, references: [{ slot: reference.slot, back: 0 }] });
  }
  return [...kills.values()];
}

/** The last actions before it broke, as many as that. */
function lastBefore({ actions, hints, soak }: Draft, count: number): readonly SlotAction[] {
  const brokenUs = hints?.brokenUs ?? soak.endUs;
  return actions.filter(({ action }) => action.atUs <= brokenUs).slice(-count);
}

/** Pairs that follow one another on the same peer, or open and close a fault: one for each two kinds. */
function relatedPairs(actions: readonly SlotAction[]): SlotAction[][] {
  const pairs = new Map<string, SlotAction[]>();
  const last = new Map<string, SlotAction>();
  for (const one of actions) {
    const topic = topicOf(one);
    const before = last.get(topic);
    if (before !== undefined) {
      const key = `${kindOf(before.action)} ${kindOf(one.action)}`;
      if (!pairs.has(key)) pairs.set(key, [before, one]);
      if (pairs.size === MOST_PAIRS) break;
    }
    last.set(topic, one);
  }
  return [...pairs.values()];
}

function topicOf({ action, references }: SlotAction): string {
  if (action.kind === 'partition' || action.kind === 'heal') return 'partition';
  return references.map(({ slot }) => slot).join('>');
}
