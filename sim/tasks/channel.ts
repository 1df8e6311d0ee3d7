// Channels: many senders, one receiver, in order; bounded ones make their senders wait.
// Invariant: what was sent before the last sender was dropped is received; after that a receive gives undefined.
import type { EntryId } from '../ledger/ledger.ts';
import { NO_ENTRY } from '../ledger/ledger.ts';
import { invariant } from '../errors.ts';
import type { PeerId } from '../peer.ts';
import type { Executor, Settling } from './executor.ts';
import { Future, PENDING } from './future.ts';
import type { Pending, Waker } from './future.ts';

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
  readonly items: T[] = [];
  head = 0;
  senders = 1;
  receiverGone = false;
  receiving: Waker | undefined = undefined;
  /** Senders that wait for room, first come first served. */
  readonly waiting: Send<T>[] = [];
  closedWakers: Waker[] | undefined = undefined;
  private readonly watched: WatchedChannel | undefined;
  private entry: EntryId = NO_ENTRY;
  private settles = false;

  constructor(capacity: number, watched: WatchedChannel | undefined) {
    this.capacity = capacity;
    this.watched = watched;
  }

  get length(): number {
    return this.items.length - this.head;
  }

  get hasRoom(): boolean {
    return this.length < this.capacity;
  }

  push(item: T): void {
    this.items.push(item);
    this.receiving?.wake();
    // The entry is for what still waits when every task has had its turn; most items never do.
    if (this.watched === undefined || this.entry !== NO_ENTRY || this.settles) return;
    this.settles = true;
    this.watched.executor.settleLater(this);
  }

  take(): T {
    const item = this.items[this.head]!;
    this.items[this.head++] = undefined as T;
    if (this.head === this.items.length) {
      this.items.length = 0;
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    if (this.entry !== NO_ENTRY) this.turned();
    const next = this.waiting[0];
    if (next !== undefined) next.admit();
    return item;
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
    this.items.length = 0;
    this.head = 0;
    if (this.entry !== NO_ENTRY) this.turned();
  }

  /** The receiver turned: what waits now began to wait now. */
  private turned(): void {
    const { ledger } = this.watched!.executor.host.simulation;
    ledger?.close(this.entry, 'received');
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

  /** Sends when there is room; false when the receiver is gone. Cancelled before that, nothing is sent. */
  send(item: T): Future<boolean> {
    return new Send(this.core, item);
  }

  /** Sends now, or says why not. */
  trySend(item: T): 'sent' | 'full' | 'closed' {
    if (this.core.receiverGone) return 'closed';
    if (!this.core.hasRoom || this.core.waiting.length > 0) return 'full';
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
    if (this.core.senders === 0) this.core.receiving?.wake();
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
    return this.core.items.slice(this.core.head);
  }

  /** The next item; undefined once every sender is dropped and all is received. Cancelling loses nothing. */
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
    for (const send of core.waiting.splice(0)) send.refuse();
    for (const waker of core.closedWakers ?? []) waker.wake();
    core.closedWakers = undefined;
  }
}

class Send<T> extends Future<boolean> {
  private readonly core: Core<T>;
  private readonly item: T;
  private state: 'new' | 'waiting' | 'sent' | 'refused' | 'dropped' = 'new';
  private waker: Waker | undefined = undefined;

  constructor(core: Core<T>, item: T) {
    super();
    this.core = core;
    this.item = item;
  }

  poll(waker: Waker): boolean | Pending {
    const { core } = this;
    if (this.state === 'waiting') {
      this.waker = waker;
      return PENDING;
    }
    if (this.state === 'sent' || this.state === 'refused') {
      waker.achieve();
      return this.state === 'sent';
    }
    if (!waker.spend()) return PENDING;
    if (core.receiverGone) {
      this.state = 'refused';
      return false;
    }
    if (core.hasRoom && core.waiting.length === 0) {
      this.state = 'sent';
      core.push(this.item);
      waker.achieve();
      return true;
    }
    this.state = 'waiting';
    this.waker = waker;
    core.waiting.push(this);
    return PENDING;
  }

  /** There is room: the item goes in at once, so that nobody overtakes it. */
  admit(): void {
    this.core.waiting.shift();
    this.state = 'sent';
    this.core.push(this.item);
    this.waker?.wake();
  }

  refuse(): void {
    this.state = 'refused';
    this.waker?.wake();
  }

  drop(): void {
    if (this.state === 'waiting') {
      const place = this.core.waiting.indexOf(this);
      if (place >= 0) this.core.waiting.splice(place, 1);
    }
    this.state = 'dropped';
    this.waker = undefined;
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
    if (core.senders === 0) return waker.spend() ? undefined : PENDING;
    this.waker = waker;
    core.receiving = waker;
    return PENDING;
  }

  drop(): void {
    if (this.waker !== undefined && this.core.receiving === this.waker) this.core.receiving = undefined;
    this.waker = undefined;
  }
}

class Closed<T> extends Future<void> {
  private readonly core: Core<T>;
  private waker: Waker | undefined = undefined;

  constructor(core: Core<T>) {
    super();
    this.core = core;
  }

  poll(waker: Waker): void | Pending {
    if (this.core.receiverGone) {
      waker.achieve();
      return;
    }
    if (this.waker === waker) return PENDING;
    this.drop();
    this.waker = waker;
    (this.core.closedWakers ??= []).push(waker);
    return PENDING;
  }

  drop(): void {
    const place = this.waker === undefined ? -1 : (this.core.closedWakers?.indexOf(this.waker) ?? -1);
    if (place >= 0) this.core.closedWakers!.splice(place, 1);
    this.waker = undefined;
  }
}
