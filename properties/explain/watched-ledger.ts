// A ledger that is watched: it tells of every entry that is opened, closed or settled.
// Invariant: it keeps the same account as one that is not, and steers nothing.
import type { EntryKind } from '../../sim/ledger/account.ts';
import { Ledger, NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId, LedgerOwner, OpenEntry } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';

/** Who is told. */
export interface LedgerListener {
  opened(
    id: EntryId,
    kind: EntryKind,
    owner: LedgerOwner,
    subject: PeerId | undefined,
    site: string,
    bytes: number,
  ): void;
  /** Called before the entry is closed. */
  closing(id: EntryId, reason: string): void;
  /** An open entry was used. */
  used?(id: EntryId): void;
  /** What an open entry holds has changed. */
  held?(id: EntryId): void;
  /** Called before what an owner has left open is settled. */
  settling(entries: readonly OpenEntry[], how: 'stopped' | 'killed'): void;
}

/** See the file's head. */
export class WatchedLedger extends Ledger {
  private readonly listener: LedgerListener;

  constructor(clock: { readonly nowUs: number }, listener: LedgerListener) {
    super(clock);
    this.listener = listener;
  }

  override open(kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined, site: string, bytes = 0): EntryId {
    const id = super.open(kind, owner, subject, site, bytes);
    if (id !== NO_ENTRY) this.listener.opened(id, kind, owner, subject, site, bytes);
    return id;
  }

  override close(id: EntryId, reason: string): void {
    if (this.isOpen(id)) this.listener.closing(id, reason);
    super.close(id, reason);
  }

  override addBytes(id: EntryId, bytes: number): void {
    super.addBytes(id, bytes);
    if (this.isOpen(id)) this.listener.held?.(id);
  }

  override use(id: EntryId): void {
    super.use(id);
    if (this.isOpen(id)) this.listener.used?.(id);
  }

  override endOwner(owner: LedgerOwner, how: 'stopped' | 'killed'): number {
    this.listener.settling([...this.openEntries({ owner })], how);
    return super.endOwner(owner, how);
  }
}
