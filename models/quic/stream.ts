// The sending half of a stream: messages in order, under flow control.
// Invariant: its ledger entry is open until its end is known (all acknowledged, reset, stopped by the reader, or the
// connection is over), and nothing is sent on it afterwards.
import { opaque } from '../../sim/census/opaque.ts';
import { invariant } from '../../sim/errors.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import { WaitList, Waiting } from '../../sim/tasks/wait-list.ts';
import type { Connection } from './connection.ts';
import { SendCredit } from './flow-control.ts';
import { Repeated } from './repeated.ts';
import type { Streams } from './streams.ts';

/** What comes of a write: `stopped` when the stream failed alone, `closed` when it was finished or its connection is over. */
export type WriteResult = 'ok' | 'stopped' | 'closed';

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
    this.credit = new SendCredit(streams.streamWindowBytes);
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
    this.streams.signal('fin', this.id);
    this.writing.wake();
  }

  /** Waits until everything is acknowledged, or the stream is over for another reason. */
  finished(): Future<void> {
    return new Finished(this);
  }

  /** Gives the stream up; the reader learns of it and what it has not read is lost. */
  reset(): void {
    if (this.state === 'over') return;
    this.streams.signal('reset', this.id);
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
    this.streams.settle(this.entry);
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
    invariant(this.waker === undefined, 'a stream has one write at a time');
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
