// A tripwire: a threshold on a metric over virtual time that captures where CPU went around the first alarm.
// Invariant: a pure function of the samples; nothing is scheduled or measured for its sake.
import { costBetween } from '../../sim/cost/account.ts';
import type { CostReading, CostStack } from '../../sim/cost/account.ts';
import { InputError } from '../../sim/errors.ts';
import { shown, unknownName } from '../../sim/input.ts';

/** Metrics and the account of CPU at one moment of virtual time. */
export interface TripwireSample {
  readonly atUs: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly reading: CostReading;
}

/** A threshold on a metric. */
export interface Tripwire {
  readonly metric: string;
  /** The side of the threshold that trips, the threshold itself excluded. */
  readonly side: 'above' | 'below';
  readonly threshold: number;
}

/** How the samples are looked at. */
export interface TripwireOptions {
  /** Samples that the window reaches before and after the alarm, 1 or more; default 3. */
  readonly reach?: number;
  /** Samples before this virtual time do not trip, such as those of joining; default 0. */
  readonly fromUs?: number;
}

/** Where CPU went around an alarm. */
export interface FlameWindow {
  /** Index, time and value of the first sample that tripped. */
  readonly alarmIndex: number;
  readonly alarmUs: number;
  readonly value: number;
  /** The window: charges after `fromUs` and up to `toUs`. Shorter than asked for where the samples end. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly totalUs: number;
  readonly stacks: readonly CostStack[];
}

const DEFAULT_REACH = 3;

/**
 * The flame window around the first sample that trips.
 *
 * @param samples - Ascending in time, their readings of one account. A sample without the metric, or with NaN, does not trip.
 * @returns Undefined when none trips.
 * @throws {InputError} `unknown-metric` when there are samples and none has the metric: a wire that could never trip.
 */
export function tripped(
  samples: readonly TripwireSample[],
  { metric, side, threshold }: Tripwire,
  { reach = DEFAULT_REACH, fromUs = 0 }: TripwireOptions = {},
): FlameWindow | undefined {
  refuseUnknown(samples, metric);
  const trips = ({ atUs, metrics }: TripwireSample): boolean => {
    const value = Object.hasOwn(metrics, metric) ? metrics[metric]! : Number.NaN;
    return atUs >= fromUs && (side === 'above' ? value > threshold : value < threshold);
  };
  const alarmIndex = samples.findIndex(trips);
  const alarm = samples[alarmIndex];
  if (alarm === undefined) return undefined;
  const first = samples[Math.max(0, alarmIndex - reach)]!;
  const last = samples[Math.min(samples.length - 1, alarmIndex + reach)]!;
  return {
    alarmIndex,
    alarmUs: alarm.atUs,
    value: alarm.metrics[metric]!,
    fromUs: first.atUs,
    toUs: last.atUs,
    totalUs: last.reading.totalUs - first.reading.totalUs,
    stacks: costBetween(first.reading, last.reading),
  };
}

/**
 * Reads a tripwire such as `cpuCores > 0.35` or `live<15`.
 *
 * @param where - The place it came from; opens an error's message.
 * @throws {InputError} `bad-tripwire` for what is not a metric, `>` or `<`, and a finite number.
 */
export function parseTripwire(text: string, where = 'tripwire'): Tripwire {
  const [, metric = '', sign = '', number = ''] = /^\s*([^\s<>]+)\s*([<>])\s*(\S+)\s*$/.exec(text) ?? [];
  const threshold = Number(number);
  if (metric === '' || !Number.isFinite(threshold)) {
    const expected = 'a metric, > or <, and a number, such as "cpuCores > 0.35"';
    throw new InputError('bad-tripwire', `${where}: received ${shown(text)}, expected ${expected}`, { received: text });
  }
  return { metric, side: sign === '>' ? 'above' : 'below', threshold };
}

function refuseUnknown(samples: readonly TripwireSample[], metric: string): void {
  if (samples.length === 0 || samples.some(({ metrics }) => Object.hasOwn(metrics, metric))) return;
  const known = new Set(samples.flatMap(({ metrics }) => Object.keys(metrics)));
  throw unknownName('metric', metric, [...known].sort());
}
