// The executor: polls the tasks of one node, in the order in which they were woken, until none is ready.
// Invariant: it runs inside an event of its node only; a task that spins is held back, and virtual time passes for it.
import { SimulationError } from '../errors.ts';
import type { Node } from '../node.ts';
import type { RandomStream } from '../random/stream.ts';
import type { NodeClock } from '../network/clocks.ts';
import { Fifo } from './fifo.ts';
import type { TaskBody, TaskOptions } from './future.ts';
import { Task } from './task.ts';
import type { TaskHandle } from './task.ts';
import { TaskList } from './task-list.ts';

/** Idle polls of one task in a row within one virtual instant, after which it is held back. */
export const IDLE_POLL_LIMIT = 128;
/** Polls of one task within one virtual instant, idle or not, after which it is held back: two tasks may feed each other. */
const POLL_LIMIT = 10_000;
/** The same at a site where a task was held back for that before: it shows soon that it still feeds itself. */
const FED_POLL_LIMIT = 100;
/** How long a task that spins is held back unless something wakes it, in microseconds. It is charged for that time. */
export const SPIN_US = 10_000;
/** Idle polls that a task has after it was held back, until it is again: it shows soon that it still spins. */
const RESUMED_POLLS = 4;

/** Turns of all tasks within one event, after which they are taken for tasks that spawn each other without end. */
const MOST_TURNS = 200_000;

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
  readonly tasks = new TaskList();
  /** The task that is being polled. */
  current: Task<unknown> | undefined = undefined;

  /** Ready tasks, first come first served. */
  private readonly ready = new Fifo<Task<unknown>>();
  private settling: Settling[] = [];
  private settled: Settling[] = [];
  private running = false;
  private over = false;

  constructor(host: TaskHost) {
    this.host = host;
  }

  /** True once the node was killed: nothing runs any more, and what is spawned never begins. */
  get isOver(): boolean {
    return this.over;
  }

  /**
   * Begins a task; it is polled first when those that are ready now have had their turn.
   *
   * @param site - `<bucket>.<name>` of the place that spawns; one of few, such as `gossip.connection-loop`.
   */
  spawn<T>(site: string, body: TaskBody<T>, options: TaskOptions = NO_OPTIONS): TaskHandle<T> {
    const task = new Task(this, this.current, site, body, options);
    if (this.over) {
      task.reclaim();
      return task;
    }
    this.tasks.add(task as Task<unknown>);
    this.current?.achieve();
    task.begin();
    return task;
  }

  /** Puts a task that was woken into the queue; for tasks, which see to it that they stand in it once. */
  enqueue(task: Task<unknown>): void {
    this.ready.push(task);
  }

  /**
   * Asks for `settle` to be called once, when no task is ready and none is being polled. What it wakes runs in the same
   * event. Also the way for a task to stop its own node.
   */
  settleLater(thing: Settling): void {
    if (!this.over) this.settling.push(thing);
  }

  /**
   * Polls until no task is ready. Every event of the node ends with it, and every call from outside, such as a world's
   * action. Nothing happens when called from a task, which is being drained already.
   */
  drain(): void {
    const { host, ready } = this;
    if (this.running || !host.running) return;
    this.running = true;
    const { nowUs } = host.simulation;
    let turns = 0;
    try {
      do {
        for (; ready.length > 0 && host.running; turns++) {
          const task = ready.shift();
          if (turns === MOST_TURNS) this.refuse(task);
          this.turn(task, nowUs);
        }
        if (this.settling.length > 0) this.settle();
      } while (ready.length > 0 && host.running);
    } finally {
      this.current = undefined;
      this.running = false;
    }
  }

  /**
   * Cancels every task now, newest first: their `finally` blocks run, and what these spawn is cancelled unbegun. For a
   * graceful end. A task that calls this is cancelled itself when it comes to await.
   */
  abortAll(): void {
    for (let cancelled = true; cancelled;) {
      cancelled = false;
      for (const task of [...this.tasks].reverse()) {
        const { current } = this;
        this.current = task;
        if (task.cancelNow()) cancelled = true;
        this.current = current;
      }
    }
    this.drain();
  }

  /** The node was killed: its tasks are gone without a word, no `finally` runs, and nothing of it will be polled. */
  end(): void {
    if (this.over) return;
    this.over = true;
    for (const task of this.tasks) {
      task.reclaim();
      this.tasks.delete(task);
    }
    this.ready.clear();
    this.settling.length = 0;
  }

  private turn(task: Task<unknown>, nowUs: number): void {
    if (task.instantUs !== nowUs) {
      task.idleRun = task.idleRun < IDLE_POLL_LIMIT ? 0 : IDLE_POLL_LIMIT - RESUMED_POLLS;
      if (task.busyHoldUs > 0 && task.instantPolls < pollLimitOf(task)) task.busyHoldUs = 0;
      task.instantUs = nowUs;
      task.instantPolls = 0;
    }
    const spins =
      task.idleRun >= IDLE_POLL_LIMIT ||
      (task.instantPolls >= FED_POLL_LIMIT && task.instantPolls >= pollLimitOf(task));
    if (spins && !task.isAborting) {
      task.holdBack(SPIN_US, task.idleRun >= IDLE_POLL_LIMIT);
      return;
    }
    this.current = task;
    task.turn();
    this.current = undefined;
  }

  private refuse({ path }: Task<unknown>): never {
    const { host } = this;
    throw new SimulationError(
      'tasks-never-rest',
      `${host.peer} at ${host.simulation.nowUs} us: its tasks had ${MOST_TURNS} turns within one event, the next ${path.slice(0, 200)}; expected them to come to rest`,
      { turns: MOST_TURNS },
    );
  }

  private settle(): void {
    const things = this.settling;
    this.settling = this.settled;
    this.settled = things;
    for (const thing of things) {
      if (this.host.running && !this.over) thing.settle();
    }
    things.length = 0;
  }
}

/**
 * A hold is one event, and budgets are counted in events: were each as long as the first, a run could not be bounded.
 * Which site it is decides, not which task, as churn begins the same loop anew at every start.
 */
function pollLimitOf({ hasLivelocked }: Task<unknown>): number {
  return hasLivelocked ? FED_POLL_LIMIT : POLL_LIMIT;
}

const NO_OPTIONS: TaskOptions = {};
