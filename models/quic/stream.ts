// Both kinds of half stream: what is sent in order under flow control, and what is read in that order.
// Invariant: a half stream's ledger entry is open until its end is known (all acknowledged, or read to its end; reset,
// stopped, or the connection is over), and nothing is sent or kept for it afterwards.
import { opaque } from '../../sim/census/opaque.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Settling } from '../../sim/tasks/executor.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import { WaitList, Waiting } from '../../sim/tasks/wait-list.ts';
import type { Connection } from './connection.ts';
import { RecvCredit, SendCredit } from './flow-control.ts';
import { Repeated } from './repeated.ts';
import type { Streams } from './streams.ts';
import type { Data } from './wire.ts';

/** What comes of a write: `stopped` when the stream failed alone, `closed` when it was finished or its connection is over. */
export type WriteResult = 'ok' | 'stopped' | 'closed';

/** What a read gives; `closed` when the connection ended before the stream did. */
export type ReadResult =
  { readonly kind: 'data'; readonly message: unknown } | { readonly kind: 'finished' | 'reset' | 'closed' };

/** The sending half of a stream. Its owner drops it. */
export class SendStream {
  readonly id: number;
  readonly connection: Connection;
  private readonly credit: SendCredit;
  private readonly writing = new Write(this);
  private state: 'open' | 'finishing' | 'over' = 'open';
  private failure: 'stopped' | 'closed' = 'closed';
  private finishers: WaitList<Finished> | undefined = undefined;
  private readonly streams: Streams;
  private entry: EntryId;

  /** For {@link Streams}. */
  constructor(connection: Connection, streams: Streams, id: number, entry: EntryId) {
    this.connection = connection;
    this.streams = streams;
    this.id = id;
    this.entry = entry;
    this.credit = new SendCredit(connection.config.streamWindowBytes);
    if (connection.isClosed) this.end('closed');
  }

  get [opaque](): boolean {
    return true;
  }

  /** True while it can be written to. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** True once it is over and, if it was finished, all of it is acknowledged. */
  get isOver(): boolean {
    return this.state === 'over';
  }

  /**
   * Sends a message when there is credit; cancelled before that, nothing is sent. One write at a time: the future is
   * the same object each time.
   *
   * @param bytes - Its size, 0 or more.
   */
  write(message: unknown, bytes: number): Future<WriteResult> {
    return this.writing.of(message, bytes);
  }

  /** Says that nothing more follows. Harmless when the stream is over. */
  finish(): void {
    if (this.state !== 'open') return;
    this.state = 'finishing';
    this.connection.sendSignal('fin', this.id);
    this.writing.wake();
  }

  /** Waits until everything is acknowledged, or the stream is over for another reason. */
  finished(): Future<void> {
    return new Finished(this);
  }

  /** Gives the stream up; the reader learns of it and what it has not read is lost. */
  reset(): void {
    if (this.state === 'over') return;
    this.connection.sendSignal('reset', this.id);
    this.end('closed');
  }

  /** Lets go of it: what was written still arrives. */
  drop(): void {
    this.finish();
  }

  // For the connection.

  /** The reader's new limit came. */
  raise(limit: number): void {
    if (this.credit.raise(limit)) this.writing.wake();
  }

  /** Connection credit came, or the connection changed. */
  wake(): void {
    this.writing.wake();
  }

  /** It is over: all acknowledged, stopped by the reader, or with its connection. */
  end(why: 'stopped' | 'closed'): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.failure = why;
    this.connection.settleStream(this.entry);
    this.entry = NO_ENTRY;
    this.streams.forgetSend(this);
    this.writing.wake();
    this.finishers?.wakeAll();
  }

  /** For {@link finished}. */
  get waiters(): WaitList<Finished> {
    return (this.finishers ??= new WaitList());
  }

  /** For {@link write}. */
  attempt(message: unknown, bytes: number): WriteResult | Pending {
    if (this.state !== 'open') return this.state === 'over' ? this.failure : 'closed';
    const { streams } = this;
    if (!streams.hasCredit) {
      streams.waitForCredit(this);
      return PENDING;
    }
    if (!this.credit.isLeft) return PENDING;
    this.credit.take(bytes);
    streams.send(this, message, bytes);
    return 'ok';
  }

  /** True when a write would come to something now. */
  get isReady(): boolean {
    return this.state !== 'open' || (this.streams.hasCredit && this.credit.isLeft);
  }
}

class Write extends Repeated<WriteResult> {
  private readonly stream: SendStream;
  private message: unknown = undefined;
  private bytes = 0;

  constructor(stream: SendStream) {
    super();
    this.stream = stream;
  }

  of(message: unknown, bytes: number): this {
    this.message = message;
    this.bytes = bytes;
    return this;
  }

  poll(waker: Waker): WriteResult | Pending {
    const { stream } = this;
    if (stream.isReady && !waker.spend()) return PENDING;
    const result = stream.attempt(this.message, this.bytes);
    if (result === PENDING) {
      this.waker = waker;
      return PENDING;
    }
    // That a stream which was over already is over achieves nothing: a loop that ignores it spins.
    if (result === 'ok' || this.waker !== undefined) waker.achieve();
    this.drop();
    return result;
  }

  override drop(): void {
    this.waker = undefined;
    this.message = undefined;
  }
}

class Finished extends Waiting<void> {
  private readonly stream: SendStream;

  constructor(stream: SendStream) {
    super();
    this.stream = stream;
  }

  poll(waker: Waker): void | Pending {
    if (!this.stream.isOver) return this.waitIn(this.stream.waiters, waker);
    if (this.hasWaited) waker.achieve();
    this.drop();
  }
}

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
    this.credit = new RecvCredit(connection.config.streamWindowBytes);
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
    if (this.last === undefined) this.connection.sendSignal('stop', this.id);
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
    const { ledger } = this.connection.node.simulation;
    ledger?.addBytes(this.entry, this.unreadBytes - this.entryBytes);
    this.entryBytes = this.unreadBytes;
  }

  /** For {@link read}. */
  get isReady(): boolean {
    if (this.connection.readsNothing) return false;
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
    this.connection.settleStream(this.entry);
    this.entry = NO_ENTRY;
    this.streams.forgetRecv(this);
  }

  private settleLater(): void {
    if (this.settles || this.entry === NO_ENTRY) return;
    this.settles = true;
    this.connection.node.executor.settleLater(this);
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
