// What the judges of resources share: growth of what survivors hold, and entries that outlived their time, as evidence.
// Invariant: a subject is told of once, with the driver that it grows with; faulted calms are not held against anybody.
import { formatDuration } from '../../sim/duration.ts';
import type { Evidence } from '../property.ts';
import { FEWEST_CALMS } from '../slope.ts';
import type { EntryExample, EntryFinding, EntryFindings } from '../soak/findings.ts';
import type { CalmRecord, Driver, SoakRecord } from '../soak/record.ts';
import {
  chanceOf,
  cohortOf,
  DRIVER_UNITS,
  entrySeries,
  firstRiseUs,
  growingSeries,
  mainDriver,
  short,
} from './cohort.ts';
import type { GrowingSeries, Series } from './cohort.ts';

/** Examples that one line of evidence names. */
const SHOWN_EXAMPLES = 3;

/** What to look for in the ledger entries of survivors. */
export interface GrowthQuestion {
  /** What a node's entries of one `kind site` add to which subjects. */
  readonly measure: Parameters<typeof entrySeries>[2];
  /** Drivers besides the run's main one. */
  readonly drivers: readonly Driver[];
  /** What the last doubling must add at least, given the first value and the number of survivors; above 0. */
  readonly minimalGrowth: (first: number, survivors: number) => number;
  /** True when things are counted, which come and go by chance; false for bytes. */
  readonly counts: boolean;
  /** What is counted, in the plural, such as `tasks`. */
  readonly unit: string;
}

/** What an answer to a {@link GrowthQuestion} is made of. */
export interface GrowthAnswer {
  readonly survivors: number;
  readonly series: readonly Series[];
  /** What grows, most added by the last doubling first. */
  readonly grown: readonly GrowingSeries[];
  readonly evidence: readonly Evidence[];
  /** The first calm at which any of it stood above its first value, in microseconds. */
  readonly firstUs: number | undefined;
}

/** Judges growth of what survivors hold against the main driver first, then against the others that tell calms apart. */
export function growthIn(record: SoakRecord, question: GrowthQuestion): GrowthAnswer {
  const { calms } = record;
  const cohort = cohortOf(calms);
  const series = entrySeries(calms, cohort, question.measure);
  const drivers = new Set([mainDriver(record), ...question.drivers.filter((driver) => tellsApart(calms, driver))]);
  const bySubject = new Map<string, GrowingSeries>();
  if (calms.length >= FEWEST_CALMS && cohort.size > 0) {
    for (const driver of drivers) {
      const least = (first: number, one: Series): number =>
        Math.max(question.minimalGrowth(first, cohort.size), question.counts ? chanceOf(one, cohort.size) : 0);
      for (const one of growingSeries(calms, driver, series, least)) {
        if (!bySubject.has(one.subject)) bySubject.set(one.subject, one);
      }
    }
  }
  const grown = [...bySubject.values()].toSorted((a, b) => b.growth.lastDoubling.growth - a.growth.lastDoubling.growth);
  const evidence = grown.map((one) => growthEvidence(calms, one, cohort.size, question.unit));
  return {
    survivors: cohort.size,
    series,
    grown,
    evidence,
    firstUs: earliest(grown.map((o) => firstRiseUs(calms, o))),
  };
}

/** The earliest of some moments; undefined when none is known. */
export function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function tellsApart(calms: readonly CalmRecord[], driver: Driver): boolean {
  return new Set(calms.map(({ drivers }) => drivers[driver])).size >= FEWEST_CALMS;
}

function growthEvidence(calms: readonly CalmRecord[], one: GrowingSeries, survivors: number, unit: string): Evidence {
  const { subject, values, growth, driver } = one;
  const per = DRIVER_UNITS[driver];
  const table = calms.map(({ drivers }, calm) => `${short(drivers[driver])}:${short(values[calm]!)}`).join(' ');
  return {
    subject,
    text: `${subject}: ${short(growth.slope)} ${unit} per ${per}, in ${survivors} survivors (${per}s:${unit} ${table})`,
    data: {
      driver,
      slope: growth.slope,
      lowerBound: growth.lowerBound,
      survivors,
      drivers: calms.map(({ drivers }) => drivers[driver]),
      values,
    },
  };
}

/** Entries of a run that outlived their time, over the calms that are judged. */
export interface OverdueAnswer {
  /** Most at one calm. */
  readonly most: number;
  /** By kind and site, most entries first. */
  readonly evidence: readonly Evidence[];
  /** When the first of those told of was due, in microseconds. */
  readonly firstUs: number | undefined;
}

/**
 * Gathers findings over calms.
 *
 * @param kinds - Kinds of entry to tell of.
 * @param said - What they do that they should not, such as `past their time`.
 */
export function overdueIn(
  calms: readonly CalmRecord[],
  findingsOf: (calm: CalmRecord) => EntryFindings,
  kinds: readonly string[],
  said: string,
): OverdueAnswer {
  const worst = new Map<string, { finding: EntryFinding; calm: CalmRecord; firstUs: number }>();
  let most = 0;
  for (const calm of calms) {
    let count = 0;
    for (const [site, finding] of findingsOf(calm)) {
      if (!kinds.includes(site.slice(0, site.indexOf(' ')))) continue;
      count += finding.count;
      const known = worst.get(site);
      const firstUs = Math.min(known?.firstUs ?? Infinity, finding.examples[0]?.dueUs ?? calm.untilUs);
      if (known !== undefined && known.finding.count >= finding.count) continue;
      worst.set(site, { finding, calm, firstUs });
    }
    most = Math.max(most, count);
  }
  const found = [...worst].toSorted(([, a], [, b]) => b.finding.count - a.finding.count);
  const evidence = found.map(([site, { finding, calm, firstUs }]) => {
    const { count, examples } = finding;
    const shown = examples.slice(0, SHOWN_EXAMPLES).map(describeExample).join('; ');
    return {
      subject: site,
      text: `${site}: ${count} ${said} at calm ${calm.index}, such as ${shown}`,
      data: { site, count, calm: calm.index, atUs: calm.untilUs, firstUs, examples },
    };
  });
  return { most, evidence, firstUs: earliest(found.map(([, { firstUs }]) => firstUs)) };
}

function describeExample({ owner, subject, ageUs }: EntryExample): string {
  return `${owner}${subject === undefined ? '' : ` about ${subject}`}, ${formatDuration(ageUs)} old`;
}
