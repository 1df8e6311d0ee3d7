// Futures of time: sleep, interval, timeout. Delays are on the node's own clock.
// Invariant: a timer is pending in the simulation only while something awaits it; an interval's stays from tick to tick.
import { invariant } from '../errors.ts';
import { trueDelayUs } from '../network/clocks.ts';
import type { TimerHandle } from '../reducer.ts';
import type { Executor } from './executor.ts';
import { Future, PENDING, borrow } from './future.ts';
import type { Pending, Waker } from './future.ts';

const UNARMED: TimerHandle = -1;

/** A point in time to wait for; may be moved while it waits. */
export class Sleep extends Future<void> {
  /** Class of its timer in a census. */
  readonly kind: string;
  private readonly executor: Executor;
  private atUs: number;
  private handle: TimerHandle = UNARMED;
  private waker: Waker | undefined = undefined;

  /** @param atUs - Virtual time to wait for, in microseconds; one that is past is ready at once. */
  constructor(executor: Executor, atUs: number, kind: string) {
    super();
    this.executor = executor;
    this.atUs = atUs;
    this.kind = kind;
  }

  /** When it is over, in virtual microseconds. */
  get untilUs(): number {
    return this.atUs;
  }

  /** Moves the point in time to `delayUs` from now on the node's clock; a task that waits for it goes on waiting. */
  reset(delayUs: number): void {
    const { host } = this.executor;
    this.moveTo(host.simulation.nowUs + trueDelayUs(host.clock, delayUs));
  }

  /** Like {@link reset}, to a virtual time in microseconds. */
  moveTo(atUs: number): void {
    this.atUs = atUs;
    this.disarm();
    if (this.waker !== undefined) this.arm();
  }

  poll(waker: Waker): void | Pending {
    const { simulation } = this.executor.host;
    if (simulation.nowUs >= this.atUs) {
      if (!waker.spend()) return PENDING;
      waker.achieve();
      this.drop();
      return;
    }
    this.waker = waker;
    if (this.handle === UNARMED) this.arm();
    return PENDING;
  }

  drop(): void {
    this.waker = undefined;
    this.disarm();
  }

  override describe(): string {
    return `sleep ${this.kind}`;
  }

  /** The simulation's timer fired. */
  fire(): void {
    this.handle = UNARMED;
    this.waker?.wake();
  }

  private arm(): void {
    const { host } = this.executor;
    // A task that has just killed its own node comes to its await all the same.
    if (!host.running || this.atUs === Infinity) return;
    this.handle = host.simulation.setTimer(host, Math.max(0, this.atUs - host.simulation.nowUs), this);
  }

  private disarm(): void {
    if (this.handle === UNARMED) return;
    this.executor.host.simulation.cancelTimer(this.handle);
    this.handle = UNARMED;
  }
}

/**
 * Waits.
 *
 * @param delayUs - Microseconds on the node's own clock; an integer, 0 or more.
 * @param kind - Class of the timer in a census, such as `ping`; default `sleep`.
 */
export function sleep(executor: Executor, delayUs: number, kind = 'sleep'): Sleep {
  const { host } = executor;
  return new Sleep(executor, host.simulation.nowUs + trueDelayUs(host.clock, delayUs), kind);
}

/**
 * Ticks at a fixed pace; the first tick comes one period after it was made unless said otherwise, and ticks that nobody
 * awaited are made up for at once (tokio's `Burst`). Each is due a whole number of periods after the first.
 */
export class Interval {
  /** On the simulation's clock. */
  private readonly stepUs: number;
  private readonly next: Sleep;
  /** When the next tick would be due; undefined unless it is paused. */
  private pausedUs: number | undefined = undefined;

  constructor(executor: Executor, periodUs: number, kind: string, firstDelayUs: number) {
    invariant(periodUs >= 1, 'an interval has a period of 1 us or more');
    this.stepUs = Math.max(1, trueDelayUs(executor.host.clock, periodUs));
    this.next = sleep(executor, firstDelayUs, kind);
  }

  /** Class of its timer in a census. */
  get kind(): string {
    return this.next.kind;
  }

  /** When the next tick is due, or would be if it is paused, in virtual microseconds; past when it was missed. */
  get nextUs(): number {
    return this.pausedUs ?? this.next.untilUs;
  }

  /** The next tick. May be dropped and asked for again: a tick is lost only by being received. */
  tick(): Future<void> {
    return new Tick(this);
  }

  /** Waits for the tick at hand. */
  poll(waker: Waker): void | Pending {
    if (this.next.poll(waker) === PENDING) return PENDING;
    this.next.moveTo(this.next.untilUs + this.stepUs);
  }

  /** Lets go of the timer. The owner of an interval does so in its `finally` block. */
  drop(): void {
    this.next.drop();
  }

  /**
   * Lets `count` ticks (an integer, 0 or more) pass without waiting for them; a task that waits goes on waiting. For
   * ticks that would find nothing to do.
   */
  skip(count: number): void {
    if (count <= 0) return;
    const atUs = this.nextUs + count * this.stepUs;
    if (this.pausedUs === undefined) this.next.moveTo(atUs);
    else this.pausedUs = atUs;
  }

  /** True between {@link pause} and {@link resume}. */
  get isPaused(): boolean {
    return this.pausedUs !== undefined;
  }

  /** Nothing ticks until {@link resume}, and no timer is pending; a task that waits goes on waiting. */
  pause(): void {
    if (this.isPaused) return;
    this.pausedUs = this.next.untilUs;
    this.next.moveTo(Infinity);
  }

  /** Ticks again, at the old pace; ticks that were due meanwhile are made up for unless they are skipped before. */
  resume(): void {
    const { pausedUs } = this;
    if (pausedUs === undefined) return;
    this.pausedUs = undefined;
    this.next.moveTo(pausedUs);
  }

  /** Ticks due before virtual time `atUs` (excluded) that were not received. */
  missedBefore(atUs: number): number {
    return Math.max(0, Math.ceil((atUs - this.nextUs) / this.stepUs));
  }
}

class Tick extends Future<void> {
  private readonly interval: Interval;

  constructor(interval: Interval) {
    super();
    this.interval = interval;
  }

  poll(waker: Waker): void | Pending {
    return this.interval.poll(waker);
  }

  /** The interval keeps its timer, or each turn of a select would arm it anew. */
  drop(): void {}

  override describe(): string {
    return `tick ${this.interval.kind}`;
  }
}

/**
 * Ticks every `periodUs` (microseconds on the node's clock; 1 or more).
 *
 * @param kind - Class of its timer in a census.
 * @param firstDelayUs - Before the first tick; default one period.
 */
export function interval(executor: Executor, periodUs: number, kind = 'interval', firstDelayUs = periodUs): Interval {
  return new Interval(executor, periodUs, kind, firstDelayUs);
}

/** What comes of a timeout. */
export type TimeoutResult<T> = { readonly kind: 'value'; readonly value: T } | { readonly kind: 'elapsed' };

class Timeout<T> extends Future<TimeoutResult<T>> {
  private readonly future: Future<T>;
  private readonly timer: Sleep;

  constructor(future: Future<T>, timer: Sleep) {
    super();
    this.future = future;
    this.timer = timer;
  }

  poll(waker: Waker): TimeoutResult<T> | Pending {
    const value = this.future.poll(waker);
    if (value !== PENDING) {
      this.timer.drop();
      return { kind: 'value', value };
    }
    if (this.timer.poll(waker) === PENDING) return PENDING;
    this.future.drop();
    return { kind: 'elapsed' };
  }

  drop(): void {
    this.future.drop();
    this.timer.drop();
  }

  override describe(): string {
    return `${this.future.describe()}, for a limited time`;
  }
}

/** Waits for `future` for at most `delayUs` (microseconds on the node's clock), then drops it. A value that is there in time wins. */
export function timeout<T>(executor: Executor, delayUs: number, future: Future<T>): Future<TimeoutResult<T>> {
  return new Timeout(future, sleep(executor, delayUs, 'timeout'));
}

/** A sleep by reference, to be awaited again and again until it is over. */
export function pinned(timer: Sleep): Future<void> {
  return borrow(timer);
}
