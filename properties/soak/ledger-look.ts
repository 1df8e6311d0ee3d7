// A look at the ledger at the end of a calm: what every node holds, and what has outlived its time.
// Invariant: one pass over the open entries; it reads and changes nothing.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { Ledger, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { DialWatch } from './dial-watch.ts';
import { NodeEntries } from './findings.ts';
import type { EntryExample, EntryFindings, EntryNames, LedgerLook, PairConnections } from './findings.ts';
import type { NeighbourRelation } from './overlay.ts';

const MOST_EXAMPLES = 10;

/** What it depends on when an entry must have ended; times in microseconds. */
export interface DueTerms {
  readonly nowUs: number;
  readonly connectTimeoutUs: number;
  readonly settleUs: number;
  readonly residueUs: number;
  readonly waitUs: number;
  /** Indices of the peers at fault now, when faults are open; undefined when none is. */
  readonly atFault: ReadonlySet<number> | undefined;
  readonly dials: DialWatch;
}

/** What a look is told. */
export interface LookTerms extends DueTerms {
  /** Neighbour relations in the middle of the calm and now: a pair that is in either has a reason to be connected. */
  readonly relations: readonly NeighbourRelation[];
}

/**
 * Looks at the open entries of `nodes`.
 *
 * @param names - The same object at each look of a run.
 */
export function lookAtLedger(ledger: Ledger, nodes: readonly Node[], names: EntryNames, terms: LookTerms): LedgerLook {
  const { nowUs, settleUs, waitUs } = terms;
  const overdue = new Findings(nowUs);
  const superseded = new Findings(nowUs);
  const unused = new Findings(nowUs);
  const waiting = new Findings(nowUs);
  const pairs = new Pairs();
  const entries: NodeEntries[] = [];
  for (const node of nodes) {
    const totals = new Map<number, { count: number; bytes: number }>();
    const newer = new Map<PeerId, Map<string, number>>();
    // An owner's entries come newest first, so a connection's successor is the one met before it.
    for (const entry of ledger.openEntries({ owner: node })) {
      const { kind, site, subject, bornUs, bytes } = entry;
      addTo(totals, names.number(kind, site), bytes);
      const dueUs = dueOf(entry, terms);
      if (dueUs < nowUs) overdue.add(entry, dueUs);
      if (kind === 'buffer' && waitsTooLong(entry, terms)) waiting.add(entry, bornUs + waitUs);
      if (kind !== 'connection' || subject?.node === undefined) continue;
      const successorUs = succeed(newer, subject, site, bornUs);
      if (successorUs !== undefined && successorUs + settleUs < nowUs) superseded.add(entry, successorUs + settleUs);
      if (isUnused(entry, node, terms)) unused.add(entry, entry.usedUs! + settleUs);
      pairs.add(node, subject, site);
    }
    pairs.closeOwner();
    entries.push(new NodeEntries(node.serial, names, pack(totals)));
  }
  return {
    entries,
    overdue: overdue.found(),
    superseded: superseded.found(),
    unused: unused.found(),
    mostConnected: pairs.most,
    waiting: waiting.found(),
  };
}

/** How many open entries are about a departed peer and may not be any more, by kind and site. */
export function deadEntriesIn(ledger: Ledger, terms: LookTerms): Map<string, number> {
  const counts = new Map<string, number>();
  for (const entry of ledger.openEntries()) {
    const { kind, site, subject } = entry;
    if (subject?.departed !== true || dueOf(entry, terms) >= terms.nowUs) continue;
    const key = `${kind} ${site}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** What a site belongs to: its name up to the first dot. */
export function bucketOf(site: string): string {
  const dot = site.indexOf('.');
  return dot < 0 ? site : site.slice(0, dot);
}

/** Kinds of entry that are about one incarnation of their subject, not about its identity. */
const OF_ONE_LIFE: ReadonlySet<EntryKind> = new Set(['half-open', 'connection', 'stream']);

/** When an entry must have ended, in microseconds; Infinity while it may stay. */
export function dueOf({ kind, owner, subject, bornUs }: OpenEntry, terms: DueTerms): number {
  const { settleUs, residueUs, connectTimeoutUs, dials } = terms;
  const handshakeUs = kind === 'half-open' ? bornUs + connectTimeoutUs + settleUs : Infinity;
  if (subject === undefined || subject.departedAtUs < 0) return handshakeUs;
  const ofOneLife = OF_ONE_LIFE.has(kind);
  const outlives = subject.node === undefined || (ofOneLife && bornUs < subject.departedAtUs);
  if (!outlives) return handshakeUs;
  if (ofOneLife) return Math.min(handshakeUs, Math.max(bornUs, subject.departedAtUs) + settleUs);
  // What is about an identity may be wanted again while the identity is retained on purpose, and at every dial. Whether
  // there is reason to dial is for others to judge.
  const wantedUs = Math.max(bornUs, dials.lastUs(owner, subject));
  return Math.max(wantedUs + settleUs, subject.departedAtUs + residueUs);
}

/**
 * True when something has waited for too long although whoever is to take it is there: the node itself, or a peer that
 * has run for long enough. While faults are open a peer may be out of reach, but a node that is not at fault itself
 * still turns.
 */
function waitsTooLong({ owner, subject, bornUs }: OpenEntry, { nowUs, waitUs, atFault }: LookTerms): boolean {
  const sinceUs = nowUs - waitUs;
  if (bornUs >= sinceUs) return false;
  if (subject === undefined) return atFault?.has(owner.peer.index) !== true;
  return atFault === undefined && subject.node !== undefined && subject.node.bornUs < sinceUs;
}

/**
 * True for a connection that serves nothing: neither side counts the other as a neighbour, and its owner has not used it for
 * longer than one may linger. Where nobody tells of use, or there is no neighbour relation, it cannot be said.
 */
export function isUnused({ usedUs = Infinity, subject }: OpenEntry, node: Node, terms: LookTerms): boolean {
  const { nowUs, settleUs, relations } = terms;
  if (usedUs + settleUs >= nowUs) return false;
  const [now, far] = [relations.at(-1), subject?.node];
  if (now === undefined || far === undefined || !now.has(node) || !now.has(far)) return false;
  return !relations.some((of) => of.get(node)?.has(far.peer) === true || of.get(far)?.has(node.peer) === true);
}

function addTo(totals: Map<number, { count: number; bytes: number }>, name: number, bytes: number): void {
  const total = totals.get(name);
  if (total === undefined) totals.set(name, { count: 1, bytes });
  else {
    total.count++;
    total.bytes += bytes;
  }
}

/** Birth of the next newer connection of the same subject and site, if there is one; notes this one's. */
function succeed(
  newer: Map<PeerId, Map<string, number>>,
  subject: PeerId,
  site: string,
  bornUs: number,
): number | undefined {
  let sites = newer.get(subject);
  if (sites === undefined) newer.set(subject, (sites = new Map<string, number>()));
  const successorUs = sites.get(site);
  sites.set(site, bornUs);
  return successorUs;
}

function pack(totals: ReadonlyMap<number, { count: number; bytes: number }>): Float64Array {
  const packed = new Float64Array(totals.size * 3);
  let place = 0;
  for (const [name, { count, bytes }] of totals) {
    packed.set([name, count, bytes], place);
    place += 3;
  }
  return packed;
}

/** Open connections per pair and site. */
class Pairs {
  most: PairConnections | undefined = undefined;
  private readonly counts = new Map<PeerId, Map<string, number>>();
  private owner: Node | undefined = undefined;

  add(owner: Node, subject: PeerId, site: string): void {
    this.owner = owner;
    let sites = this.counts.get(subject);
    if (sites === undefined) this.counts.set(subject, (sites = new Map<string, number>()));
    sites.set(site, (sites.get(site) ?? 0) + 1);
  }

  closeOwner(): void {
    for (const [subject, sites] of this.counts) {
      for (const [site, count] of sites) {
        if (count <= (this.most?.count ?? 0)) continue;
        this.most = { owner: String(this.owner!.peer), subject: String(subject), site, count };
      }
    }
    this.counts.clear();
  }
}

/** Gathers findings, and of each kind and site the examples that are due the longest. */
class Findings {
  private readonly nowUs: number;
  private readonly bySite = new Map<string, { count: number; examples: EntryExample[] }>();

  constructor(nowUs: number) {
    this.nowUs = nowUs;
  }

  add({ kind, site, owner, subject, bornUs, bytes }: OpenEntry, dueUs: number): void {
    const name = `${kind} ${site}`;
    let finding = this.bySite.get(name);
    if (finding === undefined) this.bySite.set(name, (finding = { count: 0, examples: [] }));
    finding.count++;
    const { examples } = finding;
    if (examples.length === MOST_EXAMPLES && examples.at(-1)!.dueUs <= dueUs) return;
    const place = examples.findIndex((other) => other.dueUs > dueUs);
    examples.splice(place < 0 ? examples.length : place, 0, {
      owner: String(owner.peer),
      subject: subject === undefined ? undefined : String(subject),
      bornUs,
      dueUs,
      ageUs: this.nowUs - bornUs,
      bytes,
    });
    if (examples.length > MOST_EXAMPLES) examples.pop();
  }

  found(): EntryFindings {
    return this.bySite;
  }
}
