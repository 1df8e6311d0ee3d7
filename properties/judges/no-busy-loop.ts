// no-busy-loop: no task is polled without progress more than a budget within one instant, and few polls achieve nothing.
// Invariant: the budget lies below the executor's own limit, so that a loop without end always shows.
import { formatDuration } from '../../sim/duration.ts';
import type { TaskSite } from '../../sim/tasks/account.ts';
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';
import { short } from './cohort.ts';
import { earliest } from './resources.ts';

const NAME = 'no-busy-loop';
/** Idle polls of one task in a row that one virtual instant may see. */
export const IDLE_RUN_BUDGET = 64;
/** Share of idle polls that a site with more than {@link FEWEST_POLLS} polls may have. */
const MOST_IDLE_SHARE = 0.5;
const FEWEST_POLLS = 1000;
const BOUND = `${IDLE_RUN_BUDGET} idle polls in a row within an instant; half of a site's polls; no task that feeds itself`;

/** No task is polled without progress more than a budget within one virtual instant; spurious wake-ups stay under a share. */
export const noBusyLoop: Property = {
  name: NAME,
  summary: 'no task is polled over and over without progress, and few wake-ups achieve nothing',
  judge,
};

function judge({ tasks }: SoakRecord): Verdict {
  const polls = tasks.sites.reduce((sum, site) => sum + site.polls, 0);
  if (polls === 0) return notJudged(NAME, 'the model runs no tasks', BOUND);
  const spinning = tasks.sites
    .filter(({ longestIdleRun }) => longestIdleRun > IDLE_RUN_BUDGET)
    .toSorted((a, b) => b.longestIdleRun - a.longestIdleRun || b.idlePolls - a.idlePolls);
  const restless = tasks.sites
    .filter((site) => site.polls > FEWEST_POLLS && shareOf(site) > MOST_IDLE_SHARE && !spinning.includes(site))
    .toSorted((a, b) => b.idlePolls - a.idlePolls);
  const feeding = tasks.sites.filter(({ livelocks }) => livelocks > 0);
  const longest = Math.max(...tasks.sites.map(({ longestIdleRun }) => longestIdleRun));
  const idle = tasks.sites.reduce((sum, site) => sum + site.idlePolls, 0);
  const figure = `up to ${longest} idle polls in a row; ${short((100 * idle) / polls)}% of ${short(polls)} polls achieved nothing`;
  const evidence = [...spinning.map(spinEvidence), ...feeding.map(livelockEvidence), ...restless.map(shareEvidence)];
  if (evidence.length === 0) return holds(NAME, figure, BOUND);
  const idleUs = [...spinning, ...restless].map(({ longestIdleAtUs }) => longestIdleAtUs);
  return broken(NAME, figure, BOUND, evidence, earliest([...idleUs, ...feeding.map((site) => site.livelockAtUs)]));
}

function shareOf({ polls, idlePolls }: TaskSite): number {
  return idlePolls / polls;
}

function spinEvidence(site: TaskSite): Evidence {
  const { longestIdleRun, longestIdleAtUs, longestIdleOwner, polls, idlePolls } = site;
  const when = longestIdleAtUs === undefined ? '' : ` at ${formatDuration(longestIdleAtUs)}`;
  const text = `${site.site}: ${longestIdleRun} idle polls in a row${when} in ${longestIdleOwner ?? 'no known task'}; ${short(idlePolls)} of ${short(polls)} polls achieved nothing`;
  return { subject: site.site, text, data: { ...site } };
}

function livelockEvidence(site: TaskSite): Evidence {
  const { livelocks, livelockAtUs, livelockOwner, polls } = site;
  const when = livelockAtUs === undefined ? '' : ` at ${formatDuration(livelockAtUs)}`;
  const text = `${site.site}: polled without end within an instant ${livelocks} times, first${when} in ${livelockOwner ?? 'no known task'}, ${short(polls)} polls in all; it feeds itself, or another that feeds it`;
  return { subject: site.site, text, data: { ...site } };
}

function shareEvidence(site: TaskSite): Evidence {
  const { polls, idlePolls } = site;
  const text = `${site.site}: ${short(idlePolls)} of ${short(polls)} polls achieved nothing, such as in ${site.longestIdleOwner ?? 'no known task'}`;
  return { subject: site.site, text, data: { ...site } };
}
