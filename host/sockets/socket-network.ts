// The network that virtual sockets are on: delivers segments and datagrams between nodes, over the simulation's faults.
// Invariant: everything between two nodes is a scheduled event; what a cut keeps back is sent on when the cut ends.
import { opaque } from '../../sim/census/opaque.ts';
import { METER } from '../../sim/meters.ts';
import type { Obstacle } from '../../sim/network/cuts.ts';
import type { Network } from '../../sim/network/network.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedNode } from '../hosted-node.ts';
import type { HostedSimulation } from '../hosted-simulation.ts';
import { addressOfName, indexOf, isLoopback, isMulticast } from './addresses.ts';
import type { SocketAddress } from './addresses.ts';
import { Datagram } from './datagram.ts';
import type { Endpoint } from './endpoint.ts';
import { LOCAL_US } from './endpoint.ts';
import type { Arrival, Segment } from './segment.ts';
import { machineOf } from './machine.ts';
import type { Machine } from './machine.ts';

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;

/** Settings of a socket network. */
export interface SocketSettings {
  /**
   * What a kill takes down. `machine`, the default: nothing there answers any more, and who waits gives up in time.
   * `process`: its kernel closes what it had open, and refuses what comes later.
   */
  readonly kill?: 'machine' | 'process';
  /** Addresses of names apart from `p<index>.test` and `localhost`. */
  readonly names?: Readonly<Record<string, string>>;
}

/** All virtual sockets of a hosted simulation. */
export class SocketNetwork {
  readonly host: HostedSimulation;
  readonly network: Network;
  /** Endpoints that have something which a cut keeps back, in the order it began to. */
  readonly stalled = new Set<Endpoint>();
  private readonly kill: 'machine' | 'process';
  private readonly names: Readonly<Record<string, string>>;
  /** Indices of the peers whose last life ended with its machine up. */
  private readonly answering = new Set<number>();

  constructor(host: HostedSimulation, network: Network, settings: SocketSettings = {}) {
    this.host = host;
    this.network = network;
    this.kill = settings.kill ?? 'machine';
    this.names = settings.names ?? {};
    network.cuts.eased = () => this.retry();
  }

  /** A census never walks into it. */
  get [opaque](): boolean {
    return true;
  }

  /** The address of a name; undefined when nobody has that name. */
  resolve(name: string): string | undefined {
    return addressOfName(name) ?? (Object.hasOwn(this.names, name) ? this.names[name] : undefined);
  }

  /** Index of the peer with an address, -1 for the machine itself; undefined for an address outside the simulation. */
  indexAt(machine: Machine, address: string): number | undefined {
    return isLoopback(address) || address === machine.address ? -1 : indexOf(address);
  }

  /** The machine of a peer that runs. */
  machineAt(index: number): Machine | undefined {
    const node = this.host.simulation.peers.find(index)?.node;
    return node instanceof HostedNode ? machineOf(node) : undefined;
  }

  /** True when a machine is up at a peer's address whose process has ended, or has not the connection that is meant. */
  answersFor(index: number): boolean {
    return this.machineAt(index) !== undefined || this.answering.has(index);
  }

  /** What stands between two nodes; counted unless it was before. */
  obstacle(from: Machine, to: number, again = false): Obstacle {
    const { cuts, fired } = this.network;
    if (cuts.active === 0) return 'none';
    const obstacle = cuts.between(from.peer.index, to);
    if (obstacle !== 'none' && !again) fired[obstacle]++;
    return obstacle;
  }

  /** Delay of one segment, in microseconds. */
  delayUs(from: Machine, to: number, bytes: number): number {
    const { network } = this;
    return network.streamDelayUs(from.node, network.baseLatencyUs(from.peer.index, to), bytes);
  }

  /** Puts something on its way. */
  post(to: Machine, delayUs: number, arrival: Arrival, wireBytes: number): void {
    const { simulation } = to;
    simulation.meters.counts[METER.messagesSent]!++;
    simulation.meters.counts[METER.bytesSent]! += wireBytes;
    simulation.post(to.node, delayUs, wireBytes, arrival);
  }

  /** A machine that has no such connection answers a segment of `endpoint`. */
  sendBack(endpoint: Endpoint, segment: Segment): void {
    const { machine, farIndex } = endpoint;
    const roundTripUs = 2 * this.network.baseLatencyUs(machine.peer.index, farIndex);
    this.post(machine, roundTripUs, segment, segment.wireBytes);
  }

  /** Nobody listens at `from` where `endpoint` dialled. */
  refuse(endpoint: Endpoint, from: Machine, segment: Segment): void {
    const { machine } = endpoint;
    if (!machine.running) return;
    if (machine !== from && this.obstacle(from, machine.peer.index) !== 'none') return;
    const delayUs = machine === from ? LOCAL_US : this.delayUs(from, machine.peer.index, segment.wireBytes);
    this.post(machine, delayUs, segment, segment.wireBytes);
  }

  /** Sends one datagram; nobody is told whether it arrives. */
  sendDatagram(from: Machine, source: SocketAddress, to: SocketAddress, bytes: Uint8Array): void {
    const index = this.indexAt(from, to.address);
    const target = index === undefined || index < 0 ? undefined : this.machineAt(index);
    if (index === -1) this.post(from, LOCAL_US, new Datagram(from, source, to, bytes), HEADER_BYTES + bytes.length);
    else if (target === undefined) this.countLost(from, bytes);
    else this.postDatagram(from, source, target, to, bytes);
  }

  /** Sends one datagram to everybody who may be in a group; also to the machine itself when `toSelf`. */
  sendToGroup(from: Machine, source: SocketAddress, to: SocketAddress, bytes: Uint8Array, toSelf: boolean): void {
    for (const node of from.simulation.running()) {
      const machine = node instanceof HostedNode ? machineOf(node) : undefined;
      if (machine === undefined) continue;
      const takers = machine.udp.allAt(to.port);
      if (!takers.some((user) => !isMulticast(to.address) || user.isMember(to.address))) continue;
      if (machine !== from) this.postDatagram(from, source, machine, to, bytes);
      else if (toSelf) this.post(from, LOCAL_US, new Datagram(from, source, to, bytes), HEADER_BYTES + bytes.length);
    }
  }

  /** What becomes of a machine's connections when its node ends; before that is detached. */
  endMachine(machine: Machine, how: NodeEnd): void {
    const answers = how === 'stopped' || this.kill === 'process';
    if (answers) this.answering.add(machine.peer.index);
    else this.answering.delete(machine.peer.index);
    for (const endpoint of Array.from(machine.endpoints)) {
      if (answers) endpoint.abandon();
      else endpoint.fallSilent();
    }
    machine.endpoints.clear();
  }

  private postDatagram(
    from: Machine,
    source: SocketAddress,
    target: Machine,
    to: SocketAddress,
    bytes: Uint8Array,
  ): void {
    // A datagram has no one to keep it, so a hold loses it like any other cut.
    if (this.obstacle(from, target.peer.index) !== 'none') {
      this.countLost(from, bytes);
      return;
    }
    const { network } = this;
    const wireBytes = HEADER_BYTES + bytes.length;
    const baseUs = network.baseLatencyUs(from.peer.index, target.peer.index);
    const delays = network.isDisturbed ? network.datagramDelaysUs(from.node, baseUs, wireBytes) : [baseUs];
    if (delays.length === 0) this.countLost(from, bytes);
    for (const delayUs of delays) this.post(target, delayUs, new Datagram(target, source, to, bytes), wireBytes);
  }

  private countLost(from: Machine, bytes: Uint8Array): void {
    const { counts } = from.simulation.meters;
    counts[METER.messagesSent]!++;
    counts[METER.bytesSent]! += HEADER_BYTES + bytes.length;
  }

  private retry(): void {
    const stalled = Array.from(this.stalled);
    this.stalled.clear();
    for (const endpoint of stalled) endpoint.retry();
  }
}
