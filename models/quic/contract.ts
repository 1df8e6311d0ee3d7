// What the transport takes and tells: configuration, outcomes, costs, sizes, acts and defects.
// Invariant: outcomes and notes are plain data that never alias the state of a connection.
import * as v from 'valibot';
import type { Retention } from '../../sim/census/retention.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import { integerBetween } from '../../sim/input.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

const delayUs = integerBetween(1000, 86_400_000_000);
const windowBytes = integerBetween(1, 2 ** 40);

/** Validates a {@link QuicConfig}; every field has a default. */
export const quicConfigSchema = v.strictObject({
  keepAliveUs: v.optional(delayUs, 5_000_000),
  remoteIdleUs: v.optional(delayUs, 10_000_000),
  streamWindowBytes: v.optional(windowBytes, 65_536),
  connectionWindowBytes: v.optional(windowBytes, 262_144),
});

/**
 * Parameters of the transport. The handshake and idle timeouts are the network's `connectTimeoutUs` and `idleTimeoutUs`;
 * the latter counts from what was heard last. (RFC 9000, 10.1, has it restart at the first packet sent after that as
 * well; then the death of a peer would be known up to one keep-alive later than the network says.)
 *
 * - `keepAliveUs` (5 s; 1 ms to a day): a side that has sent nothing for so long sends a PING. It keeps a connection only
 *   when it is below the idle timeout.
 * - `remoteIdleUs` (10 s; 1 ms to a day): how long the actor of a remote outlives its last connection.
 * - `streamWindowBytes` (64 KiB), `connectionWindowBytes` (256 KiB), from 1: what may be sent ahead of the reader.
 */
export type QuicConfig = Readonly<v.InferOutput<typeof quicConfigSchema>>;

/** Hears of what the library does, as a subscriber of its log would. Must change nothing that the run could see. */
export type QuicNote = (
  level: 'debug' | 'info',
  name: string,
  /** Size of the event as a log keeps it, in bytes. */
  bytes: number,
  /** `local` of the task in whose context it happens, such as its span. */
  local: unknown,
) => void;

/** What an endpoint is made with. */
export interface QuicOptions {
  readonly network: Network;
  readonly config: QuicConfig;
  /** Faults to reinstate; default none. */
  readonly defects?: QuicDefects;
  /** The model's cost table; frames of {@link QUIC_COSTS} that it lacks are not charged. Default none. */
  readonly costs?: CostTable;
  readonly note?: QuicNote;
}

/** Why a connection is over. `aborted`: its driver task was cancelled. */
export interface CloseReason {
  readonly by: 'local' | 'remote' | 'idle' | 'aborted';
  readonly reason: string;
}

/** A handshake that came to nothing. `closed`: this side gave it up. */
export interface ConnectFailure {
  readonly kind: 'failed';
  readonly reason: 'timed-out' | 'refused' | 'closed';
}

/**
 * CPU by frame, in microseconds. The three of the handshake are calibrated: the report's join storm took 35 percent of 80
 * cores, and with 3.95 ms for both sides of a handshake the storm of the model does (incident `join-storm`). Those of a
 * packet are of the order that user-space stacks reach, and are charged for each datagram that a long message takes.
 */
export const QUIC_COSTS = {
  'endpoint.connect': 900,
  'endpoint.connect/tls.handshake.client': 1350,
  'endpoint.accept/tls.handshake.server': 1700,
  'quic/packet.send': 4,
  'quic/packet.receive': 4,
  'quic/close': 20,
} as const;

/**
 * Modelled retained bytes. Calibrated: a connection with its driver and one stream each way is about 100,000, which with
 * the loops of a gossip layer is the 110 KB per leaked connection of the field report.
 */
export const QUIC_BYTES = {
  halfOpen: 12_288,
  connection: 84_000,
  driver: 8_000,
  remoteActor: 4_000,
  stream: 4_000,
} as const;

/** Most mapped addresses that an endpoint keeps, each way. */
export const ADDRESS_CAP = 64;

/**
 * Actions on a running endpoint. `peer` (an index) narrows those that take it to one remote, `alpn` to connections
 * that speak it; default all.
 *
 * - `change-path` {peer?}: every open connection moves to a new path.
 * - `reset-stream` {peer?}: the oldest open send stream fails, on both sides.
 * - `abort-driver` {peer?}: cancels the driver task of the oldest connection.
 * - `cancel-dial` {peer?}: drops every pending `Connecting`.
 * - `stop-reading` {on}: nothing is read off any stream of open connections.
 * - `stop-answering` {on}: a CLOSE is taken but not answered.
 */
export const quicActs = [
  'change-path',
  'reset-stream',
  'abort-driver',
  'cancel-dial',
  'stop-reading',
  'stop-answering',
] as const;

/** One of {@link quicActs}. */
export type QuicAct = (typeof quicActs)[number];

/** The faults of the transport that can be reinstated. */
export const quicDefects = [
  {
    id: 'quic-connecting-dropped',
    source: 'noq#681',
    layer: 'transport',
    summary:
      'a Connecting dropped before the handshake leaves its driver, channels and packet spaces; nothing times out',
  },
  {
    id: 'quic-address-map-never-evicted',
    source: 'iroh#4293',
    layer: 'transport',
    summary: 'mapped addresses, forward and reverse, are kept for every remote ever seen',
  },
  {
    id: 'quic-abandoned-paths-kept',
    source: 'noq#683',
    layer: 'transport',
    summary: "ids of abandoned paths are kept for the connection's life",
  },
  {
    id: 'quic-close-without-deadline',
    source: 'iroh#4476',
    layer: 'transport',
    summary: 'teardown awaits the answer to a graceful close on a half-dead link for ever',
  },
] as const satisfies readonly Defect[];

/** Which of {@link quicDefects} are on. */
export type QuicDefects = DefectSwitches<(typeof quicDefects)[number]['id']>;

/** Why connections of this configuration could not live on this network; undefined when they can. */
export function quicContradiction({ keepAliveUs }: QuicConfig, { idleTimeoutUs }: NetworkConfig): string | undefined {
  if (keepAliveUs < idleTimeoutUs) return undefined;
  return `quic.keepAliveUs: received ${keepAliveUs}, expected less than the network's idleTimeoutUs (${idleTimeoutUs}), or idle connections break`;
}

/**
 * Why peers so far apart could not shake hands on this network; undefined when they can.
 *
 * @param oneWayUs - Latency between them, in microseconds.
 * @param whose - Whose latency that is, such as `the longest`.
 */
export function handshakeContradiction(
  { connectTimeoutUs }: NetworkConfig,
  oneWayUs: number,
  whose: string,
): string | undefined {
  if (connectTimeoutUs >= 2 * oneWayUs) return undefined;
  return `the network's connectTimeoutUs: received ${connectTimeoutUs}, expected ${whose} round trip (${2 * oneWayUs}) or more, or handshakes time out`;
}

/** What an endpoint exposed as `root` keeps of departed peers on purpose. */
export function quicRetention(_config: QuicConfig, root: string): Retention[] {
  const why = 'mapped addresses are a bounded cache';
  return [
    { path: `${root}.addresses.forward`, cap: ADDRESS_CAP, why },
    { path: `${root}.addresses.reverse`, cap: ADDRESS_CAP, why },
  ];
}
