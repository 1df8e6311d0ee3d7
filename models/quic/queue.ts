// A queue whose consumers wait: streams and connections that the other side opened and nobody took yet.
// Invariant: after its end what is in it is still taken, and then undefined.
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import { WaitList, Waiting } from '../../sim/tasks/wait-list.ts';

/** See the file's head. */
export class AcceptQueue<T> {
  /** Those that wait for an item. */
  readonly waiters = new WaitList<Accept<T>>();
  private readonly items: T[] = [];
  private ended = false;

  /** What nobody took yet, oldest first. */
  get waiting(): readonly T[] {
    return this.items;
  }

  get isEnded(): boolean {
    return this.ended;
  }

  push(item: T): void {
    this.items.push(item);
    this.waiters.shift()?.wake();
  }

  /** Nothing more will come. */
  end(): void {
    this.ended = true;
    this.waiters.wakeAll();
  }

  /** The next item; undefined after the end. Cancelling loses nothing. */
  next(): Future<T | undefined> {
    return new Accept(this);
  }

  /** The next item if there is one now. */
  take(): T | undefined {
    return this.items.shift();
  }
}

class Accept<T> extends Waiting<T | undefined> {
  private readonly queue: AcceptQueue<T>;

  constructor(queue: AcceptQueue<T>) {
    super();
    this.queue = queue;
  }

  poll(waker: Waker): T | undefined | Pending {
    const { queue } = this;
    if (queue.waiting.length === 0 && !queue.isEnded) {
      return this.waitIn(queue.waiters, waker);
    }
    if (!waker.spend()) return PENDING;
    const item = queue.take();
    // That an ended queue is ended achieves nothing, unless it was waited for.
    if (item !== undefined || this.hasWaited) waker.achieve();
    super.drop();
    return item;
  }

  override drop(): void {
    const woken = this.hasWaited && this.list === undefined;
    super.drop();
    // Woken for an item and given up before it took it: the next in line takes it.
    if (woken && this.queue.waiting.length > 0) this.queue.waiters.shift()?.wake();
  }
}
