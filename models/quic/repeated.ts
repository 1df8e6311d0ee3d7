// A future that stands for the same operation again and again, as a poll function with exclusive access does.
// Invariant: one use is over (its value taken, or dropped) before the next begins.
import { Future } from '../../sim/tasks/future.ts';
import type { Waker } from '../../sim/tasks/future.ts';

const GIVEN: { done: false; value: Future<unknown> | undefined } = { done: false, value: undefined };
const TAKEN: { done: true; value: unknown } = { done: true, value: undefined };

/** See the file's head. A stream has one for its reads or writes, so that a packet costs no further object. */
export abstract class Repeated<T> extends Future<T> {
  /** Who waits; undefined while nobody does. */
  protected waker: Waker | undefined = undefined;
  private yielded = false;

  override next(value?: unknown): IteratorResult<Future<unknown>, T> {
    if (this.yielded) {
      this.yielded = false;
      TAKEN.value = value;
      return TAKEN as IteratorReturnResult<T>;
    }
    this.yielded = true;
    GIVEN.value = this;
    return GIVEN as IteratorYieldResult<Future<unknown>>;
  }

  override throw(error: unknown): never {
    this.yielded = false;
    throw error;
  }

  override return(value?: unknown): IteratorResult<Future<unknown>, T> {
    this.yielded = false;
    return super.return(value);
  }

  /** Wakes whoever waits. */
  wake(): void {
    this.waker?.wake();
  }

  drop(): void {
    this.waker = undefined;
  }
}
