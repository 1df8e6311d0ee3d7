// joins-bounded: join calls stay a constant per arrival, and fall to the pace of the slowest timer in steady state.
// Invariant: calls that change nothing are counted apart, and count as much: idempotent is not cheap.
import { METER } from '../../sim/meters.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';

const NAME = 'joins-bounded';
/** A join asks up to three contacts, and a node whose peers all died while it was at it may begin again. */
const MOST_JOINS_PER_ARRIVAL = 8;
/** In steady state: per node and minute, what a protocol's slowest timers may still cause. */
const MOST_JOINS_PER_MINUTE = 2;
const MOST_DIALS_PER_MINUTE = 30;
const BOUND = `${MOST_JOINS_PER_ARRIVAL} joins per arrival; calm: ${MOST_JOINS_PER_MINUTE} joins, ${MOST_DIALS_PER_MINUTE} dials per node and minute`;

/** Join and dial attempts stay bounded per arrival, and die down when nothing changes. */
export const joinsBounded: Property = {
  name: NAME,
  summary: 'join and dial attempts per arrival stay under a constant and die down in steady state',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms } = record;
  const last = calms.at(-1);
  if (last === undefined) return notJudged(NAME, 'no calm', BOUND);
  const calmMinutes = calms.reduce((sum, { tail, liveCount }) => sum + (tail.lengthUs / 60_000_000) * liveCount, 0);
  const tailTotal = (meter: number): number => calms.reduce((sum, { tail }) => sum + tail.counts[meter]!, 0);
  const joinsPerMinute = tailTotal(METER.joins) / calmMinutes;
  const dialsPerMinute = tailTotal(METER.dials) / calmMinutes;
  // What steady state allows is not held against the arrivals.
  const allowance = (record.endUs / 60_000_000) * MOST_JOINS_PER_MINUTE * last.liveCount;
  const joins = record.meters[METER.joins]!;
  const perArrival = Math.max(0, joins - allowance) / last.drivers.arrivals;
  const redundant = record.meters[METER.joinsRedundant]!;
  const figure = `${short(joins / last.drivers.arrivals)} joins per arrival (${redundant} changed nothing); calm: ${short(joinsPerMinute)} joins, ${short(dialsPerMinute)} dials per node and minute`;
  const evidence: Evidence[] = [];
  if (perArrival > MOST_JOINS_PER_ARRIVAL) {
    evidence.push({
      subject: 'joins',
      text: `${joins} joins for ${last.drivers.arrivals} arrivals, ${redundant} of them to peers already joined`,
      data: { joins, redundant, arrivals: last.drivers.arrivals },
    });
  }
  if (joinsPerMinute > MOST_JOINS_PER_MINUTE) evidence.push(steady('joins', joinsPerMinute, calms, METER.joins));
  if (dialsPerMinute > MOST_DIALS_PER_MINUTE) evidence.push(steady('dials', dialsPerMinute, calms, METER.dials));
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  return broken(NAME, figure, BOUND, evidence, calms[0]?.untilUs);
}

function steady(what: string, perMinute: number, calms: readonly CalmRecord[], meter: number): Evidence {
  const counts = calms.map(({ tail }) => tail.counts[meter]!);
  return {
    subject: what,
    text: `${what} go on in calms: ${short(perMinute)} per node and minute (per calm ${counts.join(' ')})`,
    data: { perNodeAndMinute: perMinute, counts },
  };
}
