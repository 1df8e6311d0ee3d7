// cost-settles: what the mesh spends per node and second returns to its baseline when churn ends.
// Invariant: the baseline is the run's own first calm, if no action of the plan came before it; tails of calms are
// compared, never absolutes.
import { METER } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';

const NAME = 'cost-settles';
/** What is spent: each may reach {@link MOST_RATIO} times its baseline plus this slack, per node and second. */
const COSTS: readonly { meter: MeterName; slack: number }[] = [
  { meter: 'messagesSent', slack: 1 },
  { meter: 'dials', slack: 0.5 },
  { meter: 'timersFired', slack: 1 },
];
const MOST_RATIO = 2;
const BOUND = `${MOST_RATIO} x the calm before churn`;

/** Messages, dials and wake-ups per node and second return to the baseline after churn. */
export const costSettles: Property = {
  name: NAME,
  summary: 'messages, dials and wake-ups per node and second return to the baseline after churn ends',
  judge,
};

function judge({ calms }: SoakRecord): Verdict {
  const baseline = calms.find(({ faulted, drivers }) => !faulted && drivers.actions === 0);
  if (baseline === undefined) return notJudged(NAME, 'no calm before churn and faults', BOUND);
  const judged = calms.filter(({ faulted, index }) => !faulted && index > baseline.index);
  if (judged.length === 0) return notJudged(NAME, 'no later calm without faults', BOUND);
  const evidence: Evidence[] = [];
  let worst = { ratio: 0, text: 'no cost' };
  let firstUs: number | undefined;
  for (const { meter, slack } of COSTS) {
    const before = rate(baseline, meter);
    for (const calm of judged) {
      const after = rate(calm, meter);
      const bound = before * MOST_RATIO + slack;
      const text = `${meter} ${short(after)} per node and second, ${short(before)} before churn`;
      if (after / bound > worst.ratio) worst = { ratio: after / bound, text };
      if (after <= bound) continue;
      firstUs = Math.min(firstUs ?? Infinity, calm.untilUs);
      evidence.push({
        subject: meter,
        text: `calm ${calm.index}: ${text}`,
        data: { meter, before, after, calm: calm.index },
      });
    }
  }
  if (evidence.length === 0) return holds(NAME, worst.text, BOUND);
  return broken(NAME, worst.text, BOUND, evidence, firstUs);
}

function rate({ tail, liveCount }: CalmRecord, meter: MeterName): number {
  return liveCount === 0 || tail.lengthUs === 0 ? 0 : tail.counts[METER[meter]]! / liveCount / (tail.lengthUs / 1e6);
}
