// What endpoints send each other.
// Invariant: a packet is immutable once sent, names the receiver's own id of the connection, and holds no state of it.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';

/** What every packet on a connection has. */
interface Addressed {
  /** Id of the connection at the receiver. */
  readonly to: number;
}

interface OnStream extends Addressed {
  readonly stream: number;
}

/** ClientHello: the first packet, to an endpoint that knows nothing of the connection. */
export interface Hello {
  readonly kind: 'hello';
  readonly peer: PeerId;
  /** Where answers go, and under which id. */
  readonly from: Node;
  readonly fromId: number;
  readonly alpn: string;
}

/** The server's flight. */
export interface Flight extends Addressed {
  readonly kind: 'flight';
  readonly from: Node;
  readonly fromId: number;
}

/** CONNECTION_CLOSE. */
export interface Close extends Addressed {
  readonly kind: 'close';
  readonly reason: string;
  /** The client gave up before it knew the server's id: its own stands for it. */
  readonly of: { readonly from: Node; readonly fromId: number } | undefined;
}

/** One message on a stream; also what a read of it gives. */
export interface Data extends OnStream {
  readonly kind: 'data';
  readonly message: unknown;
  readonly bytes: number;
}

/** MAX_STREAM_DATA and MAX_DATA. */
export interface Credit extends OnStream {
  readonly kind: 'credit';
  readonly streamBytes: number;
  readonly connectionBytes: number;
}

/** FIN, its acknowledgement, RESET_STREAM, STOP_SENDING. */
export interface StreamSignal extends OnStream {
  readonly kind: 'fin' | 'fin-ack' | 'reset' | 'stop';
}

/** The client's Finished; PING; the acknowledgement of a PING. */
export interface Signal extends Addressed {
  readonly kind: 'finished' | 'ping' | 'ack';
}

/** PATH_CHALLENGE of a new path with the abandonment of the one before, and its answer. */
export interface PathChange extends Addressed {
  readonly kind: 'path' | 'path-ack';
  readonly path: number;
}

/** Any packet. */
export type QuicPacket = Hello | Flight | Close | Data | Credit | StreamSignal | Signal | PathChange;

/** What a packet adds to the data in it: short header, frames, AEAD tag, UDP and IP. */
const OVERHEAD_BYTES = 60;

/** Bytes of a packet on the wire. */
export function packetBytes(packet: QuicPacket): number {
  switch (packet.kind) {
    case 'hello':
    case 'finished':
      // An Initial datagram is padded to this (RFC 9000, 14.1).
      return 1200;
    case 'flight':
      return 2400;
    case 'data':
      return packet.bytes + OVERHEAD_BYTES;
    default:
      return OVERHEAD_BYTES;
  }
}

/** Most bytes of a message that one datagram takes: what every path carries (RFC 9000, 14.1), less what a packet adds. */
const DATAGRAM_ROOM_BYTES = 1200 - OVERHEAD_BYTES;

/** Datagrams that a packet stands for: a message that is longer than one takes goes in several. */
export function datagramsOf(packet: QuicPacket): number {
  return packet.kind === 'data' && packet.bytes > DATAGRAM_ROOM_BYTES
    ? Math.ceil(packet.bytes / DATAGRAM_ROOM_BYTES)
    : 1;
}
