// The promised timers of a hosted run: what `node:timers/promises` exports, on virtual time.
// Invariant: each is made of the timers of the thread, so that whoever awaits one is the owner of its timer.
import * as timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { thread } from './thread.ts';
import { virtualTimers } from './virtual-timers.ts';

const realPromises = { ...timersPromises };

interface Options {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

/** What an awaited timer rejects with when its signal is aborted, as Node's does. */
class AbortError extends Error {
  readonly code = 'ABORT_ERR';

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason });
    this.name = 'AbortError';
  }
}

/** Asked again after an await, which the type of a signal does not know. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Clearable {
  unref(): unknown;
}

/** Waits for a timer that `arm` sets; the signal ends the wait. */
function wait<Value>(
  arm: (done: () => void) => Clearable,
  clear: (timer: Clearable) => void,
  value: Value,
  { signal, ref }: Options,
): Promise<Value> {
  if (signal?.aborted === true) return Promise.reject(new AbortError(signal));
  return new Promise((resolve, reject) => {
    const timer = arm(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    });
    if (ref === false) timer.unref();
    signal?.addEventListener('abort', abort, { once: true });
    function abort(): void {
      clear(timer);
      reject(new AbortError(signal!));
    }
  });
}

/** `setTimeout` of `node:timers/promises`. */
export function promisedTimeout<Value>(delay?: number, value?: Value, options: Options = {}): Promise<Value> {
  if (thread.host === undefined) return realPromises.setTimeout(delay, value, options);
  const arm = (done: () => void): Clearable => virtualTimers.setTimeout(done, delay) as Clearable;
  return wait(arm, virtualTimers.clearTimeout, value as Value, options);
}

/** `setImmediate` of `node:timers/promises`. */
export function promisedImmediate<Value>(value?: Value, options: Options = {}): Promise<Value> {
  if (thread.host === undefined) return realPromises.setImmediate(value, options);
  const arm = (done: () => void): Clearable => virtualTimers.setImmediate(done) as Clearable;
  return wait(arm, virtualTimers.clearImmediate, value as Value, options);
}

/** `setInterval` of `node:timers/promises`: yields once a tick, and makes up for ticks that nobody awaited. */
export async function* promisedInterval<Value>(
  delay?: number,
  value?: Value,
  options: Options = {},
): AsyncGenerator<Value, void, undefined> {
  if (thread.host === undefined) {
    yield* realPromises.setInterval(delay, value, options) as AsyncIterable<Value>;
    return;
  }
  const { signal, ref } = options;
  if (signal?.aborted === true) throw new AbortError(signal);
  let due = 0;
  let wake: (() => void) | undefined;
  const timer = virtualTimers.setInterval(() => {
    due++;
    wake?.();
  }, delay) as Clearable;
  if (ref === false) timer.unref();
  const abort = (): void => {
    virtualTimers.clearInterval(timer);
    wake?.();
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (due === 0 && !isAborted(signal)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (; due > 0; due--) yield value as Value;
      if (isAborted(signal)) throw new AbortError(signal!);
    }
  } finally {
    virtualTimers.clearInterval(timer);
    signal?.removeEventListener('abort', abort);
  }
}

for (const [scheduler, promised] of [
  [virtualTimers.setTimeout, promisedTimeout],
  [virtualTimers.setImmediate, promisedImmediate],
] as const) {
  Object.defineProperty(scheduler, promisify.custom, { value: promised, enumerable: true, configurable: true });
}

/** The functions that replace those of `node:timers/promises`, by name. */
export const timerPromises = {
  setTimeout: promisedTimeout,
  setImmediate: promisedImmediate,
  setInterval: promisedInterval,
};

/** The functions that replace those of its `scheduler`, by name. */
export const schedulerPromises = {
  wait: (delay: number, options?: Options): Promise<void> => promisedTimeout(delay, undefined, options),
  yield: (): Promise<void> => promisedImmediate(),
};
