// A node that runs tasks.
// Invariant: every event of the node ends with all ready tasks polled.
import { TRUE_CLOCK } from '../network/clocks.ts';
import type { NodeClock } from '../network/clocks.ts';
import { Node } from '../node.ts';
import type { RandomStream } from '../random/stream.ts';
import type { TimerHandle } from '../reducer.ts';
import { Executor } from './executor.ts';

/** Something whose timer fires; every timer of a task node is one. */
export interface Fires {
  /** Class of the timer in a census. */
  readonly kind: string;
  fire(): void;
}

/** Base class of nodes that are written as tasks. */
export abstract class TaskNode extends Node {
  readonly executor = new Executor(this);
  readonly clock: NodeClock;
  /** The node's own stream. */
  readonly random: RandomStream;

  constructor(random: RandomStream, clock: NodeClock = TRUE_CLOCK) {
    super();
    this.random = random;
    this.clock = clock;
  }

  override onMessage(from: number, message: unknown): void {
    this.receive(from, message);
    this.executor.drain();
  }

  override onTimer(timer: unknown): void {
    (timer as Fires).fire();
    this.executor.drain();
  }

  /** A message arrived; see {@link Node.onMessage}. */
  abstract receive(from: number, message: unknown): void;

  /**
   * Runs `action` in an event of the node's own, outside any task: for what a task cannot do to itself, such as ending
   * its node.
   *
   * @param delayUs - From now on the simulation's clock, in microseconds; 0 or more.
   * @param kind - Class of the timer in a census.
   */
  later(delayUs: number, kind: string, action: () => void): TimerHandle {
    return this.simulation.setTimer(this, delayUs, new Later(kind, action));
  }

  /** Charges CPU to the task at hand; `op` is an index of the model's cost table. */
  charge(op: number, times = 1): void {
    this.executor.current?.charge(op, times);
  }
}

/** The executor of a node that runs tasks; undefined for any other. */
export function executorOf(node: Node): Executor | undefined {
  const { executor } = node as Partial<TaskNode>;
  return executor instanceof Executor ? executor : undefined;
}

/** A timer of a task node that runs an action, as {@link TaskNode.later} does; what it does is hidden from a census. */
export class Later implements Fires {
  readonly kind: string;
  readonly #action: () => void;

  constructor(kind: string, action: () => void) {
    this.kind = kind;
    this.#action = action;
  }

  fire(): void {
    this.#action();
  }
}
