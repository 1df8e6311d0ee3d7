// One run of a hosted gossipsub under churn, for tests and as a process that prints its digest: `<version> [<drain>]`.
// Invariant: what it does depends on version and seed alone.
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Evidence } from '../evidence.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import type { Drain } from '../hosted-simulation.ts';
import type { GossipsubConfig } from './gossipsub-config.ts';
import { gossipsubModel } from './gossipsub-model.ts';

/** A world that a test drives. */
export interface Driven {
  readonly host: HostedSimulation;
  readonly simulation: Simulation;
  readonly world: World;
  /** Deliveries by the id of the broadcast. */
  readonly delivered: Map<string, number>;
  /** To the end of virtual second `second`. */
  until(second: number): Promise<void>;
  /** Once, at the end. */
  finish(): Evidence[];
}

/** Makes a world with so many nodes started at time 0. */
export async function gossipsubWorld(
  version: string,
  nodes: number,
  { seed = 'run', drain = 'tick', ...config }: Partial<GossipsubConfig> & { seed?: string; drain?: Drain } = {},
): Promise<Driven> {
  const model = gossipsubModel(version);
  await model.load!();
  const simulation = new Simulation({ seed });
  const host = new HostedSimulation({ seed, drain }, simulation);
  const network = new Network(simulation, v.parse(networkConfigSchema, { jitterUs: 5000, lossShare: 0.01 }));
  const world = model.build({
    simulation,
    network,
    config: v.parse(model.configSchema, config),
    defects: new Set(),
    nodes,
    contacts: [0],
  });
  const delivered = new Map<string, number>();
  simulation.observer = { delivered: (_node, id) => delivered.set(id, (delivered.get(id) ?? 0) + 1) };
  simulation.at(0, () => {
    for (let index = 0; index < nodes; index++) world.start(simulation.peers.intern(index));
  });
  return {
    host,
    simulation,
    world,
    delivered,
    until: async (second) => {
      await world.advance!({ untilUs: second * 1_000_000 });
    },
    finish: () => {
      world.finish!();
      return host.evidence.list();
    },
  };
}

/** Ten nodes, a broadcast a second, every fifth second one killed and a fresh one started. */
export async function churn(version: string, drain: Drain = 'tick', seed = 'churn'): Promise<string> {
  const driven = await gossipsubWorld(version, 10, { drain, seed });
  const { simulation, world, delivered } = driven;
  for (let second = 1; second < 40; second++) {
    simulation.at(second * 1_000_000, () => {
      world.broadcast(simulation.live[second % 10]!, `message ${second}`);
      if (second % 5 !== 0) return;
      world.kill(simulation.live[(second * 7) % 10]!);
      world.start(simulation.peers.intern(10 + second));
    });
  }
  await driven.until(40);
  const evidence = driven.finish();
  const reached = [...delivered.values()].reduce((sum, count) => sum + count, 0);
  return JSON.stringify({ digest: simulation.digest.hex, events: simulation.eventCount, reached, evidence });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${await churn(process.argv[2]!, process.argv[3] as Drain | undefined)}\n`);
}
