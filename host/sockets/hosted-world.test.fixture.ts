// Runs a hosted model without judging it, for the tests of targets over sockets.
// Invariant: what a run gives depends on the model, its configuration and the seed alone.
import * as v from 'valibot';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { Evidence } from '../evidence.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import type { Drain } from '../hosted-simulation.ts';
import type { HostedModel } from '../model/define-hosted.ts';

/** What a test does with a world. */
export interface Driven {
  readonly simulation: Simulation;
  readonly world: World;
  readonly host: HostedSimulation;
  /** The running node of a peer. */
  readonly node: (index: number) => Node;
  readonly start: (index: number) => void;
  readonly run: (untilMs: number) => Promise<void>;
  readonly at: (atMs: number, action: () => void) => void;
}

/** How a run went. */
export interface RunEnd {
  readonly digest: string;
  readonly eventCount: number;
  readonly evidence: readonly Evidence[];
}

/** Runs `drive` on a world of a model with so many nodes, of which the first is the contact, and takes it down. */
export async function drive<Config>(
  model: HostedModel<Config>,
  options: { nodes: number; config?: unknown; seed?: string; drain?: Drain; verifyOwners?: boolean },
  act: (driven: Driven) => Promise<void>,
): Promise<RunEnd> {
  const { nodes, config = {}, seed = 'target', drain, verifyOwners = false } = options;
  await model.load?.();
  const simulation = new Simulation({ seed });
  const host = new HostedSimulation({ seed, verifyOwners, ...(drain === undefined ? {} : { drain }) }, simulation);
  const network = new Network(simulation, v.parse(networkConfigSchema, {}));
  const world = model.build({
    simulation,
    network,
    config: v.parse(model.configSchema, config),
    defects: new Set(),
    nodes,
    contacts: [0],
  });
  const peer = (index: number) => simulation.peers.intern(index);
  const start = (index: number): void => void world.start(peer(index));
  const at = (atMs: number, action: () => void): void => void simulation.at(atMs * 1000, action);
  for (let index = 0; index < nodes; index++) at(index * 10, () => start(index));
  try {
    await act({
      simulation,
      world,
      host,
      node: (index) => peer(index).node!,
      start,
      run: async (untilMs) => void (await world.advance!({ untilUs: untilMs * 1000 })),
      at,
    });
    return {
      digest: simulation.digest.hex,
      eventCount: simulation.eventCount,
      evidence: host.evidence.list(),
    };
  } finally {
    world.finish!();
  }
}
