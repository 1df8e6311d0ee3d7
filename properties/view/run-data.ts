// What pages and pictures show of a run: one plain value, the same for a run that goes on and for one that is over.
// Invariant: plain JSON in every field, so that it can be sent to a worker, kept in a file, and read by any view.
import type { Json } from '../../sim/recording/describe.ts';
import type { IncidentRow } from '../incidents/incident.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { RunUsage } from '../usage/usage.ts';
import type { TopologyTrack } from './topology.ts';

/** Version of {@link RunData}; a file of another version is refused. */
export const RUN_DATA_VERSION = 1;

/** Everything that is shown of one run. Virtual times are integers of microseconds since the run began. */
export interface RunData {
  readonly version: typeof RUN_DATA_VERSION;
  /** What made it, such as `quicksoak 0.1.0`. */
  readonly tool: string;
  readonly scenario: Scenario;
  /** One sentence about the scenario; empty when nothing is known of it. */
  readonly summary: string;
  /** The report that the scenario is of; empty for one that is none. */
  readonly story: string;
  /** Every drawn and settled parameter, a line each. */
  readonly header: readonly string[];
  /** Names of the peers by index; a peer of the plan has one even before it lives. */
  readonly peers: readonly string[];
  /** When the scenario ends, and how far the run has come. */
  readonly endUs: number;
  readonly reachedUs: number;
  readonly eventCount: number;
  /** 16 hexadecimal digits, of the events up to {@link reachedUs}. */
  readonly digest: string;
  /** Digests on the way; a run that is repeated has the same. */
  readonly checkpoints: readonly { readonly atUs: number; readonly digest: string }[];
  /** Why the run ended early; undefined while it goes on, and when it reached its end. */
  readonly cutShort?: string;
  /** What runs it again; undefined until it is over, and when it is too large for a token. */
  readonly token?: string;
  /** True when the models of quicksoak alone can run it, so that a page can repeat it. */
  readonly repeatable: boolean;
  /** What broke, in plain words, a sentence for each broken property, the most telling first; empty until it is over. */
  readonly findings: readonly Finding[];
  /** Empty until the run is over. */
  readonly verdicts: readonly VerdictView[];
  readonly calms: readonly CalmView[];
  readonly churn: readonly ChurnMark[];
  /** Stretches in which a fault of the plan was open. */
  readonly faults: readonly { readonly fromUs: number; readonly untilUs: number }[];
  readonly timeline: TimelineView;
  /** Steepest growth first. */
  readonly residue: readonly ResidueRow[];
  readonly flame: readonly FlameStack[];
  /** What the run used; undefined until it is over. */
  readonly usage?: RunUsage;
  /** Reported beside measured, when the scenario is an incident. */
  readonly rows: readonly IncidentRow[];
  readonly topology: TopologyTrack;
}

/** One broken property, for somebody who has never seen it. */
export interface Finding {
  readonly property: string;
  /** What is wrong, in a few words without a name, such as `Tasks that should end do not`. */
  readonly lead: string;
  /** How much, such as `from 156 to 1279 tasks, 137 more with each departure`; empty when it is told by an example. */
  readonly growth: string;
  /** What leaks, such as `task gossip.connection-loop`. */
  readonly what: string;
  /** Where, such as `8 nodes that lived through the whole run`; empty when no place can be named. */
  readonly where: string;
  /** Since when; undefined when no moment can be named. */
  readonly sinceUs: number | undefined;
  /** The whole sentence, which says all three. */
  readonly sentence: string;
  /** A chart of the timeline that shows it; undefined when none does. */
  readonly chart: string | undefined;
}

/** A verdict, with its evidence as JSON. */
export interface VerdictView {
  readonly name: string;
  /** One sentence: what holds. */
  readonly summary: string;
  readonly ok: boolean;
  readonly judged: boolean;
  readonly figure: string;
  readonly bound: string;
  readonly firstBrokenUs: number | undefined;
  readonly evidence: readonly EvidenceView[];
}

/** One piece of evidence. */
export interface EvidenceView {
  readonly text: string;
  readonly subject: string;
  readonly data: Json;
  /** The growth that it speaks of; undefined when it speaks of none. */
  readonly growth: GrowthView | undefined;
}

/** What grew, against what drives it, calm by calm. */
export interface GrowthView {
  /** In the plural, such as `departures`. */
  readonly driver: string;
  /** In the plural, such as `mentions`. */
  readonly unit: string;
  readonly slope: number;
  readonly drivers: readonly number[];
  readonly values: readonly number[];
}

/** A stretch without churn, at whose end residue is measured. */
export interface CalmView {
  readonly index: number;
  readonly fromUs: number;
  readonly untilUs: number;
  readonly faulted: boolean;
}

/** One action of the plan. */
export interface ChurnMark {
  readonly atUs: number;
  readonly kind: string;
  /** Index of the peer it is about; -1 for one about the network. */
  readonly peer: number;
  /** Such as `p3 is killed, p16 takes its place`. */
  readonly text: string;
}

/** Curves over virtual time; every array is as long as `atUs`. */
export interface TimelineView {
  readonly atUs: readonly number[];
  readonly charts: readonly Chart[];
}

/** Curves that belong together, in one unit. */
export interface Chart {
  /** Such as `tasks`, `connections`, `handshakes`, `heap`, `spans`, `cpu`, `messages`. */
  readonly id: string;
  readonly title: string;
  readonly unit: 'count' | 'per second' | 'bytes' | 'cores';
  /** True when the curves add up and are drawn upon one another. */
  readonly stacked: boolean;
  readonly series: readonly Series[];
}

/** One curve. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** What survivors held of departed peers, or what grew otherwise, in one path class or at one site. */
export interface ResidueRow {
  /** Path class such as `hyparview.peerData`, or `kind site` of the ledger. */
  readonly path: string;
  readonly kind: 'mention' | 'ledger' | 'collection';
  /** Property that it broke; undefined when it holds. */
  readonly property: string | undefined;
  /** Per driver: how many more with each. */
  readonly slope: number;
  /** In the singular, such as `departure`. */
  readonly driver: string;
  readonly drivers: readonly number[];
  readonly values: readonly number[];
  readonly sinceUs: number | undefined;
  /** Concrete paths or entries, such as `p3: topics["chat"].peerData[key p7]`; the worst first. */
  readonly examples: readonly string[];
  /** True when the judges say that it grows. */
  readonly grows: boolean;
}

/** CPU of one stack over the run. */
export interface FlameStack {
  readonly stack: readonly string[];
  readonly us: number;
  readonly count: number;
}
