// The state of one HyParView node, the questions asked of it, and what must hold after every event.
// Invariant: plain objects, arrays, Maps, Sets and peers only, so that the same code runs in place and on an immer draft.
import { invariant } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import { removeAt, removePeer } from '../peer-list.ts';
import { CONTACT_CAP } from './contract.ts';
import type { HyParViewConfig, PeerData } from './contract.ts';

/** In place of a timer handle: none is pending. */
export const NO_TIMER: TimerHandle = -1;

/** A Neighbor request that awaits its answer. */
export interface PendingNeighbor {
  readonly peer: PeerId;
  /** Tells this request from an earlier one to the same peer. */
  readonly generation: number;
  readonly timer: TimerHandle;
}

/** State of one node in one overlay. Views are in insertion order. */
export interface HyParViewState {
  readonly me: PeerId;
  /** What this node tells others of itself; undefined when there is nothing to tell. */
  readonly data: PeerData | undefined;
  /** Neighbours. */
  active: PeerId[];
  /** Peers known besides them. */
  passive: PeerId[];
  /** Requests that await an answer; may name active and passive peers as well. */
  pending: PendingNeighbor[];
  /** Passive peers that have refused an edge since this node last lost one: not asked again before the next loss. */
  refused: PeerId[];
  /** Refusals since this node last lost an edge or shuffled. */
  refusals: number;
  /** Data of active, passive and pending peers; undefined until there is some. */
  peerData: Map<PeerId, PeerData> | undefined;
  /** Passive peers that ended an edge while alive: the end of that link is not the end of them. */
  aliveDisconnect: PeerId[];
  /** Whom to join through, at most {@link CONTACT_CAP}; never this node itself. */
  contacts: PeerId[];
  /** Counts Joins, so that contacts are asked in turn. */
  contactTurn: number;
  /** How many contacts are still to be tried by a node that has neighbours. */
  contactsToTry: number;
  /** Joins sent since this node last had a neighbour. */
  joinAttempts: number;
  /** The contact whose answer to a Join is awaited. */
  joining: PeerId | undefined;
  joinTimer: TimerHandle;
  shuffleTimer: TimerHandle;
  /** Generation of the latest request. */
  generation: number;
  /** Shuffle ticks in a row at which every known peer had refused. */
  strandedTicks: number;
  /** How many of these are waited for before a request is forced. */
  patience: number;
}

/** A node that has not heard of anyone yet. */
export function initialHyParView(me: PeerId, data: PeerData | undefined): HyParViewState {
  return {
    me,
    data,
    active: [],
    passive: [],
    pending: [],
    refused: [],
    refusals: 0,
    peerData: undefined,
    aliveDisconnect: [],
    contacts: [],
    contactTurn: 0,
    contactsToTry: 0,
    joinAttempts: 0,
    joining: undefined,
    joinTimer: NO_TIMER,
    shuffleTimer: NO_TIMER,
    generation: 0,
    strandedTicks: 0,
    patience: 1,
  };
}

/** True while a request to `peer` awaits its answer. */
export function isPending(state: HyParViewState, peer: PeerId): boolean {
  for (const request of state.pending) if (request.peer === peer) return true;
  return false;
}

/** Removes the request to `peer` and returns its timer; undefined when there is none. */
export function takePending(state: HyParViewState, peer: PeerId): TimerHandle | undefined {
  for (let place = 0; place < state.pending.length; place++) {
    const request = state.pending[place] as PendingNeighbor;
    if (request.peer !== peer) continue;
    const timer = request.timer;
    removeAt(state.pending, place);
    return timer;
  }
  return undefined;
}

/** How many peers are active, pending or both. */
export function claimedCount(state: HyParViewState): number {
  let claimed = state.active.length;
  for (const request of state.pending) if (!state.active.includes(request.peer)) claimed++;
  return claimed;
}

/** True while this node has a use for what it knows of `peer`. */
export function isKnown(state: HyParViewState, peer: PeerId): boolean {
  return state.active.includes(peer) || state.passive.includes(peer) || isPending(state, peer);
}

/** Takes `peer` out of the passive view with all that is only kept of passive peers, but for its data. */
export function removePassive(state: HyParViewState, peer: PeerId): boolean {
  if (!removePeer(state.passive, peer)) return false;
  removePeer(state.refused, peer);
  removePeer(state.aliveDisconnect, peer);
  return true;
}

/**
 * Throws when the clean protocol cannot have produced `state`. To be called between events.
 *
 * @throws {Error} Through `invariant`, naming what does not hold.
 */
export function checkHyParView(state: HyParViewState, config: HyParViewConfig): void {
  const { me, active, passive, pending, refused, contacts } = state;
  invariant(active.length <= config.activeViewCapacity, `${me}: the active view is within its capacity`);
  invariant(passive.length <= config.passiveViewCapacity, `${me}: the passive view is within its capacity`);
  for (const list of [active, passive, refused, contacts, pending.map((request) => request.peer)]) {
    invariant(!list.includes(me), `${me}: a node is not in its own lists`);
    invariant(new Set(list).size === list.length, `${me}: no list names a peer twice`);
  }
  for (const peer of passive) invariant(!active.includes(peer), `${me}: ${peer} is in one view only`);
  for (const peer of refused) invariant(passive.includes(peer), `${me}: ${peer} refused, and is passive`);
  for (const peer of state.peerData?.keys() ?? []) {
    invariant(isKnown(state, peer), `${me}: ${peer}, whose data is kept, is active, passive or pending`);
  }
  for (const peer of state.aliveDisconnect) {
    invariant(passive.includes(peer), `${me}: ${peer}, marked alive, is passive`);
  }
  for (const request of pending) {
    invariant(request.generation <= state.generation, `${me}: the request to ${request.peer} has a past generation`);
  }
  invariant(contacts.length <= CONTACT_CAP, `${me}: contacts are within their cap`);
  invariant(state.joining === undefined || state.joinTimer !== NO_TIMER, `${me}: an unanswered Join has a timer`);
}
