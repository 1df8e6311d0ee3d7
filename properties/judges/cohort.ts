// Series over calms: what the nodes that lived through all of them held, against a driver of growth.
// Invariant: only survivors are summed, so that a node's replacement cannot hide what it had hoarded.
import type { NodeCensus } from '../../sim/census/census.ts';
import type { EntryTotal } from '../soak/findings.ts';
import type { CalmRecord, Driver, SoakRecord } from '../soak/record.ts';
import { FEWEST_CALMS, growing } from '../slope.ts';
import type { Growth, Point } from '../slope.ts';
import { ascending, medianOfSorted } from '../theil-sen.ts';

/** One series: a measure of the cohort at each calm. */
export interface Series {
  /** Path class, meter or site. */
  readonly subject: string;
  readonly values: readonly number[];
  /**
   * Variance of one value, as told by what single members let go of from calm to calm: their sum hides how much comes and
   * goes. 0 when nothing was let go of; default 0.
   */
  readonly variance?: number;
}

/** A series that grows, and how fast. */
export interface GrowingSeries extends Series {
  readonly growth: Growth;
  readonly driver: Driver;
}

/** Serials of the nodes that ran at every given calm. */
export function cohortOf(calms: readonly CalmRecord[]): ReadonlySet<number> {
  const [first, ...rest] = calms.map(({ census }) => new Set(census.nodes.map(({ serial }) => serial)));
  if (first === undefined) return new Set();
  return new Set([...first].filter((serial) => rest.every((serials) => serials.has(serial))));
}

/** The driver to judge a run by: departures when they tell calms apart, then any actions, else time. */
export function mainDriver({ calms }: SoakRecord): Driver {
  const tellsApart = (driver: Driver): boolean =>
    new Set(calms.map(({ drivers }) => drivers[driver])).size >= Math.min(FEWEST_CALMS, calms.length);
  return (['departures', 'actions'] as const).find(tellsApart) ?? 'hours';
}

/** What a driver counts, in the singular. */
export const DRIVER_UNITS: Readonly<Record<Driver, string>> = {
  departures: 'departure',
  arrivals: 'arrival',
  actions: 'action',
  broadcasts: 'broadcast',
  hours: 'virtual hour',
};

/** Sums a measure over the cohort at each calm, for every subject that occurs at any. */
export function seriesOf(
  calms: readonly CalmRecord[],
  cohort: ReadonlySet<number>,
  measure: (node: NodeCensus) => Iterable<readonly [string, number]>,
): Series[] {
  return summed(calms, cohort, ({ census }) => census.nodes, measure);
}

/**
 * The same of the open ledger entries of the cohort.
 *
 * @param measure - Given the `kind site` of a node's entries and their total: what it adds to which subjects.
 */
export function entrySeries(
  calms: readonly CalmRecord[],
  cohort: ReadonlySet<number>,
  measure: (site: string, total: EntryTotal) => readonly (readonly [string, number])[],
): Series[] {
  return summed(
    calms,
    cohort,
    ({ resources }) => resources.entries,
    (node) => [...node.eachSite()].flatMap(([site, total]) => measure(site, total)),
  );
}

function summed<Member extends { readonly serial: number }>(
  calms: readonly CalmRecord[],
  cohort: ReadonlySet<number>,
  nodesOf: (calm: CalmRecord) => readonly Member[],
  measure: (node: Member) => Iterable<readonly [string, number]>,
): Series[] {
  const bySubject = new Map<string, Holding>();
  calms.forEach((calm, place) => {
    for (const node of nodesOf(calm)) {
      if (!cohort.has(node.serial)) continue;
      for (const [subject, value] of measure(node)) {
        let holding = bySubject.get(subject);
        if (holding === undefined) bySubject.set(subject, (holding = new Holding(calms.length)));
        holding.add(place, node.serial, value);
      }
    }
    for (const holding of bySubject.values()) holding.closeCalm();
  });
  return [...bySubject].map(([subject, { values, variance }]) => ({ subject, values, variance }));
}

/** What the cohort holds of one subject, calm by calm. */
class Holding {
  readonly values: number[];
  /** By serial, at the calm before and at this one. */
  private before = new Map<number, number>();
  private held = new Map<number, number>();
  /** Of what single members let go of from one calm to the next. */
  private squares = 0;

  constructor(calmCount: number) {
    this.values = Array.from({ length: calmCount }, () => 0);
  }

  add(calm: number, serial: number, value: number): void {
    this.values[calm]! += value;
    this.held.set(serial, (this.held.get(serial) ?? 0) + value);
  }

  closeCalm(): void {
    for (const [serial, value] of this.before) {
      const letGo = value - (this.held.get(serial) ?? 0);
      if (letGo > 0) this.squares += letGo ** 2;
    }
    [this.before, this.held] = [this.held, this.before];
    this.held.clear();
  }

  /** What comes and goes goes as often as it comes: two looks differ by twice the variance, and half of that is seen to go. */
  get variance(): number {
    return this.squares / Math.max(1, this.values.length - 1);
  }
}

/**
 * Those series that grow with the driver, steepest first; ties by subject.
 *
 * @param minimalGrowth - What the last doubling must add at least, given a series' first value and the series; above 0.
 */
export function growingSeries(
  calms: readonly CalmRecord[],
  driver: Driver,
  series: readonly Series[],
  minimalGrowth: (first: number, series: Series) => number,
): GrowingSeries[] {
  return series
    .map((one) => {
      const options = { confidence: 0.99, minimalGrowth: minimalGrowth(one.values[0] ?? 0, one) } as const;
      return { ...one, driver, growth: growing(pointsOf(calms, driver, one), options) };
    })
    .filter(({ growth }) => growth.grows)
    .toSorted((a, b) => b.growth.slope - a.growth.slope || (a.subject < b.subject ? -1 : 1));
}

/** Standard deviations that a count of what comes and goes must grow by at least. */
const LEAST_DEVIATIONS = 3;

/**
 * What chance may add to a count over survivors: what single survivors were seen to let go of says how far two looks at their
 * sum may differ. One that was seen to shrink by an element a survivor is of what comes and goes, and all survivors may
 * share it: then the level it is usually at says so too. For what no survivor let go of it is 0: what leaks does not go.
 *
 * @param grain - How many of them come and go together, 1 or more; default 1.
 */
export function chanceOf({ values, variance = 0 }: Series, survivors: number, grain = 1): number {
  const seen = LEAST_DEVIATIONS * Math.sqrt(2 * variance);
  const shrank = values.some((value, calm) => value <= (values[calm - 1] ?? value) - survivors);
  return shrank ? Math.max(seen, deviationsOf(2 * medianOfSorted(ascending(values)), survivors, grain)) : seen;
}

/** {@link LEAST_DEVIATIONS} of a sum over survivors that all hold the same, and of which `grain` come and go together. */
export function deviationsOf(sum: number, survivors: number, grain: number): number {
  return LEAST_DEVIATIONS * Math.sqrt(sum / survivors / grain) * grain * survivors;
}

/** One series as points against a driver. */
export function pointsOf(calms: readonly CalmRecord[], driver: Driver, series: Series): Point[] {
  return calms.map(({ drivers }, calm) => ({ x: drivers[driver], y: series.values[calm]! }));
}

/** Virtual time of the first calm at which a series stood above its first value, in microseconds. */
export function firstRiseUs(calms: readonly CalmRecord[], series: Series): number | undefined {
  const first = series.values.findIndex((value) => value > (series.values[0] ?? 0));
  return calms[first]?.untilUs;
}

/** A number with three significant digits, without an exponent where it can be read. */
export function short(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
