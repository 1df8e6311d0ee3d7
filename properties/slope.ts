// Growth against a driver: whether a series of measurements is a leak, by its Theil-Sen slope and its shape.
// Invariant: pure arithmetic on the points given; neither their order nor anything else enters.
import { invariant } from '../sim/errors.ts';
import { ascending, distinctCount, medianOfSorted, theilSen, type Confidence, type Point } from './theil-sen.ts';

export type { Confidence, Point } from './theil-sen.ts';

/** How to judge growth. */
export interface GrowthOptions {
  /** Default 0.99. With four points no more than 0.958 can be had, and is taken. */
  readonly confidence?: Confidence;
  /** What the last doubling must have added at least, in units of y; above 0, default 1. */
  readonly minimalGrowth?: number;
}

/** Whether a series grows with its driver, and why. */
export interface Growth {
  /** False when the points cannot tell: fewer than {@link FEWEST_CALMS} distinct x, or no doubling of x among them. */
  readonly judged: boolean;
  readonly grows: boolean;
  readonly slope: number;
  readonly lowerBound: number;
  readonly confidence: number;
  /** The stretch from about half of the largest x to the largest; zero length when not judged. */
  readonly lastDoubling: { readonly fromX: number; readonly toX: number; readonly growth: number };
  /** One clause. */
  readonly why: string;
}

/** Distinct x that {@link growing} needs. */
export const FEWEST_CALMS = 4;

/** Pairs grow with the square: longer series are thinned evenly to at most this many points. */
const MAX_POINTS = 256;
/** Share of what the slope promises that the last doubling must have kept. */
const KEPT_SHARE = 0.5;
/** Share of the slope before the last doubling that it must have kept as well. */
const EARLY_SHARE = 0.3;
/** The doubling must begin at no more than this share of the largest x. */
const LATEST_START = 0.75;
/** What the slope adds over the whole range of x, at least, in standard deviations of the noise around it. */
const LEAST_SIGNAL = 4;
/** What the parts before and after a step need to be judged on their own. */
const FEWEST_PART_CALMS = 6;
const PART_CONFIDENCE: Readonly<Record<Confidence, Confidence>> = { 0.95: 0.99, 0.99: 0.999, 0.999: 0.999 };
/** Median absolute deviation of a normal distribution of variance 1. */
const NORMAL_DEVIATION = 0.6745;
/** A two-level fit with less than this share of the line's squared error says that one step is all there was. */
const STEP_SHARE = 0.5;

/**
 * Says whether `points` are a leak: they grow for as long as the driver runs, instead of filling up.
 *
 * All of these must hold: the slope's lower bound is positive; over all of x it adds at least four standard deviations
 * of the noise around it; and the last doubling of x still added at least `minimalGrowth`, at least half of what the
 * slope promises for its length, and not much less than the time before it did. A series that is better told as one
 * step between two levels (a step is a fact, not a slope; a cache that filled up at once) is judged by what follows the
 * step or, for a step at the very end, by what came before. So a bounded cache passes once x spans twice what fills it, and
 * a slow leak fails in noise; `slope.test.ts` measures how often either goes wrong.
 *
 * @param points - Measurements at calms in any order; x finite and 0 or more, counted from the start of the run.
 */
export function growing(points: readonly Point[], options: GrowthOptions = {}): Growth {
  const { confidence = 0.99, minimalGrowth = 1 } = options;
  for (const { x, y } of points) {
    invariant(Number.isFinite(x) && x >= 0 && Number.isFinite(y), `a point is finite and its x 0 or more: ${x}, ${y}`);
  }
  invariant(minimalGrowth > 0, 'minimalGrowth is above 0');
  return judged(thinned(points), { startX: 0, fewest: FEWEST_CALMS, confidence, minimalGrowth });
}

interface Terms {
  /** Where x counts from. */
  readonly startX: number;
  /** Distinct x needed. */
  readonly fewest: number;
  readonly confidence: Confidence;
  readonly minimalGrowth: number;
}

/** Judges points in order of x. */
function judged(series: readonly Point[], terms: Terms): Growth {
  const { startX, fewest, confidence, minimalGrowth } = terms;
  const estimate = theilSen(series, confidence);
  const verdict = (isJudged: boolean, grows: boolean, why: string, doubling = NO_DOUBLING): Growth => {
    return { judged: isJudged, grows, ...estimate, lastDoubling: doubling, why };
  };
  const calms = distinctCount(series.map(({ x }) => x));
  if (calms < fewest) return verdict(false, false, `too few calms: ${calms}, expected ${fewest} or more`);
  const last = series[series.length - 1]!;
  const from = nearest(series, last.x / 2);
  if (from.x > LATEST_START * last.x) {
    return verdict(false, false, `no doubling: the driver runs from ${series[0]!.x} to ${last.x} only`);
  }
  const growth = growthFrom(series, from, last);
  const doubling = { fromX: startX + from.x, toX: startX + last.x, growth };
  const cut = oneStep(series);
  if (cut !== undefined) {
    const part = judgedPart(series, cut, terms);
    return part ?? verdict(true, false, 'one step between two levels', doubling);
  }
  if (estimate.lowerBound <= 0 || isDrownedInNoise(series, estimate.slope)) {
    return verdict(true, false, 'no slope above the noise', doubling);
  }
  const early = theilSen(series.filter(({ x }) => x <= from.x)).slope;
  const expected = Math.max(KEPT_SHARE * estimate.slope, EARLY_SHARE * early) * (last.x - from.x);
  if (growth < Math.max(minimalGrowth, expected)) {
    const least = show(Math.max(minimalGrowth, expected));
    return verdict(
      true,
      false,
      `levels off: the last doubling added ${show(growth)}, a leak at least ${least}`,
      doubling,
    );
  }
  return verdict(true, true, `still growing: the last doubling added ${show(growth)}`, doubling);
}

const NO_DOUBLING = { fromX: 0, toX: 0, growth: 0 };

function thinned(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  const step = Math.ceil(sorted.length / MAX_POINTS);
  return sorted.filter((_, i) => (sorted.length - 1 - i) % step === 0);
}

/** The point whose x is nearest to `x`; of equals the first. */
function nearest(sorted: readonly Point[], x: number): Point {
  return sorted.reduce((best, point) => (Math.abs(point.x - x) < Math.abs(best.x - x) ? point : best));
}

/** What was added from `from` to `last`: by the slope of that stretch when it has points enough, else by its ends. */
function growthFrom(sorted: readonly Point[], from: Point, last: Point): number {
  const stretch = sorted.filter(({ x }) => x >= from.x);
  if (distinctCount(stretch.map(({ x }) => x)) < FEWEST_CALMS) {
    return medianAt(stretch, last.x) - medianAt(stretch, from.x);
  }
  return theilSen(stretch).slope * (last.x - from.x);
}

function medianAt(points: readonly Point[], x: number): number {
  return medianOfSorted(ascending(points.filter((point) => point.x === x).map(({ y }) => y)));
}

/** Guards against the few series of pure noise that rise by chance: their rise is no larger than the noise. */
function isDrownedInNoise(sorted: readonly Point[], slope: number): boolean {
  const residues = ascending(sorted.map(({ x, y }) => y - slope * x));
  const centre = medianOfSorted(residues);
  const deviation = medianOfSorted(ascending(residues.map((residue) => Math.abs(residue - centre)))) / NORMAL_DEVIATION;
  return slope * (sorted[sorted.length - 1]!.x - sorted[0]!.x) < LEAST_SIGNAL * deviation;
}

/** The verdict on what follows the step at `cut`, or on what came before a late one; undefined when that is too short. */
function judgedPart(
  series: readonly Point[],
  cut: number,
  { startX, confidence, minimalGrowth }: Terms,
): Growth | undefined {
  // The choice of the step has fitted the parts to the noise, and a filling cache has a long tail: be stricter.
  const terms = { fewest: FEWEST_PART_CALMS, confidence: PART_CONFIDENCE[confidence], minimalGrowth };
  const baseX = series[cut]!.x;
  const rest = series.slice(cut).map(({ x, y }) => ({ x: x - baseX, y }));
  const after = judged(rest, { ...terms, startX: startX + baseX });
  if (after.judged) return after;
  // Only a step at the very end may hide what went before; a rise that ended early is a cache that filled up.
  if (baseX <= LATEST_START * series[series.length - 1]!.x) return undefined;
  const before = judged(series.slice(0, cut), { ...terms, startX });
  return before.judged ? before : undefined;
}

/** Where the second level begins, when one step tells the series much better than a line; undefined otherwise. */
function oneStep(sorted: readonly Point[]): number | undefined {
  const ys = sorted.map(({ y }) => y);
  let least = STEP_SHARE * lineError(sorted);
  let at: number | undefined;
  for (let cut = 1; cut < ys.length; cut++) {
    if (sorted[cut]!.x === sorted[cut - 1]!.x) continue;
    const error = levelError(ys.slice(0, cut)) + levelError(ys.slice(cut));
    if (error >= least) continue;
    least = error;
    at = cut;
  }
  return at;
}

/** Squared error of the least-squares line. */
function lineError(points: readonly Point[]): number {
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  let xx = 0;
  let xy = 0;
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  const slope = xy / xx;
  return points.reduce((sum, { x, y }) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
}

/** Squared error of the mean. */
function levelError(ys: readonly number[]): number {
  const level = mean(ys);
  return ys.reduce((sum, y) => sum + (y - level) ** 2, 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
