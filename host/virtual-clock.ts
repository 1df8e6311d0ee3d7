// The clocks of a hosted run: Date, performance, hrtime, uptime and Temporal on virtual time.
// Invariant: a clock stands still within an event, and shows the skew and drift of the node whose event it is.
import process from 'node:process';
import type { Patches } from './patches.ts';
import { real, thread } from './thread.ts';

/** Replaces the clocks. */
export function installClocks(patches: Patches): void {
  patches.replace(globalThis, 'Date', () => VirtualDate);
  // So that `new date.constructor()` is virtual too.
  patches.replace(real.Date.prototype, 'constructor', () => VirtualDate);

  const performancePrototype = Object.getPrototypeOf(performance) as typeof performance;
  patches.replace(performancePrototype, 'now', (original) => {
    return function now(this: typeof performance): number {
      return thread.host === undefined ? Reflect.apply(original as () => number, this, []) : performanceMs();
    };
  });
  patches.replaceGetter(performancePrototype, 'timeOrigin', (original) => {
    return function timeOrigin(this: typeof performance): number {
      const { host } = thread;
      return host === undefined ? (Reflect.apply(original, this, []) as number) : host.epochMs - host.bootMs;
    };
  });
  patches.replace(performancePrototype, 'mark', (original) => {
    return function mark(this: typeof performance, name: string, options?: { startTime?: number }): unknown {
      const startTime = thread.host === undefined ? undefined : performanceMs();
      const given = startTime === undefined || options?.startTime !== undefined ? options : { ...options, startTime };
      return Reflect.apply(original as typeof performance.mark, this, [name, given]);
    };
  });

  patches.replace(process, 'hrtime', (original) => hrtimeFor(original as NodeJS.HRTime));
  patches.replace(process, 'uptime', (original) => () => {
    return thread.host === undefined ? (original as () => number)() : performanceMs() / 1000;
  });
  installTemporal(patches);
}

/** Milliseconds since the virtual epoch of the thread's host. */
function nowMs(): number {
  const { host } = thread;
  return host === undefined ? real.Date.now() : Math.floor(host.readDateUs() / 1000);
}

function performanceMs(): number {
  return thread.host!.readMonotonicUs() / 1000;
}

/** `Date` without arguments, and `Date.now`, on virtual time; the rest is the platform's. */
const VirtualDate = (() => {
  function Date(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new real.Date(nowMs()).toString();
    return Reflect.construct(real.Date, args.length === 0 ? [nowMs()] : args, new.target);
  }
  Object.defineProperty(Date, 'length', { value: 7, configurable: true });
  Object.defineProperty(Date, 'prototype', { value: real.Date.prototype, writable: false });
  for (const key of ['parse', 'UTC'] as const) {
    Object.defineProperty(Date, key, Object.getOwnPropertyDescriptor(real.Date, key)!);
  }
  const now = { now: nowMs }.now;
  Object.defineProperty(now, 'name', { value: 'now', configurable: true });
  Object.defineProperty(Date, 'now', { value: now, writable: true, configurable: true });
  return Date;
})();

function hrtimeFor(original: NodeJS.HRTime): NodeJS.HRTime {
  const hrtime = (previous?: [number, number]): [number, number] => {
    if (thread.host === undefined) return original(previous);
    // Node's own says what is wrong with an argument.
    if (previous !== undefined) original(previous);
    const us = thread.host.readMonotonicUs();
    const seconds = Math.floor(us / 1e6);
    const nanoseconds = Math.round((us - seconds * 1e6) * 1000);
    if (previous === undefined) return [seconds, nanoseconds];
    const difference = nanoseconds - previous[1];
    return difference < 0 ? [seconds - previous[0] - 1, difference + 1e9] : [seconds - previous[0], difference];
  };
  const bigint = (): bigint => {
    return thread.host === undefined ? original.bigint() : BigInt(Math.round(thread.host.readMonotonicUs())) * 1000n;
  };
  return Object.assign(hrtime, { bigint });
}

/** The parts of `Temporal` (TC39, in Node from 26 on) that read the clock. */
interface TemporalNamespace {
  readonly Instant: { fromEpochNanoseconds(epochNs: bigint): TemporalInstant };
  readonly Now: Record<string, (timeZone?: string) => unknown> & { timeZoneId(): string };
}

interface TemporalInstant {
  toZonedDateTimeISO(timeZone: string): Record<(typeof PLAIN)[number][1], () => unknown>;
}

/** What `Temporal.Now` can give, and how that is made of a date and time with its zone. */
const PLAIN = [
  ['plainDateTimeISO', 'toPlainDateTime'],
  ['plainDateISO', 'toPlainDate'],
  ['plainTimeISO', 'toPlainTime'],
] as const;

function installTemporal(patches: Patches): void {
  const temporal = (globalThis as { Temporal?: TemporalNamespace }).Temporal;
  if (temporal === undefined) return;
  const { Instant, Now } = temporal;
  const instant = (): TemporalInstant => Instant.fromEpochNanoseconds(BigInt(thread.host!.readDateUs()) * 1000n);
  const replace = (key: string, virtual: (zone: string) => unknown): void => {
    patches.replace(Now, key, (original) => (zone?: string) => {
      if (thread.host === undefined) return (original as (zone?: string) => unknown)(zone);
      return virtual(zone ?? Now.timeZoneId());
    });
  };
  replace('instant', instant);
  replace('zonedDateTimeISO', (zone) => instant().toZonedDateTimeISO(zone));
  for (const [key, conversion] of PLAIN) replace(key, (zone) => instant().toZonedDateTimeISO(zone)[conversion]());
}
