// cost-settles: what the mesh spends per node and second returns to its baseline when churn ends, and does not creep up.
// Invariant: tails of calms are compared, never absolutes, but for work that changes nothing: of that a storm which has
// raged since the start leaves no quiet calm to compare with. The baseline is the run's own first calm, if no action of
// the plan came before it.
import { formatDuration } from '../../sim/duration.ts';
import { METER } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import { growing } from '../slope.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';

const NAME = 'cost-settles';

/** Something that is spent. */
interface Cost {
  readonly name: string;
  /** Per node and second of a calm's tail. */
  readonly rate: (calm: CalmRecord) => number;
  /** What it may reach beyond {@link MOST_RATIO} times its baseline. */
  readonly slack: number;
}

const COSTS: readonly Cost[] = [
  { name: 'messagesSent', rate: meterRate('messagesSent'), slack: 1 },
  { name: 'dials', rate: meterRate('dials'), slack: 0.5 },
  { name: 'timersFired', rate: meterRate('timersFired'), slack: 1 },
  { name: 'microseconds of CPU', rate: cpuRate, slack: 1000 },
];
const MOST_RATIO = 2;

/** Work that achieves nothing in a calm, when nobody comes or goes, and the most of it per node and second. */
const WASTE: readonly { name: string; rate: Cost['rate']; most: number }[] = [
  { name: 'joins of peers already joined', rate: meterRate('joinsRedundant'), most: 0.1 },
  { name: 'dials', rate: meterRate('dials'), most: 0.5 },
];

/** CPU per node and second must gain this much in the last doubling to count as growing: microseconds, and share. */
const LEAST_CPU_GROWTH = 500;
const LEAST_CPU_SHARE = 0.25;

const BOUND = `${MOST_RATIO} x the calm before churn; per node and second ${WASTE.map(({ name, most }) => `${most} ${name}`).join(', ')}; CPU level over hours`;

/** Messages, dials, wake-ups and CPU per node and second return to the baseline after churn, and stay level without any. */
export const costSettles: Property = {
  name: NAME,
  summary: 'messages, dials, wake-ups and CPU per node and second return to the baseline after churn ends',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const calms = record.calms.filter(({ faulted, liveCount, tail }) => !faulted && liveCount > 0 && tail.lengthUs > 0);
  const baseline = calms.find(({ drivers }) => drivers.actions === 0);
  if (calms.length === 0) return notJudged(NAME, 'no calm without faults', BOUND);
  const wasted = wasteIn(calms);
  const raised = raisedIn(baseline, calms);
  const creeping = creepIn(calms);
  const found = [...wasted, ...raised, ...creeping];
  const figure = found[0]?.text ?? levelOf(baseline, calms);
  if (found.length === 0) return holds(NAME, figure, BOUND);
  const evidence = found.map(({ subject, text, data }) => ({ subject, text, data }));
  return broken(NAME, figure, BOUND, evidence, Math.min(...found.map(({ atUs }) => atUs)));
}

interface Found extends Evidence {
  /** The end of the calm in which it showed first, in microseconds. */
  readonly atUs: number;
}

/** Work that changes nothing, at its worst calm. */
function wasteIn(calms: readonly CalmRecord[]): Found[] {
  return WASTE.flatMap(({ name, rate, most }) => {
    const rates = calms.map(rate);
    const worst = Math.max(...rates);
    if (worst <= most) return [];
    const first = calms[rates.findIndex((one) => one > most)]!;
    const text = `${name} in calms, when nobody comes or goes: up to ${short(worst)} per node and second (calm by calm ${rates.map(short).join(' ')})`;
    return [{ subject: name, text, data: { perNodeAndSecond: worst, most, rates }, atUs: first.untilUs }];
  });
}

/** Calms after the baseline that cost more than it allows. */
function raisedIn(baseline: CalmRecord | undefined, calms: readonly CalmRecord[]): Found[] {
  if (baseline === undefined) return [];
  return COSTS.flatMap(({ name, rate, slack }) => {
    const before = rate(baseline);
    const loud = calms.filter(({ index }) => index > baseline.index);
    return loud
      .map((calm) => ({ calm, after: rate(calm) }))
      .filter(({ after }) => after > before * MOST_RATIO + slack)
      .map(({ calm: { index, untilUs }, after }) => ({
        subject: name,
        text: `calm ${index}: ${name} ${short(after)} per node and second, ${short(before)} before churn`,
        data: { cost: name, before, after, calm: index },
        atUs: untilUs,
      }));
  });
}

/** CPU that grows with time although the load does not: something walks an ever longer list. */
function creepIn(calms: readonly CalmRecord[]): Found[] {
  const rates = calms.map(cpuRate);
  const points = calms.map(({ drivers }, place) => ({ x: drivers.hours, y: rates[place]! }));
  const minimalGrowth = Math.max(LEAST_CPU_GROWTH, LEAST_CPU_SHARE * rates[0]!);
  const growth = growing(points, { confidence: 0.99, minimalGrowth });
  if (!growth.grows) return [];
  const first = calms.find((_calm, place) => rates[place]! > rates[0]!) ?? calms[0]!;
  const text = `microseconds of CPU per node and second grow by ${short(growth.slope)} per virtual hour (calm by calm ${rates.map(short).join(' ')})`;
  const data = { slope: growth.slope, lowerBound: growth.lowerBound, hours: points.map(({ x }) => x), rates };
  return [{ subject: 'CPU over time', text, data, atUs: first.untilUs }];
}

/** The cost nearest to its bound, or what one calm cost when there is nothing to compare it with. */
function levelOf(baseline: CalmRecord | undefined, calms: readonly CalmRecord[]): string {
  const after = calms.filter(({ index }) => baseline !== undefined && index > baseline.index);
  if (baseline === undefined || after.length === 0) {
    const { tail, index } = calms[0]!;
    const [messages] = COSTS;
    return `${short(messages!.rate(calms[0]!))} ${messages!.name} per node and second over ${formatDuration(tail.lengthUs)} of calm ${index}`;
  }
  let nearest = { ratio: -1, text: '' };
  for (const { name, rate, slack } of COSTS) {
    const before = rate(baseline);
    for (const calm of after) {
      const ratio = rate(calm) / (before * MOST_RATIO + slack);
      if (ratio <= nearest.ratio) continue;
      nearest = { ratio, text: `${name} ${short(rate(calm))} per node and second, ${short(before)} before churn` };
    }
  }
  return nearest.text;
}

function meterRate(meter: MeterName): Cost['rate'] {
  return ({ tail, liveCount }) => tail.counts[METER[meter]]! / liveCount / (tail.lengthUs / 1e6);
}

function cpuRate({ tail, liveCount }: CalmRecord): number {
  return (tail.cpuUs ?? 0) / liveCount / (tail.lengthUs / 1e6);
}
