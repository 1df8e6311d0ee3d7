// What the evidence of a judged run points at, as far as single things can be followed: sites of the ledger, paths in
// states, dials. And the choice of one thing among all that is left there.
// Invariant: it reads evidence by its form alone and knows no property's name, no model and no defect.
import { ENTRY_KINDS } from '../../sim/ledger/account.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { Verdict } from '../property.ts';
import { bucketOf } from '../soak/ledger-look.ts';
import type { Leak } from './leak.ts';

/** What somebody wants explained; whatever is absent may be anything. */
export interface Narrowing {
  /** Names of the properties whose evidence is to be followed. */
  readonly properties?: readonly string[];
  /** Index of the peer that owns the thing. */
  readonly node?: number;
  /** Part of the site of an entry of the ledger, or of the path class of a mention. */
  readonly place?: string;
}

/** A piece of evidence that points at things that can be followed. */
export interface Target {
  readonly property: string;
  /** The evidence's own words. */
  readonly evidence: string;
  matches(leak: Leak): boolean;
}

/** The targets of a run's broken properties, in the order of the verdicts and, within each, of its evidence. */
export function targetsOf(verdicts: readonly Verdict[], narrowing: Narrowing = {}): Target[] {
  return verdicts.flatMap(({ name, ok, evidence }) => {
    if (ok || narrowing.properties?.includes(name) === false) return [];
    return evidence.flatMap(({ subject, text, data }) => {
      const matches = matcherOf(subject, data);
      return [{ property: name, evidence: text, matches }];
    });
  });
}

/** True for what somebody wants explained. */
export function isWanted(leak: Leak, { node, place = '' }: Narrowing): boolean {
  const where = leak.kind === 'mention' ? leak.path : leak.site;
  return (node === undefined || leak.owner === node) && where.includes(place);
}

function matcherOf(subject: string, data: Readonly<Record<string, unknown>>): (leak: Leak) => boolean {
  const place = subject.startsWith('ledger: ') ? subject.slice('ledger: '.length) : subject;
  const kind = ENTRY_KINDS.find((one) => place.startsWith(`${one} `));
  if (kind !== undefined) return ofSite(kind, place.slice(kind.length + 1));
  const bucket = /^heap of (\S+)$/.exec(subject)?.[1];
  if (bucket !== undefined) return (leak) => leak.kind === 'entry' && bucketOf(leak.site) === bucket;
  const { owner, subject: about, site, examples } = data;
  // A crowd of connections of one pair.
  if (typeof site === 'string' && typeof owner === 'string' && typeof about === 'string') {
    return (leak) =>
      leak.kind === 'entry' && leak.site === site && `p${leak.owner}` === owner && `p${leak.subject}` === about;
  }
  const stuck = unstoppedPeers(examples);
  if (stuck.length > 0) {
    return (leak) => leak.kind === 'entry' && leak.fault === 'unstopped' && stuck.includes(`p${leak.owner}`);
  }
  if (subject === 'dials to departed peers') return (leak) => leak.kind === 'mention' && leak.fault === 'dialled';
  return (leak) =>
    leak.kind === 'mention'
      ? leak.path === subject || leak.path === `${subject}[key]` || leak.path === `${subject}[*]`
      : leak.entryKind === 'task' && leak.site === subject;
}

function ofSite(kind: EntryKind, site: string): (leak: Leak) => boolean {
  return (leak) => leak.kind === 'entry' && leak.entryKind === kind && leak.site === site;
}

function unstoppedPeers(examples: unknown): string[] {
  if (!Array.isArray(examples)) return [];
  return examples.flatMap((example: unknown) => {
    const { peer } = (example ?? {}) as { peer?: unknown };
    return typeof peer === 'string' ? [peer] : [];
  });
}

/** How much speaks against a thing; more is worse. */
const BADNESS: Readonly<Record<Leak['fault'], number>> = {
  overdue: 4,
  residue: 4,
  dialled: 4,
  unstopped: 3,
  spins: 3,
  superseded: 2,
  unused: 2,
  'piles-up': 1,
};

/** How much speaks against a thing at least as much as against any other of some; 0 for none. */
export function worstOf(leaks: readonly Leak[]): number {
  return Math.max(0, ...leaks.map(({ fault }) => BADNESS[fault]));
}

/**
 * The thing to explain among all that is left in one place: one that more speaks against, rather one that was not left
 * before any churn, one that holds more, of the owner and subject that have most of them, and of those the oldest.
 *
 * @param before - Keys of what was left before any churn.
 */
export function chosen(leaks: readonly Leak[], keyOf: (leak: Leak) => string, before: ReadonlySet<string>): Leak {
  const crowd = new Map<string, number>();
  for (const leak of leaks) crowd.set(pairOf(leak), (crowd.get(pairOf(leak)) ?? 0) + 1);
  const rank = (leak: Leak): readonly number[] => {
    const { fault, bornUs, life } = leak;
    // What was told to stop waits for what it began last.
    const ageRank = fault === 'unstopped' ? -bornUs : bornUs;
    const bytes = leak.kind === 'entry' ? leak.bytes : 0;
    const known = Number(before.has(keyOf(leak)));
    return [-BADNESS[fault], known, -bytes, -crowd.get(pairOf(leak))!, ageRank, leak.owner, life];
  };
  return leaks.toSorted((a, b) => compared(rank(a), rank(b)))[0]!;
}

function pairOf({ owner, life, subject }: Leak): string {
  return `${owner}.${life}>${subject ?? ''}`;
}

function compared(a: readonly number[], b: readonly number[]): number {
  for (const [place, value] of a.entries()) if (value !== b[place]!) return value - b[place]!;
  return 0;
}
