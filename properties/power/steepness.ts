// How steeply what a run leaves behind grows: one number for a search to climb, where a verdict is only yes or no.
// Invariant: it judges nothing, so it never breaks; it knows no model and no defect, and reads what properties read.
import { ln } from '../../sim/random/math.ts';
import { cohortOf, entrySeries, mainDriver, pointsOf, seriesOf } from '../judges/cohort.ts';
import type { Series } from '../judges/cohort.ts';
import { holds } from '../property.ts';
import type { Property } from '../property.ts';
import { growing } from '../slope.ts';
import type { Point } from '../slope.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';

/** Name of {@link steepness} in a table of verdicts. */
export const STEEPNESS = 'power-steepness';

/** How much more a growth counts of which the lower bound speaks than one that noise may have made. */
const SURE_WEIGHT = 3;
/** What a series is worth beyond its slope when it grows by all that a leak must show. */
const GROWS_WORTH = 2;
/** How much all series together count beside the steepest: little, as most are noise. */
const OTHERS_WEIGHT = 0.1;
/** Beyond these a difference is of no account. */
const DIGITS = 6;

/** Tells a run's {@link steepnessOf} as its figure. */
export const steepness: Property = {
  name: STEEPNESS,
  summary: 'holds always; its figure says how steeply what the run leaves behind grows',
  judge: (record) => holds(STEEPNESS, String(steepnessOf(record)), 'none'),
};

/**
 * How steeply a run's leftovers grow over its calms; 0 or more, larger for steeper.
 *
 * The steepest of all series counts, and the sum of all a little: what the survivors hold at every calm (mentions of the
 * departed, collections, open entries of the ledger), and open entries about the departed. Of each the growth that its
 * slope promises, the growth that is sure, and that of the last doubling are put against its size at first, each on a
 * logarithmic scale, so that a thousand bytes do not hide ten mentions. Runs of fewer calms than a slope needs have no
 * slope, so that a search gains nothing by churn that leaves no calm. What is overdue, one-sided or dialled in vain is added.
 */
export function steepnessOf(record: SoakRecord): number {
  const { calms } = record;
  const cohort = cohortOf(calms);
  const driver = mainDriver(record);
  const collections = seriesOf(calms, cohort, (node) => sizesOf(node.eachSize()));
  const others = [
    ...seriesOf(calms, cohort, ({ residue }) => [...residue].map(([path, { count }]) => [path, count] as const)),
    ...entrySeries(calms, cohort, (site, { count }) => [[site, count]]),
    ...deadEntries(calms),
  ];
  const scores = [
    ...others.map((one) => scoreOf(pointsOf(calms, driver, one), 1)),
    // A collection may differ by one in each survivor for no reason at all.
    ...collections.map((one) => scoreOf(pointsOf(calms, driver, one), 1 + cohort.size)),
  ];
  const most = scores.reduce((largest, score) => Math.max(largest, score), 0);
  const sum = scores.reduce((total, score) => total + score, 0);
  return Number((most + OTHERS_WEIGHT * sum + faults(record)).toFixed(DIGITS));
}

function* sizesOf(sizes: Iterable<readonly [string, { readonly sum: number }]>): Generator<[string, number]> {
  for (const [path, { sum }] of sizes) yield [path, sum];
}

/** @param least - The size below which a growth is no more than this size would be; above 0. */
function scoreOf(points: readonly Point[], least: number): number {
  const { judged, grows, slope, lowerBound, lastDoubling } = growing(points, { minimalGrowth: least });
  if (!judged) return 0;
  const xs = points.map(({ x }) => x);
  const spread = Math.max(...xs) - Math.min(...xs);
  const scale = least + (points[0]?.y ?? 0);
  const sure = SURE_WEIGHT * grown((lowerBound * spread) / scale);
  return grown((slope * spread) / scale) + sure + grown(lastDoubling.growth / scale) + (grows ? GROWS_WORTH : 0);
}

function grown(growth: number): number {
  return growth > 0 ? ln(1 + growth) : 0;
}

function deadEntries(calms: readonly CalmRecord[]): Series[] {
  const subjects = new Set(calms.flatMap((calm) => [...calm.deadEntries.keys()]));
  return [...subjects].map((subject) => ({
    subject,
    values: calms.map((calm) => calm.deadEntries.get(subject) ?? 0),
  }));
}

/** What must not be at all, at any calm. */
function faults({ calms, ghostDials }: SoakRecord): number {
  const perCalm = calms.map(({ resources, overlay, lonely, unstopped }) => {
    const held = [...resources.overdue.values(), ...resources.superseded.values()];
    const overdue = held.reduce((sum, { count }) => sum + count, 0);
    return overdue + (overlay?.oneSided.length ?? 0) + lonely.count + unstopped.count;
  });
  return grown(perCalm.reduce((sum, count) => sum + count, 0)) + grown(ghostDials.total);
}
