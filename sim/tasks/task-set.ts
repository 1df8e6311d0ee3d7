// A set of tasks that are joined in the order in which they end, and aborted with their owner.
// Invariant: a task is in the set from its spawn until its result was taken.
import type { Executor } from './executor.ts';
import { Fifo } from './fifo.ts';
import { PENDING } from './future.ts';
import type { Future, Pending, TaskBody, TaskOptions, Waker } from './future.ts';
import type { JoinResult, TaskHandle } from './task.ts';
import { WaitList, Waiting } from './wait-list.ts';

/** A task of the set that has ended. */
export interface Joined<T> {
  readonly task: TaskHandle<T>;
  readonly result: JoinResult<T>;
}

/** See the file's head. The owner must call {@link abortAll} in its `finally` block. */
export class TaskSet<T> {
  private readonly executor: Executor;
  private readonly tasks = new Set<TaskHandle<T>>();
  private readonly ended = new Fifo<Joined<T>>();
  private readonly waiting = new WaitList<JoinNext<T>>();

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

  /** True when none waits to be joined. */
  get isAllRunning(): boolean {
    return this.ended.length === 0;
  }

  /** Like {@link Executor.spawn}. */
  spawn(site: string, body: TaskBody<T>, options: TaskOptions = {}): TaskHandle<T> {
    const task = this.executor.spawn(site, body, options);
    this.tasks.add(task);
    task.onEnd((result) => {
      if (!this.tasks.delete(task)) return;
      this.ended.push({ task, result });
      this.waiting.wakeAll();
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
    this.ended.clear();
    this.waiting.wakeAll();
  }

  /** For {@link joinNext}: a task that has ended. */
  take(): Joined<T> | undefined {
    return this.ended.length > 0 ? this.ended.shift() : undefined;
  }

  /** For {@link joinNext}: who waits. */
  get joining(): WaitList<JoinNext<T>> {
    return this.waiting;
  }
}

class JoinNext<T> extends Waiting<Joined<T> | undefined> {
  private readonly set: TaskSet<T>;

  constructor(set: TaskSet<T>) {
    super();
    this.set = set;
  }

  poll(waker: Waker): Joined<T> | undefined | Pending {
    const { set } = this;
    if (set.size > 0 && set.isAllRunning) return this.waitIn(set.joining, waker);
    if (!waker.spend()) return PENDING;
    const joined = set.take();
    // To hear that none is left is something once; to ask again is not.
    if (joined !== undefined || this.hasWaited) waker.achieve();
    this.drop();
    return joined;
  }
}
