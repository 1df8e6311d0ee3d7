// Latency of a link: a pure function of the seed and the pair, never a table of N x N entries.
// Invariant: the base latency of a pair is the same in both directions, at any time and in any run of the seed.
import * as v from 'valibot';
import { integerBetween, numberBetween } from '../input.ts';
import { sampler } from '../random/distributions.ts';
import { exp } from '../random/math.ts';
import type { PairSource } from '../random/pair-source.ts';

const latencyUs = integerBetween(1, 60_000_000);

/** Validates a {@link Latency}; microseconds are integers from 1 to 60,000,000 (included). */
export const latencySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('fixed'), us: latencyUs }),
  v.pipe(
    v.strictObject({ kind: v.literal('uniform'), minUs: latencyUs, maxUs: latencyUs }),
    v.check(({ minUs, maxUs }) => minUs <= maxUs, 'maxUs at or above minUs'),
  ),
  v.strictObject({
    kind: v.literal('lognormal'),
    medianUs: latencyUs,
    sigma: numberBetween(0, 3),
  }),
  v.pipe(
    v.strictObject({
      kind: v.literal('table'),
      regions: v.pipe(v.array(v.pipe(v.array(latencyUs), v.minLength(1))), v.minLength(1), v.maxLength(1000)),
    }),
    v.check(({ regions }) => regions.every((row) => row.length === regions.length), 'a square table'),
    v.check(
      ({ regions }) => regions.every((row, from) => row.every((us, to) => regions[to]?.[from] === us)),
      'a symmetric table: the base latency is the same both ways',
    ),
  ),
]);

/** Base latency of links. In a table a peer's region is its index modulo the table's size. */
export type Latency = v.InferOutput<typeof latencySchema>;

/**
 * The base latency of a pair.
 *
 * @returns An integer number of microseconds, 1 or more.
 */
export type LatencyOfPair = (first: number, second: number) => number;

/**
 * Compiles a latency for one run.
 *
 * @param pairs - Yields what a pair has by nature; used by nothing else.
 */
export function latencyOfPair(latency: Latency, pairs: PairSource): LatencyOfPair {
  if (latency.kind === 'fixed') return () => latency.us;
  if (latency.kind === 'table') {
    const size = latency.regions.length;
    return (first, second) => latency.regions[first % size]![second % size]!;
  }
  const draw =
    latency.kind === 'uniform'
      ? sampler({ kind: 'uniform', minUs: latency.minUs, maxUs: latency.maxUs }, 1)
      : sampler({ kind: 'lognormal', medianUs: latency.medianUs, sigma: latency.sigma }, 1);
  // Ordered, so that both directions of a pair have the same base latency.
  return (first, second) => draw(first < second ? pairs.at(first, second) : pairs.at(second, first));
}

/** The longest base latency that a pair can have; for a lognormal its 99.99th percentile, in microseconds. */
export function longestLatencyUs(latency: Latency): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.us;
    case 'uniform':
      return latency.maxUs;
    case 'lognormal':
      return Math.ceil(latency.medianUs * exp(latency.sigma * 3.72));
    case 'table':
      return Math.max(...latency.regions.map((row) => Math.max(...row)));
  }
}

/** The base latency that half of all pairs do not exceed, in microseconds; an integer. */
export function medianLatencyUs(latency: Latency): number {
  switch (latency.kind) {
    case 'fixed':
      return latency.us;
    case 'uniform':
      return Math.floor((latency.minUs + latency.maxUs) / 2);
    case 'lognormal':
      return latency.medianUs;
    case 'table': {
      const ascending = latency.regions.flat().toSorted((a, b) => a - b);
      return ascending[(ascending.length - 1) >> 1]!;
    }
  }
}

/** One phrase for headers. */
export function describeLatency(latency: Latency): string {
  switch (latency.kind) {
    case 'fixed':
      return `${latency.us / 1000} ms`;
    case 'uniform':
      return `uniform ${latency.minUs / 1000} to ${latency.maxUs / 1000} ms`;
    case 'lognormal':
      return `lognormal, median ${latency.medianUs / 1000} ms, sigma ${latency.sigma}`;
    case 'table':
      return `table of ${latency.regions.length} regions`;
  }
}
