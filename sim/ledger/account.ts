// The figures of the ledger, by kind of entry and by the site that opens it.
// Invariant: opened = closed + reclaimed + leakedAtStop + open.

/** What an entry stands for. */
export type EntryKind = 'task' | 'half-open' | 'connection' | 'stream' | 'timer' | 'span' | 'listener' | 'buffer';

/** Every {@link EntryKind}, in the order summaries use. */
export const ENTRY_KINDS: readonly EntryKind[] = [
  'task',
  'half-open',
  'connection',
  'stream',
  'timer',
  'span',
  'listener',
  'buffer',
];

/** The figures of one kind at one site. opened = closed + reclaimed + leakedAtStop + open. */
export interface SiteSummary {
  readonly kind: EntryKind;
  readonly site: string;
  readonly opened: number;
  /** Closed by {@link Ledger.close}. */
  readonly closed: number;
  /** Still open when their owner was killed, and taken back as by an operating system. */
  readonly reclaimed: number;
  /** Still open when their owner had stopped gracefully: each one a leak. */
  readonly leakedAtStop: number;
  /** Virtual time of the first of these, in microseconds; undefined when there is none. */
  readonly firstLeakUs: number | undefined;
  readonly open: number;
  /** Most ever open at once. */
  readonly peak: number;
  /** Bytes held by open entries now, and the most ever. */
  readonly bytes: number;
  readonly peakBytes: number;
  /** How often each reason was given to {@link Ledger.close}, in the order first given. */
  readonly reasons: Readonly<Record<string, number>>;
}

/** The running figures of one kind at one site. */
export class Account {
  readonly index: number;
  readonly kind: EntryKind;
  readonly site: string;
  readonly reasons = new Map<string, number>();
  /** Some entry was told of as used, so that one that never is says something. */
  tellsUse = false;
  opened = 0;
  closed = 0;
  reclaimed = 0;
  leakedAtStop = 0;
  firstLeakUs: number | undefined = undefined;
  open = 0;
  peak = 0;
  bytes = 0;
  peakBytes = 0;

  constructor(index: number, kind: EntryKind, site: string) {
    this.index = index;
    this.kind = kind;
    this.site = site;
  }
}

/** A copy of the figures. */
export function summaryOf({ index: _index, tellsUse: _tellsUse, reasons, ...figures }: Account): SiteSummary {
  return { ...figures, reasons: Object.fromEntries(reasons) };
}
