// The state of one Plumtree node, and what must hold of it after every event.
// Invariant: plain objects, arrays, Maps and peers only, so that the same code runs in place and on an immer draft.
import { invariant } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { Content } from './contract.ts';

/** In place of a timer handle: none is pending. */
export const NO_TIMER: TimerHandle = -1;

/** An announcement that waits for the next dispatch. */
export interface QueuedAnnouncement {
  readonly peer: PeerId;
  readonly id: string;
  readonly round: number;
}

/** A message that was announced and has not come. */
export interface MissingMessage {
  /** Who announced it and has not been asked, in order of arrival. */
  advertisers: { readonly peer: PeerId; readonly round: number }[];
  timer: TimerHandle;
}

/** A payload that can still be grafted. */
export interface CachedPayload {
  readonly content: Content;
  /** Hops from the origin to this node. */
  readonly round: number;
  readonly receivedUs: number;
}

/** State of one node in one broadcast group. Maps are undefined until there is something to keep. */
export interface PlumtreeState {
  /** Neighbours that get payloads. Every neighbour is either eager or lazy. */
  eager: PeerId[];
  /** Neighbours that get announcements. */
  lazy: PeerId[];
  /** Announcements to dispatch; the paper's lazy queue, flat, since it mostly holds one per lazy peer. */
  lazyQueue: QueuedAnnouncement[];
  dispatchTimer: TimerHandle;
  /** By message id, in order of the first announcement. */
  missing: Map<string, MissingMessage> | undefined;
  /** Local time in microseconds at which a message came, by its id, oldest first. */
  received: Map<string, number> | undefined;
  /** The id that came last, while it is in `received`: most announcements are of it, and need no look into the Map. */
  latest: string | undefined;
  /** Payloads by message id, oldest first. */
  cache: Map<string, CachedPayload> | undefined;
  evictionTimer: TimerHandle;
}

/** A node without neighbours. */
export function initialPlumtree(): PlumtreeState {
  return {
    eager: [],
    lazy: [],
    lazyQueue: [],
    dispatchTimer: NO_TIMER,
    missing: undefined,
    received: undefined,
    latest: undefined,
    cache: undefined,
    evictionTimer: NO_TIMER,
  };
}

/** True for a neighbour. */
export function isNeighbour(state: PlumtreeState, peer: PeerId): boolean {
  return state.eager.includes(peer) || state.lazy.includes(peer);
}

/**
 * Throws when the clean protocol cannot have produced `state`. To be called between events.
 *
 * @param neighbours - The membership layer's neighbours.
 * @throws {Error} Through `invariant`, naming what does not hold.
 */
export function checkPlumtree(state: PlumtreeState, neighbours: readonly PeerId[]): void {
  const { eager, lazy, lazyQueue, missing, received, latest, cache } = state;
  for (const peer of eager) {
    invariant(neighbours.includes(peer), `eager peer ${peer} is a neighbour`);
    invariant(!lazy.includes(peer), `eager peer ${peer} is not lazy`);
  }
  for (const peer of lazy) invariant(neighbours.includes(peer), `lazy peer ${peer} is a neighbour`);
  invariant(eager.length + lazy.length === neighbours.length, 'every neighbour is eager or lazy, once');
  for (const { peer } of lazyQueue) invariant(neighbours.includes(peer), `${peer}, with IHaves queued, is a neighbour`);
  invariant(
    (state.dispatchTimer === NO_TIMER) === (lazyQueue.length === 0),
    'a dispatch is due while IHaves are queued',
  );
  for (const [id, { advertisers, timer }] of missing ?? []) {
    invariant(advertisers.length > 0, `missing message ${id} has an advertiser`);
    invariant(timer !== NO_TIMER, `missing message ${id} has a graft timer`);
    invariant(!(received?.has(id) ?? false), `missing message ${id} was not received`);
    const peers = new Set(advertisers.map((advertiser) => advertiser.peer));
    invariant(peers.size === advertisers.length, `missing message ${id} names no advertiser twice`);
    for (const peer of peers) invariant(neighbours.includes(peer), `advertiser ${peer} of ${id} is a neighbour`);
  }
  invariant(latest === undefined || (received?.has(latest) ?? false), 'the latest message was received');
  const isEmpty = (received?.size ?? 0) === 0 && (cache?.size ?? 0) === 0;
  invariant((state.evictionTimer === NO_TIMER) === isEmpty, 'a sweep is due while something is cached');
}
