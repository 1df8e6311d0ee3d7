// The channels of one node, by peer.
// Invariant: a channel is in the table exactly while it is not over, and a link is kept exactly while it carries one.
import type { PeerId } from '../../sim/peer.ts';
import { Channel } from './channel.ts';
import type { ChannelEnd, ChannelUser, Frame } from './channel.ts';
import type { ChannelNode } from './channel-node.ts';

/** Keeps the channels of a node and handles what arrives for them. */
export class ChannelTable {
  private readonly node: ChannelNode;
  private readonly byPeer = new Map<PeerId, Map<string, Channel>>();
  private dialled = 0;

  constructor(node: ChannelNode) {
    this.node = node;
  }

  /** All that are not over, in the order of their peers' first. */
  *[Symbol.iterator](): Generator<Channel, void, undefined> {
    for (const channels of this.byPeer.values()) yield* channels.values();
  }

  /** Begins a channel to a peer. */
  dial(peer: PeerId, user: ChannelUser, service: string, body: unknown, bytes: number): Channel {
    const channel = new Channel(this.node, peer, true, ++this.dialled);
    const frame: Frame = { kind: 'dial', id: channel.id, byDialler: true, bytes, service, body };
    channel.user = user;
    if (this.node.links.has(peer)) channel.redial = frame;
    this.keep(channel);
    channel.transmit(frame);
    return channel;
  }

  /** A frame arrived. */
  arrive(from: PeerId, frame: Frame): void {
    const channel = this.byPeer.get(from)?.get(keyOf(frame.id, !frame.byDialler));
    if (channel === undefined) this.arriveUnknown(from, frame);
    else if (frame.kind === 'end') this.end(channel, frame.body);
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
      else this.end(channel, channel.state === 'dialling' ? 'unreachable' : 'lost');
    }
  }

  /** A channel is over on this side. */
  forget(channel: Channel): void {
    channel.state = 'over';
    const channels = this.byPeer.get(channel.peer);
    channels?.delete(keyOf(channel.id, channel.outbound));
    if (channels?.size !== 0) return;
    this.byPeer.delete(channel.peer);
    this.releaseLink(channel.peer);
  }

  /** The node has ended: nothing is told any more. */
  clear(): void {
    for (const channel of this) channel.state = 'over';
    this.byPeer.clear();
  }

  private end(channel: Channel, end: ChannelEnd): void {
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
      node.network.send(node, from, { kind: 'end', id, byDialler: !frame.byDialler, bytes: 0, body: 'reset' });
      return;
    }
    const channel = new Channel(node, from, false, id);
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
    if (node.running && !this.byPeer.has(peer)) node.network.close(node, peer);
  }
}

function keyOf(id: number, outbound: boolean): string {
  return outbound ? `>${id}` : `<${id}`;
}
