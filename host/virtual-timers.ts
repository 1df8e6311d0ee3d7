// The timers of a hosted run: what setTimeout, setInterval and setImmediate return and do on virtual time.
// Invariant: a timer belongs to the node whose event made it, and never fires once that node has ended.
import { trueDelayUs } from '../sim/network/clocks.ts';
import type { TimerHandle } from '../sim/reducer.ts';
import type { Fires, HostedNode } from './hosted-node.ts';
import type { HostedSimulation } from './hosted-simulation.ts';
import { real, thread } from './thread.ts';

/** Longest delay in milliseconds; like Node, anything longer, and anything below 1, is taken for 1. */
const LONGEST_MS = 2 ** 31 - 1;
/** What an immediate takes, in microseconds: above 0, so that a loop of immediates gets on in time. */
const IMMEDIATE_US = 1;

type Callback = (...args: unknown[]) => unknown;

/** A timer on virtual time, with the members of Node's own. */
export abstract class VirtualTimer implements Fires {
  readonly kind: string;
  #host: HostedSimulation;
  readonly #owner: HostedNode | undefined;
  #callback: Callback | undefined;
  /** What a timer of a module calls in every run; undefined for any other. */
  readonly #loaded: Callback | undefined;
  readonly #args: readonly unknown[];
  readonly #repeats: boolean;
  #delayUs: number;
  #handle: TimerHandle | undefined = undefined;
  #id = 0;
  #referenced = true;

  constructor(
    kind: string,
    host: HostedSimulation,
    callback: Callback,
    args: readonly unknown[],
    delayUs: number,
    repeats = false,
  ) {
    this.kind = kind;
    this.#host = host;
    this.#owner = host.owner;
    this.#callback = callback;
    this.#loaded = host.loading === undefined ? undefined : callback;
    host.loading?.push(this);
    this.#args = args;
    this.#delayUs = delayUs;
    this.#repeats = repeats;
    this.#arm();
  }

  /** Has no effect on a run, which ends at its own time; {@link hasRef} tells it. */
  ref(): this {
    this.#referenced = true;
    return this;
  }

  /** See {@link ref}. */
  unref(): this {
    this.#referenced = false;
    return this;
  }

  /** What its callback is called with; for a census. */
  get args(): readonly unknown[] {
    return this.#args;
  }

  hasRef(): boolean {
    return this.#referenced && this.#callback !== undefined;
  }

  /** Takes a timer of a module into another run, as it was when the module had been imported. */
  revive(host: HostedSimulation): void {
    this.#host = host;
    this.#handle = undefined;
    this.#callback = this.#loaded;
    this.#arm();
  }

  /** True while it has something to call. */
  get armed(): boolean {
    return this.#callback !== undefined;
  }

  /** The simulation's event came. */
  fire(): void {
    this.#handle = undefined;
    const callback = this.#callback;
    if (callback === undefined) return;
    if (!this.#repeats) this.#forgetId();
    try {
      Reflect.apply(callback, this, this.#args);
    } finally {
      // Like Node, after the callback: what that armed for the same moment comes first.
      if (this.#repeats && this.#handle === undefined && this.#callback !== undefined) this.#arm();
      else if (this.#handle === undefined) this.#callback = undefined;
    }
  }

  /** Ends it. */
  cancel(): void {
    this.#disarm();
    this.#callback = undefined;
    this.#forgetId();
  }

  /** Begins its delay anew; nothing once it has fired for the last time or was cancelled. */
  protected again(): void {
    if (this.#callback === undefined) return;
    this.#disarm();
    this.#arm();
  }

  /** A number that the clear functions take; like Node, kept track of only if asked for. */
  protected get id(): number {
    if (this.#id === 0) {
      this.#id = this.#host.nextTimerId++;
      if (this.#callback !== undefined) this.#host.timersById.set(this.#id, this);
    }
    return this.#id;
  }

  #arm(): void {
    const host = this.#host;
    const owner = this.#owner;
    if (thread.host !== host) return;
    host.checkOwner('a timer');
    if (owner === undefined) {
      const { simulation } = host;
      this.#handle = simulation.at(simulation.nowUs + this.#delayUs, () => host.runUnowned(this));
    } else if (owner.running) {
      this.#handle = host.simulation.setTimer(owner, trueDelayUs(owner.clock, this.#delayUs), this);
    } else host.leftover(this.kind);
  }

  #disarm(): void {
    if (this.#handle !== undefined) this.#host.simulation.cancelTimer(this.#handle);
    this.#handle = undefined;
  }

  #forgetId(): void {
    if (this.#id !== 0) this.#host.timersById.delete(this.#id);
  }
}

/** What `setTimeout` and `setInterval` return. */
export class VirtualTimeout extends VirtualTimer {
  constructor(host: HostedSimulation, callback: Callback, args: readonly unknown[], delay: unknown, repeats: boolean) {
    super(repeats ? 'timer.interval' : 'timer.timeout', host, callback, args, delayUsOf(delay), repeats);
  }

  refresh(): this {
    this.again();
    return this;
  }

  close(): this {
    this.cancel();
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.id;
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/** What `setImmediate` returns. */
export class VirtualImmediate extends VirtualTimer {
  constructor(host: HostedSimulation, callback: Callback, args: readonly unknown[]) {
    super('timer.immediate', host, callback, args, IMMEDIATE_US);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

function delayUsOf(delay: unknown): number {
  // Node coerces anything, also what throws on it.
  const ms = Number(delay);
  return ms >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) * 1000 : 1000;
}

function setTimeout(callback: Callback, delay?: unknown, ...args: unknown[]): unknown {
  const { host } = thread;
  // Node's own says what is wrong with a callback that is none.
  if (host === undefined || typeof callback !== 'function') return real.setTimeout(callback, delay as number, ...args);
  return new VirtualTimeout(host, callback, args, delay, false);
}

function setInterval(callback: Callback, delay?: unknown, ...args: unknown[]): unknown {
  const { host } = thread;
  if (host === undefined || typeof callback !== 'function') return real.setInterval(callback, delay as number, ...args);
  return new VirtualTimeout(host, callback, args, delay, true);
}

function setImmediate(callback: Callback, ...args: unknown[]): unknown {
  const { host } = thread;
  if (host === undefined || typeof callback !== 'function') return real.setImmediate(callback, ...args);
  return new VirtualImmediate(host, callback, args);
}

function clearTimeout(timer?: unknown): void {
  const found = timer instanceof VirtualTimer ? timer : timerOfId(timer);
  if (found !== undefined) found.cancel();
  else real.clearTimeout(timer as NodeJS.Timeout);
}

function clearInterval(timer?: unknown): void {
  clearTimeout(timer);
}

function clearImmediate(timer?: unknown): void {
  if (timer instanceof VirtualImmediate) timer.cancel();
  else real.clearImmediate(timer as NodeJS.Immediate);
}

function timerOfId(id: unknown): VirtualTimer | undefined {
  if (typeof id !== 'number' && typeof id !== 'string') return undefined;
  return thread.host?.timersById.get(Number(id));
}

/** The functions that replace the platform's, by name. */
export const virtualTimers = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate };
