// A leaked thing: an entry of the ledger or a mention of a departed peer, named so that another run can be asked for it.
// Invariant: plain data that names peers by index and lives by number; equal names stand for the same thing in any run of
// the same seed up to its birth.
import type { EntryKind } from '../../sim/ledger/account.ts';

/** Why an entry that is open counts as left over. */
export type EntryFault =
  /** What it is about is gone, or its handshake has had its time. */
  | 'overdue'
  /** A newer one of the same owner, kind, site and subject has taken its place for long enough. */
  | 'superseded'
  /** A connection to a live peer that is no neighbour, which its owner has not used for longer than it may linger. */
  | 'unused'
  /** A task that is polled over and over without coming any further. */
  | 'spins'
  /** Its owner was told to stop and cannot, as it seems because of this. */
  | 'unstopped'
  /** It is one of those that pile up; nothing but that speaks against it. */
  | 'piles-up';

/** An open entry of the ledger. */
export interface LeakedEntry {
  readonly kind: 'entry';
  readonly entryKind: EntryKind;
  readonly site: string;
  /** Index of the peer that owns it, and which of its lives, from 1. */
  readonly owner: number;
  readonly life: number;
  /** Index of the peer that it serves; undefined for none. */
  readonly subject: number | undefined;
  /** Virtual time of its opening, in microseconds. */
  readonly bornUs: number;
  /** Of equal ones opened at that time, from 0. */
  readonly ordinal: number;
  /** What it held when it was found, in bytes. */
  readonly bytes: number;
  readonly fault: EntryFault;
}

/** A mention of a departed peer that no declaration covers. */
export interface LeakedMention {
  readonly kind: 'mention';
  /** Path class, such as `topics[*].hyparview.peerData[key]`. */
  readonly path: string;
  readonly owner: number;
  readonly life: number;
  readonly subject: number;
  /** When the subject departed, in microseconds: a mention is residue from then on. */
  readonly bornUs: number;
  /** `dialled`: it was acted on, by a dial to the departed peer, which may have ended it. */
  readonly fault: 'residue' | 'dialled';
}

/** See the file's head. */
export type Leak = LeakedEntry | LeakedMention;

/** The name of a leak: equal for the same thing in two runs, whatever speaks against it. */
export function leakKey(leak: Leak): string {
  const { owner, life, subject = '' } = leak;
  if (leak.kind === 'mention') return `mention ${leak.path}|${owner}.${life}|${subject}`;
  return `${leak.entryKind} ${leak.site}|${owner}.${life}|${subject}|${leak.bornUs}|${leak.ordinal}`;
}

/** A leak in a few words, such as `task gossip.connection-loop of p4 about p6`. */
export function leakText(leak: Leak): string {
  if (leak.kind === 'mention') return `the mention of p${leak.subject} in ${leak.path} of p${leak.owner}`;
  const about = leak.subject === undefined ? '' : ` about p${leak.subject}`;
  return `${leak.entryKind} ${leak.site} of p${leak.owner}${about}`;
}
