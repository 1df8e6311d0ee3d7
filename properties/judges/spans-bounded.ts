// spans-bounded: what open spans and listeners hold does not grow while their owner lives.
// Invariant: judged in survivors, by site, against churn and against time: a span that never closes needs no churn.
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import { FEWEST_CALMS } from '../slope.ts';
import type { SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';
import { growthIn } from './resources.ts';

const NAME = 'spans-bounded';
const BOUND = 'no growth in survivors, per event of churn and per hour';
/** The last doubling must add at least so many bytes per survivor, and at least this share of the first level. */
const LEAST_BYTES_PER_SURVIVOR = 1024;
const LEAST_SHARE = 0.25;
/** The same for how many are open, whatever they hold. */
const LEAST_COUNT_PER_SURVIVOR = 2;
const LEAST_COUNT_SHARE = 0.5;
const KINDS = ['span', 'listener'];

/** Bytes held by open spans and by listeners do not grow while their owner lives. */
export const spansBounded: Property = {
  name: NAME,
  summary: 'open spans and listeners, and the bytes they hold, do not grow while their owner lives',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms, ledger } = record;
  if (ledger?.sites.some(({ kind }) => KINDS.includes(kind)) !== true) {
    return notJudged(NAME, 'the model opens no spans and no listeners', BOUND);
  }
  if (calms.length < FEWEST_CALMS) {
    return notJudged(NAME, `${calms.length} calms, at least ${FEWEST_CALMS} are needed`, BOUND);
  }
  const isJudged = (site: string): boolean => KINDS.includes(site.slice(0, site.indexOf(' ')));
  const bytes = growthIn(record, {
    measure: (site, total) => (isJudged(site) ? [[site, total.bytes]] : []),
    drivers: ['hours'],
    minimalGrowth: (first, survivors) => Math.max(LEAST_BYTES_PER_SURVIVOR * survivors, LEAST_SHARE * first),
    counts: false,
    unit: 'bytes',
  });
  if (bytes.survivors === 0) return notJudged(NAME, 'no node lived through all calms', BOUND);
  const counts = growthIn(record, {
    measure: (site, { count }) => (isJudged(site) ? [[site, count]] : []),
    drivers: ['hours'],
    minimalGrowth: (first, survivors) => Math.max(LEAST_COUNT_PER_SURVIVOR * survivors, LEAST_COUNT_SHARE * first),
    counts: true,
    unit: 'open',
  });
  const last = bytes.series.reduce((sum, { values }) => sum + values.at(-1)!, 0);
  const evidence = [...bytes.evidence, ...counts.evidence];
  const figure = `${short(last / 1024 / bytes.survivors)} KiB per survivor at the last of ${calms.length} calms`;
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  return broken(NAME, figure, BOUND, evidence, bytes.firstUs ?? counts.firstUs);
}
