// Futures: what a task awaits. They are polled, as in Rust, so that a select can drop those that lose.
// Invariant: a future that gave its value is not polled again; one that is dropped leaves no waker behind.
import { opaque } from '../census/opaque.ts';
import { invariant, SimulationError } from '../errors.ts';
import type { PeerId } from '../peer.ts';

/** What a poll gives while there is no value yet. */
export const PENDING: unique symbol = Symbol('pending');

/** Type of {@link PENDING}. */
export type Pending = typeof PENDING;

/** Who is polling: the task. A future that is pending keeps it and calls `wake` when a poll may go further. */
export interface Waker {
  /** Asks for a poll; more than once before it comes is once. */
  wake(): void;
  /**
   * Takes one unit of the poll's cooperative budget. False when it is spent: the future must then give
   * {@link PENDING}; the task has been woken to go on in its next poll, after others had their turn.
   */
  spend(): boolean;
  /** Notes that the poll achieved something: a value was taken or given, not merely that nothing more will come. */
  achieve(): void;
}

/** The body of a task or block: a generator that awaits by `yield*`. */
export type TaskBody<T> = Generator<Future<unknown>, T, unknown>;

/**
 * What the iterator of every future answers with: an await allocates nothing (bench `tasks`). Both are read where they
 * are returned, by `yield*` and {@link Block.poll}, before anything else can run.
 */
const AWAIT: { done: false; value: Future<unknown> | undefined } = { done: false, value: undefined };
const CAME: { done: true; value: unknown } = { done: true, value: undefined };

/** Forgets the last await of all: a simulation that does not run is held by nothing but its owner. */
export function forgetAwaits(): void {
  AWAIT.value = undefined;
  CAME.value = undefined;
}

/**
 * A value that may come. A future is its own iterator, so a body awaits it by `const value = yield* future`. It is
 * awaited by one body at a time. Once it gave its value, awaiting it again is for futures that say what comes then: a
 * receive takes the next item, a sleep that is over stays over.
 */
export abstract class Future<T> {
  // Set in the constructor: a field that is initialised here would be defined anew for every class of futures, which
  // took two fifths of the time of a select (bench `tasks`).
  declare private awaited: boolean;

  constructor() {
    this.awaited = false;
  }

  /** A census does not walk into what a task waits for: the task exposes its state. */
  get [opaque](): boolean {
    return true;
  }

  /** The value, or {@link PENDING} after keeping `waker` to be woken. */
  abstract poll(waker: Waker): T | Pending;

  /** Gives the future up: it lets go of its waker and of what it holds. Harmless when called again. */
  abstract drop(): void;

  /** What it waits for, in a few words, such as `sleep tick`; for reports. Default: the name of its class. */
  describe(): string {
    return this.constructor.name.replaceAll(/(?<=.)([A-Z])/g, ' $1').toLowerCase();
  }

  [Symbol.iterator](): Iterator<Future<unknown>, T, unknown> {
    return this;
  }

  /** First yields the future itself to whoever runs the body, then returns the value that comes back. */
  next(value?: unknown): IteratorResult<Future<unknown>, T> {
    if (this.awaited) {
      this.awaited = false;
      CAME.value = value;
      return CAME as IteratorReturnResult<T>;
    }
    this.awaited = true;
    AWAIT.value = this;
    return AWAIT as IteratorYieldResult<Future<unknown>>;
  }

  /** The poll threw: so does the await. */
  throw(error: unknown): IteratorResult<Future<unknown>, T> {
    this.awaited = false;
    throw error;
  }

  /** The body that awaits is cancelled here. */
  return(value?: unknown): IteratorResult<Future<unknown>, T> {
    this.awaited = false;
    this.drop();
    return { done: true, value: value as T };
  }
}

/** Awaits of one body in one poll that were ready at once, after which it lets others have a turn whatever it awaits. */
const MOST_STEPS = 1024;

/** Runs a body as a future: an `async` block. Dropping it cancels the body where it awaits, and its `finally` blocks run. */
export class Block<T> extends Future<T> {
  private readonly body: TaskBody<T>;
  private awaiting: Future<unknown> | undefined = undefined;
  private over = false;

  constructor(body: TaskBody<T>) {
    super();
    if (typeof body !== 'object') refuseBody(body);
    this.body = body;
  }

  poll(waker: Waker): T | Pending {
    invariant(!this.over, 'a block is not polled after its end');
    // Over unless it comes to await: an exception ends it too.
    this.over = true;
    let awaiting = this.awaiting;
    if (awaiting === undefined) {
      const step = this.body.next();
      if (step.done === true) return step.value;
      awaiting = step.value;
    }
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      let input: unknown = undefined;
      let step: IteratorResult<Future<unknown>, T> | undefined;
      try {
        input = awaiting.poll(waker);
      } catch (error) {
        if (!(awaiting instanceof Future)) throw new OddAwait(awaiting);
        // What else it held, such as the other arms of a select, goes; then the body throws where it awaits: its
        // `finally` blocks run, and it may catch.
        awaiting.drop();
        step = this.body.throw(error);
      }
      if (step === undefined) {
        if (input === PENDING) return this.park(awaiting);
        step = this.body.next(input);
      }
      if (step.done === true) return step.value;
      awaiting = step.value;
    }
    // What it awaits has spent no budget: without this a loop of such awaits would stop virtual time.
    waker.wake();
    return this.park(awaiting);
  }

  drop(): void {
    if (this.over) return;
    this.over = true;
    this.awaiting = undefined;
    // A body that never ran is over without running, as a future that was never polled.
    const end = this.body.return(undefined as T);
    invariant(end.done === true, 'no `finally` of a cancelled task awaits');
  }

  override describe(): string {
    return this.awaiting?.describe() ?? (this.over ? 'nothing more' : 'its first poll');
  }

  private park(awaiting: Future<unknown>): Pending {
    this.awaiting = awaiting;
    this.over = false;
    return PENDING;
  }
}

/** A body yielded what cannot be awaited; the task at hand says which it is. */
export class OddAwait extends SimulationError {
  constructor(received: unknown, task?: string) {
    const who = task === undefined ? 'a body' : `the task ${task}`;
    const message = `${who} yielded ${thing(received)}, expected yield* and a future, such as yield* node.sleep(1000)`;
    super('bad-await', message, { received });
  }
}

/**
 * Refuses what is no body of a task.
 *
 * @throws {SimulationError} `bad-body` unless it is a generator.
 */
export function refuseBody(body: unknown): void {
  const { next, [Symbol.iterator]: iterator } = Object(body) as Partial<TaskBody<unknown>>;
  if (typeof next === 'function' && typeof iterator === 'function') return;
  const hint = typeof body === 'function' ? ': call it' : '';
  const message = `received ${thing(body)} as the body of a task, expected a generator, what a function* returns${hint}`;
  throw new SimulationError('bad-body', message, { received: typeof body });
}

function thing(received: unknown): string {
  if (received === undefined) return 'nothing';
  if (typeof received === 'function') return 'a function';
  if (typeof received !== 'object' || received === null) return String(received);
  return `a value of type ${Object.prototype.toString.call(received).slice('[object '.length, -1)}`;
}

/** A body as a future, for an arm of a select, a race or a timeout. */
export function block<T>(body: TaskBody<T>): Future<T> {
  return new Block(body);
}

class Ready<T> extends Future<T> {
  private readonly value: T;

  constructor(value: T) {
    super();
    this.value = value;
  }

  poll(): T {
    return this.value;
  }

  drop(): void {}
}

class Never extends Future<never> {
  poll(): Pending {
    return PENDING;
  }

  drop(): void {}
}

/** A future that has its value already. */
export function ready<T>(value: T): Future<T> {
  return new Ready(value);
}

/** A future that never has a value and wakes nobody. */
export function never(): Future<never> {
  return new Never();
}

class Borrowed<T> extends Future<T> {
  private readonly inner: Future<T>;

  constructor(inner: Future<T>) {
    super();
    this.inner = inner;
  }

  poll(waker: Waker): T | Pending {
    return this.inner.poll(waker);
  }

  drop(): void {}

  override describe(): string {
    return this.inner.describe();
  }
}

/** Awaits `future` by reference: when this is dropped, such as by a select that another arm wins, `future` lives on. */
export function borrow<T>(future: Future<T>): Future<T> {
  return new Borrowed(future);
}

class YieldNow extends Future<void> {
  private yielded = false;

  poll(waker: Waker): void | Pending {
    if (this.yielded) return;
    this.yielded = true;
    waker.wake();
    return PENDING;
  }

  drop(): void {}
}

/** Lets every other task that is ready have a turn first. Achieves nothing by itself. */
export function yieldNow(): Future<void> {
  return new YieldNow();
}

/** Ends the task at hand as a panic does. For what a real stack would panic at; not for our own bugs. */
export class TaskPanic extends Error {
  override readonly name = 'TaskPanic';
}

/** Panics: the task at hand ends, and whoever joins it learns of it. */
export function panic(message: string): never {
  throw new TaskPanic(message);
}

/** What is let go of by its `drop`, which is harmless when called again: a sender, an interval, a future. */
export interface Droppable {
  drop(): void;
}

/** What a spawned task is for. */
export interface TaskOptions {
  /** The peer it serves, if any. */
  readonly subject?: PeerId;
  /** What its stack frame and state hold by the model's estimate, in bytes; default 0. */
  readonly bytes?: number;
  /**
   * What was moved into the task. It is dropped at the task's end, after the `finally` blocks and in this order, even
   * when the body was cancelled before it began: no `finally` of its own could do so then.
   */
  readonly owns?: readonly Droppable[];
}
