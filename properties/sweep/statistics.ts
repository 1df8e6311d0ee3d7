// Statistics of a sweep: samples in short, paired differences, shares, each with its 95% interval.
// Invariant: sums are taken in the order given; only exact arithmetic and square roots, so that the same samples give the
// same figures on every engine.

/** An interval that covers the true value 95 times in 100, on the usual assumptions. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A sample in short. */
export interface Sample {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the sample (n - 1 below); 0 for one value. */
  readonly deviation: number;
  readonly min: number;
  /** Nearest rank, as all quantiles here. */
  readonly p25: number;
  readonly median: number;
  readonly p75: number;
  readonly max: number;
  /** Of the mean, by Student's t; undefined for one value. */
  readonly interval: Interval | undefined;
}

/** @returns Undefined for an empty sample. */
export function sampleOf(values: readonly number[]): Sample | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * count) - 1)]!;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const deviation = count === 1 ? 0 : Math.sqrt(squares / (count - 1));
  const reach = count === 1 ? undefined : (studentT(count - 1) * deviation) / Math.sqrt(count);
  return {
    count,
    mean,
    deviation,
    min: at(0),
    p25: at(0.25),
    median: at(0.5),
    p75: at(0.75),
    max: at(1),
    interval: reach === undefined ? undefined : { low: mean - reach, high: mean + reach },
  };
}

/**
 * The differences `later - first` of values that belong together, such as of one seed; pairs with a side missing are left
 * out.
 */
export function pairedDifferences(
  first: readonly (number | undefined)[],
  later: readonly (number | undefined)[],
): number[] {
  return first.flatMap((value, place) => {
    const other = later[place];
    return value === undefined || other === undefined ? [] : [other - value];
  });
}

/** Two-sided 95% point of the normal distribution. */
const NORMAL = 1.959963984540054;

/**
 * Wilson's score interval of a share: `hits` of `count`.
 *
 * @see Wilson (1927), Probable inference, the law of succession, and statistical inference, J. Am. Stat. Assoc. 22.
 */
export function wilsonInterval(hits: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 };
  const share = hits / count;
  const square = NORMAL * NORMAL;
  const centre = share + square / (2 * count);
  const reach = NORMAL * Math.sqrt((share * (1 - share) + square / (4 * count)) / count);
  const whole = 1 + square / count;
  // At the ends the bounds are exact, and rounding must not leave them.
  return {
    low: hits === 0 ? 0 : Math.max(0, (centre - reach) / whole),
    high: hits === count ? 1 : Math.min(1, (centre + reach) / whole),
  };
}

/** Two-sided 95% points of Student's t for 1 to 10 degrees of freedom, where the series below is too coarse. */
const STUDENT_FEW: readonly number[] = [
  12.706204736432095, 4.302652729696142, 3.182446305284263, 2.7764451051977987, 2.5705818356363146, 2.4469118511449692,
  2.364624251592784, 2.306004135204166, 2.2621571628540993, 2.2281388519649385,
];

/**
 * Two-sided 95% point of Student's t: to five digits, by the expansion in the normal point of Abramowitz and Stegun, 26.7.5.
 *
 * @param freedom - Degrees of freedom; 1 or more.
 */
export function studentT(freedom: number): number {
  const known = STUDENT_FEW[freedom - 1];
  if (known !== undefined) return known;
  const z = NORMAL;
  const z2 = z * z;
  const g1 = (z * (z2 + 1)) / 4;
  const g2 = (z * (z2 * (5 * z2 + 16) + 3)) / 96;
  const g3 = (z * (z2 * (z2 * (3 * z2 + 19) + 17) - 15)) / 384;
  const g4 = (z * (z2 * (z2 * (z2 * (79 * z2 + 776) + 1482) - 1920) - 945)) / 92_160;
  const v = freedom;
  return z + g1 / v + g2 / (v * v) + g3 / (v * v * v) + g4 / (v * v * v * v);
}
