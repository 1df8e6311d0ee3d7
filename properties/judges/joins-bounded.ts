// joins-bounded: join calls stay a constant per arrival, and fall to the pace of the slowest timer in steady state.
// Invariant: calls that change nothing are counted apart, and count as much: idempotent is not cheap.
import { METER } from '../../sim/meters.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';

const NAME = 'joins-bounded';
/**
 * A join asks up to three contacts, and a node whose peers all died while it was at it may begin again. Where a node is
 * told of peers one by one, each of them is a cause as well.
 */
const MOST_JOINS_PER_ARRIVAL = 8;
/** In steady state: per node and minute, what a protocol's slowest timers may still cause. */
const MOST_JOINS_PER_MINUTE = 2;
const MOST_DIALS_PER_MINUTE = 30;
const BOUND = `${MOST_JOINS_PER_ARRIVAL} joins per arrival, action or discovery; each calm: ${MOST_JOINS_PER_MINUTE} joins, ${MOST_DIALS_PER_MINUTE} dials per node and minute`;

/** Join and dial attempts stay bounded per arrival, and die down when nothing changes. */
export const joinsBounded: Property = {
  name: NAME,
  summary: 'join and dial attempts per arrival stay under a constant and die down in steady state',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const calms = record.calms.filter(({ liveCount, tail }) => liveCount > 0 && tail.lengthUs > 0);
  const last = calms.at(-1);
  if (last === undefined) return notJudged(NAME, 'no calm with running nodes', BOUND);
  const joins = record.meters[METER.joins]!;
  const redundant = record.meters[METER.joinsRedundant]!;
  // Whatever an action does to a node may make it join again, so every action counts as an arrival.
  const causes = last.drivers.arrivals + last.drivers.actions + record.meters[METER.discoveries]!;
  const perCause = joins / causes;
  const evidence: Evidence[] = [];
  if (perCause > MOST_JOINS_PER_ARRIVAL) {
    evidence.push({
      subject: 'joins',
      text: `${joins} joins for ${causes} arrivals, actions and discoveries, ${redundant} of them to peers already joined`,
      data: { joins, redundant, causes },
    });
  }
  // A node that is at fault for a whole calm, such as one that reads nothing, is let go and comes back again and again.
  const quiet = calms.filter(({ faulted }) => !faulted);
  const joinRates = quiet.map((calm) => perNodeAndMinute(calm, METER.joins));
  const dialRates = quiet.map((calm) => perNodeAndMinute(calm, METER.dials));
  const loud = quiet.filter(
    (_calm, place) => joinRates[place]! > MOST_JOINS_PER_MINUTE || dialRates[place]! > MOST_DIALS_PER_MINUTE,
  );
  evidence.push(
    ...steady('joins', joinRates, MOST_JOINS_PER_MINUTE),
    ...steady('dials', dialRates, MOST_DIALS_PER_MINUTE),
  );
  const figure = `${short(perCause)} joins per cause (${redundant} changed nothing); calm: up to ${short(Math.max(0, ...joinRates))} joins, ${short(Math.max(0, ...dialRates))} dials per node and minute`;
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  return broken(NAME, figure, BOUND, evidence, loud[0]?.untilUs);
}

function perNodeAndMinute({ tail, liveCount }: CalmRecord, meter: number): number {
  return tail.counts[meter]! / liveCount / (tail.lengthUs / 60_000_000);
}

function steady(what: string, rates: readonly number[], most: number): Evidence[] {
  const worst = Math.max(0, ...rates);
  if (worst <= most) return [];
  return [
    {
      subject: what,
      text: `${what} go on in calms: up to ${short(worst)} per node and minute (calm by calm ${rates.map(short).join(' ')})`,
      data: { perNodeAndMinute: worst, rates },
    },
  ];
}
