// Nodes with virtual sockets, whose code a test gives, for the tests of this folder.
// Invariant: every node's code runs in events of its own.
import * as v from 'valibot';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import type { HostOptions } from '../hosted-simulation.ts';
import { installSockets } from './install-sockets.ts';
import { SocketNetwork } from './socket-network.ts';
import type { SocketSettings } from './socket-network.ts';
import { Machine } from './machine.ts';
import { HostedNode } from '../hosted-node.ts';

/** Configuration of a network, defaults left out. */
export type NetworkInput = v.InferInput<typeof networkConfigSchema>;

/** A node that runs what a test gives it. */
export class SocketNode extends HostedNode {
  readonly machine: Machine;

  constructor(network: SocketNetwork) {
    super(network.host);
    this.machine = new Machine(network, this);
  }

  override receive(_word: number, message: unknown): void {
    this.machine.receive(message);
  }

  override end(how: NodeEnd): void {
    this.machine.network.endMachine(this.machine, how);
    super.end(how);
  }
}

/** A hosted simulation with sockets; 10 ms between any two nodes unless said otherwise. */
export class Population {
  readonly host: HostedSimulation;
  readonly network: Network;
  readonly sockets: SocketNetwork;
  readonly ledger: Ledger;
  /** What targets told, with the virtual time in milliseconds. */
  readonly told: string[] = [];

  constructor(options: Partial<HostOptions> = {}, network: NetworkInput = {}, settings: SocketSettings = {}) {
    this.host = new HostedSimulation({ seed: 'sockets', ...options });
    const { simulation } = this.host;
    this.ledger = new Ledger(simulation);
    simulation.ledger = this.ledger;
    const config = v.parse(networkConfigSchema, { latency: { kind: 'fixed', us: 10_000 }, ...network });
    this.network = new Network(simulation, config);
    this.sockets = new SocketNetwork(this.host, this.network, settings);
    this.host.install();
    installSockets(this.host);
  }

  [Symbol.dispose](): void {
    this.host.close();
  }

  /** Starts a life of a peer, in which `boot` runs. */
  start(index: number, boot: (node: SocketNode) => unknown): SocketNode {
    const node = new SocketNode(this.sockets);
    const peer: PeerId = this.host.simulation.peers.intern(index);
    this.host.simulation.attach(node, peer);
    node.perform('start', () => boot(node));
    return node;
  }

  /** Runs `action` in a running node, `atMs` from the beginning. */
  at(atMs: number, index: number, action: () => unknown): void {
    this.host.simulation.at(atMs * 1000, () => this.node(index).perform('act', action));
  }

  /** Ends a node at a time. */
  endAt(atMs: number, index: number, how: 'stopped' | 'killed'): void {
    this.host.simulation.at(atMs * 1000, () => this.node(index).end(how));
  }

  node(index: number): SocketNode {
    return this.host.simulation.peers.intern(index).node as SocketNode;
  }

  /** Notes something, with the time. */
  tell(what: string): void {
    this.told.push(`${this.host.simulation.nowUs / 1000} ${what}`);
  }

  /** Runs to a time and returns what was told. */
  async run(untilMs: number): Promise<string[]> {
    await this.host.run(untilMs * 1000);
    return this.told;
  }
}

/** Runs a test on a population of its own; no two at a time, as they share the thread. */
export async function withNodes(
  body: (population: Population) => Promise<void>,
  network: NetworkInput = {},
  settings: SocketSettings = {},
): Promise<void> {
  using population = new Population({}, network, settings);
  await body(population);
}
