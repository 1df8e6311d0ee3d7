// Futures that wait for the same thing, in the order in which they began to.
// Invariant: a future stands in one list at most, and leaves it when it is woken, has its value or is dropped.
import { Future, PENDING } from './future.ts';
import type { Pending, Waker } from './future.ts';

/** A future that waits in a list. Joining and leaving allocate nothing, and take one step however many wait. */
export abstract class Waiting<T> extends Future<T> {
  /** Its place; kept by {@link WaitList}. Set in the constructor, as in {@link Future}. */
  declare list: WaitList<Waiting<unknown>> | undefined;
  declare before: Waiting<unknown> | undefined;
  declare after: Waiting<unknown> | undefined;
  declare private waker: Waker | undefined;

  constructor() {
    super();
    this.list = undefined;
    this.before = undefined;
    this.after = undefined;
    this.waker = undefined;
  }

  /** Wakes whoever polled last. */
  wake(): void {
    this.waker?.wake();
  }

  drop(): void {
    this.list?.remove(this);
    this.waker = undefined;
  }

  /** True once it was pending, until it is dropped: what comes then is news to the task. */
  protected get hasWaited(): boolean {
    return this.waker !== undefined;
  }

  /** Waits in `list`: at its end, or in the place it has there already. */
  protected waitIn(list: WaitList<Waiting<unknown>>, waker: Waker): Pending {
    this.waker = waker;
    if (this.list === undefined) list.append(this);
    return PENDING;
  }
}

/** Futures in the order in which they came. */
export class WaitList<W extends Waiting<unknown>> {
  private head: Waiting<unknown> | undefined = undefined;
  private tail: Waiting<unknown> | undefined = undefined;

  append(waiting: W): void {
    const { tail } = this;
    waiting.list = this;
    waiting.before = tail;
    if (tail === undefined) this.head = waiting;
    else tail.after = waiting;
    this.tail = waiting;
  }

  remove(waiting: W): void {
    const { before, after } = waiting;
    if (before === undefined) this.head = after;
    else before.after = after;
    if (after === undefined) this.tail = before;
    else after.before = before;
    waiting.list = undefined;
    waiting.before = undefined;
    waiting.after = undefined;
  }

  /** Takes the one that waits longest. */
  shift(): W | undefined {
    const head = this.head as W | undefined;
    if (head !== undefined) this.remove(head);
    return head;
  }

  /** Takes and wakes each, in order. */
  wakeAll(): void {
    for (let waiting = this.shift(); waiting !== undefined; waiting = this.shift()) waiting.wake();
  }
}
