// A survey of the whole run: what is left at each calm of what the evidence points at.
// Invariant: a calm in which faults were open is passed over; a leak counts as left since a calm if it is at all later ones.
import type { Soak } from '../soak/scenario.ts';
import type { Leak } from './leak.ts';
import { leakKey } from './leak.ts';
import { actionsUntil } from './prefix.ts';
import { RunWatch } from './run-watch.ts';
import type { Target } from './targets.ts';

/** See the file's head. */
export interface Survey {
  /** The run, at its end. */
  readonly watch: RunWatch;
  /** What was left at the last calm, by {@link leakKey}, and everything that was acted on. */
  readonly last: ReadonlyMap<string, Leak>;
  /** Keys of what was left before any churn; empty when churn came before the first calm. */
  readonly first: ReadonlySet<string>;
  /** The calm since which the leak is left. */
  leftSince(leak: Leak): LeftSince;
}

/** A calm at whose end something is left. */
export interface LeftSince {
  /** Actions of the plan that had come before it. */
  readonly count: number;
  /** Its end, in microseconds. */
  readonly untilUs: number;
}

/** What bounds a survey. */
export interface SurveyBudget {
  readonly expired: () => boolean;
  readonly onProgress: (share: number) => void;
}

/** Surveys a soak; undefined when there was no time. */
export function surveyed(
  soak: Soak,
  targets: readonly Target[],
  { expired, onProgress }: SurveyBudget,
): Survey | undefined {
  const watch = new RunWatch(soak);
  const { simulation } = watch.started;
  const calms: { fromUs: number; untilUs: number; left: Map<string, Leak> }[] = [];
  for (const { fromUs, untilUs, faulted } of soak.calms) {
    if (!watch.runTo(untilUs, expired, () => onProgress(simulation.nowUs / soak.endUs))) return undefined;
    if (!faulted) calms.push({ fromUs, untilUs, left: leftNow(watch, targets) });
  }
  const last = new Map(calms.at(-1)?.left);
  for (const leak of dialsOf(watch)) {
    const isAsked = targets.some((target) => target.matches(leak));
    if (isAsked && !last.has(leakKey(leak))) last.set(leakKey(leak), leak);
  }
  const firstCalm = calms[0];
  const early = firstCalm !== undefined && actionsUntil(soak.plan, firstCalm.fromUs) === 0 && calms.length > 1;
  return {
    watch,
    last,
    first: new Set(early ? firstCalm.left.keys() : []),
    leftSince: (leak) => {
      const whole = { count: soak.plan.actions.length, untilUs: soak.endUs };
      if (leak.fault === 'dialled') return whole;
      const key = leakKey(leak);
      const without = calms.findLastIndex(({ left }) => left.get(key)?.fault !== leak.fault);
      const calm = calms[without + 1];
      return calm === undefined ? whole : { count: actionsUntil(soak.plan, calm.fromUs), untilUs: calm.untilUs };
    },
  };
}

function leftNow(watch: RunWatch, targets: readonly Target[]): Map<string, Leak> {
  const left = new Map<string, Leak>();
  for (const leak of watch.left()) {
    if (targets.some((target) => target.matches(leak))) left.set(leakKey(leak), leak);
  }
  return left;
}

/** Dials to departed peers that nothing explains, the first of each pair. */
function dialsOf({ ghostDials }: RunWatch): Leak[] {
  return ghostDials.map(({ from, life, to, departedUs, path }) => ({
    kind: 'mention',
    path,
    owner: from.index,
    life,
    subject: to.index,
    bornUs: departedUs,
    fault: 'dialled',
  }));
}
