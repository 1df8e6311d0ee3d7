// The title of the page's tab: which of many it is, and what came of its run.
import type { RunData } from '../../properties/view/run-data.ts';

const TOOL_NAME = 'quicksoak';

/** Such as `2 of 14 broke: stuck-loops, seed 1 - quicksoak`; of two runs that are compared, the first tells. */
export function tabTitle(data: RunData | undefined): string {
  if (data === undefined) return TOOL_NAME;
  const { scenario, findings, verdicts } = data;
  const judged = verdicts.filter((verdict) => verdict.judged).length;
  const run = `${scenario.name}, seed ${scenario.seed} - ${TOOL_NAME}`;
  if (judged === 0) return run;
  return `${findings.length === 0 ? `all ${judged} held` : `${findings.length} of ${judged} broke`}: ${run}`;
}
