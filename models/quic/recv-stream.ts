// The receiving half of a stream: messages in sending order, kept until they are read.
// Invariant: its ledger entry is open until it was read to its end, stopped or reset, or the connection is over; the bytes
// of the entry are those that still wait when every task has had its turn.
import { opaque } from '../../sim/census/opaque.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Settling } from '../../sim/tasks/executor.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import type { Connection } from './connection.ts';
import { RecvCredit } from './flow-control.ts';
import { Repeated } from './repeated.ts';
import type { Streams } from './streams.ts';
import type { Data } from './wire.ts';

/** What a read gives; `closed` when the connection ended before the stream did. */
export type ReadResult =
  { readonly kind: 'data'; readonly message: unknown } | { readonly kind: 'finished' | 'reset' | 'closed' };

const FINISHED: ReadResult = { kind: 'finished' };
const RESET: ReadResult = { kind: 'reset' };
const CLOSED: ReadResult = { kind: 'closed' };

/** The receiving half of a stream. Its owner drops it. */
export class RecvStream implements Settling {
  readonly id: number;
  readonly connection: Connection;
  private readonly credit: RecvCredit;
  private readonly reading = new Read(this);
  private packets: Data[] = [];
  private head = 0;
  private unreadBytes = 0;
  /** How it ends once all that came is read; undefined while more may come. */
  private last: ReadResult | undefined = undefined;
  private over = false;
  private entry: EntryId;
  private entryBytes = 0;
  private settles = false;
  private readonly streams: Streams;

  /** For {@link Streams}. */
  constructor(connection: Connection, streams: Streams, id: number, entry: EntryId) {
    this.connection = connection;
    this.streams = streams;
    this.id = id;
    this.entry = entry;
    this.credit = new RecvCredit(streams.streamWindowBytes);
  }

  get [opaque](): boolean {
    return true;
  }

  /** True when messages came and were not read. */
  get hasUnread(): boolean {
    return this.head < this.packets.length;
  }

  /** Messages that came and were not read, oldest first; a copy, for `expose`. */
  get unread(): readonly unknown[] {
    return this.packets.slice(this.head).map((packet) => packet.message);
  }

  /** The next message, or how the stream ended. Cancelling loses nothing. One read at a time: the future is the same object each time. */
  read(): Future<ReadResult> {
    return this.reading;
  }

  /** Reads no further: the sender's writes fail, and what was not read is given up. Harmless when the stream is over. */
  stop(): void {
    if (this.over) return;
    if (this.last === undefined) this.streams.signal('stop', this.id);
    this.discard();
    this.last ??= CLOSED;
    this.end();
  }

  /** Lets go of it. Unless it was read to its end it is stopped. */
  drop(): void {
    this.stop();
  }

  // For the connection.

  /** A message came. */
  push(packet: Data): void {
    if (this.last !== undefined) return;
    this.packets.push(packet);
    this.unreadBytes += packet.bytes;
    this.reading.wake();
    this.settleLater();
  }

  /** Nothing more will come. A reset loses what was not read. */
  finish(how: 'finished' | 'reset'): void {
    if (this.last !== undefined) return;
    this.last = how === 'finished' ? FINISHED : RESET;
    if (how === 'reset') this.discard();
    this.reading.wake();
  }

  /** Its connection is over: what came can still be read. */
  close(): void {
    this.last ??= CLOSED;
    this.end();
    this.reading.wake();
  }

  /** Wakes the reader to look again. */
  wake(): void {
    this.reading.wake();
  }

  settle(): void {
    this.settles = false;
    if (this.entry === NO_ENTRY || this.unreadBytes === this.entryBytes) return;
    const { ledger } = this.connection.endpoint.node.simulation;
    ledger?.addBytes(this.entry, this.unreadBytes - this.entryBytes);
    this.entryBytes = this.unreadBytes;
  }

  /** For {@link read}. */
  get isReady(): boolean {
    if (this.streams.readsNothing) return false;
    return this.head < this.packets.length || this.last !== undefined;
  }

  /** For {@link read}: only when it is ready. */
  take(): ReadResult {
    if (this.head === this.packets.length) {
      if (this.last !== CLOSED) this.end();
      return this.last!;
    }
    const packet = this.packets[this.head]!;
    this.packets[this.head++] = undefined as never;
    if (this.head === this.packets.length) {
      this.packets.length = 0;
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.packets.length) {
      this.packets.splice(0, this.head);
      this.head = 0;
    }
    this.unreadBytes -= packet.bytes;
    if (this.entryBytes > 0) this.settleLater();
    this.connection.accounting.used();
    this.streams.consumed(this.id, this.credit, packet.bytes);
    return packet;
  }

  private discard(): void {
    const bytes = this.unreadBytes;
    this.packets = [];
    this.head = 0;
    this.unreadBytes = 0;
    if (bytes > 0) this.streams.consumed(this.id, undefined, bytes);
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.streams.settle(this.entry);
    this.entry = NO_ENTRY;
    this.streams.forgetRecv(this);
  }

  private settleLater(): void {
    if (this.settles || this.entry === NO_ENTRY) return;
    this.settles = true;
    this.connection.endpoint.node.executor.settleLater(this);
  }
}

class Read extends Repeated<ReadResult> {
  private readonly stream: RecvStream;

  constructor(stream: RecvStream) {
    super();
    this.stream = stream;
  }

  poll(waker: Waker): ReadResult | Pending {
    const { stream } = this;
    if (!stream.isReady) {
      this.waker = waker;
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    const result = stream.take();
    if (result.kind === 'data' || this.waker !== undefined) waker.achieve();
    this.waker = undefined;
    return result;
  }
}
