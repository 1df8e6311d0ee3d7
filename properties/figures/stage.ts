// The swarm of an experiment: built, bootstrapped and stabilised, ready to be measured.
// Invariant: what happens on a stage is a function of its plan alone; the experiment's own draws use streams of their own.
import * as v from 'valibot';
import { modelNamed } from '../../models/registry.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Latency } from '../../sim/network/latency.ts';

/** Latency of the reference scenarios: static per link, uniform from 10 to 50 ms. */
export const REFERENCE_LATENCY: Latency = { kind: 'uniform', minUs: 10_000, maxUs: 50_000 };

/** The contact that every node joins through. */
export const CONTACT = 0;

/** How a stage is set up. */
export interface StagePlan {
  readonly seed: string;
  readonly nodes: number;
  /** Default {@link REFERENCE_LATENCY}. */
  readonly latency?: Latency;
  /** Configuration of the swarm as JSON; default {}. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** How long a node waits for a peer that does not answer, and how long a link idles, before it is told; default the network's. */
  readonly toldAfterUs?: number;
}

/** A swarm under way. */
export class Stage {
  readonly simulation: Simulation;
  readonly world: World;
  readonly nodes: number;
  /** For the experiment's own choices. */
  readonly random: RandomStream;

  constructor({ seed, nodes, latency = REFERENCE_LATENCY, config = {}, toldAfterUs }: StagePlan) {
    const model = modelNamed('swarm');
    this.simulation = new Simulation({ seed });
    const timeouts = toldAfterUs === undefined ? {} : { connectTimeoutUs: toldAfterUs, idleTimeoutUs: toldAfterUs };
    const network = new Network(this.simulation, v.parse(networkConfigSchema, { latency, ...timeouts }));
    const context = { simulation: this.simulation, network, defects: new Set<string>(), contacts: [CONTACT] };
    this.world = model.build({ ...context, config: v.parse(model.configSchema, config) });
    this.nodes = nodes;
    this.random = this.simulation.streams.stream('figures');
  }

  /** Starts every node at this moment: all join peer 0 at once. */
  startTogether(): void {
    for (let index = 0; index < this.nodes; index++) this.world.start(this.simulation.peers.intern(index));
  }

  /** Schedules the nodes' starts, one each `intervalUs`, beginning now; each joins through peer 0. */
  startOneByOne(intervalUs: number): void {
    const { simulation, world } = this;
    const startNext = (index: number): void => {
      world.start(simulation.peers.intern(index));
      if (index + 1 < this.nodes) simulation.at(simulation.nowUs + intervalUs, () => startNext(index + 1));
    };
    simulation.at(simulation.nowUs, () => startNext(0));
  }

  /** Runs for `us` of virtual time, an integer. */
  runFor(us: number): void {
    this.simulation.run({ untilUs: this.simulation.nowUs + us });
  }

  /** The nodes that run now, by peer index. */
  running(): Node[] {
    return this.simulation.live.toSorted((a, b) => a.peer.index - b.peer.index);
  }

  /** A running node, uniformly. */
  randomNode(): Node {
    return this.random.pick(this.simulation.live)!;
  }

  /**
   * Ends, at this moment and without a word, that share of the nodes: peer 0 and others at random.
   *
   * Peer 0 is always among them, because nodes that lose everyone they knew join again through it: beyond the papers,
   * which leave them out for good.
   *
   * @param share - From 0 (excluded) to 1 (excluded).
   */
  failAtOnce(share: number): void {
    const { peers, live } = this.simulation;
    const contact = peers.find(CONTACT)?.node;
    const others = live.filter((node) => node !== contact);
    const victims = this.random.sample(others, Math.round(share * live.length) - (contact === undefined ? 0 : 1));
    if (contact !== undefined) this.world.kill(contact);
    for (const node of victims) this.world.kill(node);
  }
}
