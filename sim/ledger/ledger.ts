// The ledger: a typed account of everything a node opens and must close, with owner, subject, site, birth and size.
// Invariant: each entry is opened once and closed once; the account holds open entries only, and every mistake made
// with it is recorded, never thrown.
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import { Account, ENTRY_KINDS, summaryOf, type EntryKind, type SiteSummary } from './account.ts';
import { Columns, NO_SLOT } from './columns.ts';

/** Names one opening of one entry; never reused while the run can hold it. A positive integer below 2^53. */
export type EntryId = number;

/** The id of nothing: what an owner that has ended is given. Closing it does nothing. */
export const NO_ENTRY: EntryId = 0;

/** What a ledger needs of an owner; the slot is negative once the owner has ended. */
export type LedgerOwner = Pick<Node, 'slot' | 'serial' | 'peer'>;

/** A mistake made with the ledger. */
export interface LedgerError {
  /**
   * `closed-after-end`: the entry was settled when its owner ended. `opened-twice`: under an id that is open, which only an
   * account from outside can do.
   */
  readonly code:
    'closed-twice' | 'closed-after-end' | 'closed-unknown' | 'bytes-below-zero' | 'opened-after-end' | 'opened-twice';
  readonly atUs: number;
  /** Kind and site; undefined when the entry is no longer known. */
  readonly kind: EntryKind | undefined;
  readonly site: string | undefined;
  readonly id: EntryId;
}

/** An entry that is open now. */
export interface OpenEntry {
  readonly id: EntryId;
  readonly kind: EntryKind;
  readonly owner: LedgerOwner;
  readonly subject: PeerId | undefined;
  readonly site: string;
  /** Virtual time of its opening, in microseconds. */
  readonly bornUs: number;
  /** When its owner used it last, or its birth; undefined where nobody tells of use. In microseconds. */
  readonly usedUs: number | undefined;
  readonly bytes: number;
}

/** Which open entries to list; absent fields match all. */
export interface EntryFilter {
  readonly kind?: EntryKind;
  readonly site?: string;
  readonly owner?: LedgerOwner;
  readonly subject?: PeerId;
}

/** The account of a run so far, as plain data. */
export interface LedgerSummary {
  /** By kind (as in {@link ENTRY_KINDS}) and, within it, by site in the order first opened. */
  readonly sites: readonly SiteSummary[];
  readonly openCount: number;
  /** All mistakes, and the first of them in full. */
  readonly errorCount: number;
  readonly errors: readonly LedgerError[];
}

/** Mistakes kept in full; further ones are counted only. */
const KEPT_ERRORS = 100;

/** The account of one run. */
export class Ledger {
  /** The first {@link KEPT_ERRORS} mistakes, in the order made. */
  readonly errors: LedgerError[] = [];
  /** All mistakes. */
  errorCount = 0;

  private readonly clock: { readonly nowUs: number };
  private readonly columns = new Columns();
  private readonly accounts: Account[] = [];
  private readonly accountsByKind = new Map<EntryKind, Map<string, Account>>();
  /** By node slot: the running owner and the first of its open entries. */
  private readonly owners: (LedgerOwner | undefined)[] = [];
  private readonly heads: number[] = [];

  /** @param clock - Gives virtual time in microseconds; a simulation will do. */
  constructor(clock: { readonly nowUs: number }) {
    this.clock = clock;
    for (const kind of ENTRY_KINDS) this.accountsByKind.set(kind, new Map());
  }

  /** Entries open now. */
  get openCount(): number {
    return this.columns.used;
  }

  /**
   * Opens an entry.
   *
   * @param owner - Who must close it. One that has ended is refused: recorded as `opened-after-end`.
   * @param subject - The peer it serves, if any. Held until the entry is closed.
   * @param site - Where in the model it is opened, such as `gossip.dial`; one of few.
   * @param bytes - What it holds, 0 or more; default 0.
   * @returns Its id; {@link NO_ENTRY} when refused.
   */
  open(kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined, site: string, bytes = 0): EntryId {
    const account = this.account(kind, site);
    const { slot: ownerSlot } = owner;
    if (ownerSlot < 0) {
      this.mistake('opened-after-end', account, NO_ENTRY);
      return NO_ENTRY;
    }
    if (this.owners[ownerSlot] !== owner) this.adopt(owner);
    const { columns } = this;
    const slot = columns.take();
    columns.account[slot] = account.index;
    columns.owner[slot] = ownerSlot;
    columns.bornUs[slot] = this.clock.nowUs;
    columns.usedUs[slot] = this.clock.nowUs;
    columns.bytes[slot] = 0;
    columns.subjects[slot] = subject;
    const head = this.heads[ownerSlot]!;
    columns.next[slot] = head;
    columns.previous[slot] = NO_SLOT;
    if (head !== NO_SLOT) columns.previous[head] = slot;
    this.heads[ownerSlot] = slot;
    account.opened++;
    if (++account.open > account.peak) account.peak = account.open;
    const id = columns.idOf(slot);
    if (bytes !== 0) this.hold(slot, account, bytes, id);
    return id;
  }

  /**
   * Closes an entry. One that was closed before is recorded as `closed-twice` (`closed-after-end` when its owner's
   * end had settled it), an id never given as `closed-unknown`.
   *
   * @param reason - Why it ends, such as `closed` or `timeout`; one of few.
   */
  close(id: EntryId, reason: string): void {
    if (id === NO_ENTRY) return;
    const slot = this.columns.slotOf(id);
    if (slot === NO_SLOT) {
      this.wrongId(id);
      return;
    }
    const account = this.accounts[this.columns.account[slot]!]!;
    account.closed++;
    account.reasons.set(reason, (account.reasons.get(reason) ?? 0) + 1);
    this.unlink(slot);
    this.release(slot, account);
  }

  /** True while the entry is open. */
  isOpen(id: EntryId): boolean {
    return this.columns.slotOf(id) !== NO_SLOT;
  }

  /** The entry as it stands now; undefined when it is not open. */
  entryOf(id: EntryId): OpenEntry | undefined {
    const slot = this.columns.slotOf(id);
    return slot === NO_SLOT ? undefined : this.entry(slot);
  }

  /**
   * Changes what an entry holds by `bytes` (negative to let go). Below zero it holds 0, and `bytes-below-zero` is
   * recorded. An id that is not open is recorded as by {@link close}.
   */
  addBytes(id: EntryId, bytes: number): void {
    if (id === NO_ENTRY) return;
    const slot = this.columns.slotOf(id);
    if (slot === NO_SLOT) this.wrongId(id);
    else this.hold(slot, this.accounts[this.columns.account[slot]!]!, bytes, id);
  }

  /**
   * Notes that its owner uses an entry now: that something which it wants goes through it, which is more than keeping it
   * alive. An id that is not open is no mistake: what is over may still be read.
   */
  use(id: EntryId): void {
    const slot = id === NO_ENTRY ? NO_SLOT : this.columns.slotOf(id);
    if (slot === NO_SLOT) return;
    this.columns.usedUs[slot] = this.clock.nowUs;
    this.accounts[this.columns.account[slot]!]!.tellsUse = true;
  }

  /**
   * Records a mistake that was made with an account kept elsewhere, such as a log in which ids are not those given here.
   *
   * @param site - Undefined when it is not known.
   */
  report(code: LedgerError['code'], kind: EntryKind, site: string | undefined): void {
    this.errorCount++;
    if (this.errors.length < KEPT_ERRORS) this.errors.push({ code, atUs: this.clock.nowUs, kind, site, id: NO_ENTRY });
  }

  /**
   * Settles what `owner` has left open. Call it before the owner gives up its slot.
   *
   * @param how - `killed`: an operating system takes all back, counted as reclaimed. `stopped`: it had the time to
   *   close everything, so each entry is counted as leaked at stop.
   * @returns How many entries were open.
   */
  endOwner(owner: LedgerOwner, how: 'stopped' | 'killed'): number {
    if (this.owners[owner.slot] !== owner) return 0;
    const left = this.settle(owner.slot, how);
    this.owners[owner.slot] = undefined;
    return left;
  }

  /** Entries open now that match `filter`: those of one owner newest first, otherwise in the order of storage. */
  *openEntries(filter: EntryFilter = {}): Generator<OpenEntry, void, undefined> {
    const { columns } = this;
    const { owner } = filter;
    if (owner !== undefined) {
      if (this.owners[owner.slot] !== owner) return;
      for (let slot = this.heads[owner.slot]!; slot !== NO_SLOT; slot = columns.next[slot]!) {
        const entry = this.entry(slot);
        if (matches(entry, filter)) yield entry;
      }
      return;
    }
    for (let slot = 0; slot < columns.reached; slot++) {
      if (!columns.isUsed(slot)) continue;
      const entry = this.entry(slot);
      if (matches(entry, filter)) yield entry;
    }
  }

  /** The running figures of every kind and site, in the order first opened: no copy, so it can be read often. */
  eachAccount(): readonly Readonly<Omit<Account, 'reasons'>>[] {
    return this.accounts;
  }

  /** The figures so far; a copy. */
  summary(): LedgerSummary {
    const sites = ENTRY_KINDS.flatMap((kind) => [...this.accountsByKind.get(kind)!.values()].map(summaryOf));
    return { sites, openCount: this.openCount, errorCount: this.errorCount, errors: [...this.errors] };
  }

  private account(kind: EntryKind, site: string): Account {
    const sites = this.accountsByKind.get(kind)!;
    let account = sites.get(site);
    if (account === undefined) {
      account = new Account(this.accounts.length, kind, site);
      this.accounts.push(account);
      sites.set(site, account);
    }
    return account;
  }

  private adopt(owner: LedgerOwner): void {
    // Slots are reused: what an earlier owner left without an `endOwner` must not pass to this one.
    if (this.owners[owner.slot] !== undefined) this.settle(owner.slot, 'killed');
    while (this.owners.length <= owner.slot) {
      this.owners.push(undefined);
      this.heads.push(NO_SLOT);
    }
    this.owners[owner.slot] = owner;
  }

  private settle(ownerSlot: number, how: 'stopped' | 'killed'): number {
    let left = 0;
    for (let slot = this.heads[ownerSlot]!; slot !== NO_SLOT; left++) {
      const next = this.columns.next[slot]!;
      const account = this.accounts[this.columns.account[slot]!]!;
      if (how === 'killed') account.reclaimed++;
      else {
        account.leakedAtStop++;
        account.firstLeakUs ??= this.clock.nowUs;
      }
      this.release(slot, account);
      this.columns.owner[slot] = NO_SLOT;
      slot = next;
    }
    this.heads[ownerSlot] = NO_SLOT;
    return left;
  }

  private unlink(slot: number): void {
    const { columns } = this;
    const next = columns.next[slot]!;
    const previous = columns.previous[slot]!;
    if (next !== NO_SLOT) columns.previous[next] = previous;
    if (previous === NO_SLOT) this.heads[columns.owner[slot]!] = next;
    else columns.next[previous] = next;
  }

  private release(slot: number, account: Account): void {
    account.open--;
    account.bytes -= this.columns.bytes[slot]!;
    this.columns.give(slot);
  }

  private hold(slot: number, account: Account, bytes: number, id: EntryId): void {
    const before = this.columns.bytes[slot]!;
    let after = before + bytes;
    if (!(after >= 0)) {
      this.mistake('bytes-below-zero', account, id);
      after = 0;
    }
    this.columns.bytes[slot] = after;
    account.bytes += after - before;
    if (account.bytes > account.peakBytes) account.peakBytes = account.bytes;
  }

  private entry(slot: number): OpenEntry {
    const { columns } = this;
    const { kind, site, tellsUse } = this.accounts[columns.account[slot]!]!;
    return {
      id: columns.idOf(slot),
      kind,
      owner: this.owners[columns.owner[slot]!]!,
      subject: columns.subjects[slot],
      site,
      bornUs: columns.bornUs[slot]!,
      usedUs: tellsUse ? columns.usedUs[slot] : undefined,
      bytes: columns.bytes[slot]!,
    };
  }

  private wrongId(id: EntryId): void {
    const { columns } = this;
    const slot = columns.formerSlotOf(id);
    if (slot === NO_SLOT) {
      this.mistake('closed-unknown', undefined, id);
      return;
    }
    // Once the slot has had another use, nobody knows any more what the id stood for.
    const known = columns.wasLast(slot, id);
    const settled = known && columns.owner[slot] === NO_SLOT;
    const account = known ? this.accounts[columns.account[slot]!] : undefined;
    this.mistake(settled ? 'closed-after-end' : 'closed-twice', account, id);
  }

  private mistake(code: LedgerError['code'], account: Account | undefined, id: EntryId): void {
    this.errorCount++;
    if (this.errors.length >= KEPT_ERRORS) return;
    this.errors.push({ code, atUs: this.clock.nowUs, kind: account?.kind, site: account?.site, id });
  }
}

function matches(entry: OpenEntry, { kind, site, subject }: EntryFilter): boolean {
  return (
    (kind === undefined || entry.kind === kind) &&
    (site === undefined || entry.site === site) &&
    (subject === undefined || entry.subject === subject)
  );
}
