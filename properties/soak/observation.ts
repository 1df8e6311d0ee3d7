// Observation of a run: what is measured in each calm, and what is watched between them.
// Invariant: it reads and never steers; a run with it and one without have the same digest.
import { pathsTo, takeCensus } from '../../sim/census/census.ts';
import type { CensusRequest } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import type { Retention } from '../../sim/census/retention.ts';
import type { FaultSpan } from '../../sim/churn/calms.ts';
import type { ChurnDriver } from '../../sim/churn/driver.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Observer, Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import type { CalmMoment, Property } from '../property.ts';
import { BroadcastWatch } from './broadcast-watch.ts';
import { DialWatch } from './dial-watch.ts';
import { DiscardWatch } from './discard-watch.ts';
import { EntryNames } from './findings.ts';
import { deadEntriesIn, lookAtLedger } from './ledger-look.ts';
import type { LookTerms } from './ledger-look.ts';
import { ArrivalWatch, lonelyNodes, neighbourless, unstoppedNodes } from './node-watch.ts';
import { edgesOf, lastingEdges, overlayOf, relationOf } from './overlay.ts';
import { pendingItems } from './pending-items.ts';
import { PropertyWatches } from './property-watches.ts';
import type { Edges, NeighbourRelation } from './overlay.ts';
import type {
  Bounds,
  CalmRecord,
  CalmTail,
  Drivers,
  GhostDial,
  OneSidedEdge,
  OverlayRecord,
  SoakRecord,
} from './record.ts';

const MOST_EXAMPLES = 10;
/** Paths that are named for a one-sided edge. */
const MOST_PATHS = 3;

/** A calm that is to be measured. */
export interface CalmWindow {
  readonly fromUs: number;
  readonly untilUs: number;
  readonly faulted: boolean;
}

/** What an observation is told of the run; times in microseconds. */
export interface ObservationTerms {
  readonly retention: readonly Retention[];
  /** Time within which a broadcast must reach every node it is owed to. */
  readonly deliveryBoundUs: number;
  readonly connectTimeoutUs: number;
  readonly bounds: Bounds;
  /** Indices of the peers that let starting nodes in. */
  readonly hosts: readonly number[];
  /** Faults of the plan, in time order. */
  readonly faults: readonly FaultSpan[];
  /** Those that watch the run are told of it. */
  readonly properties: readonly Property[];
}

/** What the middle of a calm is compared with its end for. */
interface Middle {
  readonly atUs: number;
  readonly counts: Float64Array;
  readonly cpuUs: number;
  readonly neighbourless: ReadonlySet<Node>;
  readonly relation: NeighbourRelation;
}

/** Watches one run. Install it before the run, and tell it when each calm reaches its looks. */
export class Observation implements Observer {
  readonly calms: CalmRecord[] = [];
  readonly ghostDials: GhostDial[] = [];
  ghostDialCount = 0;
  readonly rules: RetentionRules;

  private readonly simulation: Simulation;
  private readonly walker: CensusRequest['walker'];
  private readonly world: World;
  private readonly driver: ChurnDriver;
  private readonly terms: ObservationTerms;
  private readonly broadcasts: BroadcastWatch;
  private readonly discards = new DiscardWatch();
  private readonly dials = new DialWatch();
  private readonly arrivals: ArrivalWatch;
  private readonly watches: PropertyWatches;
  private readonly entryNames = new EntryNames();
  private readonly ghostsPerCalm: number[] = [];
  /** Per live node, the departed peers whose links it was told are closed. */
  private readonly told = new Map<Node, Set<PeerId>>();
  private current: unknown = undefined;
  private wholeAtMiddle = true;
  /** Partitions that had come when the overlay was last seen whole. */
  private wholeAfterPartitions = 0;
  private firstLook: Edges = new Map();
  private oneSided = new Map<string, OneSidedEdge>();
  private middle: Middle | undefined = undefined;

  constructor(simulation: Simulation, world: World, driver: ChurnDriver, terms: ObservationTerms) {
    this.simulation = simulation;
    this.world = world;
    this.walker = world.walker === undefined ? undefined : (classes) => world.walker!(classes);
    this.driver = driver;
    this.terms = terms;
    this.rules = new RetentionRules(terms.retention);
    this.broadcasts = new BroadcastWatch(simulation, terms.deliveryBoundUs);
    this.arrivals = new ArrivalWatch(simulation, terms.bounds.rejoinUs, new Set(terms.hosts), terms.faults);
    this.watches = new PropertyWatches(simulation, terms.properties, terms.faults);
    simulation.ledger = new Ledger(simulation);
    simulation.observer = this;
  }

  event(timeUs: number, node: Node, kind: number, payload: unknown): void {
    this.current = kind === EVENT.message ? payload : undefined;
    if (this.watches.seeEvents) this.watches.event(node, timeUs);
  }

  started(node: Node): void {
    this.arrivals.started(node);
    this.watches.started(node);
    // What it does at its start happens in an event of the plan.
    if (this.watches.seeEvents) this.watches.event(node, this.simulation.nowUs);
  }

  ended(node: Node): void {
    this.told.delete(node);
    this.dials.ended(node);
    this.arrivals.ended(node);
    this.watches.ended(node);
  }

  neighbour(node: Node, _peer: PeerId, up: boolean): void {
    this.arrivals.neighbour(node, up);
  }

  discarded(node: Node, peer: PeerId, what: string): void {
    this.discards.discarded(node, peer, what);
  }

  broadcast(origin: Node, id: string): void {
    this.broadcasts.begun(origin, id);
    if (this.watches.seeEvents) this.watches.event(origin, this.simulation.nowUs);
  }

  delivered(node: Node, id: string): void {
    this.broadcasts.delivered(node, id);
  }

  toldClosed(node: Node, peer: PeerId): void {
    if (!peer.departed) return;
    const known = this.told.get(node);
    if (known === undefined) this.told.set(node, new Set([peer]));
    else known.add(peer);
  }

  /** A dial to a peer of whose end the dialler knew needs a declared reason, or the message at hand, to be legitimate. */
  dialled(node: Node, peer: PeerId): void {
    this.dials.dialled(node, peer, this.simulation.nowUs);
    if (!peer.departed || this.told.get(node)?.has(peer) !== true) return;
    const { nowUs } = this.simulation;
    const path = 'handled';
    const pending = [{ node, path, payload: this.current }];
    const held = pathsTo(peer, { nowUs, node, pending, retention: this.rules, walker: this.walker });
    if (held.some((where) => where.retention !== undefined || where.path.startsWith(path))) return;
    this.ghostDialCount++;
    if (this.ghostDials.length >= MOST_EXAMPLES) return;
    this.ghostDials.push({
      atUs: nowUs,
      from: String(node.peer),
      to: String(peer),
      heldBy: held.map((where) => where.path).join(' + ') || 'nothing that it exposes',
      departures: this.driver.departures,
    });
  }

  /** Halfway through a calm: the second half is the tail that costs and deliveries are judged by. */
  reachMiddle(calm: CalmWindow): void {
    const nodes = [...this.simulation.running()];
    this.middle = this.readNow(nodes);
    this.wholeAtMiddle = isWhole(overlayOf(nodes, []));
    this.broadcasts.watch(calm.untilUs);
    this.discards.watch();
    this.watches.middle(this.momentOf(calm, nodes));
  }

  /** The first of two looks at the overlay. */
  lookFirst(): void {
    this.firstLook = edgesOf(this.simulation.running());
  }

  /** The second look: an edge that was one-sided at both counts. */
  lookAgain(): void {
    const { nowUs } = this.simulation;
    for (const [key, { node, peer, lacks }] of lastingEdges(this.firstLook, edgesOf(this.simulation.running()))) {
      if (this.oneSided.has(key)) continue;
      const held = pathsTo(peer, { nowUs, node, retention: this.rules, walker: this.walker });
      const heldBy = held
        .slice(0, MOST_PATHS)
        .map((where) => where.path)
        .join(' + ');
      this.oneSided.set(key, { from: String(node.peer), to: String(peer), lacks, atUs: nowUs, heldBy });
    }
  }

  /** At the end of a calm. */
  finishCalm(calm: CalmWindow): void {
    const { simulation } = this;
    const { nowUs } = simulation;
    const nodes = [...simulation.running()];
    const end = this.readNow(nodes);
    const middle = this.middle ?? end;
    const atFault = this.faultNow()?.peers;
    const { settleUs, rejoinUs } = this.terms.bounds;
    const overlay = overlayOf(nodes, [...this.oneSided.values()]);
    const whole = this.wholeAtMiddle && isWhole(overlay);
    const severed = !whole && this.partitionCount() > this.wholeAfterPartitions;
    if (whole) this.wholeAfterPartitions = this.partitionCount();
    this.calms.push({
      index: this.calms.length,
      fromUs: calm.fromUs,
      untilUs: nowUs,
      faulted: calm.faulted,
      severed,
      drivers: this.drivers(),
      liveCount: nodes.length,
      census: takeCensus({
        nowUs,
        nodes,
        pending: pendingItems(simulation, this.world),
        retention: this.rules,
        walker: this.walker,
      }),
      overlay,
      tail: this.tailOf(middle, end),
      broadcasts: this.broadcasts.finish(nodes),
      ...this.lookAtLedger(nodes, atFault, [middle.relation, end.relation]),
      discarded: this.discards.finish(),
      lonely: lonelyNodes(middle.neighbourless, end.neighbourless, middle.atUs - rejoinUs),
      unstopped: unstoppedNodes(this.driver.stopping(), nowUs - settleUs, atFault),
    });
    this.watches.calm(this.momentOf(calm, nodes, this.calms.length - 1));
    this.ghostsPerCalm.push(this.ghostDialCount);
    this.oneSided = new Map();
    this.middle = undefined;
  }

  /** What it has seen, for the record. */
  get ghosts(): SoakRecord['ghostDials'] {
    return { total: this.ghostDialCount, examples: this.ghostDials, perCalm: this.ghostsPerCalm };
  }

  /** What it knows only when the run is over; to be asked for once. */
  finish(): Pick<SoakRecord, 'arrivals' | 'discarded' | 'watched'> {
    return { arrivals: this.arrivals.finish(), discarded: this.discards.totals, watched: this.watches.finish() };
  }

  private momentOf({ fromUs, faulted }: CalmWindow, nodes: readonly Node[], index = this.calms.length): CalmMoment {
    return { atUs: this.simulation.nowUs, index, fromUs, faulted, drivers: this.drivers(), nodes };
  }

  private readNow(nodes: readonly Node[]): Middle {
    const { nowUs, meters, costs } = this.simulation;
    const cpuUs = costs?.totalUs ?? 0;
    const relation = relationOf(nodes);
    return { atUs: nowUs, counts: meters.read(), cpuUs, neighbourless: neighbourless(nodes), relation };
  }

  private tailOf(middle: Middle, end: Middle): CalmTail {
    return {
      counts: end.counts.map((count, index) => count - middle.counts[index]!),
      lengthUs: end.atUs - middle.atUs,
      cpuUs: this.simulation.costs === undefined ? undefined : end.cpuUs - middle.cpuUs,
    };
  }

  private lookAtLedger(
    nodes: readonly Node[],
    atFault: ReadonlySet<number> | undefined,
    relations: readonly NeighbourRelation[],
  ): Pick<CalmRecord, 'resources' | 'deadEntries'> {
    const { nowUs, ledger } = this.simulation;
    const { connectTimeoutUs, bounds } = this.terms;
    const { dials } = this;
    const terms: LookTerms = { ...bounds, nowUs, connectTimeoutUs, atFault, dials, relations };
    const resources = lookAtLedger(ledger!, nodes, this.entryNames, terms);
    const deadEntries = deadEntriesIn(ledger!, terms);
    dials.forgetBefore(nowUs - bounds.settleUs);
    return { resources, deadEntries };
  }

  private faultNow(): FaultSpan | undefined {
    const { nowUs } = this.simulation;
    return this.terms.faults.find(({ fromUs, untilUs }) => fromUs <= nowUs && nowUs < untilUs);
  }

  private partitionCount(): number {
    return this.driver.tallies.get('partition')?.applied ?? 0;
  }

  private drivers(): Drivers {
    const { departures, arrivals, applied } = this.driver;
    const broadcasts = this.simulation.meters.counts[METER.broadcasts]!;
    return { departures, arrivals, actions: applied, broadcasts, hours: this.simulation.nowUs / 3_600_000_000 };
  }
}

function isWhole(overlay: OverlayRecord | undefined): boolean {
  return (overlay?.components.length ?? 1) <= 1;
}
