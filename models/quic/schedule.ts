// When a connection has something to look at, and the one timer for it.
// Invariant: the timer never fires later than what is due next. It may fire early and is then armed again: moving it at
// every packet would cost more than those turns.
import { opaque } from '../../sim/census/opaque.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { Fires, TaskNode } from '../../sim/tasks/task-node.ts';

/** See the file's head. */
export class Schedule implements Fires {
  readonly kind = 'quic';
  /** When the other side was heard last, in virtual microseconds. */
  lastHeardUs: number;
  /** When a handshake is given up; Infinity when never, or when it is over. */
  handshakeAtUs: number;
  /** When a close that nobody answers is given up; Infinity when never. */
  drainedAtUs = Infinity;

  readonly #node: TaskNode;
  readonly #due: () => void;
  private handle: TimerHandle = -1;
  private armedAtUs = Infinity;

  /** @param due - Called when the timer fires. */
  constructor(node: TaskNode, handshakeAtUs: number, due: () => void) {
    this.#node = node;
    this.#due = due;
    this.lastHeardUs = node.simulation.nowUs;
    this.handshakeAtUs = handshakeAtUs;
    this.reach(handshakeAtUs);
  }

  get [opaque](): boolean {
    return true;
  }

  /** Makes the timer fire at that time, if it would fire later; Infinity asks for nothing. */
  reach(atUs: number): void {
    if (atUs >= this.armedAtUs) return;
    this.disarm();
    const { simulation } = this.#node;
    this.armedAtUs = atUs;
    this.handle = simulation.setTimer(this.#node, Math.max(0, atUs - simulation.nowUs), this);
  }

  fire(): void {
    this.armedAtUs = Infinity;
    this.#due();
  }

  disarm(): void {
    if (this.armedAtUs !== Infinity) this.#node.simulation.cancelTimer(this.handle);
    this.armedAtUs = Infinity;
  }
}
