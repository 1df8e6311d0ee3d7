// What a log says of the system at the moment that was read: lives, ledger, tasks, meters, faults, counts of churn.
// Invariant: times only grow; an identity is one peer object; lives begin and end as in a simulation.
import type { FaultSpan } from '../../sim/churn/calms.ts';
import type { PathClasses } from '../../sim/census/path-classes.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import { DialWatch } from '../soak/dial-watch.ts';
import { ArrivalWatch } from '../soak/node-watch.ts';
import type { Hosts } from '../soak/node-watch.ts';
import type { Drivers } from '../soak/record.ts';
import { LoggedNode, NamedPeer } from './logged-node.ts';
import type { CheckTerms } from './terms.ts';

const HOUR_US = 3_600_000_000;
const ANYBODY: Hosts = { has: () => true };

/** See the file's head. */
export class LogState {
  /** Its clock, its lives and its accounts are used; nothing runs in it. */
  readonly simulation = new Simulation({ seed: 'log', capacity: 16 });
  readonly ledger: Ledger = new Ledger(this.simulation);
  readonly dials = new DialWatch();
  /** Faults that are in force, with the identities at fault. */
  readonly faults = new Map<string, readonly NamedPeer[]>();
  /** Faults that came into force so far. */
  faultCount = 0;
  /** CPU time told of, in microseconds. */
  cpuUs = 0;
  tellsCpu = false;
  tellsNeighbours = false;
  /** Lives that had run since before the log. */
  metRunning = 0;
  /** Lives begun. */
  lives = 0;
  /** How soon each life finds its first neighbour. */
  readonly arrivals: ArrivalWatch;
  /** Things done to the system: lives ended, faults, actions, and starts that no end came before. */
  actions = 0;

  /** The stretches in which a fault was in force. */
  private readonly faultSpans: FaultSpan[] = [];
  private readonly classes: PathClasses;
  private readonly peers = new Map<string, NamedPeer>();
  private readonly stoppingNodes = new Map<LoggedNode, number>();
  /** Identities that are down and do not count as departed yet: they may come back at once. */
  private readonly down = new Set<NamedPeer>();
  /** Ends that no start has come after. */
  private unreplaced = 0;
  private departures = 0;
  /** True once the first calm has been: what starts from then on is churn. */
  private settled = false;

  constructor(classes: PathClasses, { bounds, hosts }: CheckTerms) {
    this.classes = classes;
    const indices = hosts === undefined ? ANYBODY : new Set(hosts.map((host) => this.peer(host).index));
    this.arrivals = new ArrivalWatch(this.simulation, bounds.rejoinUs, indices, this.faultSpans);
    this.simulation.ledger = this.ledger;
  }

  get peerCount(): number {
    return this.peers.size;
  }

  /** The identity of that name, made at first use. */
  peer(name: string): NamedPeer {
    let peer = this.peers.get(name);
    if (peer === undefined) this.peers.set(name, (peer = new NamedPeer(this.peers.size, name)));
    return peer;
  }

  /** The life that `peer` has now. */
  nodeOf(peer: NamedPeer): LoggedNode | undefined {
    return peer.node as LoggedNode | undefined;
  }

  /** Every life, in the order of the node table. */
  nodes(): LoggedNode[] {
    return [...this.simulation.running()] as LoggedNode[];
  }

  /** A life begins. @param whole - False for one that had run since before the log. */
  begin(peer: NamedPeer, whole: boolean): LoggedNode {
    const node = new LoggedNode(this.classes, whole, this);
    this.simulation.attach(node, peer);
    this.lives++;
    this.down.delete(peer);
    if (whole) this.arrivals.started(node);
    if (!whole) this.metRunning++;
    else if (this.unreplaced > 0) this.unreplaced--;
    else if (this.settled) this.actions++;
    return node;
  }

  /** A life is over; what it has open is settled. */
  end(node: LoggedNode, how: NodeEnd): void {
    for (const { site } of this.ledger.openEntries({ owner: node, kind: 'task' })) {
      this.simulation.tasks.of(site).reclaimed++;
      this.simulation.tasks.ended++;
    }
    this.simulation.detach(node, how);
    this.dials.ended(node);
    this.arrivals.ended(node);
    this.stoppingNodes.delete(node);
    this.down.add(node.peer as NamedPeer);
    this.unreplaced++;
    this.actions++;
  }

  /** A life was told to stop. */
  stop(node: LoggedNode): void {
    node.stoppingUs ??= this.simulation.nowUs;
    this.stoppingNodes.set(node, node.stoppingUs);
  }

  /** Lives that were told to stop and go on, with the time at which they were told. */
  stopping(): ReadonlyMap<LoggedNode, number> {
    return this.stoppingNodes;
  }

  beginFault(name: string, peers: readonly NamedPeer[]): void {
    this.faultCount++;
    this.faults.set(name, peers);
    if (this.faults.size > 1) return;
    this.faultSpans.push({ fromUs: this.simulation.nowUs, untilUs: Infinity, peers: new Set() });
  }

  endFault(name: string): void {
    if (!this.faults.delete(name) || this.faults.size > 0) return;
    this.faultSpans.push({ ...this.faultSpans.pop()!, untilUs: this.simulation.nowUs });
  }

  /** Indices of the identities that are at fault now. */
  atFault(): ReadonlySet<number> {
    return new Set([...this.faults.values()].flat().map(({ index }) => index));
  }

  /** Totals at the end of a calm: who is down then has departed. */
  drivers(nowUs: number): Drivers {
    this.departures += this.down.size;
    this.down.clear();
    this.unreplaced = 0;
    this.settled = true;
    const { departures, lives: arrivals, actions } = this;
    const broadcasts = this.simulation.meters.counts[METER.broadcasts]!;
    return { departures, arrivals, actions, broadcasts, hours: nowUs / HOUR_US };
  }
}
