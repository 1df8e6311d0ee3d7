// The tasks of an executor that have not ended, in spawn order.
// Invariant: adding and removing allocate nothing and take one step, and a task that was removed holds no other.
import type { Task } from './task.ts';

/** See the file's head. Reads like a set. */
export class TaskList implements Iterable<Task<unknown>> {
  private oldest: Task<unknown> | undefined = undefined;
  private newest: Task<unknown> | undefined = undefined;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Oldest first. The task at hand may be removed, no other. */
  *[Symbol.iterator](): Generator<Task<unknown>, void, undefined> {
    for (let task = this.oldest; task !== undefined;) {
      const { newer } = task;
      yield task;
      task = newer;
    }
  }

  add(task: Task<unknown>): void {
    const { newest } = this;
    task.older = newest;
    if (newest === undefined) this.oldest = task;
    else newest.newer = task;
    this.newest = task;
    this.count++;
  }

  /** Takes out a task that is in the list. */
  delete(task: Task<unknown>): void {
    const { older, newer } = task;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    task.older = undefined;
    task.newer = undefined;
    this.count--;
  }
}
