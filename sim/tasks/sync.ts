// Pieces that tasks synchronise by: oneshot, watch, notify.
// Invariant: a wake-up is never lost between a check and a wait, as both are one poll.
import type { Future, Pending, Waker } from './future.ts';
import { PENDING } from './future.ts';
import { WaitList, Waiting } from './wait-list.ts';

/** Waits until `check` gives a value; undefined stands for the end of what is waited for. */
class Condition<T> extends Waiting<T | undefined> {
  private readonly waiters: WaitList<Condition<T>>;
  private readonly check: () => T | undefined | Pending;

  constructor(waiters: WaitList<Condition<T>>, check: () => T | undefined | Pending) {
    super();
    this.waiters = waiters;
    this.check = check;
  }

  poll(waker: Waker): T | undefined | Pending {
    const value = this.check();
    if (value === PENDING) return this.waitIn(this.waiters, waker);
    if (!waker.spend()) return PENDING;
    // To hear of the end is something once; to ask again is not.
    if (value !== undefined || this.hasWaited) waker.achieve();
    this.drop();
    return value;
  }
}

/** One value, sent once. */
export class Oneshot<T> {
  private readonly waiters = new WaitList<Condition<T>>();
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

  /** The sender goes; harmless when it has sent. */
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
  private readonly waiters = new WaitList<Condition<number>>();
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

  /**
   * Waits until it was set after `version`; gives the new version, or undefined when the sender has gone. A change that
   * was not seen comes before the end.
   */
  changed(version: number): Future<number | undefined> {
    return new Condition(this.waiters, () => {
      if (this.changes > version) return this.changes;
      return this.over ? undefined : PENDING;
    });
  }
}

/** Wakes tasks without a value. */
export class Notify {
  private readonly waiters = new WaitList<Notified>();
  private permit = false;
  /** How often all were notified. */
  private rounds = 0;

  /** Wakes the task that waits longest, or keeps one permit for the next that waits. */
  notifyOne(): void {
    const first = this.waiters.shift();
    if (first === undefined) this.permit = true;
    else first.notify();
  }

  /** Wakes all that were asked for until now, those included that were not polled yet; keeps no permit. */
  notifyAll(): void {
    this.rounds++;
    this.waiters.wakeAll();
  }

  /**
   * Waits to be notified; a kept permit is taken at once. A {@link notifyAll} after this call is heard even before the
   * first poll. One that was notified alone and is dropped before it is polled passes it on, as none may be lost.
   */
  notified(): Future<void> {
    return new Notified(this);
  }

  /** For {@link notified}: how often all were notified so far. */
  get round(): number {
    return this.rounds;
  }

  /** For {@link notified}: takes the permit if one is kept. */
  takePermit(): boolean {
    const had = this.permit;
    this.permit = false;
    return had;
  }

  /** For {@link notified}: those that wait. */
  get waiting(): WaitList<Notified> {
    return this.waiters;
  }
}

class Notified extends Waiting<void> {
  private readonly source: Notify;
  private readonly round: number;
  /** Notified by itself, and it did not take that yet. */
  private chosen = false;
  private over = false;

  constructor(source: Notify) {
    super();
    this.source = source;
    this.round = source.round;
  }

  poll(waker: Waker): void | Pending {
    const { source } = this;
    const isNotified = this.over || this.chosen || source.round > this.round;
    if (!isNotified && (this.hasWaited || !source.takePermit())) return this.waitIn(source.waiting, waker);
    // A permit that was taken is this one's from now on, even if it comes to give it only in its next poll.
    if (!isNotified) this.chosen = true;
    if (!waker.spend()) return PENDING;
    if (!this.over) waker.achieve();
    this.chosen = false;
    this.over = true;
    this.drop();
  }

  notify(): void {
    this.chosen = true;
    this.wake();
  }

  override drop(): void {
    super.drop();
    const { chosen } = this;
    this.chosen = false;
    this.over = true;
    if (chosen) this.source.notifyOne();
  }
}
