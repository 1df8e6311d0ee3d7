// What the TLS proxy takes, sends and costs: its configuration, defect, packets, modelled sizes and cost frames.
// Invariant: packets are immutable once sent; every calibrated number of the model stands here.
import * as v from 'valibot';
import { costTable } from '../../sim/cost/table.ts';
import { integerBetween, numberBetween } from '../../sim/input.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

/** Validates a {@link TlsProxyConfig}; every field has a default. */
export const tlsProxyConfigSchema = v.strictObject({
  connectIntervalUs: v.optional(integerBetween(1000, 3_600_000_000), 3_000_000),
  mostRecords: v.optional(integerBetween(1, 10_000), 8),
  recordBytes: v.optional(integerBetween(1, 16_384), 4096),
  recordGapUs: v.optional(integerBetween(0, 60_000_000), 20_000),
  trailerShare: v.optional(numberBetween(0, 1), 0.5),
  closeWaitUs: v.optional(integerBetween(1000, 3_600_000_000), 1_000_000),
});

/**
 * Parameters of the TLS proxy. Times are integers in microseconds.
 *
 * - `connectIntervalUs` (3 s, from 1 ms to an hour): pace at which a node opens connections to random peers.
 * - `mostRecords` (8): a connection carries 1 to so many requests of `recordBytes` (4,096; at most 16,384), each
 *   answered, with `recordGapUs` (20 ms, to a minute) between them.
 * - `trailerShare` (0.5, from 0 to 1): share of connections whose client sends one more record right behind its
 *   close_notify; spread evenly over the connections of a node.
 * - `closeWaitUs` (1 s, from 1 ms to an hour): how long a client waits for the other side's close_notify.
 */
export type TlsProxyConfig = Readonly<v.InferOutput<typeof tlsProxyConfigSchema>>;

/** The faults that the TLS proxy can reinstate. */
export const tlsProxyDefects = [
  {
    id: 'tls-close-notify-trailer',
    source: 'rustls#1950, tokio-rustls#72',
    layer: 'tls',
    summary: 'bytes behind a close_notify stay buffered: the reader wakes itself for them and makes no progress',
  },
] as const satisfies readonly Defect[];

/** Which of {@link tlsProxyDefects} are on. */
export type TlsProxyDefects = DefectSwitches<(typeof tlsProxyDefects)[number]['id']>;

/** A TLS record: part of a handshake, application data, or the alert that ends one direction (RFC 8446, 6.1). */
export interface TlsRecord {
  readonly kind: 'handshake' | 'data' | 'close-notify';
  readonly bytes: number;
}

/** What proxies send each other. */
export interface ProxyPacket {
  readonly kind: 'syn' | 'syn-ack' | 'segment' | 'fin' | 'rst';
  readonly from: PeerId;
  /** The connection: unique over the run. */
  readonly id: number;
  /** What a segment carries, in order. */
  readonly records: readonly TlsRecord[];
}

/** A packet's own bytes, records apart: the headers of IP and TCP. */
export const PACKET_BYTES = 52;

/** Bytes of the handshake's records: client hello, the server's flight with a short certificate chain, finished. */
export const HANDSHAKE_BYTES = { clientHello: 320, serverFlight: 2600, finished: 74 } as const;

/** Bytes of an encrypted alert. */
export const ALERT_BYTES = 24;

/**
 * Modelled heap in bytes; calibrated to nothing but the size of the buffers. Record buffers come from a pool that a node
 * reserves when it starts, so a connection adds only its session.
 */
export const PROXY_BYTES = {
  /** 64 buffers of one record of 16 KiB with its header and tag. */
  pool: 64 * 16_640,
  halfOpen: 2_000,
  connection: 2_400,
  task: 1_200,
  span: 640,
} as const;

const READ = 'proxy/TlsStream<TcpStream>/poll_read';
const WRITE = 'proxy/TlsStream<TcpStream>/poll_write';

/** Frames of the proxy, by what happens. */
export const PROXY_FRAMES = {
  readEnter: `${READ}/span.enter`,
  readExit: `${READ}/span.exit`,
  readTryClose: `${READ}/span.try_close`,
  readIo: `${READ}/read_io`,
  process: `${READ}/process_new_packets`,
  reader: `${READ}/reader.read`,
  wake: `${READ}/wake_by_ref`,
  writeEnter: `${WRITE}/span.enter`,
  writeExit: `${WRITE}/span.exit`,
  writeTryClose: `${WRITE}/span.try_close`,
  writeRecord: `${WRITE}/write_record`,
  writeIo: `${WRITE}/write_io`,
  connect: 'proxy/TcpStream/connect',
  accept: 'proxy/TcpListener/accept',
  client: 'proxy/TlsConnector/connect/handshake.client',
  server: 'proxy/TlsAcceptor/accept/handshake.server',
} as const;

/**
 * CPU time by frame in microseconds per occurrence; a record is 4 KiB or so. Calibrated in order of magnitude: system
 * calls of a microsecond or more, handshakes of some hundred, and a poll that finds nothing of one, most of it the span
 * that every poll enters and leaves.
 */
export const TLS_PROXY_COSTS = costTable({
  [PROXY_FRAMES.readEnter]: 0.35,
  [PROXY_FRAMES.readExit]: 0.35,
  [PROXY_FRAMES.readTryClose]: 0.15,
  [PROXY_FRAMES.readIo]: 1.5,
  [PROXY_FRAMES.process]: 3,
  [PROXY_FRAMES.reader]: 0.08,
  [PROXY_FRAMES.wake]: 0.07,
  [PROXY_FRAMES.writeEnter]: 0.35,
  [PROXY_FRAMES.writeExit]: 0.35,
  [PROXY_FRAMES.writeTryClose]: 0.15,
  [PROXY_FRAMES.writeRecord]: 3,
  [PROXY_FRAMES.writeIo]: 4,
  [PROXY_FRAMES.connect]: 25,
  [PROXY_FRAMES.accept]: 20,
  [PROXY_FRAMES.client]: 350,
  [PROXY_FRAMES.server]: 600,
});

/** A frame of {@link TLS_PROXY_COSTS}. */
export type ProxyFrame = (typeof PROXY_FRAMES)[keyof typeof PROXY_FRAMES];

/** Frames of a poll that finds nothing to read and wakes itself: what a spinning reader does all the time. */
export const IDLE_POLL: readonly ProxyFrame[] = [
  PROXY_FRAMES.readEnter,
  PROXY_FRAMES.reader,
  PROXY_FRAMES.wake,
  PROXY_FRAMES.readExit,
  PROXY_FRAMES.readTryClose,
];
