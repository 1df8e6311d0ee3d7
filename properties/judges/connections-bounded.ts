// connections-bounded: open and half-open connections per live pair are bounded, and none outlives its time or its use.
// Invariant: connections opened at different sites serve different purposes and are not parallel; a calm with faults is
// judged for growth only.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { earliest, growthIn, overdueIn } from './resources.ts';

const NAME = 'connections-bounded';
/** A symmetric dial leaves two connections, one of which unwinds. */
const MOST_PER_PAIR = 2;
const BOUND = `none past its time or use; ${MOST_PER_PAIR} per live pair at calms; no growth in survivors`;
/** The last doubling must add at least so many connections per survivor, and at least this share of the first level. */
const LEAST_PER_SURVIVOR = 2;
const LEAST_SHARE = 0.5;
const KINDS = ['connection', 'half-open'];

/**
 * Open and half-open connections per live pair are bounded; none to a departed peer past the idle timeout, and none to a live
 * one that is no neighbour and that is not talked to.
 */
export const connectionsBounded: Property = {
  name: NAME,
  summary: 'connections per live pair are few; departed, superseded, unused and half-open ones end in time',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { calms, ledger } = record;
  if (ledger?.sites.some(({ kind }) => KINDS.includes(kind)) !== true) {
    return notJudged(NAME, 'the model opens no connections', BOUND);
  }
  if (calms.length === 0) return notJudged(NAME, 'no calm', BOUND);
  const growth = growthIn(record, {
    measure: (site, { count }) => (KINDS.includes(site.slice(0, site.indexOf(' '))) ? [[site, count]] : []),
    drivers: ['arrivals', 'actions', 'hours'],
    minimalGrowth: (first, survivors) => Math.max(LEAST_PER_SURVIVOR * survivors, LEAST_SHARE * first),
    counts: true,
    unit: 'connections',
  });
  const judged = calms.filter(({ faulted }) => !faulted);
  const overdue = overdueIn(judged, ({ resources }) => resources.overdue, KINDS, 'past their time');
  const superseded = overdueIn(judged, ({ resources }) => resources.superseded, KINDS, 'superseded and still open');
  const unused = overdueIn(
    judged,
    ({ resources }) => resources.unused,
    KINDS,
    'unused between peers that are no neighbours',
  );
  const crowded = judged.filter(({ resources }) => (resources.mostConnected?.count ?? 0) > MOST_PER_PAIR);
  const evidence = [
    ...overdue.evidence,
    ...superseded.evidence,
    ...unused.evidence,
    ...crowdEvidence(crowded),
    ...growth.evidence,
  ];
  const most = Math.max(0, ...judged.map(({ resources }) => resources.mostConnected?.count ?? 0));
  const figure = `${overdue.most} past their time, ${superseded.most} superseded, ${unused.most} unused, up to ${most} per live pair at ${judged.length} calms`;
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  const moments = [overdue.firstUs, superseded.firstUs, unused.firstUs, crowded[0]?.untilUs, growth.firstUs];
  return broken(NAME, figure, BOUND, evidence, earliest(moments));
}

function crowdEvidence(crowded: readonly CalmRecord[]): Evidence[] {
  const worst = crowded.toSorted((a, b) => b.resources.mostConnected!.count - a.resources.mostConnected!.count)[0];
  if (worst === undefined) return [];
  const { owner, subject, site, count } = worst.resources.mostConnected!;
  const text = `${owner} has ${count} open connections of ${site} to ${subject} at ${formatDuration(worst.untilUs)} (calm ${worst.index})`;
  return [{ subject: `${owner} > ${subject}`, text, data: { owner, subject, site, count, calm: worst.index } }];
}
