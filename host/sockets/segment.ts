// What travels between sockets of two nodes.
// Invariant: it arrives as an event of the node that it is for, and refers to that node's side alone.
import { opaque } from '../../sim/census/opaque.ts';
import type { Endpoint } from './endpoint.ts';

/** Something that arrives at a {@link Machine}. */
export abstract class Arrival {
  /** Class of the message in a census. */
  abstract readonly kind: string;

  /** A census that walks what is in flight sees it by its kind alone: it is the network's, and no node's. */
  get [opaque](): boolean {
    return true;
  }

  /** Runs as an event of the receiving node. */
  abstract arrive(): void;
}

/**
 * Kinds of segment: the answer to a dial and its confirmation; bytes; leave to send more of them; the end of a
 * direction; the end of a connection. The dial itself is no segment, as no endpoint is there to take it.
 */
export type SegmentKind = 'syn-ack' | 'ack' | 'data' | 'credit' | 'fin' | 'rst';

/** A part of a stream, on its way to one endpoint. */
export class Segment extends Arrival {
  readonly kind: string;
  readonly part: SegmentKind;
  readonly to: Endpoint;
  /** Of data. */
  readonly bytes: Uint8Array | undefined;
  /** Of credit: bytes that the other side's reader has taken. */
  readonly credit: number;

  constructor(part: SegmentKind, to: Endpoint, bytes?: Uint8Array, credit = 0) {
    super();
    this.kind = `segment.${part}`;
    this.part = part;
    this.to = to;
    this.bytes = bytes;
    this.credit = credit;
  }

  /** Size on the wire: headers of IPv4 and TCP, and what it carries. */
  get wireBytes(): number {
    return 40 + (this.bytes?.length ?? 0);
  }

  override arrive(): void {
    this.to.take(this);
  }
}
