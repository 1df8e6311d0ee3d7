// The executor: polls the tasks of one node, in the order in which they were woken, until none is ready.
// Invariant: it runs inside an event of its node only; a task that spins is held back, and virtual time passes for it.
import type { Node } from '../node.ts';
import type { RandomStream } from '../random/stream.ts';
import type { NodeClock } from '../network/clocks.ts';
import type { TaskBody, TaskOptions } from './future.ts';
import { Task } from './task.ts';
import type { TaskHandle } from './task.ts';

/** Idle polls of one task in a row within one virtual instant, after which it is held back. */
export const IDLE_POLL_LIMIT = 128;
/** Polls of one task within one virtual instant, idle or not, after which it is held back: two tasks may feed each other. */
const POLL_LIMIT = 10_000;
/** How long a task that spins is held back, in microseconds. All that time it is charged for, as it would have spun. */
const SPIN_US = 10_000;

/** What an executor needs of its node. */
export interface TaskHost extends Node {
  readonly clock: NodeClock;
  readonly random: RandomStream;
}

/** Something with a queue, looked at when all ready tasks have had their turn. See {@link Executor.settleLater}. */
export interface Settling {
  settle(): void;
}

/** The tasks of one node. */
export class Executor {
  readonly host: TaskHost;
  /** Tasks that have not ended, in spawn order. */
  readonly tasks = new Set<Task<unknown>>();
  /** The task that is being polled. */
  current: Task<unknown> | undefined = undefined;

  private queue: Task<unknown>[] = [];
  private spare: Task<unknown>[] = [];
  private settling: Settling[] = [];
  private running = false;

  constructor(host: TaskHost) {
    this.host = host;
  }

  /**
   * Begins a task; it is polled first when those that are ready now have had their turn.
   *
   * @param site - `<bucket>.<name>` of the place that spawns; one of few, such as `gossip.connection-loop`.
   */
  spawn<T>(site: string, body: TaskBody<T>, options: TaskOptions = {}): TaskHandle<T> {
    const task = new Task(this, this.current, site, body, options);
    this.tasks.add(task as Task<unknown>);
    this.current?.achieve();
    task.wake();
    return task;
  }

  /** Puts a task that was woken into the queue. */
  enqueue(task: Task<unknown>): void {
    this.queue.push(task);
  }

  /** Asks for `settle` to be called once no task is ready. */
  settleLater(thing: Settling): void {
    this.settling.push(thing);
  }

  /** Polls until no task is ready. Every event of the node ends with it; nothing happens when called from a task. */
  drain(): void {
    if (this.running || !this.host.running) return;
    this.running = true;
    const { nowUs } = this.host.simulation;
    try {
      while (this.queue.length > 0) {
        // Two arrays change places: shifting one would read it through at every poll.
        const batch = this.queue;
        this.queue = this.spare;
        this.spare = batch;
        for (let place = 0; place < batch.length; place++) this.turn(batch[place]!, nowUs);
        batch.length = 0;
        if (!this.host.running) return;
      }
      if (this.settling.length > 0) this.settle();
    } finally {
      this.current = undefined;
      this.running = false;
    }
  }

  /** Cancels every task, newest first: their `finally` blocks run. For a graceful end. */
  abortAll(): void {
    for (const task of [...this.tasks].reverse()) task.abort();
    this.drain();
  }

  /** The node was killed: its tasks are gone without a word. */
  end(): void {
    for (const task of this.tasks) task.reclaim();
    this.tasks.clear();
    this.queue = [];
    this.settling = [];
  }

  private turn(task: Task<unknown>, nowUs: number): void {
    if (task.instantUs !== nowUs) {
      task.instantUs = nowUs;
      task.instantPolls = 0;
      task.idleRun = 0;
    }
    if (task.idleRun >= IDLE_POLL_LIMIT || task.instantPolls >= POLL_LIMIT) {
      this.holdBack(task);
      return;
    }
    this.current = task;
    task.turn();
    this.current = undefined;
  }

  /** Holding back changes nothing that the task could see: its polls achieved nothing, or go on later. */
  private holdBack(task: Task<unknown>): void {
    const { host } = this;
    task.chargeSpin(SPIN_US);
    host.simulation.setTimer(host, SPIN_US, new Resume(task));
  }

  private settle(): void {
    const things = this.settling;
    this.settling = [];
    for (const thing of things) thing.settle();
  }
}

/** The timer of a task that was held back. */
class Resume {
  readonly kind = 'resume';
  readonly #task: Task<unknown>;

  constructor(task: Task<unknown>) {
    this.#task = task;
  }

  fire(): void {
    this.#task.resume();
  }
}
