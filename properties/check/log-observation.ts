// What is measured in the calms of a log: the records that properties read, as the observation of a run makes them.
// Invariant: it reads what the replay keeps and changes none of it.
import { Census, NodeCensus } from '../../sim/census/census.ts';
import type { RetentionRules } from '../../sim/census/retention.ts';
import type { Node } from '../../sim/node.ts';
import { DELIVERY_BOUND_US } from '../soak/bounds.ts';
import { BroadcastWatch } from '../soak/broadcast-watch.ts';
import { DiscardWatch } from '../soak/discard-watch.ts';
import { EntryNames } from '../soak/findings.ts';
import { deadEntriesIn, lookAtLedger } from '../soak/ledger-look.ts';
import type { LookTerms } from '../soak/ledger-look.ts';
import { lonelyNodes, neighbourless, unstoppedNodes } from '../soak/node-watch.ts';
import { edgesOf, lastingEdges, overlayOf, relationOf } from '../soak/overlay.ts';
import type { Edges, NeighbourRelation } from '../soak/overlay.ts';
import type { CalmRecord, OneSidedEdge, OverlayRecord } from '../soak/record.ts';
import type { CalmLooks } from './calm-finder.ts';
import type { LoggedNode } from './logged-node.ts';
import type { LogState } from './log-state.ts';
import type { CheckTerms } from './terms.ts';

/** Least time between two looks at the overlay that make a pair, in microseconds; as in a soak. */
const LEAST_LOOK_GAP_US = 5_000_000;
/** Calms kept: of a longer log every second one is let go, then every second of these, and so on. */
export const MOST_CALMS = 600;

/** What stood at one look. */
interface Reading {
  readonly atUs: number;
  readonly counts: Float64Array;
  readonly cpuUs: number;
  readonly neighbourless: ReadonlySet<Node>;
  readonly relation: NeighbourRelation;
  readonly whole: boolean;
}

/** See the file's head. */
export class LogObservation implements CalmLooks<CalmRecord> {
  /** In time order. */
  calms: CalmRecord[] = [];
  /** Calms that stood, those let go included. */
  found = 0;

  readonly broadcasts: BroadcastWatch;
  readonly discards = new DiscardWatch();

  private readonly state: LogState;
  private readonly rules: RetentionRules;
  private readonly terms: CheckTerms;
  private readonly entryNames = new EntryNames();
  private readings: Reading[] = [];
  private look: { readonly atUs: number; readonly edges: Edges } | undefined = undefined;
  private oneSided = new Map<string, OneSidedEdge>();
  private faultsAtWhole = 0;
  /** Of so many calms one is kept. */
  private every = 1;

  constructor(state: LogState, rules: RetentionRules, terms: CheckTerms) {
    this.state = state;
    this.rules = rules;
    this.terms = terms;
    this.broadcasts = new BroadcastWatch(state.simulation, DELIVERY_BOUND_US);
  }

  tick(atUs: number, fromUs: number): void {
    this.readings.push(this.readingAt(atUs));
    if (atUs - fromUs >= Math.max(this.terms.calmUs / 2, this.terms.bounds.settleUs)) {
      this.broadcasts.watch(Infinity);
      this.discards.watch();
    }
    const { settleUs } = this.terms.bounds;
    if (atUs - fromUs >= Math.min(2 * settleUs, this.terms.calmUs / 2)) this.lookAtOverlay(atUs);
  }

  measure(fromUs: number, untilUs: number): CalmRecord {
    const { state } = this;
    state.simulation.nowUs = Math.max(untilUs, state.simulation.nowUs);
    const nodes = state.nodes();
    const end = this.readingAt(untilUs);
    const middle = this.middleOf(fromUs, untilUs) ?? end;
    if (untilUs - (this.look?.atUs ?? -Infinity) >= LEAST_LOOK_GAP_US) this.lookAtOverlay(untilUs);
    const { bounds, connectTimeoutUs } = this.terms;
    const atFault = state.faults.size > 0 ? state.atFault() : undefined;
    const overlay = overlayOf(
      nodes,
      [...this.oneSided.values()].filter(({ atUs }) => atUs >= fromUs),
    );
    const whole = middle.whole && isWhole(overlay);
    const relations = [middle.relation, end.relation];
    const look: LookTerms = { ...bounds, nowUs: untilUs, connectTimeoutUs, atFault, dials: state.dials, relations };
    return {
      index: this.calms.length,
      fromUs,
      untilUs,
      faulted: state.faults.size > 0,
      severed: !whole && state.faultCount > this.faultsAtWhole,
      drivers: state.drivers(untilUs),
      liveCount: nodes.length,
      census: this.census(nodes, untilUs),
      overlay,
      tail: {
        counts: end.counts.map((count, index) => count - middle.counts[index]!),
        lengthUs: end.atUs - middle.atUs,
        cpuUs: state.tellsCpu ? end.cpuUs - middle.cpuUs : undefined,
      },
      broadcasts: this.broadcasts.read(nodes, untilUs),
      resources: lookAtLedger(state.ledger, nodes, this.entryNames, look),
      deadEntries: deadEntriesIn(state.ledger, look),
      discarded: this.discards.read(),
      lonely: lonelyNodes(middle.neighbourless, end.neighbourless, middle.atUs - bounds.rejoinUs),
      unstopped: unstoppedNodes(state.stopping(), untilUs - bounds.settleUs, atFault),
    };
  }

  keep(measured: CalmRecord): void {
    const { untilUs } = measured;
    this.forgetTail();
    if (!measured.severed) this.faultsAtWhole = this.state.faultCount;
    this.state.dials.forgetBefore(untilUs - this.terms.bounds.settleUs);
    this.readings = this.readings.filter(({ atUs }) => atUs >= untilUs);
    for (const [key, { atUs }] of this.oneSided) if (atUs <= untilUs) this.oneSided.delete(key);
    if (this.found++ % this.every !== 0) return;
    this.calms.push({ ...measured, index: this.calms.length });
    if (this.calms.length < MOST_CALMS) return;
    this.every *= 2;
    this.calms = this.calms.filter((_, place) => place % 2 === 0).map((calm, index) => ({ ...calm, index }));
  }

  churn(): void {
    this.forgetTail();
    this.readings = [];
    this.look = undefined;
    this.oneSided.clear();
  }

  private forgetTail(): void {
    this.broadcasts.clear();
    this.discards.clear();
  }

  private census(nodes: readonly LoggedNode[], nowUs: number): Census {
    const censuses = nodes.map((node) => {
      const told = node.told.look();
      return new NodeCensus(node, told, this.rules.judge(told, nowUs));
    });
    return new Census(nowUs, censuses);
  }

  private readingAt(atUs: number): Reading {
    const { state } = this;
    const nodes = state.tellsNeighbours ? state.nodes() : [];
    const counts = state.simulation.meters.read();
    const whole = isWhole(overlayOf(nodes, []));
    const relation = relationOf(nodes);
    return { atUs, counts, cpuUs: state.cpuUs, neighbourless: neighbourless(nodes), relation, whole };
  }

  /** The look that the tail of a calm begins with: halfway, or when what came before has settled. */
  private middleOf(fromUs: number, untilUs: number): Reading | undefined {
    const wantedUs = Math.max((fromUs + untilUs) / 2, fromUs + this.terms.bounds.settleUs);
    const within = this.readings.filter(({ atUs }) => atUs > fromUs && atUs < untilUs);
    return within.find(({ atUs }) => atUs >= wantedUs) ?? within.at(-1);
  }

  /** A look at the overlay: an edge that was one-sided at the one before as well counts. */
  private lookAtOverlay(atUs: number): void {
    if (!this.state.tellsNeighbours) return;
    const edges = edgesOf(this.state.nodes());
    if (this.look !== undefined) {
      for (const [key, { node, peer, lacks }] of lastingEdges(this.look.edges, edges)) {
        const heldBy = 'neighbours';
        this.oneSided.set(key, { from: String(node.peer), to: String(peer), lacks, atUs, heldBy });
      }
    }
    this.look = { atUs, edges };
  }
}

function isWhole(overlay: OverlayRecord | undefined): boolean {
  return (overlay?.components.length ?? 1) <= 1;
}
