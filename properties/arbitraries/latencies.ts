// Arbitrary latencies: every kind there is, within a range.
// Invariant: no pair of peers has a base latency outside the range, a lognormal's one pair in ten thousand apart.
import fc from 'fast-check';
import * as v from 'valibot';
import type { Latency } from '../../sim/network/latency.ts';
import { parseOptions, rangeBetween, settledRange, subsetOf } from './ranges.ts';
import type { Range, SettledRange } from './ranges.ts';

/** Kinds of latency that can be drawn. */
export const LATENCY_KINDS = ['fixed', 'uniform', 'lognormal', 'table'] as const;

/** Kind of a latency. */
export type LatencyKind = (typeof LATENCY_KINDS)[number];

/** Narrows {@link latencies}. */
export interface LatencyOptions {
  /** Which kinds are drawn; default all. */
  readonly kinds?: readonly LatencyKind[];
  /** One-way latency in microseconds, an integer between 1 and 60,000,000 (included); default 1,000 to 100,000. */
  readonly us?: Range;
}

/** Validates {@link LatencyOptions}. */
export const latencyOptionsSchema = v.strictObject({
  kinds: v.optional(v.pipe(subsetOf(LATENCY_KINDS, 'kinds of latency'), v.minLength(1, 'one kind at least'))),
  us: v.optional(rangeBetween(1, 60_000_000)),
});

const USUAL_US: SettledRange = { min: 1_000, max: 100_000 };
/** Spread of a lognormal; its 99.99th percentile is `exp(3.72 * 0.5)` times the median, 6.4 times. */
const MOST_SIGMA = 0.5;
const MOST_REGIONS = 4;

/**
 * Base latencies of links, for the `network.latency` of a scenario.
 *
 * Values lie between `us.min` (included) and `us.max` (included). They shrink toward the first kind and toward `us.min`.
 *
 * @throws {InputError} `bad-options`.
 */
export function latencies(options: LatencyOptions = {}): fc.Arbitrary<Latency> {
  const { kinds = LATENCY_KINDS, us } = parseOptions(latencyOptionsSchema, options, 'latencies');
  const range = settledRange(us, USUAL_US);
  return fc.oneof({ withCrossShrink: true }, ...kinds.map((kind) => ofKind(kind, range)));
}

function ofKind(kind: LatencyKind, range: SettledRange): fc.Arbitrary<Latency> {
  const us = fc.integer(range);
  switch (kind) {
    case 'fixed':
      return us.map((fixedUs) => ({ kind, us: fixedUs }));
    case 'uniform':
      return fc
        .tuple(us, us)
        .map(([one, other]) => ({ kind, minUs: Math.min(one, other), maxUs: Math.max(one, other) }));
    case 'lognormal':
      return lognormals(range);
    case 'table':
      return fc
        .integer({ min: 1, max: MOST_REGIONS })
        .chain((size) => fc.array(us, { minLength: size * size, maxLength: size * size, size: 'max' }))
        .map((values) => ({ kind, regions: symmetric(values) }));
  }
}

function lognormals({ min, max }: SettledRange): fc.Arbitrary<Latency> {
  return fc.tuple(fc.integer({ min, max }), fc.integer({ min: 0, max: 100 * MOST_SIGMA })).map(([us, percent]) => {
    const sigma = percent / 100;
    const spread = Math.exp(3.72 * sigma);
    const medianUs = Math.min(max, Math.max(1, min, Math.round(us / spread)));
    return medianUs * spread <= max
      ? { kind: 'lognormal', medianUs, sigma }
      : { kind: 'lognormal', medianUs, sigma: 0 };
  });
}

/** A square table, the same both ways, of as many values as it has fields. */
function symmetric(values: readonly number[]): number[][] {
  const size = Math.floor(Math.sqrt(values.length));
  const at = (from: number, to: number): number => values[Math.min(from, to) * size + Math.max(from, to)] ?? 1;
  return Array.from({ length: size }, (_, from) => Array.from({ length: size }, (__, to) => at(from, to)));
}
