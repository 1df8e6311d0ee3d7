// Watches broadcasts that are begun in the settled part of a calm, until their bound has passed.
// Invariant: only nodes that ran when a broadcast began, and still run at the end of the calm, are owed it.
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { BroadcastRecord } from './record.ts';

const MOST_EXAMPLES = 10;

interface Watched {
  readonly origin: string;
  readonly beganUs: number;
  readonly reached: Set<number>;
}

/** Collects the deliveries of one calm. */
export class BroadcastWatch {
  private readonly simulation: Simulation;
  private readonly boundUs: number;
  private untilUs = -1;
  private watched = new Map<string, Watched>();
  private slowestUs = 0;

  /** @param boundUs - Time within which a broadcast must reach every node it is owed to, in microseconds. */
  constructor(simulation: Simulation, boundUs: number) {
    this.simulation = simulation;
    this.boundUs = boundUs;
  }

  /** From now on broadcasts are judged, if their bound passes before `untilUs`. */
  watch(untilUs: number): void {
    this.untilUs = untilUs;
  }

  begun(origin: Node, id: string): void {
    const beganUs = this.simulation.nowUs;
    if (beganUs + this.boundUs > this.untilUs) return;
    this.watched.set(id, { origin: String(origin.peer), beganUs, reached: new Set([origin.serial]) });
  }

  delivered(node: Node, id: string): void {
    const broadcast = this.watched.get(id);
    if (broadcast === undefined) return;
    const tookUs = this.simulation.nowUs - broadcast.beganUs;
    if (tookUs > this.boundUs) return;
    broadcast.reached.add(node.serial);
    if (tookUs > this.slowestUs) this.slowestUs = tookUs;
  }

  /** The calm is over; `nodes` are those that run now. */
  finish(nodes: readonly Node[]): BroadcastRecord {
    const record = this.read(nodes, Infinity);
    this.clear();
    return record;
  }

  /**
   * What holds of the broadcasts whose bound has passed by `untilUs`; `nodes` are those that run then.
   */
  read(nodes: readonly Node[], untilUs: number): BroadcastRecord {
    let begun = 0;
    let reached = 0;
    let due = 0;
    const missed: BroadcastRecord['missed'][number][] = [];
    for (const [id, broadcast] of this.watched) {
      if (broadcast.beganUs + this.boundUs > untilUs) continue;
      begun++;
      const owed = nodes.filter((node) => node.bornUs <= broadcast.beganUs);
      const missing = owed.filter((node) => !broadcast.reached.has(node.serial));
      due += owed.length;
      reached += owed.length - missing.length;
      if (missing.length === 0 || missed.length >= MOST_EXAMPLES) continue;
      const names = missing.slice(0, MOST_EXAMPLES).map((node) => String(node.peer));
      missed.push({ id, atUs: broadcast.beganUs, origin: broadcast.origin, missing: names });
    }
    return { begun, reached, due, slowestUs: this.slowestUs, missed };
  }

  /** Forgets every broadcast, and judges no further ones. */
  clear(): void {
    this.watched = new Map();
    this.slowestUs = 0;
    this.untilUs = -1;
  }
}
