// A protocol's mix of timers: delays from 5 ms to 60 s, nine of ten cancelled before they fire, beside messages.
// Invariant: a pure function of (nodes, seed); nine timers of ten are cancelled.
import { Node, Simulation } from '../sim/index.ts';
import type { RandomStream, TimerHandle } from '../sim/index.ts';

/** What protocols arm: dispatch, graft, ticks, requests, sweeps, keep-alives, idle timeouts, shuffles. */
const DELAYS_US = [
  5_000, 80_000, 100_000, 250_000, 500_000, 500_000, 500_000, 1_000_000, 1_000_000, 1_000_000, 5_000_000, 10_000_000,
  10_000_000, 30_000_000, 60_000_000, 60_000_000,
];

/** On each message replaces one timer, as an answer that came in time does; most never fire. */
class MixNode extends Node {
  fired = 0;
  cancelled = 0;
  private readonly random: RandomStream;
  private readonly handles: TimerHandle[] = [];
  private readonly nodeCount: number;
  private turn = 0;

  constructor(random: RandomStream, nodeCount: number) {
    super();
    this.random = random;
    this.nodeCount = nodeCount;
  }

  begin(): void {
    DELAYS_US.forEach((delayUs, which) => this.handles.push(this.simulation.setTimer(this, delayUs, which)));
    this.pass();
  }

  override onMessage(): void {
    // Messages come every 5 ms on average, so each timer is replaced after 80 ms.
    const which = this.turn++ & 15;
    if (this.simulation.cancelTimer(this.handles[which]!)) this.cancelled++;
    this.handles[which] = this.simulation.setTimer(this, DELAYS_US[which]!, which);
    this.pass();
  }

  override onTimer(): void {
    this.fired++;
  }

  private pass(): void {
    const to = 1 + this.random.below(this.nodeCount);
    this.simulation.postToSlot(to, 2_000 + this.random.below(6_001), this.slot, undefined);
  }
}

/** A world of nodes that arm and cancel, and how many timers fired and were cancelled so far. */
export interface MixWorld {
  readonly simulation: Simulation;
  readonly tally: () => { fired: number; cancelled: number };
}

/** Builds the world; it has one message pending per node. */
export function mixWorld(nodes: number, seed: string): MixWorld {
  const simulation = new Simulation({ seed, capacity: nodes * 18 });
  const random = simulation.streams.stream('mix');
  const all = Array.from({ length: nodes }, () => new MixNode(random, nodes));
  all.forEach((node, index) => simulation.attach(node, simulation.peers.intern(index)));
  for (const node of all) node.begin();
  const tally = (): { fired: number; cancelled: number } => ({
    fired: all.reduce((sum, node) => sum + node.fired, 0),
    cancelled: all.reduce((sum, node) => sum + node.cancelled, 0),
  });
  return { simulation, tally };
}
