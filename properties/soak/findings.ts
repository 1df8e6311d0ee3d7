// What a look at the ledger and at the nodes of a calm finds: entries by node, and what has outlived its time.
// Invariant: plain data; examples are bounded and name their peers in printed form, worst first.
import type { EntryKind } from '../../sim/ledger/account.ts';

/** Open entries of one kind at one site, of one node. */
export interface EntryTotal {
  readonly count: number;
  readonly bytes: number;
}

/** Numbers the `kind site` names of a run, so that a look at many nodes holds no text for each. */
export class EntryNames {
  private readonly names: string[] = [];
  private readonly numbers = new Map<string, number>();

  /** The number of a name, given at first use. */
  number(kind: EntryKind, site: string): number {
    const name = `${kind} ${site}`;
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  name(number: number): string {
    return this.names[number]!;
  }
}

/** The open ledger entries of one node, by kind and site. */
export class NodeEntries {
  /** Number of the incarnation. */
  readonly serial: number;
  private readonly names: EntryNames;
  /** Triples of name, count and bytes. */
  private readonly packed: Float64Array;

  constructor(serial: number, names: EntryNames, packed: Float64Array) {
    this.serial = serial;
    this.names = names;
    this.packed = packed;
  }

  /** By `kind site`, such as `task gossip.connection-loop`. Built anew at each call. */
  get sites(): Map<string, EntryTotal> {
    return new Map(this.eachSite());
  }

  /** As {@link sites}, in the order met. */
  *eachSite(): Generator<[string, EntryTotal], void, undefined> {
    for (let i = 0; i < this.packed.length; i += 3) {
      yield [this.names.name(this.packed[i]!), { count: this.packed[i + 1]!, bytes: this.packed[i + 2]! }];
    }
  }
}

/** One entry that is told of. */
export interface EntryExample {
  readonly owner: string;
  /** Undefined for an entry without a subject. */
  readonly subject: string | undefined;
  /** Virtual time of its opening, in microseconds. */
  readonly bornUs: number;
  /** When it should have ended, or been looked at, in microseconds. */
  readonly dueUs: number;
  readonly ageUs: number;
  readonly bytes: number;
}

/** Entries of one kind and site that have outlived their time; at most ten examples, the longest due first. */
export interface EntryFinding {
  readonly count: number;
  readonly examples: readonly EntryExample[];
}

/** Findings by `kind site`, in the order met. */
export type EntryFindings = ReadonlyMap<string, EntryFinding>;

/** The pair with the most open connections of one site, seen from `owner`. */
export interface PairConnections {
  readonly owner: string;
  readonly subject: string;
  /** Where they were opened: connections for different purposes, opened at different sites, are not parallel. */
  readonly site: string;
  readonly count: number;
}

/** What the ledger showed at the end of a calm. */
export interface LedgerLook {
  /** Every running node, in the order of the census. */
  readonly entries: readonly NodeEntries[];
  /** Entries about a departed peer (or, of connections, a departed incarnation), and half-open ones, past their time. */
  readonly overdue: EntryFindings;
  /** Connections that a newer one of the same owner, subject and site superseded longer ago than they may linger. */
  readonly superseded: EntryFindings;
  /** Connections between live peers that are no neighbours, which their owner has not used for longer than they may linger. */
  readonly unused: EntryFindings;
  /** Undefined when no connection has a live subject. */
  readonly mostConnected: PairConnections | undefined;
  /** Buffers in which something has waited for too long, although its receiver lives. */
  readonly waiting: EntryFindings;
}

/** A pair whose messages were thrown away. */
export interface DiscardingPair {
  readonly owner: string;
  readonly peer: string;
  readonly count: number;
  /** What was thrown away first. */
  readonly what: string;
  readonly firstUs: number;
}

/** Messages for live peers that were thrown away in the second half of a calm. */
export interface CalmDiscards {
  readonly total: number;
  readonly pairCount: number;
  /** At most ten, most messages first. */
  readonly pairs: readonly DiscardingPair[];
}

/** A node that is where it should not be, and since when. */
export interface NodeFinding {
  readonly peer: string;
  readonly sinceUs: number;
}

/** Nodes of which something is to be told; at most ten examples, the longest first. */
export interface NodeFindings {
  readonly count: number;
  readonly examples: readonly NodeFinding[];
}

/** A life that got its first neighbour late, or never. */
export interface LateArrival {
  readonly peer: string;
  /** Its lives begun before, plus one. */
  readonly incarnation: number;
  readonly bornUs: number;
  /** From its start to its first neighbour, or for as long as it was seen without; microseconds. */
  readonly tookUs: number;
  readonly joined: boolean;
}

/** How long nodes took from their start to their first neighbour. */
export interface ArrivalRecord {
  /** Lives that could be judged. */
  readonly judged: number;
  /** Lives that could not: a cut was in force, or nobody ran who could have let them in, or they were short. */
  readonly excused: number;
  /** Longest time of a judged life that got a neighbour, in microseconds. */
  readonly slowestUs: number;
  readonly lateCount: number;
  /** At most ten, slowest first. */
  readonly late: readonly LateArrival[];
}
