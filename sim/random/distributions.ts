// Distributions of durations (session times, latencies): a validated JSON value, its sampler and its description.
// Invariant: a sampler yields whole microseconds, at most MAX_DURATION_US, the same on every engine.
import * as v from 'valibot';

import { formatDuration, MAX_DURATION_US } from '../duration.ts';
import { parseInput } from '../input.ts';
import { exp, gamma, ln, normal, pow, uniform } from './math.ts';
import type { UniformSource } from './pair-source.ts';

/**
 * How long things last. Times are integers of microseconds, up to {@link MAX_DURATION_US} (ten years, included).
 *
 * - `fixed`: always `valueUs` (0 or more). Draws nothing.
 * - `uniform`: from `minUs` (0 or more) to `maxUs`, both included.
 * - `exponential`: memoryless, with mean `meanUs` (1 or more).
 * - `weibull`: `scaleUs` (1 or more, the 63rd percentile), `shape` 0.1 to 20; below 1 the young die and the old
 *   live on, as peers in the wild do (Stutzbach and Rejaie, 2006: 0.34 to 0.59 for BitTorrent).
 * - `pareto`: `scaleUs` (1 or more) is the least value, `shape` 0.1 to 20 the tail (mean infinite up to 1). With
 *   `capUs` (above `scaleUs`) it is the bounded Pareto distribution: the tail is cut off, not piled up at the cap.
 * - `lognormal`: `medianUs` (1 or more) times e to the power of `sigma` (0 to 5) normal deviates.
 */
export type Distribution =
  | { readonly kind: 'fixed'; readonly valueUs: number }
  | { readonly kind: 'uniform'; readonly minUs: number; readonly maxUs: number }
  | { readonly kind: 'exponential'; readonly meanUs: number }
  | { readonly kind: 'weibull'; readonly scaleUs: number; readonly shape: number }
  | { readonly kind: 'pareto'; readonly scaleUs: number; readonly shape: number; readonly capUs?: number }
  | { readonly kind: 'lognormal'; readonly medianUs: number; readonly sigma: number };

/** Draws one duration in whole microseconds. */
export type Sampler = (source: UniformSource) => number;

/** Checks a {@link Distribution}; messages are phrases that follow "expected", for `describeIssue`. */
export const distributionSchema: v.GenericSchema<Distribution> = v.variant('kind', [
  v.strictObject({ kind: v.literal('fixed'), valueUs: duration(0) }),
  v.pipe(
    v.strictObject({ kind: v.literal('uniform'), minUs: duration(0), maxUs: duration(0) }),
    v.forward(
      v.check(
        ({ minUs, maxUs }) => maxUs >= minUs,
        ({ input }) => `maxUs at least minUs, ${input.minUs}`,
      ),
      ['maxUs'],
    ),
  ),
  v.strictObject({ kind: v.literal('exponential'), meanUs: duration(1) }),
  v.strictObject({ kind: v.literal('weibull'), scaleUs: duration(1), shape: ratio(0.1, 20) }),
  v.pipe(
    v.strictObject({
      kind: v.literal('pareto'),
      scaleUs: duration(1),
      shape: ratio(0.1, 20),
      capUs: v.exactOptional(duration(2)),
    }),
    v.forward(
      v.check(
        ({ scaleUs, capUs }) => capUs === undefined || capUs > scaleUs,
        ({ input }) => `capUs above scaleUs, ${input.scaleUs}`,
      ),
      ['capUs'],
    ),
  ),
  v.strictObject({ kind: v.literal('lognormal'), medianUs: duration(1), sigma: ratio(0, 5) }),
]);

/**
 * The function that draws from a distribution: constants are worked out here, once.
 *
 * @param distribution - Checked here, so that a value built by hand is as safe as one from a file.
 * @param leastUs - The least result in microseconds, an integer of 0 (the default) or more; shorter draws (and a shorter fixed value) become
 *   it. Pass 1 where a duration of nothing would make two things happen at once.
 * @returns Integers from `leastUs` to {@link MAX_DURATION_US}, both included. Deterministic over engines.
 * @throws {InputError} `bad-distribution` when the distribution does not validate.
 */
export function sampler(distribution: Distribution, leastUs = 0): Sampler {
  parseInput(distributionSchema, distribution, 'distribution', 'bad-distribution');
  const draw = continuous(distribution);
  return (source) => {
    // `+ 0` turns -0, which rounding may give, into 0.
    const us = Math.round(draw(source)) + 0;
    if (us < leastUs) return leastUs;
    return us > MAX_DURATION_US ? MAX_DURATION_US : us;
  };
}

/**
 * An exponential deviate of mean `meanUs`: the gap to the next event of a Poisson process. Draws two words.
 *
 * @param meanUs - Any number above 0; not checked, so that a rate per second can be turned into it.
 * @returns From 0 (included) to 36.8 means, not rounded. Deterministic over engines.
 */
export function exponentialUs(source: UniformSource, meanUs: number): number {
  return -meanUs * ln(1 - uniform(source));
}

/**
 * The mean of a valid distribution in microseconds, before rounding and the limits of {@link sampler}; not an integer.
 * Infinity for a Pareto distribution of shape 1 or less without a cap.
 */
export function mean(distribution: Distribution): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.valueUs;
    case 'uniform':
      return (distribution.minUs + distribution.maxUs) / 2;
    case 'exponential':
      return distribution.meanUs;
    case 'weibull':
      return distribution.scaleUs * gamma(1 + 1 / distribution.shape);
    case 'pareto':
      return paretoMean(distribution.scaleUs, distribution.shape, distribution.capUs);
    case 'lognormal':
      return distribution.medianUs * exp((distribution.sigma * distribution.sigma) / 2);
  }
}

/** A valid distribution in a few words, for headers: 'weibull, scale 30m, shape 0.5, mean 1h'. */
export function describe(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'fixed':
      return `fixed, ${formatDuration(distribution.valueUs)}`;
    case 'uniform':
      return `uniform, ${formatDuration(distribution.minUs)} to ${formatDuration(distribution.maxUs)}`;
    case 'exponential':
      return `exponential, mean ${formatDuration(distribution.meanUs)}`;
    case 'weibull':
      return `weibull, scale ${formatDuration(distribution.scaleUs)}, shape ${distribution.shape}, ${meanClause(distribution)}`;
    case 'pareto': {
      const cap = distribution.capUs === undefined ? '' : `, cap ${formatDuration(distribution.capUs)}`;
      return `pareto, scale ${formatDuration(distribution.scaleUs)}, shape ${distribution.shape}${cap}, ${meanClause(distribution)}`;
    }
    case 'lognormal':
      return `lognormal, median ${formatDuration(distribution.medianUs)}, sigma ${distribution.sigma}, ${meanClause(distribution)}`;
  }
}

/** The draw before rounding and limits, by inversion where there is a closed form. */
function continuous(distribution: Distribution): Sampler {
  switch (distribution.kind) {
    case 'fixed': {
      const { valueUs } = distribution;
      return () => valueUs;
    }
    case 'uniform': {
      const { minUs, maxUs } = distribution;
      const count = maxUs - minUs + 1;
      // Some integers get one of the 2^53 values of `uniform` more than others: for spans of an hour (2^32 us) a
      // relative bias below 2^-21.
      return (source) => minUs + Math.floor(uniform(source) * count);
    }
    case 'exponential': {
      const { meanUs } = distribution;
      return (source) => exponentialUs(source, meanUs);
    }
    case 'weibull': {
      const { scaleUs, shape } = distribution;
      return (source) => scaleUs * pow(-ln(1 - uniform(source)), 1 / shape);
    }
    case 'pareto': {
      const { scaleUs, shape, capUs } = distribution;
      const kept = capUs === undefined ? 1 : 1 - pow(scaleUs / capUs, shape);
      const most = capUs ?? MAX_DURATION_US;
      // The limit is for rounding alone: 1 - kept * u loses digits next to the cap.
      return (source) => Math.min(most, scaleUs * pow(1 - kept * uniform(source), -1 / shape));
    }
    case 'lognormal': {
      const { medianUs, sigma } = distribution;
      return (source) => medianUs * exp(sigma * normal(source));
    }
  }
}

function paretoMean(scaleUs: number, shape: number, capUs: number | undefined): number {
  if (capUs === undefined) return shape > 1 ? (scaleUs * shape) / (shape - 1) : Infinity;
  const range = ln(capUs / scaleUs);
  const exponent = (shape - 1) * range;
  // (1 - e^-x) / x cancels near 0, where shape is near 1; there it is 1 - x/2 to twelve digits.
  const share = Math.abs(exponent) < 1e-6 ? 1 - exponent / 2 : (1 - exp(-exponent)) / exponent;
  return (scaleUs * shape * range * share) / (1 - exp(-shape * range));
}

function meanClause(distribution: Distribution): string {
  const meanUs = mean(distribution);
  if (meanUs > MAX_DURATION_US) return 'mean above ten years';
  return `mean ${formatDuration(Math.round(Number(meanUs.toPrecision(3))))}`;
}

function duration(least: number): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_DURATION_US,
    `an integer of microseconds from ${least} to ${MAX_DURATION_US} (ten years)`,
  );
}

function ratio(least: number, most: number): v.GenericSchema<number> {
  return v.custom<number>(
    (value) => typeof value === 'number' && value >= least && value <= most,
    `a number from ${least} to ${most}`,
  );
}
