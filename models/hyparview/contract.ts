// What HyParView takes and gives: its configuration, messages, timers, inputs, outputs and defects.
// Invariant: messages are immutable once sent and never alias a node's state.
import * as v from 'valibot';

import { integerBetween } from '../../sim/input.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { ReducerIo } from '../../sim/reducer.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

const count = (min: number) => integerBetween(min, 1000);
const delayUs = integerBetween(1000, 86_400_000_000);

/** Validates a {@link HyParViewConfig}; every field has a default. */
export const hyparviewConfigSchema = v.strictObject({
  activeViewCapacity: v.optional(count(1), 5),
  passiveViewCapacity: v.optional(count(0), 30),
  activeWalkLength: v.optional(count(0), 6),
  passiveWalkLength: v.optional(count(0), 3),
  shuffleWalkLength: v.optional(count(0), 6),
  shuffleActiveCount: v.optional(count(0), 3),
  shufflePassiveCount: v.optional(count(0), 4),
  shuffleIntervalUs: v.optional(delayUs, 60_000_000),
  neighborTimeoutUs: v.optional(delayUs, 500_000),
  joinTimeoutUs: v.optional(delayUs, 1_000_000),
  joinBackoffMaxUs: v.optional(delayUs, 60_000_000),
});

/**
 * Parameters of HyParView; defaults are those of iroh-gossip 0.101, which are the paper's (section 5.1) for the views
 * and walks. Counts are integers from 0 or 1 to 1000 (included), delays microseconds from 1 ms to one day (included).
 *
 * - `activeViewCapacity` (1 or more, default 5), `passiveViewCapacity` (30): most peers per view.
 * - `activeWalkLength` (6), `passiveWalkLength` (3): hops of a ForwardJoin, and what is left of them where it also
 *   enters a passive view.
 * - `shuffleWalkLength` (6), `shuffleActiveCount` (3), `shufflePassiveCount` (4), `shuffleIntervalUs` (60 s).
 * - `neighborTimeoutUs` (500 ms): how long a Neighbor request may go unanswered.
 * - `joinTimeoutUs` (1 s), `joinBackoffMaxUs` (60 s): first and longest wait before a Join is sent again; it doubles.
 */
export type HyParViewConfig = Readonly<v.InferOutput<typeof hyparviewConfigSchema>>;

/** Most contacts that a node remembers for joining again. */
export const CONTACT_CAP = 3;

/** What a peer says of itself, such as its addresses: opaque here, and never changed in place. */
export type PeerData = string | Uint8Array;

/** A peer and what is known of it. */
export interface PeerInfo {
  readonly peer: PeerId;
  readonly data: PeerData | undefined;
}

/** *high* is always accepted, *low* only where there is room (paper, section 4.3). */
export type NeighborPriority = 'high' | 'low';

/** Asks a contact to let the sender in (paper, section 4.2). */
export interface Join {
  readonly kind: 'join';
  readonly data: PeerData | undefined;
}

/** Carries a new peer along a random walk. */
export interface ForwardJoin {
  readonly kind: 'forward-join';
  readonly peer: PeerId;
  readonly data: PeerData | undefined;
  /** Hops left. */
  readonly ttl: number;
}

/** A sample of its origin's views on a random walk (paper, section 4.4). */
export interface Shuffle {
  readonly kind: 'shuffle';
  readonly origin: PeerId;
  readonly nodes: readonly PeerInfo[];
  /** Hops left. */
  readonly ttl: number;
}

/** The sample that the end of the walk gives back; also what an evicted peer is sent off with. */
export interface ShuffleReply {
  readonly kind: 'shuffle-reply';
  readonly nodes: readonly PeerInfo[];
}

/** Asks for an edge, or grants one. */
export interface Neighbor {
  readonly kind: 'neighbor';
  readonly priority: NeighborPriority;
  /** True on a grant. Not in 0.101: see `onNeighbor` for what goes wrong without. */
  readonly reply: boolean;
  readonly data: PeerData | undefined;
}

/** Ends an edge, or refuses one. */
export interface Disconnect {
  readonly kind: 'disconnect';
  /** True when the sender stays in the overlay and may be kept as a passive peer. */
  readonly alive: boolean;
}

/** What HyParView nodes send each other. */
export type HyParViewMessage = Join | ForwardJoin | Shuffle | ShuffleReply | Neighbor | Disconnect;

/** What HyParView asks to be woken for. */
export type HyParViewTimer =
  | { readonly kind: 'shuffle' }
  | { readonly kind: 'join-retry' }
  | { readonly kind: 'neighbor-timeout'; readonly peer: PeerId; readonly generation: number };

/** What happens to a HyParView node. The caller may reuse the object. */
export type HyParViewInput =
  | { readonly kind: 'message'; readonly from: PeerId; readonly message: HyParViewMessage }
  | { readonly kind: 'timer'; readonly timer: HyParViewTimer }
  /** The link to the peer is gone, from the other side or by a fault; not called for one's own `disconnect`. */
  | { readonly kind: 'closed'; readonly peer: PeerId }
  /** Enter the overlay through one of the contacts; the first {@link CONTACT_CAP} of them are remembered. */
  | { readonly kind: 'join'; readonly contacts: readonly PeerId[] }
  /** Leave the overlay for good. */
  | { readonly kind: 'quit' }
  /** The layer above heard, as from a neighbour, a peer that is none. */
  | { readonly kind: 'stray'; readonly peer: PeerId };

/** What HyParView tells the layer above. */
export type HyParViewOutput =
  | { readonly kind: 'neighbour-up'; readonly peer: PeerId }
  | { readonly kind: 'neighbour-down'; readonly peer: PeerId }
  | { readonly kind: 'peer-data'; readonly peer: PeerId; readonly data: PeerData }
  /** A Join was sent; redundant when the peer was a neighbour already. */
  | { readonly kind: 'join-attempt'; readonly peer: PeerId; readonly redundant: boolean }
  /**
   * This node (`peer`) has no neighbour, or too few and knows nobody else to ask. It asks the contacts that it has
   * again, ever more seldom; a rendezvous may give it others by *join*.
   */
  | { readonly kind: 'contacts-wanted'; readonly peer: PeerId };

/** What HyParView acts through. */
export type HyParViewIo = ReducerIo<HyParViewMessage, HyParViewTimer, HyParViewOutput>;

/** The faults that HyParView can reinstate. */
export const hyparviewDefects = [
  {
    id: 'hyparview-data-kept-on-passive-eviction',
    source: 'iroh-gossip#146',
    layer: 'membership',
    summary: 'a peer that a full passive view pushes out leaves its data and its alive mark behind',
  },
  {
    id: 'hyparview-data-kept-on-neighbor-timeout',
    source: 'iroh-gossip#146',
    layer: 'membership',
    summary: 'a peer that does not answer a Neighbor request in time leaves its data and its alive mark behind',
  },
  {
    id: 'hyparview-data-kept-on-active-discard',
    source: 'iroh-gossip#146',
    layer: 'membership',
    summary: 'a neighbour that leaves or dies, and is not kept as a passive peer, leaves its data behind',
  },
  {
    id: 'hyparview-pending-outlives-neighbor',
    source: 'iroh-gossip#121',
    layer: 'membership',
    summary:
      'a pending mark survives a disconnect, so the next request of that peer passes for an answer: one-sided edges',
  },
] as const satisfies readonly Defect[];

/** Which of {@link hyparviewDefects} are on. */
export type HyParViewDefects = DefectSwitches<(typeof hyparviewDefects)[number]['id']>;
