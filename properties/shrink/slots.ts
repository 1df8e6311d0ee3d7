// Plans by places instead of peers, so that any action can be taken out and the rest still find whom they mean.
// Invariant: what is written back names peers that exist, fresh ones in order of their first mention, and no action that is
// known to change nothing.
import { lastMomentUs } from '../../sim/churn/plan.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';

/** A peer by its place: the one who is in a slot, or was, so many respawns ago. */
interface SlotReference {
  /** Index of the peer who was first in it. */
  readonly slot: number;
  readonly back: number;
}

/** An action, and the slots of those whom it names, in the order of {@link peersOf}. */
export interface SlotAction {
  readonly action: ChurnAction;
  readonly references: readonly SlotReference[];
}

/** The actions of a plan, each with the slots of its peers: a peer that respawns for another takes over its slot. */
export function slotted(actions: readonly ChurnAction[]): SlotAction[] {
  const generations = new Map<number, SlotReference>();
  const lengths = new Map<number, number>();
  const referenceTo = (peer: number): SlotReference => {
    const { slot, back: generation } = generations.get(peer) ?? { slot: peer, back: 0 };
    return { slot, back: (lengths.get(slot) ?? 0) - generation };
  };
  return actions.map((action) => {
    const references = peersOf(action).map(referenceTo);
    if (action.kind === 'respawn') {
      const { slot } = references[0]!;
      const generation = (lengths.get(slot) ?? 0) + 1;
      lengths.set(slot, generation);
      generations.set(action.fresh, { slot, back: generation });
    }
    return { action, references };
  });
}

/** Slots of initial peers that actions name in their own right, not only as members of a group; ascending. */
export function usedSlots(actions: readonly SlotAction[], nodes: number): number[] {
  const used = new Set<number>();
  for (const { action, references } of actions) {
    if (action.kind === 'partition') continue;
    for (const { slot } of references) if (slot < nodes) used.add(slot);
  }
  return [...used].toSorted((a, b) => a - b);
}

/**
 * Where slots go when fewer nodes are left. Those that fit stay; others go to the highest that are free, so that the
 * first peers, through which others join, are left alone; when there are too many they share.
 */
export function slotsWithin(used: readonly number[], nodes: number): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  const free = new Set(Array.from({ length: nodes }, (_, index) => nodes - 1 - index));
  for (const slot of used) if (slot < nodes) take(slot, slot);
  const shared = Math.max(1, nodes - 1);
  let count = 0;
  for (const slot of used) {
    if (slot < nodes) continue;
    const [place] = free;
    if (place === undefined) places.set(slot, nodes - 1 - (count++ % shared));
    else take(slot, place);
  }
  return places;

  function take(slot: number, place: number): void {
    places.set(slot, place);
    free.delete(place);
  }
}

/**
 * Writes slot actions as actions on peers.
 *
 * @param nodes - Of the scenario that they are for.
 * @param places - Moves slots to others; default: none.
 */
export function written(
  actions: readonly SlotAction[],
  nodes: number,
  places: ReadonlyMap<number, number> = new Map(),
): ChurnAction[] {
  const writer = new PlanWriter(nodes, places);
  return actions.flatMap((action) => writer.write(action) ?? []);
}

/** What is known of a peer. */
interface PeerState {
  up: boolean;
  /** Told to stop gracefully, which takes its time. */
  stopping: boolean;
  /** When it comes by itself, in microseconds; 0 when it does not. */
  comesAtUs: number;
}

class PlanWriter {
  private readonly nodes: number;
  private readonly places: ReadonlyMap<number, number>;
  /** All who were in a slot, the one who is there last. */
  private readonly occupants = new Map<number, number[]>();
  private readonly states = new Map<number, PeerState>();
  private readonly partitions = new Set<string>();
  private readonly holds = new Set<string>();
  private readonly blackHoles = new Set<number>();
  private nextFresh: number;

  constructor(nodes: number, places: ReadonlyMap<number, number>) {
    this.nodes = nodes;
    this.places = places;
    this.nextFresh = nodes;
  }

  /** The action on peers; undefined when it would change nothing. */
  write({ action, references }: SlotAction): ChurnAction | undefined {
    const peers = references.map((reference) => this.peerOf(reference));
    if (action.kind === 'start') return this.start(action, references[0]!.slot, peers[0]);
    if (action.kind === 'partition') return this.partition(action, peers);
    if (action.kind === 'heal') return this.heals(action.name) ? action : undefined;
    const known = peers.flatMap((peer) => peer ?? []);
    if (known.length < peers.length) return undefined;
    const moved = withPeers(action, known);
    if (!this.changes(moved)) return undefined;
    return moved.kind === 'respawn' ? this.respawn(moved, references[0]!.slot) : moved;
  }

  private start(action: ActionOf<'start'>, slot: number, peer: number | undefined): ChurnAction | undefined {
    if (peer !== undefined) return undefined;
    const fresh = this.enter(slot);
    return { ...action, peer: fresh };
  }

  private respawn(action: ActionOf<'respawn'>, slot: number): ChurnAction {
    this.down(action.peer);
    const fresh = this.enter(slot);
    const comesAtUs = lastMomentUs(action);
    if (comesAtUs > action.atUs) this.states.set(fresh, { up: false, stopping: false, comesAtUs });
    return { ...action, fresh };
  }

  private partition(action: ActionOf<'partition'>, peers: readonly (number | undefined)[]): ChurnAction {
    this.partitions.add(action.name ?? '');
    const taken = new Set<number>();
    let next = 0;
    const groups = action.groups.map((group) =>
      group.flatMap(() => {
        const peer = peers[next++];
        if (peer === undefined || taken.has(peer)) return [];
        taken.add(peer);
        return [peer];
      }),
    );
    return { ...action, groups };
  }

  /** Takes an action on known peers into account; false when it would change nothing. */
  private changes(action: Exclude<ChurnAction, ActionOf<'start' | 'partition' | 'heal'>>): boolean {
    switch (action.kind) {
      case 'hold':
      case 'release':
        return action.from !== action.to && switched(this.holds, `${action.from}>${action.to}`, action.kind === 'hold');
      case 'black-hole':
        return switched(this.blackHoles, action.peer, action.on);
      case 'rejoin':
        return this.comesBack(action);
      default:
        return this.endsOrActs(action);
    }
  }

  private endsOrActs(action: ActionOf<'stop' | 'kill' | 'restart' | 'respawn' | 'act'>): boolean {
    const { up, stopping } = this.stateAt(action.peer, action.atUs);
    // One that was told to stop may still run.
    if (!up && !(stopping && (action.kind === 'kill' || action.kind === 'act'))) return false;
    if (action.kind === 'act') return true;
    const state = this.down(action.peer);
    state.stopping = action.kind === 'stop';
    if (action.kind === 'restart') state.comesAtUs = lastMomentUs(action);
    return true;
  }

  private comesBack({ peer, atUs }: ActionOf<'rejoin'>): boolean {
    const state = this.stateAt(peer, atUs);
    if (state.up || state.comesAtUs > 0) return false;
    state.up = true;
    state.stopping = false;
    return true;
  }

  private heals(name: string | undefined): boolean {
    if (name !== undefined) return this.partitions.delete(name);
    const healed = this.partitions.size > 0;
    this.partitions.clear();
    return healed;
  }

  /** Undefined when nobody has been in that place. */
  private peerOf({ slot, back }: SlotReference): number | undefined {
    const place = this.places.get(slot) ?? slot;
    const occupants = this.occupants.get(place) ?? (place < this.nodes ? [place] : []);
    return occupants[Math.max(0, occupants.length - 1 - back)];
  }

  /** A fresh peer takes a slot. */
  private enter(slot: number): number {
    const place = this.places.get(slot) ?? slot;
    const before = this.occupants.get(place) ?? (place < this.nodes ? [place] : []);
    this.occupants.set(place, [...before, this.nextFresh]);
    this.nextFresh += 1;
    return this.nextFresh - 1;
  }

  private down(peer: number): PeerState {
    const state: PeerState = { up: false, stopping: false, comesAtUs: 0 };
    this.states.set(peer, state);
    return state;
  }

  private stateAt(peer: number, atUs: number): PeerState {
    let state = this.states.get(peer);
    if (state === undefined) this.states.set(peer, (state = { up: true, stopping: false, comesAtUs: 0 }));
    if (state.comesAtUs > 0 && state.comesAtUs <= atUs) {
      state.up = true;
      state.comesAtUs = 0;
    }
    return state;
  }
}

type ActionOf<Kind extends ChurnAction['kind']> = Extract<ChurnAction, { kind: Kind }>;

/** Puts a member into a set or takes it out; false when it was so already. */
function switched<Member>(set: Set<Member>, member: Member, on: boolean): boolean {
  if (set.has(member) === on) return false;
  if (on) set.add(member);
  else set.delete(member);
  return true;
}

/** Whom an action names, the members of its groups included; a fresh identity apart. */
export function peersOf(action: ChurnAction): number[] {
  switch (action.kind) {
    case 'partition':
      return action.groups.flat();
    case 'hold':
    case 'release':
      return [action.from, action.to];
    case 'heal':
      return [];
    default:
      return [action.peer];
  }
}

/** An action that names others in the place of those of {@link peersOf}. */
function withPeers<Kind extends ChurnAction['kind']>(action: ActionOf<Kind>, peers: readonly number[]): ActionOf<Kind> {
  if ('from' in action) return { ...action, from: peers[0]!, to: peers[1]! };
  return 'peer' in action ? { ...action, peer: peers[0]! } : action;
}
