// What a node of the swarm takes and gives: packets, timers, inputs, outputs, configuration and defects.
// Invariant: packets are immutable once sent and never alias a node's state.
import * as v from 'valibot';

import type { PeerId } from '../../sim/peer.ts';
import type { ReducerIo } from '../../sim/reducer.ts';
import type { Defect, DefectSwitches } from '../defect.ts';
import { hyparviewConfigSchema, hyparviewDefects } from '../hyparview/contract.ts';
import type { HyParViewMessage, HyParViewTimer, PeerData } from '../hyparview/contract.ts';
import { plumtreeConfigSchema, plumtreeDefects } from '../plumtree/contract.ts';
import type { Content, PlumtreeMessage, PlumtreeTimer } from '../plumtree/contract.ts';

/** Validates a {@link TopicsConfig}; every field has a default. */
export const topicsConfigSchema = v.strictObject({
  hyparview: v.optional(hyparviewConfigSchema, {}),
  plumtree: v.optional(plumtreeConfigSchema, {}),
});

/** Parameters of a node: those of its membership and of its broadcast protocol, the same for every topic. */
export type TopicsConfig = Readonly<v.InferOutput<typeof topicsConfigSchema>>;

/** What travels over a link. */
export interface Packet {
  /** A topic's number: an integer, 0 or more. */
  readonly topic: number;
  readonly message: HyParViewMessage | PlumtreeMessage;
}

/** In place of a topic's number: a timer of the node itself. */
export const NO_TOPIC = -1;

/** What a node asks to be woken for. */
export interface NodeTimer {
  /** The topic it is for, or {@link NO_TOPIC}. */
  readonly topic: number;
  readonly timer: HyParViewTimer | PlumtreeTimer | { readonly kind: 'advertise' };
}

/** What happens to a node. The caller may reuse the object; nothing in it is kept but peers, ids and contents. */
export type NodeInput =
  | { readonly kind: 'message'; readonly from: PeerId; readonly message: Packet }
  | { readonly kind: 'timer'; readonly timer: NodeTimer }
  /** The link to the peer is gone, from the other side or by a fault; not called for one's own `disconnect`. */
  | { readonly kind: 'closed'; readonly peer: PeerId }
  /** Enter a topic through one of the contacts; for a topic already entered, ask again. */
  | { readonly kind: 'join'; readonly topic: number; readonly contacts: readonly PeerId[] }
  /** Leave one topic. */
  | { readonly kind: 'leave'; readonly topic: number }
  /** Leave all topics: the node is about to stop. */
  | { readonly kind: 'quit' }
  /** Sends `content`, whose hash is `id`, to all of a topic. Without effect in a topic that was not entered. */
  | { readonly kind: 'broadcast'; readonly topic: number; readonly id: string; readonly content: Content }
  /** Begin or end to misbehave. */
  | { readonly kind: 'act'; readonly act: NodeAct; readonly on: boolean };

/** What a node can be told to do against the protocol. See {@link nodeActs}. */
export type NodeAct = (typeof nodeActs)[number];

/**
 * `advertise-only`: the node announces what it never delivers. It passes announcements on in place of payloads, answers
 * no Graft, and announces a made-up id to every neighbour 5 times a second.
 */
export const nodeActs = ['advertise-only'] as const;

/** What a node tells the layer above. */
export type NodeOutput =
  /** A new message; `hops` from its origin, 1 for the origin's neighbours. */
  | {
      readonly kind: 'deliver';
      readonly topic: number;
      readonly id: string;
      readonly hops: number;
      readonly from: PeerId;
    }
  /** A payload that was received before. */
  | { readonly kind: 'duplicate'; readonly topic: number; readonly id: string; readonly from: PeerId }
  | { readonly kind: 'neighbour-up'; readonly topic: number; readonly peer: PeerId }
  | { readonly kind: 'neighbour-down'; readonly topic: number; readonly peer: PeerId }
  | { readonly kind: 'peer-data'; readonly topic: number; readonly peer: PeerId; readonly data: PeerData }
  /** A Join was sent; redundant when the peer was a neighbour already. */
  | { readonly kind: 'join-attempt'; readonly topic: number; readonly peer: PeerId; readonly redundant: boolean }
  /**
   * The node has no neighbour in the topic, or too few and knows nobody else to ask. It asks the contacts that it has
   * again, ever more seldom; a rendezvous may give it others by *join* (in an event of its own).
   */
  | { readonly kind: 'contacts-wanted'; readonly topic: number };

/** What a node acts through. */
export type NodeIo = ReducerIo<Packet, NodeTimer, NodeOutput>;

const peerTopicsNotPruned = {
  id: 'peer-topics-not-pruned',
  source: 'iroh-gossip#146',
  layer: 'topics',
  summary: 'the peer -> topics map is emptied by per-topic disconnects only, so a peer whose link breaks stays in it',
} as const satisfies Defect;

/** The faults of membership and broadcast that can be reinstated. */
export const topicsDefects = [peerTopicsNotPruned, ...hyparviewDefects, ...plumtreeDefects] as const;

/** Which of {@link topicsDefects} are on. */
export type TopicsDefects = DefectSwitches<(typeof topicsDefects)[number]['id']>;
