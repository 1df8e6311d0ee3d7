// Watches lives: how soon each finds its first neighbour, who stays without one, and who does not stop.
// Invariant: a life is held to a bound only while nothing in the plan or the population stood in its way.
import type { FaultSpan } from '../../sim/churn/calms.ts';
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { ArrivalRecord, LateArrival, NodeFindings } from './findings.ts';

const MOST_EXAMPLES = 10;

/** Tells by its index whether a peer is one that lets others in. */
export type Hosts = Pick<ReadonlySet<number>, 'has'>;

/** Measures the time from each start to the first neighbour. */
export class ArrivalWatch {
  private readonly simulation: Pick<Simulation, 'nowUs'>;
  private readonly rejoinUs: number;
  private readonly hosts: Hosts;
  private readonly faults: readonly FaultSpan[];
  /** Lives that have no neighbour yet; those that began before anyone told of a neighbour included. */
  private readonly joining = new Set<Node>();
  /** Hosts that run now. */
  private hostCount = 0;
  /** When none ran last, and when at most one did, in microseconds: a host cannot let itself in. */
  private noneUs = 0;
  private oneUs = 0;
  private told = false;
  private judged = 0;
  private excused = 0;
  private slowestUs = 0;
  private lateCount = 0;
  private readonly late: LateArrival[] = [];

  /**
   * @param rejoinUs - Within which a node must have its first neighbour, in microseconds.
   * @param hosts - Indices of the peers that let others in.
   * @param faults - Of the plan, in time order; may grow as time passes.
   */
  constructor(simulation: Pick<Simulation, 'nowUs'>, rejoinUs: number, hosts: Hosts, faults: readonly FaultSpan[]) {
    this.simulation = simulation;
    this.rejoinUs = rejoinUs;
    this.hosts = hosts;
    this.faults = faults;
  }

  started(node: Node): void {
    this.joining.add(node);
    if (!this.hosts.has(node.peer.index)) return;
    this.noteHosts();
    this.hostCount++;
  }

  ended(node: Node): void {
    this.close(node, false);
    if (!this.hosts.has(node.peer.index)) return;
    this.noteHosts();
    this.hostCount--;
  }

  neighbour(node: Node, up: boolean): void {
    this.told = true;
    if (up && this.joining.has(node)) this.close(node, true);
  }

  /** The run is over; undefined when nobody ever told of a neighbour. */
  finish(): ArrivalRecord | undefined {
    for (const node of this.joining) this.close(node, false);
    if (!this.told) return undefined;
    const { judged, excused, slowestUs, lateCount, late } = this;
    return { judged, excused, slowestUs, lateCount, late };
  }

  private close(node: Node, joined: boolean): void {
    if (!this.joining.delete(node)) return;
    const tookUs = this.simulation.nowUs - node.bornUs;
    const isLate = tookUs > this.rejoinUs;
    if (isLate ? this.isDisturbed(node) : !joined) {
      this.excused++;
      return;
    }
    this.judged++;
    if (joined && tookUs > this.slowestUs) this.slowestUs = tookUs;
    if (isLate) this.noteLate(node, tookUs, joined);
  }

  /** True when a fault was open during the life, or at some moment of it nobody else ran who lets nodes in. */
  private isDisturbed(node: Node): boolean {
    const { nowUs } = this.simulation;
    this.noteHosts();
    const alone = this.hosts.has(node.peer.index) ? this.oneUs : this.noneUs;
    if (alone >= node.bornUs) return true;
    return this.faults.some(({ fromUs, untilUs }) => fromUs <= nowUs && untilUs >= node.bornUs);
  }

  /** Call before the number of running hosts changes, and before it matters. */
  private noteHosts(): void {
    if (this.hostCount === 0) this.noneUs = this.simulation.nowUs;
    if (this.hostCount <= 1) this.oneUs = this.simulation.nowUs;
  }

  private noteLate(node: Node, tookUs: number, joined: boolean): void {
    this.lateCount++;
    const { peer, bornUs } = node;
    const late = { peer: String(peer), incarnation: peer.incarnations, bornUs, tookUs, joined };
    const place = this.late.findIndex((other) => other.tookUs < tookUs);
    this.late.splice(place < 0 ? this.late.length : place, 0, late);
    if (this.late.length > MOST_EXAMPLES) this.late.pop();
  }
}

/** Nodes without a neighbour, among those that have the relation at all; empty while one node runs alone. */
export function neighbourless(nodes: readonly Node[]): Set<Node> {
  if (nodes.length < 2) return new Set();
  return new Set(nodes.filter((node) => node.neighbours()?.length === 0));
}

/** Nodes that had no neighbour at either of two looks, and had run for long enough at the first. */
export function lonelyNodes(before: ReadonlySet<Node>, after: ReadonlySet<Node>, bornBeforeUs: number): NodeFindings {
  const lonely = [...after].filter((node) => before.has(node) && node.bornUs < bornBeforeUs);
  return found(lonely.map((node) => [node, node.bornUs]));
}

/** Nodes that were told to stop before `sinceUs` and still run; those at fault themselves excepted. */
export function unstoppedNodes(
  stopping: ReadonlyMap<Node, number>,
  sinceUs: number,
  atFault: ReadonlySet<number> | undefined,
): NodeFindings {
  const late = [...stopping].filter(([{ peer }, toldUs]) => toldUs < sinceUs && atFault?.has(peer.index) !== true);
  return found(late);
}

function found(nodes: readonly (readonly [node: Node, sinceUs: number])[]): NodeFindings {
  const examples = nodes
    .map(([node, sinceUs]) => ({ peer: String(node.peer), sinceUs }))
    .toSorted((a, b) => a.sinceUs - b.sinceUs)
    .slice(0, MOST_EXAMPLES);
  return { count: nodes.length, examples };
}
