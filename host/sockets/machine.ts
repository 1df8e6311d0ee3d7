// The machine that a hosted node runs on: its address, its listeners, its datagram sockets and its connections.
// Invariant: when the node ends, every connection of it ends for the other side as the network's settings say.
import { opaque } from '../../sim/census/opaque.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { HostedNode } from '../hosted-node.ts';
import { thread } from '../thread.ts';
import { addressOf } from './addresses.ts';
import type { SocketAddress } from './addresses.ts';
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
  onDatagram(bytes: Uint8Array, from: SocketAddress): void;
}

const machines = new WeakMap<HostedNode, Machine>();

/**
 * The machine of the node whose event it is; undefined in code that no node runs, or a node without sockets. Asked of the
 * thread each time: a module that kept a function of this layer serves the next run too.
 */
export function machineHere(): Machine | undefined {
  const owner = thread.host?.owner;
  return owner === undefined ? undefined : machines.get(owner);
}

/** The machine of a node. */
export function machineOf(node: HostedNode): Machine | undefined {
  return machines.get(node);
}

/** See the file's head. One life of a peer has one, which ends with it. */
export class Machine {
  readonly network: SocketNetwork;
  readonly node: HostedNode;
  /** Every connection that it has, in the order begun. */
  readonly endpoints = new Set<Endpoint>();
  private tcpPorts: PortTable<Listener> | undefined = undefined;
  private udpPorts: PortTable<DatagramUser> | undefined = undefined;

  constructor(network: SocketNetwork, node: HostedNode) {
    this.network = network;
    this.node = node;
    machines.set(node, this);
  }

  /** Holds the harness's own, and the sockets of its node, which the node's state leads to if the target keeps them. */
  get [opaque](): boolean {
    return true;
  }

  get simulation(): Simulation {
    return this.node.simulation;
  }

  get peer(): PeerId {
    return this.node.peer;
  }

  get running(): boolean {
    return this.node.running;
  }

  /** Its address; its peer's. */
  get address(): string {
    return addressOf(this.peer.index);
  }

  get tcp(): PortTable<Listener> {
    this.tcpPorts ??= new PortTable(this.node.serial);
    return this.tcpPorts;
  }

  get udp(): PortTable<DatagramUser> {
    this.udpPorts ??= new PortTable(this.node.serial);
    return this.udpPorts;
  }

  /** Something that came for its node; false for a message of another layer. */
  receive(message: unknown): boolean {
    if (!(message instanceof Arrival)) return false;
    message.arrive();
    return true;
  }

  /** The other side has confirmed a connection: its listener gets it. */
  accept(endpoint: Endpoint): void {
    const listener = this.tcp.listenerAt(endpoint.local);
    if (listener === undefined) endpoint.close(true);
    else listener.accept(endpoint);
  }

  /** The peers that it has an open connection to. */
  connections(): Iterable<PeerId> {
    const peers = new Set<PeerId>();
    for (const { state, peer } of this.endpoints) if (state === 'open' && peer !== undefined) peers.add(peer);
    return peers;
  }
}
