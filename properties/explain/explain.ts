// Explaining a leak: which single thing is left, the shortest prefix of the churn that leaves it, and what should have
// released it.
// Invariant: a pure function of the soak and of what is asked; budgets end it early and change nothing else.
import { unknownName } from '../../sim/input.ts';
import { openTasks } from '../../sim/tasks/open-tasks.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import type { Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { Soak } from '../soak/scenario.ts';
import type { Leak } from './leak.ts';
import { leakKey, leakText } from './leak.ts';
import { actionsUntil, prefixOf } from './prefix.ts';
import { releaseOf } from './release.ts';
import type { Release } from './release.ts';
import { RunWatch } from './run-watch.ts';
import { actionText, storyOf } from './story.ts';
import type { StoryLine } from './story.ts';
import { surveyed } from './survey.ts';
import type { LeftSince, Survey } from './survey.ts';
import { chosen, isWanted, targetsOf, worstOf } from './targets.ts';
import type { Narrowing, Target } from './targets.ts';

/** Prefixes before the birth of the thing that are tried one by one; of more only the empty one is. */
const MOST_EARLY_PREFIXES = 12;
/** Most prefixes that are run. */
const MOST_PREFIXES = 1_000;

/** What to explain, and for how long to try. */
export interface ExplainOptions extends Narrowing {
  /** Asked now and then; true ends the work early. */
  readonly expired?: () => boolean;
  /** Called with the share done, 0 to 1; the scan may end long before it reaches 1. */
  readonly onProgress?: (share: number) => void;
}

/** A task of the owner that has not ended. */
export interface HoldingTask {
  readonly path: string;
  readonly subject: string | undefined;
  readonly standing: string;
  /** What it awaits, in words. */
  readonly awaits: string;
  readonly ageUs: number;
}

/** The thing that was chosen, and how far the search for its prefix came. */
export interface FoundLeak {
  readonly leak: Leak;
  /** In words. */
  readonly text: string;
  readonly property: string;
  /** The line of evidence that points at it. */
  readonly evidence: string;
  /** How many like it were left at the last calm. */
  readonly alike: number;
  /** Prefixes that were run, in the order of their length; none but perhaps the last left it. */
  readonly tried: readonly number[];
  /** The prefixes that were to be run at most. */
  readonly planned: number;
}

/** The shortest prefix that leaves the thing. */
export interface LeavingPrefix {
  /** Actions kept, and those of the whole plan. */
  readonly count: number;
  readonly of: number;
  /** The last action kept, such as `kill p7`, and its time; undefined for none. */
  readonly action: { readonly text: string; readonly atUs: number } | undefined;
  /** The end of the calm after it, where the thing is left; microseconds. */
  readonly calmEndUs: number;
}

/** What came of it. */
export type Explanation =
  | { readonly kind: 'nothing'; readonly why: string; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'unfinished'; readonly found: FoundLeak | undefined; readonly verdicts: readonly Verdict[] }
  | {
      readonly kind: 'explained';
      readonly found: FoundLeak;
      readonly prefix: LeavingPrefix;
      readonly story: readonly StoryLine[];
      readonly release: Release;
      readonly holders: readonly HoldingTask[];
      readonly verdicts: readonly Verdict[];
    };

/**
 * Judges a soak, chooses a thing that its evidence says is left, and explains it: see the file's head.
 *
 * The prefixes are scanned one by one, from the thing's birth on (and the empty one): whether a prefix leaves it is not
 * monotone in its length, as a later action may well release what an earlier one had left.
 *
 * @throws {InputError} `model-threw` for a model of one's own that throws, `unknown-property` when what is asked for names a property that the soak is not judged by.
 */
export function explain(soak: Soak, options: ExplainOptions = {}): Explanation {
  const { expired = () => false, onProgress = () => {} } = options;
  refuseUnknown(soak, options);
  const { verdicts, record } = judgeSoak(soak, {
    twice: false,
    expired,
    onProgress: (share) => onProgress(share * 0.2),
  });
  if (record.cutShort !== undefined) return { kind: 'unfinished', found: undefined, verdicts };
  const targets = targetsOf(verdicts, options);
  if (targets.length === 0) return { kind: 'nothing', why: nothingBroke(options), verdicts };
  const survey = surveyed(soak, targets, { expired, onProgress: (share) => onProgress(0.2 + share * 0.2) });
  if (survey === undefined) return { kind: 'unfinished', found: undefined, verdicts };
  const choice = choiceOf(survey, targets, options);
  if (choice === undefined) {
    const why = `${brokenText(verdicts)}, but nothing that can be followed is left at the last calm${narrowingText(options)}`;
    return { kind: 'nothing', why, verdicts };
  }
  return new Scan(soak, survey, choice, expired, (share) => onProgress(0.4 + share * 0.6)).explanation(verdicts);
}

interface Choice {
  readonly leak: Leak;
  readonly target: Target;
  readonly alike: number;
}

/** The target with the thing that most speaks against; of equals the first. */
function choiceOf({ last, first }: Survey, targets: readonly Target[], narrowing: Narrowing): Choice | undefined {
  const left = [...last.values()].filter((leak) => isWanted(leak, narrowing));
  let worst = 0;
  let found: { target: Target; leaks: Leak[] } | undefined = undefined;
  for (const target of targets) {
    const leaks = left.filter((leak) => target.matches(leak));
    if (worstOf(leaks) <= worst) continue;
    worst = worstOf(leaks);
    found = { target, leaks };
  }
  if (found === undefined) return undefined;
  const { target, leaks } = found;
  const leak = chosen(leaks, leakKey, first);
  return { leak, target, alike: leaks.filter(({ fault }) => fault === leak.fault).length };
}

/** The search for the shortest prefix that leaves one thing. */
class Scan {
  private readonly soak: Soak;
  private readonly survey: Survey;
  private readonly choice: Choice;
  private readonly expired: () => boolean;
  private readonly onProgress: (share: number) => void;
  private readonly tried: number[] = [];
  private readonly since: LeftSince;
  private readonly counts: readonly number[];

  constructor(soak: Soak, survey: Survey, choice: Choice, expired: () => boolean, onProgress: (share: number) => void) {
    this.soak = soak;
    this.survey = survey;
    this.choice = choice;
    this.expired = expired;
    this.onProgress = onProgress;
    this.since = survey.leftSince(choice.leak);
    this.counts = this.countsToTry();
  }

  explanation(verdicts: readonly Verdict[]): Explanation {
    let before: RunWatch | undefined = undefined;
    for (const [place, count] of this.counts.entries()) {
      const watch = this.run(count);
      this.onProgress((place + 1) / this.counts.length);
      if (watch === undefined) return { kind: 'unfinished', found: this.found(), verdicts };
      this.tried.push(count);
      if (!watch.isLeft()) {
        before = watch;
        continue;
      }
      const isNext = this.tried.at(-2) === count - 1;
      const shorter = count === 0 ? undefined : isNext ? before : this.run(count - 1);
      return this.explained(watch, count, shorter, verdicts);
    }
    return { kind: 'unfinished', found: this.found(), verdicts };
  }

  /** Runs a prefix to its end, or until the thing is gone; undefined when there was no time. */
  private run(count: number): RunWatch | undefined {
    const { leak } = this.choice;
    const { count: lastCount, untilUs } = this.since;
    // There it is known to be left.
    const { soak } = prefixOf(this.soak, count, leak.bornUs, count === lastCount ? untilUs : undefined);
    const watch = new RunWatch(soak, leak);
    return watch.runTo(soak.endUs, this.expired) ? watch : undefined;
  }

  private countsToTry(): number[] {
    const { plan } = this.soak;
    const { leak } = this.choice;
    const bornCount = actionsUntil(plan, leak.bornUs);
    const lastCount = Math.max(bornCount, this.since.count);
    const early = bornCount > MOST_EARLY_PREFIXES ? [0] : Array.from({ length: bornCount }, (_, count) => count);
    const late = Array.from({ length: lastCount - bornCount + 1 }, (_, place) => bornCount + place);
    return [...early, ...late].slice(0, MOST_PREFIXES);
  }

  private found(): FoundLeak {
    const { leak, target, alike } = this.choice;
    const { property, evidence } = target;
    const text = leakText(leak);
    return { leak, text, property, evidence, alike, tried: this.tried, planned: this.counts.length };
  }

  private explained(
    watch: RunWatch,
    count: number,
    shorter: RunWatch | undefined,
    verdicts: readonly Verdict[],
  ): Explanation {
    const { actions } = this.soak.plan;
    const { leak } = this.choice;
    const last = actions[count - 1];
    const action = last === undefined ? undefined : { text: actionText(last), atUs: last.atUs };
    const prefix = { count, of: actions.length, action, calmEndUs: watch.started.simulation.nowUs };
    const kept = actions.slice(0, count);
    const holders = holdersOf(watch, leak);
    const release = releaseOf(leak, watch, shorter, this.survey.watch, action?.atUs);
    return {
      kind: 'explained',
      found: this.found(),
      prefix,
      release,
      holders,
      story: storyOf(leak, watch, kept, holders, release),
      verdicts,
    };
  }
}

/** The tasks that hold the thing, as far as tasks can be told to: itself, those of its owner about the same subject, its opener. */
function holdersOf(watch: RunWatch, leak: Leak): HoldingTask[] {
  const node = watch.ownerNow(leak);
  if (!(node instanceof TaskNode)) return [];
  const tasks = openTasks(node.executor);
  const isIt = ({ site, bornUs, subject }: (typeof tasks)[number]): boolean =>
    leak.kind === 'entry' &&
    leak.entryKind === 'task' &&
    site === leak.site &&
    bornUs === leak.bornUs &&
    subject?.index === leak.subject;
  const isOpener = ({ path }: (typeof tasks)[number]): boolean => path === watch.leaked?.by;
  const isAbout = ({ subject }: (typeof tasks)[number]): boolean =>
    leak.subject !== undefined && subject?.index === leak.subject;
  const itself = tasks.filter(isIt).slice(0, 1);
  const others = tasks.filter(
    (task) => !isIt(task) && (leak.subject === undefined ? itself.length === 0 && isOpener(task) : isAbout(task)),
  );
  return [...itself, ...nearestInTime(others, leak.bornUs)].slice(0, 4).map(({ subject, ...task }) => ({
    path: task.path,
    subject: subject === undefined ? undefined : String(subject),
    standing: task.standing,
    awaits: task.awaits,
    ageUs: task.ageUs,
  }));
}

function nearestInTime<Task extends { readonly bornUs: number }>(tasks: readonly Task[], atUs: number): Task[] {
  return tasks.toSorted((a, b) => Math.abs(a.bornUs - atUs) - Math.abs(b.bornUs - atUs));
}

function refuseUnknown({ properties }: Soak, { properties: asked = [] }: Narrowing): void {
  const known = properties.map(({ name }) => name);
  for (const name of asked) if (!known.includes(name)) throw unknownName('property', name, known);
}

function nothingBroke({ properties }: Narrowing): string {
  return properties === undefined ? 'no property broke' : `${properties.join(', ')} did not break`;
}

function brokenText(verdicts: readonly Verdict[]): string {
  const names = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  return `${names.join(', ')} broke`;
}

function narrowingText({ properties, node, place }: Narrowing): string {
  const parts = [
    ...(properties === undefined ? [] : [`of what ${properties.join(', ')} says`]),
    ...(node === undefined ? [] : [`of p${node}`]),
    ...(place === undefined ? [] : [`at a place with ${place} in it`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
