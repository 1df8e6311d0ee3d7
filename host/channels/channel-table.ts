// The channels of one node, by peer.
// Invariant: a channel is in the table exactly while it is not over, and the link to a peer is open exactly while a
// channel needs it, so that a link that is lost is a peer lost.
import { opaque } from '../../sim/census/opaque.ts';
import { LinkNetwork } from '../../sim/network/links.ts';
import type { LinkHolder } from '../../sim/network/links.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { Channel } from './channel.ts';
import type { ChannelEnd, ChannelUser, Frame } from './channel.ts';

/** What a node says to a channel that it takes. */
export interface Acceptance {
  /** What the dialler is told. */
  readonly greeting?: unknown;
  /** Wire size of the greeting; default 0. */
  readonly bytes?: number;
  readonly user: ChannelUser;
  /** Called once the channel is open on this side; what it sends arrives after the greeting. */
  readonly begin?: () => void;
}

/**
 * A hosted node with channels. It passes what the link layer tells it on: `receive` to {@link LinkNetwork.arrive},
 * `onLinkMessage` to {@link ChannelTable.arrive}, `onLinkClosed` to {@link ChannelTable.linkClosed}, and its end, before
 * it is detached, to {@link ChannelTable.end}.
 */
export interface ChannelHolder extends LinkHolder {
  readonly channels: ChannelTable;
  /** A peer dials; undefined refuses. */
  accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined;
}

/** Wire size of the headers of a frame, as of IP and TCP. */
const HEADER_BYTES = 40;

/** The links that channels run over. */
export function channelLinks(network: Network): LinkNetwork {
  return new LinkNetwork(network, (frame) => HEADER_BYTES + (frame as Frame).bytes);
}

/** Keeps the channels of a node and handles what arrives for them. */
export class ChannelTable {
  private readonly node: ChannelHolder;
  private readonly links: LinkNetwork;
  private readonly byPeer = new Map<PeerId, Map<number, Channel>>();
  private dialled = 0;

  /** @param links - As {@link channelLinks} makes them. */
  constructor(node: ChannelHolder, links: LinkNetwork) {
    this.node = node;
    this.links = links;
  }

  /** A census never walks into the harness. */
  get [opaque](): boolean {
    return true;
  }

  /** All that are not over, in the order of their peers' first. */
  *[Symbol.iterator](): Generator<Channel, void, undefined> {
    for (const channels of this.byPeer.values()) yield* channels.values();
  }

  /**
   * Dials a peer; to be called in an event of this node. What becomes of it is told to `user`, and not before this
   * call has returned. A peer that never answers is told by the link layer, after its time to connect; one whose
   * messages are held is not, so a user has its own patience.
   *
   * @param service - Names what is dialled, such as a port.
   * @param body - Greeting that the peer is told at once; immutable from then on.
   * @param bytes - Wire size of the greeting; default 0.
   */
  dial(peer: PeerId, service: string, user: ChannelUser, body?: unknown, bytes = 0): Channel {
    const channel = new Channel(this, peer, true, ++this.dialled);
    const frame: Frame = { kind: 'dial', id: channel.id, byDialler: true, bytes, service, body };
    channel.user = user;
    if (this.node.links.has(peer)) channel.redial = frame;
    this.keep(channel);
    channel.transmit(frame);
    return channel;
  }

  /** A frame arrived. */
  arrive(from: PeerId, message: unknown): void {
    const frame = message as Frame;
    const channel = this.byPeer.get(from)?.get(keyOf(frame.id, !frame.byDialler));
    if (channel === undefined) this.arriveUnknown(from, frame);
    else if (frame.kind === 'end') this.finish(channel, frame.body);
    else if (frame.kind === 'message') channel.user?.onMessage(frame.body);
    else if (frame.kind === 'accept') {
      channel.state = 'open';
      channel.redial = undefined;
      channel.user?.onOpen?.(frame.body);
    }
    this.releaseLink(from);
  }

  /** The link to a peer is gone, and with it every channel. */
  linkClosed(peer: PeerId): void {
    for (const channel of Array.from(this.byPeer.get(peer)?.values() ?? [])) {
      // The user of one may have closed others.
      if (channel.state === 'over') continue;
      const { redial } = channel;
      channel.redial = undefined;
      if (redial !== undefined) channel.transmit(redial);
      else this.finish(channel, channel.state === 'dialling' ? 'unreachable' : 'lost');
    }
  }

  /** The node is about to be detached: others are told as they would be, and it is told nothing any more. */
  end(how: NodeEnd): void {
    this.links.endNode(this.node, how);
    for (const channel of this) channel.state = 'over';
    this.byPeer.clear();
  }

  /** For a channel: it is over on this side. */
  forget(channel: Channel): void {
    channel.state = 'over';
    const channels = this.byPeer.get(channel.peer);
    channels?.delete(keyOf(channel.id, channel.outbound));
    if (channels?.size !== 0) return;
    this.byPeer.delete(channel.peer);
    this.releaseLink(channel.peer);
  }

  /** For a channel: puts a frame on the link. */
  send(peer: PeerId, frame: Frame): void {
    if (this.node.running) this.links.send(this.node, peer, frame);
  }

  private finish(channel: Channel, end: ChannelEnd): void {
    this.forget(channel);
    channel.user?.onEnd(end);
  }

  private arriveUnknown(from: PeerId, frame: Frame): void {
    const { node } = this;
    // It was under way when this node closed the link: the other side will be told of that.
    if (!node.links.has(from) || frame.kind === 'end') return;
    const { id } = frame;
    if (frame.kind !== 'dial') {
      // The other side has what this one has not, as when a dial crossed a close.
      this.send(from, { kind: 'end', id, byDialler: !frame.byDialler, bytes: 0, body: 'reset' });
      return;
    }
    const channel = new Channel(this, from, false, id);
    const accepted = node.accept(channel, frame.service, frame.body);
    if (accepted === undefined) {
      channel.transmit({ kind: 'end', id, byDialler: false, bytes: 0, body: 'refused' });
      channel.state = 'over';
      return;
    }
    this.keep(channel);
    channel.user = accepted.user;
    channel.transmit({ kind: 'accept', id, byDialler: false, bytes: accepted.bytes ?? 0, body: accepted.greeting });
    accepted.begin?.();
  }

  private keep(channel: Channel): void {
    const channels = this.byPeer.get(channel.peer);
    const key = keyOf(channel.id, channel.outbound);
    if (channels === undefined) this.byPeer.set(channel.peer, new Map([[key, channel]]));
    else channels.set(key, channel);
  }

  private releaseLink(peer: PeerId): void {
    const { node } = this;
    if (node.running && !this.byPeer.has(peer)) this.links.close(node, peer);
  }
}

/** Each side counts its own dials. */
function keyOf(id: number, outbound: boolean): number {
  return outbound ? 2 * id : 2 * id + 1;
}
