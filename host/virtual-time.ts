// Virtual time and seeded randomness on the globals and built-in modules of this thread.
// Invariant: install before the target is imported; afterwards every property is exactly what it was.
import { syncBuiltinESMExports } from 'node:module';
import process from 'node:process';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import type { HostedSimulation } from './hosted-simulation.ts';
import { installKnownSignatures } from './known-signatures.ts';
import { Patches } from './patches.ts';
import { installRefusals } from './refusals.ts';
import { installRandomness } from './seeded-random.ts';
import { installChannels } from './solitary-channel.ts';
import { thread } from './thread.ts';
import { schedulerPromises, timerPromises } from './timer-promises.ts';
import { installClocks } from './virtual-clock.ts';
import { virtualTimers } from './virtual-timers.ts';

/**
 * Makes `host` the simulation that the thread's timers, clocks and random draws go to.
 *
 * @returns What puts everything back.
 */
export function installVirtualTime(host: HostedSimulation): () => void {
  const patches = new Patches();
  // Opened before files are guarded: these streams take what they write with from `node:fs` when they are first used.
  void [process.stdout, process.stderr];
  for (const [name, virtual] of Object.entries(virtualTimers)) {
    patches.replace(globalThis, name, () => virtual);
    patches.replace(timers, name, () => virtual);
  }
  for (const [name, virtual] of Object.entries(timerPromises)) patches.replace(timersPromises, name, () => virtual);
  const scheduler = Object.getPrototypeOf(timersPromises.scheduler) as object;
  for (const [name, virtual] of Object.entries(schedulerPromises)) patches.replace(scheduler, name, () => virtual);
  patches.replace(AbortSignal, 'timeout', (original) => abortAfter(original as (delayMs: number) => AbortSignal));
  patches.replace(globalThis, 'FinalizationRegistry', (original) =>
    silent(original as FinalizationRegistryConstructor),
  );
  installGuardedTicks(patches);
  installClocks(patches);
  installRandomness(patches);
  installKnownSignatures(patches);
  installChannels(patches);
  installRefusals(patches);
  const restoreErrors = catchErrors(host);
  const { exitCode } = process;
  thread.host = host;
  syncBuiltinESMExports();
  return () => {
    thread.host = undefined;
    patches.restore();
    restoreErrors();
    process.exitCode = exitCode;
    syncBuiltinESMExports();
  };
}

function abortAfter(original: (delayMs: number) => AbortSignal): (delayMs: number) => AbortSignal {
  return function timeout(delayMs) {
    // The platform's own says what is wrong with an argument.
    const isDelay = Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= Number.MAX_SAFE_INTEGER;
    if (thread.host === undefined || !isDelay) return Reflect.apply(original, AbortSignal, [delayMs]);
    const controller = new AbortController();
    const timer = virtualTimers.setTimeout(() => {
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
    }, delayMs) as NodeJS.Timeout;
    timer.unref();
    return controller.signal;
  };
}

/** When garbage is collected differs by run, so a hosted target is never told; the standard allows that. */
function silent(original: FinalizationRegistryConstructor): FinalizationRegistryConstructor {
  return class FinalizationRegistry<Held> extends original<Held> {
    override register(target: WeakKey, held: Held, token?: WeakKey): void {
      if (thread.host === undefined) super.register(target, held, token);
    }
  };
}

type Callback = (...args: unknown[]) => unknown;

/**
 * What is thrown by a tick or a microtask is caught where it is thrown: by way of the process's own handler Node would
 * also start an immediate, by the public function that is replaced here.
 */
function installGuardedTicks(patches: Patches): void {
  patches.replace(process, 'nextTick', (original) => {
    const nextTick = original as (callback: Callback, ...args: unknown[]) => void;
    return function nextTickGuarded(callback: Callback, ...args: unknown[]): void {
      if (thread.host === undefined || typeof callback !== 'function') nextTick(callback, ...args);
      else nextTick(callGuarded, callback, args);
    };
  });
  patches.replace(globalThis, 'queueMicrotask', (original) => {
    const queueMicrotask = original as (callback: Callback) => void;
    return function queueMicrotaskGuarded(callback: Callback): void {
      if (thread.host === undefined || typeof callback !== 'function') queueMicrotask(callback);
      else queueMicrotask(() => callGuarded(callback, []));
    };
  });
}

function callGuarded(callback: unknown, args: unknown): void {
  try {
    Reflect.apply(callback as Callback, undefined, args as unknown[]);
  } catch (error) {
    if (thread.host === undefined) throw error;
    thread.host.thrown(error);
  }
}

const ERROR_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** Takes the place of whoever hears of errors nobody caught, and gives it back. */
function catchErrors(host: HostedSimulation): () => void {
  const emitter: NodeJS.EventEmitter = process;
  const heard = ERROR_EVENTS.map((event) => ({ event, before: emitter.rawListeners(event) as Callback[] }));
  for (const { event } of heard) {
    emitter.removeAllListeners(event);
    emitter.on(event, (error: unknown) => {
      if (event === 'uncaughtException') host.thrown(error);
      else host.rejected(error);
    });
  }
  return () => {
    for (const { event, before } of heard) {
      emitter.removeAllListeners(event);
      for (const listener of before) emitter.on(event, listener);
    }
  };
}
