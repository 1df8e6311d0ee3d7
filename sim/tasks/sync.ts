// Pieces that tasks synchronise by: oneshot, watch, notify.
// Invariant: a wake-up is never lost between a check and a wait, as both are one poll.
import { Future, PENDING } from './future.ts';
import type { Pending, Waker } from './future.ts';

/** Wakers that wait for the same thing. */
class Waiters {
  private wakers: Waker[] = [];

  add(waker: Waker): void {
    if (!this.wakers.includes(waker)) this.wakers.push(waker);
  }

  remove(waker: Waker): void {
    const place = this.wakers.indexOf(waker);
    if (place >= 0) this.wakers.splice(place, 1);
  }

  wakeAll(): void {
    for (const waker of this.wakers.splice(0)) waker.wake();
  }
}

class Condition<T> extends Future<T> {
  private readonly waiters: Waiters;
  private readonly check: () => T | Pending;
  private waker: Waker | undefined = undefined;

  constructor(waiters: Waiters, check: () => T | Pending) {
    super();
    this.waiters = waiters;
    this.check = check;
  }

  poll(waker: Waker): T | Pending {
    const value = this.check();
    if (value === PENDING) {
      this.waker = waker;
      this.waiters.add(waker);
      return PENDING;
    }
    waker.achieve();
    this.drop();
    return value;
  }

  drop(): void {
    if (this.waker !== undefined) this.waiters.remove(this.waker);
    this.waker = undefined;
  }
}

/** One value, sent once. */
export class Oneshot<T> {
  private readonly waiters = new Waiters();
  private state: 'open' | 'sent' | 'dropped' = 'open';
  private value: T | undefined = undefined;

  /** Sends; false when it was sent or dropped before. */
  send(value: T): boolean {
    if (this.state !== 'open') return false;
    this.state = 'sent';
    this.value = value;
    this.waiters.wakeAll();
    return true;
  }

  /** The sender goes without sending. */
  drop(): void {
    if (this.state !== 'open') return;
    this.state = 'dropped';
    this.waiters.wakeAll();
  }

  /** The value; undefined when the sender went without sending. */
  recv(): Future<T | undefined> {
    return new Condition(this.waiters, () => (this.state === 'open' ? PENDING : this.value));
  }
}

/** A value that changes; whoever watches sees the latest and may miss those between. */
export class Watch<T> {
  private readonly waiters = new Waiters();
  private current: T;
  private changes = 0;
  private over = false;

  constructor(initial: T) {
    this.current = initial;
  }

  get value(): T {
    return this.current;
  }

  /** How often it has been set. */
  get version(): number {
    return this.changes;
  }

  set(value: T): void {
    this.current = value;
    this.changes++;
    this.waiters.wakeAll();
  }

  /** The sender goes: whoever waits learns that no change will come. */
  close(): void {
    this.over = true;
    this.waiters.wakeAll();
  }

  /** Waits until it was set after `version`; gives the new version, or undefined when the sender has gone. */
  changed(version: number): Future<number | undefined> {
    return new Condition(this.waiters, () => {
      if (this.changes > version) return this.changes;
      return this.over ? undefined : PENDING;
    });
  }
}

/** Wakes tasks without a value. */
export class Notify {
  private readonly waiting: Notified[] = [];
  private permit = false;

  /** Wakes the task that waits longest, or keeps one permit for the next that waits. */
  notifyOne(): void {
    const first = this.waiting.shift();
    if (first === undefined) this.permit = true;
    else first.notify();
  }

  /** Wakes every task that waits now; keeps no permit. */
  notifyAll(): void {
    for (const each of this.waiting.splice(0)) each.notify();
  }

  /** Waits to be notified; a kept permit is taken at once. */
  notified(): Future<void> {
    return new Notified(this);
  }

  /** Takes the permit if one is kept. */
  takePermit(): boolean {
    const had = this.permit;
    this.permit = false;
    return had;
  }

  wait(future: Notified): void {
    this.waiting.push(future);
  }

  leave(future: Notified): void {
    const place = this.waiting.indexOf(future);
    if (place >= 0) this.waiting.splice(place, 1);
  }
}

class Notified extends Future<void> {
  private readonly source: Notify;
  private state: 'new' | 'waiting' | 'notified' | 'over' = 'new';
  private waker: Waker | undefined = undefined;

  constructor(source: Notify) {
    super();
    this.source = source;
  }

  poll(waker: Waker): void | Pending {
    if (this.state === 'notified' || (this.state === 'new' && this.source.takePermit())) {
      this.state = 'over';
      waker.achieve();
      return;
    }
    this.waker = waker;
    if (this.state === 'new') {
      this.state = 'waiting';
      this.source.wait(this);
    }
    return PENDING;
  }

  notify(): void {
    this.state = 'notified';
    this.waker?.wake();
  }

  drop(): void {
    if (this.state === 'waiting') this.source.leave(this);
    // A notification that was given to this one and not received goes to the next, as none may be lost.
    else if (this.state === 'notified') this.source.notifyOne();
    this.state = 'over';
  }
}
