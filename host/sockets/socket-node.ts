// A hosted node with an address: its listeners, its datagram sockets and its connections.
// Invariant: when it ends, every connection of it ends for the other side as the network's settings say.
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedNode } from '../hosted-node.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import { addressOf } from './addresses.ts';
import type { Endpoint } from './endpoint.ts';
import { PortTable } from './port-table.ts';
import { Arrival } from './segment.ts';
import type { SocketNetwork } from './socket-network.ts';

/** Takes connections to a port. */
export interface Listener {
  accept(endpoint: Endpoint): void;
}

/** Takes datagrams to a port. */
export interface DatagramUser {
  /** Whether it takes what is sent to this group. */
  isMember(group: string): boolean;
  onDatagram(bytes: Uint8Array, from: { readonly address: string; readonly port: number }): void;
}

/** A node whose code may use `node:net`, `node:dgram`, `node:http` and `node:dns`; see {@link installSockets}. */
export class SocketNode extends HostedNode {
  readonly network: SocketNetwork;
  /** Every connection that it has, in the order begun. */
  readonly endpoints = new Set<Endpoint>();
  private tcpPorts: PortTable<Listener> | undefined = undefined;
  private udpPorts: PortTable<DatagramUser> | undefined = undefined;

  constructor(network: SocketNetwork, clock?: NodeClock) {
    super(network.host, clock);
    this.network = network;
  }

  /** Its address; its peer's. */
  get address(): string {
    return addressOf(this.peer.index);
  }

  get tcp(): PortTable<Listener> {
    this.tcpPorts ??= new PortTable(this.serial);
    return this.tcpPorts;
  }

  get udp(): PortTable<DatagramUser> {
    this.udpPorts ??= new PortTable(this.serial);
    return this.udpPorts;
  }

  override receive(_word: number, message: unknown): void {
    if (message instanceof Arrival) message.arrive();
  }

  /** The other side has confirmed a connection: its listener gets it. */
  accept(endpoint: Endpoint): void {
    const listener = this.tcp.listenerAt(endpoint.local);
    if (listener === undefined) endpoint.close(true);
    else listener.accept(endpoint);
  }

  override connections(): Iterable<PeerId> {
    const peers = new Set<PeerId>();
    for (const { state, peer } of this.endpoints) if (state === 'open' && peer !== undefined) peers.add(peer);
    return peers;
  }

  override end(how: NodeEnd): void {
    this.network.endNode(this, how);
    super.end(how);
  }
}
