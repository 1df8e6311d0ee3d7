// The Theil-Sen slope of a series with a lower confidence bound.
// Invariant: pure arithmetic on the points given; neither their order nor anything else enters.

/** One measurement: `y` (a size, a count, bytes) when the driver (departures, messages, hours) stood at `x`. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One-sided confidence of a lower bound. */
export type Confidence = 0.95 | 0.99 | 0.999;

/** A robust slope. */
export interface Slope {
  /** Median of the slopes of all pairs of points that differ in x; 0 when there is no such pair. */
  readonly slope: number;
  /** The true slope lies above it with {@link Slope.confidence}; -Infinity when there is no such pair. */
  readonly lowerBound: number;
  /** What the points can give, when they are too few for the confidence asked for. From 0 to 1. */
  readonly confidence: number;
}

/** Standard normal quantiles. */
const QUANTILES: Readonly<Record<Confidence, number>> = { 0.95: 1.6449, 0.99: 2.3264, 0.999: 3.0903 };
/** Up to here the distribution of inversions is computed exactly. */
const MAX_EXACT_COUNT = 10;
/**
 * Estimates a slope by Theil (1950) and its one-sided lower bound by Sen (1968): an order statistic of the pairwise
 * slopes, its rank by Kendall's distribution of inversions; exact up to ten points, above that the normal
 * approximation with the variance corrected for ties in x and y.
 *
 * With few points and ties the bound is lower than it need be, never higher.
 */
export function theilSen(points: readonly Point[], confidence: Confidence = 0.99): Slope {
  const slopes = slopesOfPairs(points);
  if (slopes.length === 0) return { slope: 0, lowerBound: -Infinity, confidence };
  const distinct = distinctCount(points.map(({ x }) => x));
  const rank =
    points.length <= MAX_EXACT_COUNT
      ? exactRank(distinct, 1 - confidence)
      : Math.floor((slopes.length - QUANTILES[confidence] * Math.sqrt(kendallVariance(points))) / 2);
  return {
    slope: medianOfSorted(slopes),
    // With rank 0 even the smallest slope promises less than asked for: it is taken, with the confidence it has.
    lowerBound: slopes[Math.max(rank, 1) - 1]!,
    confidence: rank >= 1 ? confidence : 1 - tailOfInversions(distinct, 0),
  };
}

/** The slopes of all pairs that differ in x, ascending. In a typed array, as judging a long run is sorting little else. */
function slopesOfPairs(points: readonly Point[]): Float64Array {
  const xs = Float64Array.from(points, ({ x }) => x);
  const ys = Float64Array.from(points, ({ y }) => y);
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (let i = 0; i < xs.length; i++) {
    for (let j = i + 1; j < xs.length; j++) {
      // The 0 makes a zero of either sign the same.
      if (xs[i] !== xs[j]) slopes[count++] = (ys[j]! - ys[i]!) / (xs[j]! - xs[i]!) + 0;
    }
  }
  return slopes.subarray(0, count).sort();
}

/** The largest rank whose order statistic exceeds the true slope with probability `risk` at most; 0 when none does. */
function exactRank(count: number, risk: number): number {
  let rank = 0;
  while (tailOfInversions(count, rank) <= risk) rank++;
  return rank;
}

/** Probability that a random permutation of `count` has at most `most` inversions. */
function tailOfInversions(count: number, most: number): number {
  // ways[k], k up to most: share of permutations of the first n elements with k inversions; the next adds 0 to n of them.
  let ways = [1];
  for (let n = 1; n < count; n++) {
    const wider = Array.from({ length: Math.min(ways.length + n, most + 1) }, () => 0);
    ways.forEach((share, k) => {
      for (let added = 0; added <= n && k + added <= most; added++) wider[k + added]! += share / (n + 1);
    });
    ways = wider;
  }
  return ways.reduce((sum, share) => sum + share, 0);
}

/** Variance of Kendall's S with ties in both (Kendall 1970, section 4.9). */
function kendallVariance(points: readonly Point[]): number {
  const n = points.length;
  const x = tieSums(points.map((point) => point.x));
  const y = tieSums(points.map((point) => point.y));
  return (
    (n * (n - 1) * (2 * n + 5) - x.spread - y.spread) / 18 +
    (x.pairs * y.pairs) / (2 * n * (n - 1)) +
    (x.triples * y.triples) / (9 * n * (n - 1) * (n - 2))
  );
}

function tieSums(values: readonly number[]): { pairs: number; triples: number; spread: number } {
  const sums = { pairs: 0, triples: 0, spread: 0 };
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const t of counts.values()) {
    sums.pairs += t * (t - 1);
    sums.triples += t * (t - 1) * (t - 2);
    sums.spread += t * (t - 1) * (2 * t + 5);
  }
  return sums;
}

/** A sorted copy. */
export function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The middle value, or the mean of the middle two; 0 for none. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}

/** How many different values. */
export function distinctCount(values: readonly number[]): number {
  return new Set(values).size;
}
