// Plans that are varied: an action moved, aimed at another peer or made another kind, or two plans joined at a moment.
// Invariant: a varied plan has as many actions as the one it is of, all before the end; every action meets a peer that is in
// the state it needs, as far as there is one; peers that no drawn plan touches are never touched.
import type { ChurnAction, ChurnPlan } from '../../sim/churn/plan.ts';
import { sortedPlan } from '../../sim/churn/plan.ts';
import type { RandomStream } from '../../sim/random/stream.ts';

/** What plans may do. */
export interface Habitat {
  /** Nodes at the start. */
  readonly nodes: number;
  /** Peers 0 to keep - 1 are never touched. */
  readonly keep: number;
  /** When a run ends, in microseconds. */
  readonly endUs: number;
}

/** Kinds that concern one peer at one moment; all others stay as they were drawn. */
const VARIED: ReadonlySet<ChurnAction['kind']> = new Set([
  'start',
  'stop',
  'kill',
  'restart',
  'respawn',
  'rejoin',
  'act',
]);
/** A small move, in microseconds. */
const NUDGE_US = 30_000_000;
/** Close to another action: within what a message or a timer takes. */
const CLOSE_US = 1_000_000;
/** Most actions of a plan that are varied at once, as a share. */
const MOST_VARIED = 0.25;

/** Whether a plan has anything that can be varied. */
export function canVary(plan: ChurnPlan): boolean {
  return plan.actions.some(varies);
}

function varies(action: ChurnAction): boolean {
  return VARIED.has(action.kind) && !(action.kind === 'act' && typeof action.args?.['on'] === 'boolean');
}

/** The first peer of the start that these plans touch: those below are kept. */
export function keptPeers(plans: readonly ChurnPlan[], nodes: number): number {
  const touched = plans.flatMap(({ actions }) => actions.flatMap((action) => ('peer' in action ? [action.peer] : [])));
  return touched.reduce((least, peer) => Math.min(least, peer), nodes);
}

/** A plan with a few of its actions moved, aimed at others or made another kind that the plan has. */
export function mutated(plan: ChurnPlan, habitat: Habitat, random: RandomStream): ChurnPlan {
  const actions = plan.actions.map((action) => ({ ...action }));
  const places = actions.flatMap((action, place) => (varies(action) ? [place] : []));
  if (places.length === 0) return plan;
  const most = Math.max(1, Math.floor(places.length * MOST_VARIED));
  for (const place of random.sample(places, random.between(1, most))) {
    const before = actions[place]!;
    const other = actions[random.pick(places)!]!;
    switch (random.below(5)) {
      case 0:
        actions[place] = at(before, random.between(0, habitat.endUs));
        break;
      case 1:
        actions[place] = at(before, before.atUs + random.between(-NUDGE_US, NUDGE_US));
        break;
      case 2:
        actions[place] = at(before, other.atUs + random.between(-CLOSE_US, CLOSE_US));
        break;
      case 3:
        actions[place] = aimed(before, random.below(habitat.nodes));
        break;
      default:
        actions[place] = at(other, before.atUs);
    }
  }
  return mended(actions, habitat);
}

function at(action: ChurnAction, atUs: number): ChurnAction {
  return { ...action, atUs };
}

function aimed(action: ChurnAction, peer: number): ChurnAction {
  return 'peer' in action ? { ...action, peer } : action;
}

/** What one plan does up to a moment, and another from it on, with as many actions as the first. */
export function crossed(first: ChurnPlan, second: ChurnPlan, habitat: Habitat, random: RandomStream): ChurnPlan {
  const size = first.actions.length;
  const cutUs = random.between(0, habitat.endUs);
  const early = first.actions.filter(({ atUs }) => atUs < cutUs);
  const late = second.actions.filter(({ atUs }) => atUs >= cutUs);
  // What is too many goes from the later part; what is missing is of the first plan's own later part.
  const spare = first.actions.filter((action) => action.atUs >= cutUs && varies(action));
  const taken = late.slice(0, size - early.length);
  return mended([...early, ...taken, ...spare.slice(0, size - early.length - taken.length)], habitat);
}

/**
 * A plan of these actions that makes sense: within the time, at peers that are up (or down, to come back), with fresh
 * identities for all that start.
 */
export function mended(actions: readonly ChurnAction[], habitat: Habitat): ChurnPlan {
  const { endUs } = habitat;
  const inTime = actions.map((action) => at(action, Math.min(endUs, Math.max(0, action.atUs))));
  const roll = new Roll(habitat);
  return sortedPlan(sortedPlan(inTime).actions.map((action) => roll.meet(action)));
}

/** Who is up while a plan is read in the order of time. */
class Roll {
  private readonly habitat: Habitat;
  /** Peers that may be touched and are up, or will be from a time on. */
  private readonly up: { peer: number; fromUs: number }[];
  private down: number[] = [];
  private fresh: number;

  constructor(habitat: Habitat) {
    this.habitat = habitat;
    const { nodes, keep } = habitat;
    this.up = Array.from({ length: nodes - keep }, (_, index) => ({ peer: keep + index, fromUs: 0 }));
    this.fresh = nodes;
  }

  /** The action, at a peer that is in the state it needs. */
  meet(action: ChurnAction): ChurnAction {
    if (!varies(action)) return action;
    const { atUs } = action;
    switch (action.kind) {
      case 'start': {
        const peer = this.fresh++;
        this.up.push({ peer, fromUs: atUs + 1 });
        return { ...action, peer };
      }
      case 'rejoin': {
        const peer = this.down.includes(action.peer) ? action.peer : (this.down[0] ?? action.peer);
        if (this.down.includes(peer)) this.up.push({ peer, fromUs: atUs + 1 });
        this.down = this.down.filter((one) => one !== peer);
        return { ...action, peer };
      }
      case 'stop':
      case 'kill': {
        const peer = this.take(action.peer, atUs);
        this.down.push(peer);
        return { ...action, peer };
      }
      case 'restart': {
        const downUs = this.within(atUs, action.downUs);
        const peer = this.take(action.peer, atUs);
        this.up.push({ peer, fromUs: atUs + downUs + 1 });
        return { ...action, peer, downUs };
      }
      case 'respawn': {
        const downUs = this.within(atUs, action.downUs ?? 0);
        const peer = this.take(action.peer, atUs);
        const fresh = this.fresh++;
        this.up.push({ peer: fresh, fromUs: atUs + downUs + 1 });
        return { ...action, peer, fresh, downUs };
      }
      default:
        return 'peer' in action ? { ...action, peer: this.nearest(action.peer, atUs) } : action;
    }
  }

  private within(atUs: number, downUs: number): number {
    return Math.min(downUs, this.habitat.endUs - atUs);
  }

  /** Takes the peer off the roll, or one that is up in its place. */
  private take(peer: number, atUs: number): number {
    const found = this.nearest(peer, atUs);
    const place = this.up.findIndex((one) => one.peer === found);
    if (place >= 0) this.up.splice(place, 1);
    return found;
  }

  private nearest(peer: number, atUs: number): number {
    const ready = this.up.filter(({ fromUs }) => fromUs <= atUs);
    if (ready.length === 0) return peer;
    return ready.some((one) => one.peer === peer) ? peer : ready[peer % ready.length]!.peer;
  }
}
