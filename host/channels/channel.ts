// Channels: the connections of hosted nodes, any number of them between two, over the simulation's links.
// Invariant: messages of one direction arrive in sending order; a side that is open is told exactly once that the other
// is gone; and whatever one side does reaches the other as an event of its own.
import type { PeerId } from '../../sim/peer.ts';
import type { ChannelTable } from './channel-table.ts';

/**
 * Why a channel is over for a side that did not close it:
 * - `closed`, `reset`: the other side closed it, in order or not;
 * - `refused`: the peer runs, and takes no such channel; `unreachable`: nothing came back from it;
 * - `lost`: the peer, or the way to it, is gone.
 */
export type ChannelEnd = 'closed' | 'reset' | 'refused' | 'unreachable' | 'lost';

/** What the user of a channel is told, each time in an event of its node. */
export interface ChannelUser {
  /** The peer took the channel that this node dialled, and greets. */
  onOpen?(greeting: unknown): void;
  onMessage(message: unknown): void;
  /** The channel is over; never called on the side that closed it. */
  onEnd(end: ChannelEnd): void;
}

/** What passes between two nodes for a channel. */
export type Frame = {
  /** Count of the dialler's, so that it and the dialler name the channel. */
  readonly id: number;
  readonly byDialler: boolean;
  /** Wire size of the body. */
  readonly bytes: number;
} & (
  | { readonly kind: 'dial'; readonly service: string; readonly body: unknown }
  | { readonly kind: 'accept' | 'message'; readonly body: unknown }
  | { readonly kind: 'end'; readonly body: 'closed' | 'reset' | 'refused' }
);

/** One side of a connection to another node. */
export class Channel {
  private readonly table: ChannelTable;
  readonly peer: PeerId;
  readonly outbound: boolean;
  readonly id: number;
  /** `dialling` until the peer has taken it. */
  state: 'dialling' | 'open' | 'over';
  user: ChannelUser | undefined = undefined;
  /**
   * For the channel layer: what to dial with again, once, when the link closes under the dial: it may have closed for
   * other channels, which on real connections is none of this one's business.
   */
  redial: Frame | undefined = undefined;

  constructor(table: ChannelTable, peer: PeerId, outbound: boolean, id: number) {
    this.table = table;
    this.peer = peer;
    this.outbound = outbound;
    this.id = id;
    this.state = outbound ? 'dialling' : 'open';
  }

  /**
   * Sends a message, to be treated as immutable from then on. Ignored unless the channel is open: as on a socket, the
   * end of a channel is told by {@link ChannelUser.onEnd} alone.
   *
   * @param bytes - Wire size, for bandwidth; default 0.
   */
  send(body: unknown, bytes = 0): void {
    if (this.state === 'open') this.transmit({ kind: 'message', id: this.id, byDialler: this.outbound, bytes, body });
  }

  /** Ends it on this side at once, and on the other after what was sent before. */
  close(how: 'closed' | 'reset' = 'closed'): void {
    if (this.state === 'over') return;
    this.transmit({ kind: 'end', id: this.id, byDialler: this.outbound, bytes: 0, body: how });
    this.table.forget(this);
  }

  /** For the channel layer: passes a frame on. */
  transmit(frame: Frame): void {
    this.table.send(this.peer, frame);
  }
}
