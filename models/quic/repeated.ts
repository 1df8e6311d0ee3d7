// A future that stands for the same operation again and again, as a poll function with exclusive access does.
// Invariant: one use is over (its value taken, or dropped) before the next begins.
import { Future } from '../../sim/tasks/future.ts';
import type { Waker } from '../../sim/tasks/future.ts';

/** See the file's head. A stream has one for its reads or writes, so that a packet costs no further object. */
export abstract class Repeated<T> extends Future<T> {
  /** Who waits; undefined while nobody does. */
  protected waker: Waker | undefined = undefined;

  /** Wakes whoever waits. */
  wake(): void {
    this.waker?.wake();
  }

  drop(): void {
    this.waker = undefined;
  }
}
