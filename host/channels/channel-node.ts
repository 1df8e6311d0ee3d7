// A hosted node whose package talks over channels: sockets, transports and streams are made of them.
// Invariant: its link to a peer is open exactly while a channel needs it, so that a link that is lost is a peer lost.
import type { NodeClock } from '../../sim/network/clocks.ts';
import type { Link } from '../../sim/network/link.ts';
import { LinkNetwork } from '../../sim/network/links.ts';
import type { LinkHolder } from '../../sim/network/links.ts';
import type { Network } from '../../sim/network/network.ts';
import { PeerTable } from '../../sim/network/peer-table.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedNode } from '../hosted-node.ts';
import type { HostedSimulation } from '../hosted-simulation.ts';
import type { Channel, ChannelUser, Frame } from './channel.ts';
import { ChannelTable } from './channel-table.ts';

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

/** Wire size of the headers of a frame, as of IP and TCP. */
const HEADER_BYTES = 40;

/** The links that channels run over. */
export function channelLinks(network: Network): LinkNetwork {
  return new LinkNetwork(network, (frame) => HEADER_BYTES + (frame as Frame).bytes);
}

/** Base class of hosted nodes with channels; {@link accept} says which they take. */
export abstract class ChannelNode extends HostedNode implements LinkHolder {
  readonly network: LinkNetwork;
  readonly links = new PeerTable<Link>();
  unheard: Link | undefined = undefined;
  /** Those that are not over. */
  readonly channels = new ChannelTable(this);

  /** @param network - As {@link channelLinks} makes it. */
  constructor(host: HostedSimulation, network: LinkNetwork, clock?: NodeClock) {
    super(host, clock);
    this.network = network;
  }

  /**
   * Dials a peer; to be called in an event of this node. What becomes of it is told to `user`, and not before this
   * call has returned. A peer that never answers is told by the link layer, after its time to connect; one whose
   * messages are held is not, so a user has its own patience.
   *
   * @param service - Names what is dialled, such as a port.
   * @param greeting - What the peer is told at once; immutable from then on.
   * @param bytes - Wire size of the greeting; default 0.
   */
  dial(peer: PeerId, service: string, user: ChannelUser, greeting?: unknown, bytes = 0): Channel {
    return this.channels.dial(peer, user, service, greeting, bytes);
  }

  /** A peer dials; undefined refuses. */
  abstract accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined;

  override connections(): Iterable<PeerId> {
    return this.links.keys();
  }

  /** Messages that are no frames of links are for those who override it. */
  override receive(link: number, message: unknown): void {
    this.network.arrive(this, link, message);
  }

  /** For the link layer. */
  onLinkMessage(from: PeerId, message: unknown): void {
    this.channels.arrive(from, message as Frame);
  }

  /** For the link layer. */
  onLinkClosed(peer: PeerId): void {
    this.channels.linkClosed(peer);
  }

  override end(how: NodeEnd): void {
    this.network.endNode(this, how);
    this.channels.clear();
    super.end(how);
  }
}
