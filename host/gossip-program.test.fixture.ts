// A hosted program: a population of the gossip class with one kill and a fresh life every two virtual seconds.
// Invariant: what it does depends on the seed alone.
import type { Gossip as GossipClass } from './gossip-target.test.fixture.ts';
import { Population } from './datagram-node.test.fixture.ts';
import type { HostedSimulation } from './hosted-simulation.ts';

/** What a run of it found. */
export interface GossipResult {
  readonly roundTrips: number;
  readonly meanMs: number;
  readonly seen: number;
}

/** Starts `nodes` gossiping nodes, and replaces one of them every two virtual seconds. */
export async function start(host: HostedSimulation, data: unknown): Promise<() => GossipResult> {
  const { nodes } = data as { nodes: number };
  const target = await host.load(new URL('./gossip-target.test.fixture.js', import.meta.url).href);
  const { Gossip } = target as { Gossip: typeof GossipClass };
  const population = new Population(host);
  const peers = Array.from({ length: nodes }, (_, index) => index);
  const all: GossipClass[] = [];
  const boot = (index: number): void => {
    population.start(index, (node) => {
      const gossip = new Gossip(
        node.channel,
        peers.filter((peer) => peer !== index),
      );
      all.push(gossip);
      return gossip.start();
    });
  };
  for (const index of peers) boot(index);
  const { simulation } = host;
  const replace = (index: number): void => {
    const node = simulation.peers.intern(index).node;
    if (node !== undefined) simulation.detach(node, 'killed');
    boot(index);
    simulation.at(simulation.nowUs + 2_000_000, () => replace((index + 1) % nodes));
  };
  simulation.at(2_000_000, () => replace(0));
  return () => {
    const trips = all.flatMap((gossip) => gossip.roundTripsMs);
    const seen = all.reduce((sum, gossip) => sum + gossip.seen.size, 0);
    const total = trips.reduce((sum, ms) => sum + ms, 0);
    return { roundTrips: trips.length, meanMs: total / trips.length, seen };
  };
}
