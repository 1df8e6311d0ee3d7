// tasks-finish: tasks stay a function of live peers, and what serves a departed peer ends within its grace.
// Invariant: growth is judged in survivors, by site; a task past its time needs no slope.
import { formatDuration } from '../../sim/duration.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';
import { earliest, growthIn, overdueIn } from './resources.ts';

const NAME = 'tasks-finish';
const BOUND = 'no growth in survivors; none past its time for a departed peer or in a node told to stop';
/** The last doubling must add at least so many tasks per survivor, and at least this share of the first level. */
const LEAST_PER_SURVIVOR = 2;
const LEAST_SHARE = 0.5;

/** Spawned minus finished tasks stays a function of live peers; every task for a departed peer ends within its grace. */
export const tasksFinish: Property = {
  name: NAME,
  summary: 'open tasks do not grow with churn or time, and those that serve a departed peer end',
  judge,
};

function judge(record: SoakRecord): Verdict {
  const { sites } = record.tasks;
  if (sites.length === 0) return notJudged(NAME, 'the model runs no tasks', BOUND);
  if (record.calms.length === 0) return notJudged(NAME, 'no calm', BOUND);
  const growth = growthIn(record, {
    measure: (site, { count }) => (site.startsWith('task ') ? [[site, count]] : []),
    drivers: ['arrivals', 'actions', 'hours'],
    minimalGrowth: (first, survivors) => Math.max(LEAST_PER_SURVIVOR * survivors, LEAST_SHARE * first),
    counts: true,
    unit: 'tasks',
  });
  const calm = record.calms.filter(({ faulted }) => !faulted);
  const overdue = overdueIn(calm, ({ resources }) => resources.overdue, ['task'], 'past their time');
  const total = (of: (site: (typeof sites)[number]) => number): number =>
    sites.reduce((sum, site) => sum + of(site), 0);
  const [spawned, open] = [total((site) => site.spawned), total((site) => site.open)];
  const figure = `${short(spawned)} spawned, ${short(spawned - open)} ended, ${short(open)} open, ${overdue.most} overdue`;
  const teardowns = teardownsIn(record.calms);
  const evidence = [...overdue.evidence, ...growth.evidence, ...teardowns];
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  const firstTeardownUs = record.calms.find(({ unstopped }) => unstopped.count > 0)?.untilUs;
  return broken(NAME, figure, BOUND, evidence, earliest([overdue.firstUs, growth.firstUs, firstTeardownUs]));
}

/** Tasks of nodes that were told to stop, and have not come to their end. */
function teardownsIn(calms: readonly CalmRecord[]): Evidence[] {
  return calms
    .filter(({ unstopped }) => unstopped.count > 0)
    .map(({ unstopped: { count, examples }, index, untilUs }) => {
      const { peer, sinceUs } = examples[0]!;
      const nodes = count === 1 ? 'a node that was' : `${count} nodes that were`;
      const text = `tasks of ${nodes} told to stop run on at ${formatDuration(untilUs)} (calm ${index}), such as those of ${peer}, told at ${formatDuration(sinceUs)}`;
      return { subject: 'tasks of a node that stops', text, data: { calm: index, count, examples } };
    });
}
