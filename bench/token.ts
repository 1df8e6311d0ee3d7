// Token passing: N nodes, five neighbours each, N messages pending, uniform latency 10 to 50 ms, digest on.
// Invariant: the workload is a pure function of (nodes, seed), so two engines can be compared event for event.
import { Node, Simulation } from '../sim/index.ts';
import type { RandomStream } from '../sim/index.ts';

const NEIGHBOURS = 5;

interface Token {
  hops: number;
}

/** An ordinary node: holds its neighbours, and passes each token on to one of them. */
class TokenNode extends Node {
  private readonly random: RandomStream;
  private readonly near: Int32Array;
  received = 0;

  constructor(random: RandomStream, near: Int32Array) {
    super();
    this.random = random;
    this.near = near;
  }

  override onMessage(_from: number, message: Token): void {
    this.received++;
    const { random } = this;
    const to = this.near[random.below(NEIGHBOURS)]!;
    this.simulation.postToSlot(to, 10_000 + random.below(40_001), this.slot, { hops: message.hops + 1 });
  }

  override onTimer(): void {}
}

/** Builds the world with one token pending per node. */
export function tokenWorld(nodes: number, seed: string): Simulation {
  const simulation = new Simulation({ seed, capacity: nodes });
  const random = simulation.streams.stream('token');
  for (let index = 0; index < nodes; index++) {
    const near = new Int32Array(NEIGHBOURS);
    for (let place = 0; place < NEIGHBOURS; place++) near[place] = 1 + random.below(nodes);
    simulation.attach(new TokenNode(random, near), simulation.peers.intern(index));
  }
  for (let slot = 1; slot <= nodes; slot++) simulation.postToSlot(slot, random.below(50_000), slot, { hops: 0 });
  return simulation;
}
