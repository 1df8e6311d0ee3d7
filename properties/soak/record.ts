// The record of a run: everything that properties judge.
// Invariant: plain data, independent of model and defects; the same scenario gives an equal record.
import type { Census } from '../../sim/census/census.ts';
import type { Retention } from '../../sim/census/retention.ts';
import type { LedgerSummary } from '../../sim/ledger/ledger.ts';
import type { CostReading, CostStack } from '../../sim/cost/account.ts';
import type { Fault } from '../../sim/network/config.ts';
import type { Panic, TaskSite } from '../../sim/tasks/account.ts';
import type { ArrivalRecord, CalmDiscards, LedgerLook, NodeFindings } from './findings.ts';

/** Counts that drive growth: a leak is a slope against one of them. All are totals since the run began. */
export interface Drivers {
  /** Incarnations that ended and whose peer did not come back at once. */
  readonly departures: number;
  /** Incarnations begun, the initial ones included. */
  readonly arrivals: number;
  /** Plan actions that took effect. */
  readonly actions: number;
  /** Broadcasts begun. */
  readonly broadcasts: number;
  /** Virtual hours. */
  readonly hours: number;
}

/** Name of a driver. */
export type Driver = keyof Drivers;

/** An edge that one side has and the other has not, at two looks in a row. */
export interface OneSidedEdge {
  readonly from: string;
  readonly to: string;
  /** What the far side lacks: the neighbour relation, or the connection under it. */
  readonly lacks: 'neighbour' | 'connection';
  /** When it was first seen so at a second look, in microseconds. */
  readonly atUs: number;
  /** Path classes in which `from` mentions `to`, nearest first, `+`-joined. */
  readonly heldBy: string;
}

/** What was measured in one calm. Peers are named by their printed form. */
export interface CalmRecord {
  readonly index: number;
  readonly fromUs: number;
  /** The moment of the census. */
  readonly untilUs: number;
  /** True when a partition, hold or black hole was in force. */
  readonly faulted: boolean;
  /**
   * True when a partition came before and the overlay has not been whole since, nor through the second half of this calm: one
   * whose views forgot the other half by then cannot re-merge, and is not meant to.
   */
  readonly severed: boolean;
  /** Totals at the end of the calm. */
  readonly drivers: Drivers;
  readonly liveCount: number;
  readonly census: Census;
  /** Undefined when the model has no neighbour relation. */
  readonly overlay: OverlayRecord | undefined;
  /** What was spent over the second half of the calm. */
  readonly tail: CalmTail;
  readonly broadcasts: BroadcastRecord;
  /** Open ledger entries whose subject has departed and that are past their time, by kind and site. */
  readonly deadEntries: ReadonlyMap<string, number>;
  /** Every node's open entries, and those that have outlived their time. */
  readonly resources: LedgerLook;
  readonly discarded: CalmDiscards;
  /** Nodes without a neighbour through the second half of the calm, while others ran. */
  readonly lonely: NodeFindings;
  /** Nodes that were told to stop gracefully and still run after their time to do so. */
  readonly unstopped: NodeFindings;
}

/** The second half of a calm, in sums over all nodes. */
export interface CalmTail {
  /** Meter differences, by meter index. */
  readonly counts: Float64Array;
  readonly lengthUs: number;
  /** Modelled CPU time; undefined when the model charges none. */
  readonly cpuUs: number | undefined;
}

/** The neighbour relation of live nodes at the end of a calm, and its one-sided edges at any pair of looks in it. */
export interface OverlayRecord {
  readonly edgeCount: number;
  readonly oneSided: readonly OneSidedEdge[];
  /** Sizes of the connected components, largest first. */
  readonly components: readonly number[];
  /** Peers outside the largest component, at most ten. */
  readonly outside: readonly string[];
}

/** Broadcasts begun in the second half of a calm and early enough to be judged in it. */
export interface BroadcastRecord {
  readonly begun: number;
  /** Deliveries that were due and came in time, and those that were due. */
  readonly reached: number;
  readonly due: number;
  /** Slowest delivery, in microseconds. */
  readonly slowestUs: number;
  /** Broadcasts that missed someone, at most ten. */
  readonly missed: readonly { id: string; atUs: number; origin: string; missing: readonly string[] }[];
}

/** A dial to a departed peer, by a node that had been told and that had no declared reason to know it still. */
export interface GhostDial {
  readonly atUs: number;
  readonly from: string;
  readonly to: string;
  /** Path classes in which the dialler mentioned the peer, `+`-joined. */
  readonly heldBy: string;
  readonly departures: number;
}

/** How often each kind of plan action was asked for, and how often it took effect. */
export interface ActionCount {
  readonly asked: number;
  readonly applied: number;
}

/** The times that a run is measured against, in microseconds; all follow from the scenario. */
export interface Bounds {
  /** Within it whatever concerns a peer that is gone, or a connection that is superseded, must have ended. */
  readonly settleUs: number;
  /** How long after a departure tasks, spans and buffers about the peer may be open: what a calm is longer than. */
  readonly residueUs: number;
  /** How long work may wait in a buffer. */
  readonly waitUs: number;
  /** Within it a node that starts must have its first neighbour. */
  readonly rejoinUs: number;
}

/** The tasks of a run. */
export interface TaskRecord {
  /** In the order in which sites first spawned; empty when the model runs no task. */
  readonly sites: readonly TaskSite[];
  readonly panicCount: number;
  /** The first ten. */
  readonly panics: readonly Panic[];
}

/** The modelled CPU time of a run. */
export interface CostRecord {
  /** Microseconds, over all nodes. */
  readonly totalUs: number;
  readonly stacks: readonly CostStack[];
}

/** The state of a run at one moment; totals count from the start of the run. */
export interface TimelineSample {
  readonly atUs: number;
  readonly liveCount: number;
  /** True between the ends of a calm that is measured. */
  readonly calm: boolean;
  readonly departures: number;
  /** Totals by meter index. */
  readonly meters: Float64Array;
  /** Modelled retained bytes by bucket: the site of an entry up to its first dot. Buckets that hold nothing are left out. */
  readonly heapBytes: ReadonlyMap<string, number>;
  /** Open now. */
  readonly connections: number;
  readonly halfOpen: number;
  readonly tasks: number;
  /** Open entries of every kind by `kind site`, such as `task gossip.actor`; those without any are left out. */
  readonly open: ReadonlyMap<string, number>;
  /** Modelled bytes that open spans and listeners hold. */
  readonly spanBytes: number;
  readonly tasksSpawned: number;
  /** Tasks that have ended, in whatever way. */
  readonly tasksEnded: number;
  /** Total modelled CPU time over all nodes, in microseconds; 0 when the model charges none. */
  readonly cpuUs: number;
  /** The most that one node spent since the last sample, in microseconds, and that node. */
  readonly busiestUs: number;
  readonly busiest: string | undefined;
  /** For flame graphs of a window; only when asked for. */
  readonly cost: CostReading | undefined;
}

/** The digest of a run at one moment, by which it can be told when two runs part. */
export interface Checkpoint {
  /** Virtual time in microseconds; every event up to it is in the digest. */
  readonly atUs: number;
  /** 16 hexadecimal digits. */
  readonly digest: string;
}

/** One whole run. */
export interface SoakRecord {
  readonly nodes: number;
  readonly seed: string;
  readonly endUs: number;
  readonly digest: string;
  readonly eventCount: number;
  /** At equal virtual distances, the end included; the same moments for every run of a scenario. */
  readonly checkpoints: readonly Checkpoint[];
  /** Totals of all meters at the end, by meter index. */
  readonly meters: Float64Array;
  /** In time order; the first is the one before any churn. */
  readonly calms: readonly CalmRecord[];
  readonly ghostDials: {
    readonly total: number;
    readonly examples: readonly GhostDial[];
    readonly perCalm: readonly number[];
  };
  readonly bounds: Bounds;
  readonly tasks: TaskRecord;
  /** Undefined when the model charges no CPU time, or the run was not observed. */
  readonly cost: CostRecord | undefined;
  /** Undefined when the model never told of a neighbour. */
  readonly arrivals: ArrivalRecord | undefined;
  /** Messages thrown away without a word to the protocol that sent them, by what they were. */
  readonly discarded: ReadonlyMap<string, number>;
  /** At equal virtual distances, the start and the end included; empty when the run was not observed. */
  readonly timeline: readonly TimelineSample[];
  /** Undefined when the run was not observed. */
  readonly ledger: LedgerSummary | undefined;
  readonly faults: { readonly asked: readonly Fault[]; readonly fired: Readonly<Record<Fault, number>> };
  readonly actions: ReadonlyMap<string, ActionCount>;
  /** What the model says it retains on purpose. */
  readonly declarations: readonly Retention[];
  /** Declared retention paths that no state ever had. */
  readonly unusedDeclarations: readonly string[];
  /** What properties that watch the run kept of it, by their names; empty when it was not observed. */
  readonly watched: ReadonlyMap<string, unknown>;
  /** Digest of a second run of the same scenario without observation; undefined when it was not made. */
  readonly again: Pick<SoakRecord, 'digest' | 'eventCount' | 'checkpoints'> | undefined;
  /** Why the run ended early, when it did: the verdicts then speak of a part. */
  readonly cutShort: 'events-spent' | 'expired' | undefined;
}
