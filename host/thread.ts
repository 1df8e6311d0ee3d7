// The hosted simulation of this thread, if any, and the platform's own functions that the host itself needs.
// Invariant: at most one simulation is hosted at a time, as the globals that it replaces belong to the whole thread.
import type { HostedSimulation } from './hosted-simulation.ts';
import type { VirtualTimer } from './virtual-timers.ts';

/**
 * Whose virtual time is installed. Every replaced function asks here and does what the platform does when there is
 * none: code that kept one, Node's own included, goes on as if nothing had been.
 */
export const thread: { host: HostedSimulation | undefined } = { host: undefined };

/** Timers that modules set while they were imported: every run of the thread begins with them. */
export const loadedTimers: VirtualTimer[] = [];

/** The platform's functions as they were when the host was loaded. */
export const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  queueMicrotask: globalThis.queueMicrotask,
  Date: globalThis.Date,
} as const;
