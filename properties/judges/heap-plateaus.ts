// heap-plateaus: what a node retains, as the model accounts for it, has slope zero over calms.
// Invariant: judged in survivors, in total and by bucket, which is the site of an entry up to its first dot.
import { broken, holds, notJudged } from '../property.ts';
import type { Property, Verdict } from '../property.ts';
import { FEWEST_CALMS } from '../slope.ts';
import type { SoakRecord } from '../soak/record.ts';
import { bucketOf } from '../soak/ledger-look.ts';
import { short } from './cohort.ts';
import { growthIn } from './resources.ts';

const NAME = 'heap-plateaus';
const BOUND = 'no growth in survivors, per event of churn and per hour';
/** The last doubling must add at least so many bytes per survivor, and at least this share of the first level. */
const LEAST_BYTES_PER_SURVIVOR = 4096;
const LEAST_SHARE = 0.25;
/** The subject of all buckets together. */
const TOTAL = 'heap';

/** Modelled retained bytes have slope zero over calms. */
export const heapPlateaus: Property = {
  name: NAME,
  summary: 'modelled retained bytes, in total and by bucket, have slope zero over calms',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms, ledger } = record;
  if (ledger?.sites.some(({ peakBytes }) => peakBytes > 0) !== true) {
    return notJudged(NAME, 'the model accounts for no bytes', BOUND);
  }
  if (calms.length < FEWEST_CALMS) {
    return notJudged(NAME, `${calms.length} calms, at least ${FEWEST_CALMS} are needed`, BOUND);
  }
  const { survivors, series, evidence, firstUs } = growthIn(record, {
    measure: (site, { bytes }) => {
      const bucket = bucketOf(site.slice(site.indexOf(' ') + 1));
      return [
        [TOTAL, bytes],
        [`${TOTAL} of ${bucket}`, bytes],
      ];
    },
    drivers: ['hours'],
    minimalGrowth: (first, nodes) => Math.max(LEAST_BYTES_PER_SURVIVOR * nodes, LEAST_SHARE * first),
    counts: false,
    unit: 'bytes',
  });
  if (survivors === 0) return notJudged(NAME, 'no node lived through all calms', BOUND);
  const values = series.find(({ subject }) => subject === TOTAL)?.values ?? [0];
  const perSurvivor = (bytes: number): string => `${short(bytes / 1024 / survivors)} KiB`;
  const figure = `${perSurvivor(values[0]!)} per survivor at the first calm, ${perSurvivor(values.at(-1)!)} at the last`;
  return evidence.length === 0 ? holds(NAME, figure, BOUND) : broken(NAME, figure, BOUND, evidence, firstUs);
}
