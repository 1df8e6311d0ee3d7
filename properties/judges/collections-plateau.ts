// collections-plateau: at calms no collection anywhere grows with churn, messages or time, whatever it is keyed by.
// Invariant: sizes are summed over the nodes that lived through all calms, by path class.
import type { NodeCensus } from '../../sim/census/census.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import { FEWEST_CALMS, growing } from '../slope.ts';
import { ascending, medianOfSorted } from '../theil-sen.ts';
import { isUnderWay } from '../soak/pending-items.ts';
import type { CalmRecord, Driver, SoakRecord } from '../soak/record.ts';
import {
  chanceOf,
  cohortOf,
  deviationsOf,
  DRIVER_UNITS,
  firstRiseUs,
  growingSeries,
  mainDriver,
  pointsOf,
  seriesOf,
  short,
} from './cohort.ts';
import type { GrowingSeries, Series } from './cohort.ts';

const NAME = 'collections-plateau';
const BOUND = 'no growth at calms';
/** The last doubling must add at least this many elements per survivor: below that it is the noise of a full cache. */
const LEAST_PER_SURVIVOR = 2;
/** And at least this share of the first level: a time-bound cache of sixty messages follows random traffic by less. */
const LEAST_SHARE = 0.5;
/** How a path class says that it is of what a collection holds. */
const WITHIN = '[*]';

/** At calms after k, 2k, 4k churn events no collection grows in k. */
export const collectionsPlateau: Property = {
  name: NAME,
  summary: 'at calms no collection anywhere grows with churn, messages or time',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms } = record;
  if (calms.length < FEWEST_CALMS)
    return notJudged(NAME, `${calms.length} calms, at least ${FEWEST_CALMS} are needed`, BOUND);
  const cohort = cohortOf(calms);
  if (cohort.size === 0) return notJudged(NAME, 'no node lived through all calms', BOUND);
  const all = seriesOf(calms, cohort, sizesOf);
  const series = judgedSeries(all, record);
  const grainOf = grains(all);
  const driver = mainDriver(record);
  const grown = growingSeries(calms, driver, series, (first, one) => {
    const grain = grainOf(one);
    return Math.max(
      LEAST_PER_SURVIVOR * cohort.size,
      LEAST_SHARE * first,
      // All survivors hold the same few messages, so that their sum wanders as one.
      deviationsOf(first, cohort.size, grain),
      chanceOf(one, cohort.size, grain),
    );
  });
  if (grown.length === 0) return holds(NAME, `${series.length} path classes level over ${calms.length} calms`, BOUND);
  const firstUs = Math.min(...grown.map((one) => firstRiseUs(calms, one) ?? Infinity));
  const figure = `${short(grown[0]!.growth.slope)} per ${DRIVER_UNITS[driver]} in ${grown[0]!.subject}`;
  const evidence = grown.map((one) => evidenceOf(calms, one, cohort.size));
  return broken(NAME, figure, BOUND, evidence, Number.isFinite(firstUs) ? firstUs : undefined);
}

/** Elements of collections within a collection come and go with what holds them, so many at a time. */
function grains(all: readonly Series[]): (series: Series) => number {
  const usual = new Map(all.map(({ subject, values }) => [subject, medianOfSorted(ascending(values))]));
  return ({ subject }) => {
    const holders = subject.endsWith(WITHIN) ? (usual.get(subject.slice(0, -WITHIN.length)) ?? 0) : 0;
    return holders > 0 ? Math.max(1, usual.get(subject)! / holders) : 1;
  };
}

function* sizesOf(node: NodeCensus): Generator<[string, number]> {
  for (const [path, { sum }] of node.eachSize()) if (!isUnderWay(path)) yield [path, sum];
}

/**
 * Takes declarations into account. A collection with a cap may fill up to it, as long as no node exceeds it; one that exists for what other collections hold is judged by what it holds beyond them.
 */
function judgedSeries(series: readonly Series[], { calms, declarations }: SoakRecord): Series[] {
  const exceeded = new Set(
    calms.flatMap(({ census }) => census.nodes.flatMap(({ violations }) => violations.map(({ path }) => path))),
  );
  const valuesOf = new Map(series.map(({ subject, values }) => [subject, values]));
  return series.flatMap((one) => {
    const declared = declarations.filter(({ path }) => path === one.subject);
    if (declared.some((declaration) => 'cap' in declaration) && !exceeded.has(one.subject)) return [];
    const supports = declared.flatMap((declaration) => ('while' in declaration ? declaration.while : []));
    if (supports.length === 0) return [one];
    const excess = one.values.map((value, calm) =>
      Math.max(
        0,
        supports.reduce((rest, path) => rest - (valuesOf.get(path)?.[calm] ?? 0), value),
      ),
    );
    return [{ ...one, values: excess }];
  });
}

function evidenceOf(calms: readonly CalmRecord[], series: GrowingSeries, survivors: number): Evidence {
  const { subject, values, growth, driver } = series;
  const unit = DRIVER_UNITS[driver];
  const table = calms.map(({ drivers }, calm) => `${short(drivers[driver])}:${values[calm]}`).join(' ');
  const other: Driver = 'broadcasts';
  const perBroadcast = growing(pointsOf(calms, other, series)).slope;
  return {
    subject,
    text: `${subject}: ${short(growth.slope)} per ${unit}, ${short(perBroadcast)} per broadcast, in ${survivors} survivors (${unit}s:elements ${table})`,
    data: {
      driver,
      slope: growth.slope,
      lowerBound: growth.lowerBound,
      slopePerBroadcast: perBroadcast,
      survivors,
      drivers: calms.map(({ drivers }) => drivers[driver]),
      elements: values,
    },
  };
}
