// A set of tasks that are joined in the order in which they end, and aborted with their owner.
// Invariant: a task is in the set from its spawn until its result was taken.
import type { Executor } from './executor.ts';
import { Future, PENDING } from './future.ts';
import type { Pending, TaskBody, TaskOptions, Waker } from './future.ts';
import type { JoinResult, TaskHandle } from './task.ts';

/** A task of the set that has ended. */
export interface Joined<T> {
  readonly task: TaskHandle<T>;
  readonly result: JoinResult<T>;
}

/** See the file's head. The owner must call {@link abortAll} in its `finally` block. */
export class TaskSet<T> {
  private readonly executor: Executor;
  private readonly tasks = new Set<TaskHandle<T>>();
  private readonly ended: Joined<T>[] = [];
  private waker: Waker | undefined = undefined;

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** Tasks whose result was not taken yet. */
  get size(): number {
    return this.tasks.size + this.ended.length;
  }

  /** The tasks that run. */
  get running(): Iterable<TaskHandle<T>> {
    return this.tasks;
  }

  /** Like {@link Executor.spawn}. */
  spawn(site: string, body: TaskBody<T>, options: TaskOptions = {}): TaskHandle<T> {
    const task = this.executor.spawn(site, body, options);
    this.tasks.add(task);
    task.onEnd((result) => {
      if (!this.tasks.delete(task)) return;
      this.ended.push({ task, result });
      this.waker?.wake();
    });
    return task;
  }

  /** The next task that ends, or undefined when the set is empty. Cancelling loses nothing. */
  joinNext(): Future<Joined<T> | undefined> {
    return new JoinNext(this);
  }

  /** Aborts all that run; their results are not waited for, and those not taken are dropped. */
  abortAll(): void {
    for (const task of this.tasks) task.abort();
    this.tasks.clear();
    this.ended.length = 0;
  }

  /** For {@link joinNext}. */
  take(): Joined<T> | undefined {
    return this.ended.shift();
  }

  wait(waker: Waker | undefined): void {
    this.waker = waker;
  }
}

class JoinNext<T> extends Future<Joined<T> | undefined> {
  private readonly set: TaskSet<T>;

  constructor(set: TaskSet<T>) {
    super();
    this.set = set;
  }

  poll(waker: Waker): Joined<T> | undefined | Pending {
    const joined = this.set.take();
    if (joined !== undefined) {
      waker.achieve();
      return joined;
    }
    if (this.set.size === 0) return waker.spend() ? undefined : PENDING;
    this.set.wait(waker);
    return PENDING;
  }

  drop(): void {
    this.set.wait(undefined);
  }
}
