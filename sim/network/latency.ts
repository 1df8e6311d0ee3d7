// Latency of a link: a pure function of the seed and the pair, never a table of N x N entries.
// Invariant: the base latency of a pair is the same in both directions, at any time and in any run of the seed.
import * as v from 'valibot';
import { exp, ln } from '../random/math.ts';
import { hashPair } from '../random/hash.ts';

const latencyUs = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(60_000_000));

/** Validates a {@link Latency}; microseconds are integers from 1 to 60,000,000 (included). */
export const latencySchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('fixed'), us: latencyUs }),
  v.pipe(
    v.strictObject({ kind: v.literal('uniform'), minUs: latencyUs, maxUs: latencyUs }),
    v.check(({ minUs, maxUs }) => minUs <= maxUs, 'Expected maxUs at or above minUs'),
  ),
  v.strictObject({
    kind: v.literal('lognormal'),
    medianUs: latencyUs,
    sigma: v.pipe(v.number(), v.minValue(0), v.maxValue(3)),
  }),
  v.pipe(
    v.strictObject({
      kind: v.literal('table'),
      regions: v.pipe(v.array(v.pipe(v.array(latencyUs), v.minLength(1))), v.minLength(1), v.maxLength(1000)),
    }),
    v.check(({ regions }) => regions.every((row) => row.length === regions.length), 'Expected a square table'),
    v.check(
      ({ regions }) => regions.every((row, from) => row.every((us, to) => regions[to]?.[from] === us)),
      'Expected a symmetric table: the base latency is the same both ways',
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

/** Compiles a latency for one seed; `linkSeed` is any int32 derived from it. */
export function latencyOfPair(latency: Latency, linkSeed: number): LatencyOfPair {
  switch (latency.kind) {
    case 'fixed':
      return () => latency.us;
    case 'uniform': {
      const span = latency.maxUs - latency.minUs + 1;
      return (first, second) => latency.minUs + Math.floor(pairShare(linkSeed, first, second) * span);
    }
    case 'lognormal':
      return (first, second) => {
        const deviate = normalQuantile(pairShare(linkSeed, first, second));
        return Math.max(1, Math.round(latency.medianUs * exp(latency.sigma * deviate)));
      };
    case 'table': {
      const size = latency.regions.length;
      return (first, second) => latency.regions[first % size]![second % size]!;
    }
  }
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

/** A number in [0, 1) that belongs to the unordered pair. */
function pairShare(linkSeed: number, first: number, second: number): number {
  return first < second ? hashPair(linkSeed, first, second) / 2 ** 32 : hashPair(linkSeed, second, first) / 2 ** 32;
}

/** Acklam's rational approximation of the normal quantile (relative error below 1.2e-9), over exact ln and sqrt. */
function normalQuantile(share: number): number {
  const p = Math.min(Math.max(share, 2 ** -33), 1 - 2 ** -33);
  if (p < 0.02425) return tail(Math.sqrt(-2 * ln(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * ln(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  const top =
    ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
    2.506628277459239;
  const bottom =
    ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
    1;
  return (top * q) / bottom;
}

function tail(q: number): number {
  const top =
    ((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const bottom =
    (((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return top / bottom;
}
