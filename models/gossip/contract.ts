// What the gossip actor takes and tells: configuration, commands, events, costs and defects.
// Invariant: commands and events are immutable once sent and never alias the actor's state.
import * as v from 'valibot';
import { integerBetween } from '../../sim/input.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Oneshot } from '../../sim/tasks/sync.ts';
import type { Defect, DefectSwitches } from '../defect.ts';
import type { Content } from '../plumtree/contract.ts';
import type { Connection } from '../quic/connection.ts';
import type { Packet } from '../topics/contract.ts';

/** The protocol that gossip connections speak. */
export const GOSSIP_ALPN = 'gossip';

/** Validates a {@link GossipConfig}; every field has a default. */
export const gossipConfigSchema = v.strictObject({
  /** Messages that may wait for one peer's connection. */
  sendQueueCapacity: v.optional(integerBetween(1, 100_000), 64),
  /** Things that may wait for the actor. */
  inboxCapacity: v.optional(integerBetween(1, 1_000_000), 1024),
  /** How long a connection that is no longer sent on may take to finish, in microseconds. */
  finishUs: v.optional(integerBetween(1000, 3_600_000_000), 5_000_000),
});

/** Parameters of the actor; defaults are those of iroh-gossip 0.101. */
export type GossipConfig = Readonly<v.InferOutput<typeof gossipConfigSchema>>;

/** What the actor is told, in order. */
export type GossipCommand =
  /** Ask peers to let this node in. */
  | { readonly kind: 'join'; readonly contacts: readonly PeerId[] }
  /** As 0.101 does it: a Join to each of the peers, whoever they are. */
  | { readonly kind: 'request-joins'; readonly peers: readonly PeerId[] }
  | { readonly kind: 'broadcast'; readonly id: string; readonly content: Content }
  /** A connection that a peer opened. */
  | { readonly kind: 'connection'; readonly connection: Connection }
  /** A frame that a connection loop read. */
  | { readonly kind: 'received'; readonly from: PeerId; readonly packet: Packet }
  /** Begin or end to misbehave; see `nodeActs` of the topics. */
  | { readonly kind: 'act'; readonly on: boolean }
  /** Leave the topic and enter it again at once, through the same neighbours. */
  | { readonly kind: 'rotate' }
  /** Leave the topic; whoever listens to its events learns that it is closed. */
  | { readonly kind: 'close-topic' }
  /** Enter the topic again after it was closed. */
  | { readonly kind: 'open-topic' }
  /** Leave all topics, finish all connections, then say so. */
  | { readonly kind: 'quit'; readonly done: Oneshot<void> };

/** What the actor tells the application. */
export type GossipEvent =
  | { readonly kind: 'neighbour-up'; readonly peer: PeerId }
  | { readonly kind: 'neighbour-down'; readonly peer: PeerId }
  | { readonly kind: 'received'; readonly id: string; readonly content: Content | undefined }
  /** The protocol knows nobody (else) to ask to be let in. */
  | { readonly kind: 'contacts-wanted' };

/** CPU by frame, in microseconds. Measured on nothing: calibrated by the incident `join-storm`. */
export const GOSSIP_COSTS = {
  'handle/message': 12,
  'handle/timer': 4,
  'handle/command': 4,
  'join_peers/request': 6,
  'connection_loop/send': 8,
  'connection_loop/recv': 8,
} as const;

/**
 * Modelled retained bytes of a connection loop with its send channel and read buffer. Calibrated: with the transport's
 * share they make the 110 KB per leaked connection of the field report.
 */
export const CONNECTION_LOOP_BYTES = 11_000;

/** The faults of the gossip actor that can be reinstated. */
export const gossipDefects = [
  {
    id: 'gossip-join-always-dials',
    source: 'incident report',
    layer: 'gossip',
    summary: 'a join to a connected peer opens a fresh connection instead of using the link',
  },
  {
    id: 'gossip-send-arm-disabled',
    source: 'iroh-gossip#146',
    layer: 'gossip',
    summary: "the send loop's receive arm is refutable: when its channel closes the arm goes dark and the loop parks",
  },
  {
    id: 'gossip-join-both-halves',
    source: 'iroh-gossip#146',
    layer: 'gossip',
    summary: 'the connection loop waits for both halves, and the receive half of a removed peer never ends',
  },
  {
    id: 'gossip-peer-kept-on-close',
    source: 'iroh-gossip#146',
    layer: 'gossip',
    summary: 'when the active connection ends, the map entry stays active with a dead channel',
  },
  {
    id: 'gossip-peer-kept-on-dial-failure',
    source: 'iroh-gossip#146, #159',
    layer: 'gossip',
    summary: 'a failed dial leaves a pending entry with a queue, and a dial starts only when the queue is empty',
  },
  {
    id: 'gossip-superseded-list-unbounded',
    source: 'iroh-gossip#137',
    layer: 'gossip',
    summary: 'every further connection of a peer is appended to its other connections and never taken out',
  },
  {
    id: 'gossip-actor-awaits-slow-peer',
    source: 'iroh-gossip#143, #47',
    layer: 'gossip',
    summary: "the actor waits for room in a peer's full channel while it handles an event",
  },
  {
    id: 'gossip-cancelled-child-panics',
    source: 'iroh-gossip#142',
    layer: 'gossip',
    summary: 'the result of a cancelled connection task is unwrapped in the event loop',
  },
  {
    id: 'gossip-mutual-join-drops-both',
    source: 'iroh#2307',
    layer: 'gossip',
    summary: 'accepting an inbound connection drops the outbound one, on both sides at once',
  },
  {
    id: 'gossip-refuse-while-old-lingers',
    source: 'iroh-gossip#10',
    layer: 'gossip',
    summary: 'a new connection is refused while the dead one of the same peer waits for its idle timeout',
  },
  {
    id: 'gossip-dead-send-path',
    source: 'defradb.rs#1092',
    layer: 'gossip',
    summary: 'a write error ends the send half only: the peer stays active and every send to it is dropped',
  },
] as const satisfies readonly Defect[];

/** Which of {@link gossipDefects} are on. */
export type GossipDefects = DefectSwitches<(typeof gossipDefects)[number]['id']>;
