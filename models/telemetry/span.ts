// Spans: named stretches of work that collect the events that happen in them until they close.
// Invariant: a span of millions of events is two numbers here; its modelled bytes stand in the ledger while it is open.
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';
import { TELEMETRY_BYTES } from './contract.ts';
import type { Level } from './contract.ts';
import type { Telemetry } from './telemetry.ts';

/** Slots that an event vector begins with; it doubles when they are taken. */
const FIRST_SLOTS = 4;

/** How a span is opened. */
export interface SpanOptions {
  /** Default: the open span of the task at hand, else the node's root. */
  readonly parent?: Span;
  /** Most events to keep, from 1; the oldest make room. Infinity for an uncapped one. Default: the configuration's. */
  readonly keepLast?: number;
  /** The peer that it is about, if any. */
  readonly subject?: PeerId;
  /** True for one as long as the accept handler of a connection; default false. */
  readonly isHandler?: boolean;
}

/** One span; made by {@link Telemetry.span}. */
export class Span {
  readonly name: string;
  readonly parent: Span | undefined;
  readonly subject: PeerId | undefined;
  /** Least level of the events that it takes. */
  readonly floor: Level;
  /** Events that it holds. */
  eventCount = 0;
  isClosed = false;

  private readonly telemetry: Telemetry;
  private readonly keepLast: number;
  private slots = 0;
  /** Modelled bytes of the events alone, in a vector that grows. */
  private eventBytes = 0;
  private entry: EntryId = NO_ENTRY;

  /** @param floor - Decided by the telemetry, as is `keepLast`. */
  constructor(
    telemetry: Telemetry,
    name: string,
    options: { parent: Span | undefined; subject: PeerId | undefined; floor: Level; keepLast: number },
  ) {
    this.telemetry = telemetry;
    this.name = name;
    this.parent = options.parent;
    this.subject = options.subject;
    this.floor = options.floor;
    this.keepLast = options.keepLast;
    const { node } = telemetry;
    const { ledger } = node.simulation;
    const bytes = TELEMETRY_BYTES.span + this.ringBytes;
    this.entry = ledger?.open('span', node, this.subject, 'telemetry.span', bytes) ?? NO_ENTRY;
  }

  /** Adds an event; one below the floor is not kept. Of a closed span: adds it to the nearest open one above. */
  event(level: Level, bytes: number): void {
    const open = this.nearestOpen();
    if (open === undefined) return;
    if (level === 'debug' && open.floor === 'info') return;
    open.record(bytes);
    this.telemetry.charge('telemetry/on_event', 1);
  }

  /** The task at hand, and those that it spawns from now on, are in this span. */
  enter(): void {
    const { current } = this.telemetry.node.executor;
    if (current === undefined) return;
    current.local = this;
    this.telemetry.charge('telemetry/span.enter', 1);
  }

  /** The task at hand goes back to the span above; nothing happens when it is in another one. */
  exit(): void {
    const { current } = this.telemetry.node.executor;
    if (current?.local !== this) return;
    current.local = this.parent;
    this.telemetry.charge('telemetry/span.exit', 1);
  }

  /** Ends it: its events are freed once the exporter has taken them. Harmless when called again. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.telemetry.node.simulation.ledger?.close(this.entry, 'closed');
    this.entry = NO_ENTRY;
    this.telemetry.closed(this, TELEMETRY_BYTES.span + (this.isCapped ? this.ringBytes : this.eventBytes));
    this.eventCount = 0;
  }

  /** This span, or the nearest above that is open. */
  nearestOpen(): Span | undefined {
    if (!this.isClosed) return this;
    return this.parent === undefined ? this.telemetry.root : this.parent.nearestOpen();
  }

  private get isCapped(): boolean {
    return this.keepLast !== Infinity;
  }

  /** A capped span has all its room from the start, so that it never grows. */
  private get ringBytes(): number {
    const { eventSlot, eventAttributes, ringFields } = TELEMETRY_BYTES;
    return this.isCapped ? this.keepLast * (eventSlot + eventAttributes + ringFields) : 0;
  }

  private record(bytes: number): void {
    if (this.eventCount === this.keepLast) return;
    this.eventCount++;
    this.telemetry.heldEvents++;
    if (this.isCapped) return;
    let grown = TELEMETRY_BYTES.eventAttributes + bytes;
    if (this.eventCount > this.slots) {
      const slots = Math.max(FIRST_SLOTS, this.slots * 2);
      grown += (slots - this.slots) * TELEMETRY_BYTES.eventSlot;
      this.slots = slots;
    }
    this.eventBytes += grown;
    this.telemetry.node.simulation.ledger?.addBytes(this.entry, grown);
  }
}
