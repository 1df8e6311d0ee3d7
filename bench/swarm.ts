// The swarm as a benchmark: bootstrapped node by node, broadcasts counted by what was delivered.
// Invariant: built through the model's public surface; observation stays off but for the count of deliveries.
import { parse } from 'valibot';
import { modelNamed } from '../models/index.ts';
import { METER, Network, networkConfigSchema, Simulation } from '../sim/index.ts';
import type { World } from '../sim/index.ts';

/** Between two joins while bootstrapping: 1 ms, or less where that would take longer than 100 virtual seconds. */
const JOIN_GAP_US = 1_000;
const MOST_JOIN_SECONDS = 100;
/** Nodes that others join through; enough that none of them is a bottleneck at a million. */
const CONTACTS = 100;
const SETTLE_US = 2_000_000;
const ROUND_US = 5_000_000;

/** A swarm, and what a benchmark does with it. */
export interface SwarmBench {
  readonly simulation: Simulation;
  /** Starts all nodes, one after the other, each joining one of the contacts, and lets the overlay settle. */
  bootstrap(): void;
  /** Begins broadcasts by random nodes, this many per virtual second, for ever. */
  broadcastAtRate(perSecond: number): void;
  /** Broadcasts `count` times, 5 virtual seconds each; returns how many deliveries were missed. */
  broadcastAndCount(count: number): number;
  linkCount(): number;
}

/** Builds a swarm of `nodes` nodes, none started, latency uniform 10 to 50 ms. */
export function swarmWorld(nodes: number, seed: string): SwarmBench {
  const simulation = new Simulation({ seed, capacity: nodes });
  const network = new Network(simulation, parse(networkConfigSchema, {}));
  const model = modelNamed('swarm');
  const config = parse(model.configSchema, { peerData: false });
  const contacts = Array.from({ length: Math.min(nodes, CONTACTS) }, (_, index) => index);
  const world: World = model.build({ simulation, network, config, defects: new Set(), contacts });
  const random = simulation.streams.stream('bench');
  const broadcast = (sequence: number): void => {
    const node = random.pick(simulation.live);
    if (node !== undefined) world.broadcast(node, `bench/${sequence}`);
  };
  return {
    simulation,
    bootstrap() {
      const gapUs = Math.max(1, Math.min(JOIN_GAP_US, Math.floor((MOST_JOIN_SECONDS * 1e6) / nodes)));
      for (let index = 0; index < nodes; index++) {
        simulation.run({ untilUs: index * gapUs });
        world.start(simulation.peers.intern(index));
      }
      simulation.run({ untilUs: nodes * gapUs + SETTLE_US });
    },
    broadcastAtRate(perSecond) {
      const gapUs = Math.round(1e6 / perSecond);
      let sequence = 0;
      const next = (): void => {
        simulation.at(simulation.nowUs + gapUs, () => {
          broadcast(sequence++);
          next();
        });
      };
      next();
    },
    broadcastAndCount(count) {
      const before = simulation.meters.counts[METER.deliveries]!;
      for (let sequence = 0; sequence < count; sequence++) {
        broadcast(sequence);
        simulation.run({ untilUs: simulation.nowUs + ROUND_US });
      }
      return count * (nodes - 1) - (simulation.meters.counts[METER.deliveries]! - before);
    },
    linkCount: () => world.links?.liveLinkCount ?? 0,
  };
}
