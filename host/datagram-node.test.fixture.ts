// A hosted node whose target talks by datagrams, and a population of them, for the tests of the host.
// Invariant: all that passes between two targets is an event of the simulation's.
import * as v from 'valibot';
import { networkConfigSchema } from '../sim/network/config.ts';
import { DatagramNetwork } from '../sim/network/datagrams.ts';
import { Network } from '../sim/network/network.ts';
import type { PeerId } from '../sim/peer.ts';
import type { Channel } from './gossip-target.test.fixture.ts';
import { HostedNode } from './hosted-node.ts';
import type { HostedSimulation } from './hosted-simulation.ts';

/** A node with a channel; what its target is, a test says. */
export class DatagramNode extends HostedNode {
  readonly channel: Channel;

  constructor(population: Population) {
    super(population.host);
    const { datagrams, host } = population;
    this.channel = {
      send: (to, message) => {
        if (this.running) datagrams.send(this, host.simulation.peers.intern(to), { from: this.peer.index, message });
      },
      onMessage: undefined,
    };
  }

  override receive(_slot: number, { from, message }: { from: number; message: unknown }): void {
    this.channel.onMessage?.(from, message);
  }
}

/** Nodes on one network. */
export class Population {
  readonly host: HostedSimulation;
  readonly network: Network;
  readonly datagrams: DatagramNetwork;

  constructor(host: HostedSimulation) {
    this.host = host;
    this.network = new Network(host.simulation, v.parse(networkConfigSchema, { jitterUs: 3000, lossShare: 0.01 }));
    this.datagrams = new DatagramNetwork(this.network);
  }

  /** Starts a life of a peer, and in it what `boot` makes. */
  start(index: number, boot: (node: DatagramNode) => unknown): DatagramNode {
    const node = new DatagramNode(this);
    const peer: PeerId = this.host.simulation.peers.intern(index);
    this.host.simulation.attach(node, peer);
    node.perform('start', () => boot(node));
    return node;
  }
}
