// no-wedge: every actor keeps turning, a pair that should talk can, whoever starts gets in, and a teardown ends.
// Invariant: what a fault of the plan stands in the way of is not judged; the record has left it out.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { DiscardingPair, NodeFindings } from '../soak/findings.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { earliest, overdueIn } from './resources.ts';

const NAME = 'no-wedge';
/** Messages of one pair that may be thrown away in the second half of a calm: one or two cross a close. */
const MOST_DISCARDS_PER_PAIR = 2;

/** Every actor keeps turning; a pair that should talk can; a failed dial is retried; a teardown ends. */
export const noWedge: Property = {
  name: NAME,
  summary: 'actors keep turning, live pairs can talk, nodes that start get in, and teardowns end',
  judge,
};

/** Pieces of evidence, and when the first of them came about. */
interface Found {
  readonly evidence: readonly Evidence[];
  readonly firstUs: number | undefined;
}

function judge(record: SoakRecord): Verdict {
  const { calms, arrivals, bounds } = record;
  const bound = `no panic; nothing waits ${formatDuration(bounds.waitUs)}; a neighbour within ${formatDuration(bounds.rejoinUs)}; stopped within ${formatDuration(bounds.settleUs)}`;
  if (calms.length === 0 && record.tasks.panicCount === 0) return notJudged(NAME, 'no calm', bound);
  const quiet = calms.filter(({ faulted }) => !faulted);
  const whole = quiet.filter(({ severed }) => !severed);
  const found: Found[] = [
    panicsIn(record),
    overdueIn(calms, ({ resources }) => resources.waiting, ['buffer'], 'in which something waits and nobody turns'),
    nodesIn(calms, ({ unstopped }) => unstopped, 'told to stop and still running'),
    lateIn(record),
    discardsIn(quiet),
    nodesIn(whole, ({ lonely }) => lonely, 'without a neighbour while others run'),
  ];
  const evidence = found.flatMap((one) => one.evidence);
  if (evidence.length > 0) {
    return broken(NAME, evidence[0]!.text, bound, evidence, earliest(found.map(({ firstUs }) => firstUs)));
  }
  const joined =
    arrivals === undefined
      ? ''
      : `; ${arrivals.judged} nodes had a neighbour within ${formatDuration(arrivals.slowestUs)}`;
  return holds(NAME, `nothing stuck at ${calms.length} calms${joined}`, bound);
}

function panicsIn({ tasks }: SoakRecord): Found {
  const { panics, panicCount } = tasks;
  const evidence = panics.map(({ atUs, owner, site, path, message, stack }, place) => {
    const others = place === 0 && panicCount > 1 ? ` (the first of ${panicCount})` : '';
    // What is no task has its site for a path, and says itself what happened.
    const verb = path === site ? '' : ' panicked';
    const text = `${site} of ${owner}${verb} at ${formatDuration(atUs)}: ${message}${others}`;
    return {
      subject: site,
      text,
      data: { atUs, owner, site, path, message, ...(stack === undefined ? {} : { stack }) },
    };
  });
  return { evidence, firstUs: panics[0]?.atUs };
}

function lateIn({ arrivals, bounds }: SoakRecord): Found {
  if (arrivals === undefined || arrivals.lateCount === 0) return { evidence: [], firstUs: undefined };
  const { lateCount, late, judged } = arrivals;
  const evidence = late.map(({ peer, incarnation, bornUs, tookUs, joined }, place) => {
    const what = joined ? `after ${formatDuration(tookUs)}` : `not within the ${formatDuration(tookUs)} it was seen`;
    const others = place === 0 && lateCount > 1 ? `; ${lateCount} of ${judged} starts were late` : '';
    const text = `${peer} (life ${incarnation}), started at ${formatDuration(bornUs)}: its first neighbour ${what}${others}`;
    return { subject: peer, text, data: { peer, incarnation, bornUs, tookUs, joined } };
  });
  return { evidence, firstUs: Math.min(...late.map(({ bornUs }) => bornUs)) + bounds.rejoinUs };
}

function discardsIn(calms: readonly CalmRecord[]): Found {
  const worst = new Map<string, DiscardingPair & { calm: number }>();
  for (const { discarded, index } of calms) {
    for (const pair of discarded.pairs) {
      const key = `${pair.owner} > ${pair.peer}`;
      if (pair.count <= MOST_DISCARDS_PER_PAIR || pair.count <= (worst.get(key)?.count ?? 0)) continue;
      worst.set(key, { ...pair, calm: index });
    }
  }
  const pairs = [...worst].toSorted(([, a], [, b]) => b.count - a.count);
  const evidence = pairs.map(([subject, { owner, peer, count, what, firstUs, calm }]) => ({
    subject,
    text: `${owner} threw away ${count} messages for ${peer} in calm ${calm}, the first at ${formatDuration(firstUs)}: ${what}`,
    data: { owner, peer, count, what, calm, firstUs },
  }));
  return { evidence, firstUs: earliest(pairs.map(([, { firstUs }]) => firstUs)) };
}

function nodesIn(calms: readonly CalmRecord[], findingsOf: (calm: CalmRecord) => NodeFindings, said: string): Found {
  const bad = calms.filter((calm) => findingsOf(calm).count > 0);
  const evidence = bad.map((calm) => {
    const { count, examples } = findingsOf(calm);
    const names = examples.map(({ peer, sinceUs }) => `${peer} since ${formatDuration(sinceUs)}`).join(', ');
    const text = `${count} ${count === 1 ? 'node' : 'nodes'} ${said} at ${formatDuration(calm.untilUs)} (calm ${calm.index}): ${names}`;
    return { subject: examples[0]!.peer, text, data: { calm: calm.index, atUs: calm.untilUs, count, examples } };
  });
  return { evidence, firstUs: bad[0]?.untilUs };
}
