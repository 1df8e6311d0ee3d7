// Watches the entries of a run: who opened each and because of what, and how those of each site ended.
// Invariant: it holds what is open and counts the rest, so that it grows with what is open at once.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId, LedgerOwner, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import type { Cause } from './cause.ts';
import type { LeakedEntry } from './leak.ts';

/** An entry as it was opened. */
export interface WatchedEntry {
  readonly kind: EntryKind;
  readonly site: string;
  readonly owner: LedgerOwner;
  /** Which life of its peer the owner is, from 1. */
  readonly life: number;
  readonly subject: PeerId | undefined;
  readonly bornUs: number;
  /** Of equal ones opened at that time, from 0. */
  readonly ordinal: number;
  /** Spawn path of the task that opened it; undefined when none did. */
  readonly by: string | undefined;
  readonly cause: Cause;
}

/** How an entry ended. */
export interface EntryEnd {
  readonly atUs: number;
  /** As the model gave it; `killed` and `stopped` when it was settled with its owner. */
  readonly reason: string;
  readonly cause: Cause;
}

/** A way in which entries of a site ended, and how many did. */
export interface EndingWay {
  readonly reason: string;
  /** What they ended because of, such as `message close`; see {@link Cause.what}. */
  readonly what: string;
  /** True when that was a message of the peer that they were about. */
  readonly fromSubject: boolean;
  readonly count: number;
}

/** How the entries of one site ended. */
export interface SiteEnds {
  /** Most entries first. */
  readonly ways: readonly EndingWay[];
  /** Settled with their owner: neither closed nor left. */
  readonly settled: number;
}

interface Ways {
  settled: number;
  readonly byName: Map<string, EndingWay & { count: number }>;
}

/** See the file's head. */
export class EntryWatch {
  readonly open = new Map<EntryId, WatchedEntry>();
  private readonly ends = new Map<string, Ways>();
  private lastUs = -1;
  /** Of the instant at hand: how many of each name were opened. */
  private readonly instant = new Map<string, number>();

  opened(
    id: EntryId,
    kind: EntryKind,
    owner: LedgerOwner,
    subject: PeerId | undefined,
    site: string,
    bornUs: number,
    cause: Cause,
  ): WatchedEntry {
    const by = owner instanceof TaskNode ? owner.executor.current?.path : undefined;
    const ordinal = this.ordinal(`${kind} ${site} ${owner.serial} ${subject?.index ?? ''}`, bornUs);
    const life = owner.peer.incarnations;
    const entry = { kind, site, owner, life, subject, bornUs, ordinal, by, cause };
    this.open.set(id, entry);
    return entry;
  }

  closed(id: EntryId, reason: string, cause: Cause): WatchedEntry | undefined {
    const entry = this.open.get(id);
    if (entry === undefined) return undefined;
    this.open.delete(id);
    const fromSubject = cause.from !== undefined && cause.from === entry.subject;
    const { byName } = this.waysOf(entry);
    const name = `${reason}|${cause.what}|${fromSubject}`;
    const way = byName.get(name);
    if (way === undefined) byName.set(name, { reason, what: cause.what, fromSubject, count: 1 });
    else way.count++;
    return entry;
  }

  settled({ id }: OpenEntry): WatchedEntry | undefined {
    const entry = this.open.get(id);
    if (entry === undefined) return undefined;
    this.open.delete(id);
    this.waysOf(entry).settled++;
    return entry;
  }

  /** How the entries of a site have ended so far. */
  endsOf(kind: EntryKind, site: string): SiteEnds {
    const ways = this.ends.get(`${kind} ${site}`);
    if (ways === undefined) return { ways: [], settled: 0 };
    return { ways: [...ways.byName.values()].toSorted((a, b) => b.count - a.count), settled: ways.settled };
  }

  private waysOf({ kind, site }: WatchedEntry): Ways {
    const name = `${kind} ${site}`;
    let ways = this.ends.get(name);
    if (ways === undefined) this.ends.set(name, (ways = { settled: 0, byName: new Map() }));
    return ways;
  }

  private ordinal(name: string, nowUs: number): number {
    if (nowUs !== this.lastUs) this.instant.clear();
    this.lastUs = nowUs;
    const ordinal = this.instant.get(name) ?? 0;
    this.instant.set(name, ordinal + 1);
    return ordinal;
  }
}

/** True when the entry is the leaked one, in this run or in another. */
export function isLeak(
  { kind, site, owner, life, subject, bornUs, ordinal }: WatchedEntry,
  leak: LeakedEntry,
): boolean {
  return (
    bornUs === leak.bornUs &&
    kind === leak.entryKind &&
    site === leak.site &&
    owner.peer.index === leak.owner &&
    life === leak.life &&
    subject?.index === leak.subject &&
    ordinal === leak.ordinal
  );
}
