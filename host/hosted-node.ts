// A running incarnation whose code is a real package, on virtual time.
// Invariant: its code runs only inside an event of its own, so that every timer and draw of that event is its.
import type { NodeClock } from '../sim/network/clocks.ts';
import { TRUE_CLOCK } from '../sim/network/clocks.ts';
import { Node } from '../sim/node.ts';
import type { RandomStream } from '../sim/random/stream.ts';
import type { NodeEnd } from '../sim/simulation.ts';
import type { HostedSimulation } from './hosted-simulation.ts';

/** Something that runs when its time has come; every timer of a hosted node is one. */
export interface Fires {
  /** Class of the timer in a census. */
  readonly kind: string;
  fire(): void;
}

/** Base class of hosted nodes; an adapter derives from it, starts its package by {@link perform} and passes on messages. */
export abstract class HostedNode extends Node {
  readonly host: HostedSimulation;
  /** What `Date` and the timers of this node go by. */
  readonly clock: NodeClock;
  /** What the harness asked of it and has not ended. */
  readonly pending = new Set<Performance>();
  private stream: RandomStream | undefined = undefined;
  private life = 0;

  constructor(host: HostedSimulation, clock: NodeClock = TRUE_CLOCK) {
    super();
    this.host = host;
    this.clock = clock;
  }

  /** Which life of its peer it is, from 1; kept after its end. */
  get incarnation(): number {
    if (this.life === 0) this.life = this.peer.incarnations;
    return this.life;
  }

  /** Where its random draws come from: one stream per life. */
  get random(): RandomStream {
    this.stream ??= this.simulation.streams.stream(`node/${this.peer.index}/${this.incarnation}/hosted`);
    return this.stream;
  }

  /** A message arrived; see {@link Node.onMessage}. Runs as an event of the node. */
  abstract receive(from: number, message: unknown): void;

  /** An event of it was handled and drained; what reads its state may do so now. No code of the target runs here. */
  drained(): void {
    // Nothing to do, as a rule.
  }

  override onMessage(from: number, message: unknown): void {
    const { host } = this;
    host.begin(this);
    try {
      this.receive(from, message);
    } catch (error) {
      host.thrown(error);
    }
    host.handled();
  }

  override onTimer(timer: unknown): void {
    const { host } = this;
    host.begin(this);
    try {
      (timer as Fires).fire();
    } catch (error) {
      host.thrown(error);
    }
    host.handled();
  }

  /**
   * Runs `action` as an event of the node, now on the simulation's clock but after the event at hand. It is the only
   * way in for a harness: code of a node that ran in another's event would be counted for that one. A promise that it
   * returns is followed: a rejection is recorded, and one that never settles is told when the run ends.
   *
   * @param what - Names the request in evidence, such as `start`.
   */
  perform(what: string, action: () => unknown): void {
    const performance = new Performance(this, what, action);
    this.pending.add(performance);
    this.simulation.setTimer(this, 0, performance);
  }

  /** Ends it: what is pending for it never runs, and nothing that it awaits settles any more. */
  end(how: NodeEnd): void {
    this.life = this.incarnation;
    this.pending.clear();
    this.simulation.detach(this, how);
  }
}

/** A request of the harness to a node. */
export class Performance implements Fires {
  readonly kind = 'timer.perform';
  readonly what: string;
  /** When it was asked for, in virtual microseconds. */
  readonly sinceUs: number;
  readonly #node: HostedNode;
  readonly #action: () => unknown;

  constructor(node: HostedNode, what: string, action: () => unknown) {
    this.#node = node;
    this.what = what;
    this.sinceUs = node.simulation.nowUs;
    this.#action = action;
  }

  fire(): void {
    const { host, pending } = this.#node;
    let result: unknown;
    try {
      result = this.#action();
    } catch (error) {
      pending.delete(this);
      throw error;
    }
    if (!isThenable(result)) {
      pending.delete(this);
      return;
    }
    result.then(
      () => pending.delete(this),
      (error: unknown) => {
        pending.delete(this);
        host.rejected(error);
      },
    );
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
