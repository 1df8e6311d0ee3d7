// Channels: many senders, one receiver, in order; bounded ones make their senders wait.
// Invariant: what was sent before the last sender was dropped is received, in order; after that a receive gives undefined.
import type { EntryId } from '../ledger/ledger.ts';
import { NO_ENTRY } from '../ledger/ledger.ts';
import { invariant } from '../errors.ts';
import type { PeerId } from '../peer.ts';
import type { Executor, Settling } from './executor.ts';
import { Fifo } from './fifo.ts';
import { Future, PENDING } from './future.ts';
import type { Pending, Waker } from './future.ts';
import { WaitList, Waiting } from './wait-list.ts';

/** A channel whose waiting items stand in the ledger, so that a receiver that no longer turns shows. */
export interface WatchedChannel {
  readonly executor: Executor;
  /** Site of the `buffer` entry, such as `gossip.inbox`. */
  readonly site: string;
  /** The peer that the items are for; undefined for an inbox of the node itself. */
  readonly subject?: PeerId;
}

/** Both ends of a channel. */
export interface Channel<T> {
  readonly sender: Sender<T>;
  readonly receiver: Receiver<T>;
}

/**
 * A bounded channel, or an unbounded one for a capacity of Infinity.
 *
 * @param capacity - Most items that wait to be received; an integer, 1 or more, or Infinity.
 */
export function channel<T>(capacity: number, watched?: WatchedChannel): Channel<T> {
  invariant(capacity >= 1, 'a channel holds 1 item or more');
  const core = new Core<T>(capacity, watched);
  return { sender: new Sender(core), receiver: new Receiver(core) };
}

/** What both ends share. */
class Core<T> implements Settling {
  readonly capacity: number;
  readonly items = new Fifo<T>();
  senders = 1;
  receiverGone = false;
  /** The receive that waits. */
  receiving: Recv<T> | undefined = undefined;
  /** Senders that wait for room, first come first served; empty while there is room. */
  readonly waiting = new WaitList<Send<T>>();
  /** Places kept for senders that were told that there is room and have not sent yet. */
  reserved = 0;
  readonly closing = new WaitList<Closed<T>>();
  private readonly watched: WatchedChannel | undefined;
  private entry: EntryId = NO_ENTRY;
  private settles = false;

  constructor(capacity: number, watched: WatchedChannel | undefined) {
    this.capacity = capacity;
    this.watched = watched;
  }

  get length(): number {
    return this.items.length;
  }

  /** Where its waiting items stand in the ledger; undefined when they do not. */
  get site(): string | undefined {
    return this.watched?.site;
  }

  get hasRoom(): boolean {
    return this.length + this.reserved < this.capacity;
  }

  push(item: T): void {
    this.items.push(item);
    this.wakeReceiver();
    // The entry is for what still waits when every task has had its turn; most items never do.
    if (this.watched === undefined || this.entry !== NO_ENTRY || this.settles) return;
    this.settles = true;
    this.watched.executor.settleLater(this);
  }

  take(): T {
    const item = this.items.shift();
    if (this.entry !== NO_ENTRY) this.turned('received');
    this.admitNext();
    return item;
  }

  /** A place came free. It is kept for the sender that waits longest, so that nobody overtakes it. */
  admitNext(): void {
    const next = this.waiting.shift();
    if (next === undefined) return;
    this.reserved++;
    next.admit();
  }

  /** Once per wait: it asks again while nothing is there for it. */
  wakeReceiver(): void {
    const { receiving } = this;
    this.receiving = undefined;
    receiving?.wake();
  }

  settle(): void {
    this.settles = false;
    if (this.length === 0 || this.entry !== NO_ENTRY || this.receiverGone) return;
    const { executor, site, subject } = this.watched!;
    const { host } = executor;
    this.entry = host.simulation.ledger?.open('buffer', host, subject, site) ?? NO_ENTRY;
  }

  /** Everything in it is given up. */
  discard(): void {
    this.items.clear();
    if (this.entry !== NO_ENTRY) this.turned('dropped');
  }

  /** The receiver turned: what waits now began to wait now. */
  private turned(reason: string): void {
    const { ledger } = this.watched!.executor.host.simulation;
    ledger?.close(this.entry, reason);
    this.entry = NO_ENTRY;
    if (this.length === 0 || this.settles) return;
    this.settles = true;
    this.watched!.executor.settleLater(this);
  }
}

/** The sending end; may be cloned, and every clone must be dropped for the channel to end. */
export class Sender<T> {
  private readonly core: Core<T>;
  private dropped = false;

  /** @param core - Made by {@link channel}. */
  constructor(core: Core<T>) {
    this.core = core;
  }

  /** True when the receiver is gone. */
  get isClosed(): boolean {
    return this.core.receiverGone;
  }

  /** Items that wait. */
  get length(): number {
    return this.core.length;
  }

  /** Another handle on the same end. */
  clone(): Sender<T> {
    this.core.senders++;
    return new Sender(this.core);
  }

  /**
   * Sends when there is room; false when the receiver is gone. Senders are served in the order in which they began to
   * wait. One that is cancelled while it waits loses its place and has not sent: not even when there was room already
   * and it was not polled since.
   */
  send(item: T): Future<boolean> {
    return new Send(this.core, item);
  }

  /** Sends now, or says why not. */
  trySend(item: T): 'sent' | 'full' | 'closed' {
    if (this.core.receiverGone) return 'closed';
    if (!this.core.hasRoom) return 'full';
    this.core.push(item);
    return 'sent';
  }

  /** Waits until the receiver is gone. */
  closed(): Future<void> {
    return new Closed(this.core);
  }

  /** Lets go of this handle. Harmless when called again. */
  drop(): void {
    if (this.dropped) return;
    this.dropped = true;
    this.core.senders--;
    if (this.core.senders === 0) this.core.wakeReceiver();
  }
}

/** The receiving end. */
export class Receiver<T> {
  private readonly core: Core<T>;

  /** @param core - Made by {@link channel}. */
  constructor(core: Core<T>) {
    this.core = core;
  }

  get length(): number {
    return this.core.length;
  }

  /** The items that wait, oldest first, for `expose`; a copy. */
  get waiting(): readonly T[] {
    return this.core.items.items();
  }

  /**
   * The next item; undefined once every sender is dropped and all is received. Cancelling loses nothing. One receive is
   * awaited at a time: the last that was polled is woken.
   */
  recv(): Future<T | undefined> {
    return new Recv(this.core);
  }

  /** The next item if one waits now. */
  tryRecv(): T | undefined {
    return this.core.length > 0 ? this.core.take() : undefined;
  }

  /** The receiver goes: senders learn that it is closed, and what waits is given up. */
  drop(): void {
    const { core } = this;
    if (core.receiverGone) return;
    core.receiverGone = true;
    core.discard();
    core.waiting.wakeAll();
    core.closing.wakeAll();
    core.wakeReceiver();
  }
}

class Send<T> extends Waiting<boolean> {
  private readonly core: Core<T>;
  private readonly item: T;
  private admitted = false;

  constructor(core: Core<T>, item: T) {
    super();
    this.core = core;
    this.item = item;
  }

  poll(waker: Waker): boolean | Pending {
    const { core } = this;
    if (!core.receiverGone && !this.admitted && (this.list !== undefined || !core.hasRoom)) {
      return this.waitIn(core.waiting, waker);
    }
    if (!waker.spend()) return PENDING;
    const { receiverGone } = core;
    if (!receiverGone) {
      if (this.admitted) core.reserved--;
      this.admitted = false;
      core.push(this.item);
    }
    // A refusal is something once; to try again is not.
    if (!receiverGone || this.hasWaited) waker.achieve();
    this.drop();
    return !receiverGone;
  }

  /** There is room, and it is kept for this one. */
  admit(): void {
    this.admitted = true;
    this.wake();
  }

  override drop(): void {
    super.drop();
    if (!this.admitted) return;
    this.admitted = false;
    this.core.reserved--;
    this.core.admitNext();
  }

  override describe(): string {
    return `send ${this.core.site ?? 'to a channel'}`;
  }
}

class Recv<T> extends Future<T | undefined> {
  private readonly core: Core<T>;
  private waker: Waker | undefined = undefined;

  constructor(core: Core<T>) {
    super();
    this.core = core;
  }

  poll(waker: Waker): T | undefined | Pending {
    const { core } = this;
    if (core.length > 0) {
      if (!waker.spend()) return PENDING;
      waker.achieve();
      this.drop();
      return core.take();
    }
    if (core.senders > 0 && !core.receiverGone) {
      this.waker = waker;
      core.receiving = this;
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    // To hear of the end is something once; to ask again is not.
    if (this.waker !== undefined) waker.achieve();
    this.drop();
    return undefined;
  }

  wake(): void {
    this.waker?.wake();
  }

  drop(): void {
    if (this.core.receiving === this) this.core.receiving = undefined;
    this.waker = undefined;
  }

  override describe(): string {
    return `receive ${this.core.site ?? 'from a channel'}`;
  }
}

class Closed<T> extends Waiting<void> {
  private readonly core: Core<T>;

  constructor(core: Core<T>) {
    super();
    this.core = core;
  }

  poll(waker: Waker): void | Pending {
    if (!this.core.receiverGone) return this.waitIn(this.core.closing, waker);
    if (!waker.spend()) return PENDING;
    if (this.hasWaited) waker.achieve();
    this.drop();
  }
}
