// A sample of numbers in short: count, mean, extremes and quartiles.
// Invariant: sums are taken in the order given, so equal samples give equal figures to the last bit.

/** A sample in short. All are NaN for the empty sample but `count`. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
}

/** Summary of a sample; quantiles are nearest-rank. */
export function distributionOf(sample: readonly number[]): Distribution {
  const sorted = sample.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
  return {
    count: sample.length,
    mean: mean(sample),
    min: at(0),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    max: at(1),
  };
}

/** Arithmetic mean; NaN for the empty sample. */
export function mean(sample: readonly number[]): number {
  let sum = 0;
  for (const value of sample) sum += value;
  return sum / sample.length;
}
