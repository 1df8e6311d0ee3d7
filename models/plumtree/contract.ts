// What Plumtree takes and gives: its configuration, messages, timers, inputs, outputs and defects.
// Invariant: messages are immutable once sent and never alias a node's state.
import * as v from 'valibot';

import { integerBetween } from '../../sim/input.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { ReducerIo } from '../../sim/reducer.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

const delayUs = integerBetween(0, 86_400_000_000);
const intervalUs = integerBetween(1000, 86_400_000_000);

/** Validates a {@link PlumtreeConfig}; every field has a default. */
export const plumtreeConfigSchema = v.strictObject({
  graftTimeoutUs: v.optional(delayUs, 80_000),
  nextGraftTimeoutUs: v.optional(delayUs, 40_000),
  dispatchTimeoutUs: v.optional(delayUs, 5_000),
  optimizationThreshold: v.optional(integerBetween(1, 1000), 7),
  payloadRetentionUs: v.optional(intervalUs, 30_000_000),
  idRetentionUs: v.optional(intervalUs, 90_000_000),
  evictionIntervalUs: v.optional(intervalUs, 1_000_000),
});

/**
 * Parameters of Plumtree; defaults are those of iroh-gossip 0.101. Times are integers in microseconds, timeouts from
 * 0, retentions and intervals from 1 ms, all to one day (included).
 *
 * - `graftTimeoutUs` (80 ms): from the first IHave of a message to the first Graft for it; `nextGraftTimeoutUs`
 *   (40 ms): from one Graft to the next. The paper's timeouts 1 and 2.
 * - `dispatchTimeoutUs` (5 ms): how long IHaves are gathered.
 * - `optimizationThreshold` (7, from 1 to 1000): by how many hops an announcement must be better for the tree to change.
 * - `payloadRetentionUs` (30 s), `idRetentionUs` (90 s): how long a message can be grafted, and is recognised.
 * - `evictionIntervalUs` (1 s): grain at which both are dropped; they last up to this much longer.
 */
export type PlumtreeConfig = Readonly<v.InferOutput<typeof plumtreeConfigSchema>>;

/** A payload: opaque here, and never changed in place. */
export type Content = string | Uint8Array;

/** A payload pushed along the tree. */
export interface Gossip {
  readonly kind: 'gossip';
  /** Hash of the content. */
  readonly id: string;
  readonly content: Content;
  /** Hops from the origin to the sender. */
  readonly round: number;
}

/** Takes the link out of the sender's tree. */
export interface Prune {
  readonly kind: 'prune';
}

/** Puts the link into the tree, and asks for a payload if it names one. */
export interface Graft {
  readonly kind: 'graft';
  readonly id: string | undefined;
  readonly round: number;
}

/** Says that the sender has a message. */
export interface Announcement {
  readonly id: string;
  /** Hops from the origin to the sender. */
  readonly round: number;
}

/** Announces messages off the tree. */
export interface IHave {
  readonly kind: 'ihave';
  readonly announcements: readonly Announcement[];
}

/** What Plumtree nodes send each other. */
export type PlumtreeMessage = Gossip | Prune | Graft | IHave;

/** What Plumtree asks to be woken for. */
export type PlumtreeTimer =
  | { readonly kind: 'send-graft'; readonly id: string }
  | { readonly kind: 'dispatch' }
  | { readonly kind: 'evict-cache' };

/** What happens to a Plumtree node. The caller may reuse the object. */
export type PlumtreeInput =
  | { readonly kind: 'message'; readonly from: PeerId; readonly message: PlumtreeMessage }
  | { readonly kind: 'timer'; readonly timer: PlumtreeTimer }
  | { readonly kind: 'neighbour-up'; readonly peer: PeerId }
  | { readonly kind: 'neighbour-down'; readonly peer: PeerId }
  /** Sends `content` to all; `id` is its hash. Nothing happens for an id that was seen within the retention. */
  | { readonly kind: 'broadcast'; readonly id: string; readonly content: Content }
  /** Stop: cancel all timers. */
  | { readonly kind: 'quit' };

/** What Plumtree tells the layer above. */
export type PlumtreeOutput =
  /** A new message; `hops` from its origin, 1 for the origin's neighbours. */
  | { readonly kind: 'deliver'; readonly id: string; readonly hops: number; readonly from: PeerId }
  /** A payload that was received before. */
  | { readonly kind: 'duplicate'; readonly id: string; readonly from: PeerId };

/** What Plumtree acts through. */
export type PlumtreeIo = ReducerIo<PlumtreeMessage, PlumtreeTimer, PlumtreeOutput>;

/** The faults that Plumtree can reinstate. */
export const plumtreeDefects = [
  {
    id: 'plumtree-lazy-queue-kept',
    source: 'iroh-gossip#146',
    layer: 'broadcast',
    summary: 'IHaves queued for a neighbour that goes down stay queued, and their dispatch dials the departed peer',
  },
  {
    id: 'plumtree-seen-ids-never-expire',
    source: 'iroh-gossip#128',
    layer: 'broadcast',
    summary: 'the sweep drops old payloads but never the ids of messages received',
  },
  {
    id: 'plumtree-missing-unbounded',
    source: 'iroh-gossip#135',
    layer: 'broadcast',
    summary: 'ids that were announced but never delivered pile up',
  },
  {
    id: 'plumtree-late-message-revives-peer',
    source: 'by reading',
    layer: 'broadcast',
    summary: 'a message that arrives after its sender went down makes it an eager or lazy peer again, for good',
  },
] as const satisfies readonly Defect[];

/** Which of {@link plumtreeDefects} are on. */
export type PlumtreeDefects = DefectSwitches<(typeof plumtreeDefects)[number]['id']>;
