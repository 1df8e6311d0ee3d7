// Running a repro again, and saying exactly what is not as it was.
// Invariant: differences are plain data; a run that was cut short is never said to differ or to agree.
import type { Catalogue } from '../catalogue.ts';
import type { Verdict } from '../property.ts';
import { formatDuration } from '../../sim/duration.ts';
import { partingOf } from '../soak/checkpoints.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { JudgeOptions, SoakResult } from '../soak/judge.ts';
import type { Checkpoint } from '../soak/record.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { ReadRepro, Repro } from './file.ts';

/** What a run is expected to give; a token and a repro file each say it in their way. */
export interface Expectation {
  readonly scenario: Scenario;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** Default: not compared. */
  readonly eventCount?: number;
  /** Digests on the way; default: none are known. */
  readonly checkpoints?: readonly Checkpoint[];
  /** Names of the properties that broke; default: not compared. */
  readonly broken?: readonly string[];
  /** True for a repro file that is not as it was written; default false. */
  readonly edited?: boolean;
}

/** A value that is not as expected. */
export interface Difference {
  /** `digest`, `event count`, or the name of a property. */
  readonly subject: string;
  readonly expected: string;
  readonly received: string;
}

/** What a run gave, as far as it is compared. */
export interface ReceivedRun {
  readonly digest: string;
  readonly eventCount: number;
  readonly checkpoints: readonly Checkpoint[];
  readonly verdicts: readonly Pick<Verdict, 'name' | 'ok' | 'judged'>[];
  /** Why it ended early; undefined when it did not. */
  readonly cutShort: string | undefined;
}

/** What came of comparing a run with what was expected of it. */
export interface ExpectationComparison {
  /** Whether the run was the same, and judged the same; `cut-short` when it was not run to its end. */
  readonly outcome: 'same' | 'digest-differs' | 'verdict-differs' | 'cut-short';
  /** Exactly what differs; empty when nothing does, and for a run that was cut short. */
  readonly differences: readonly Difference[];
  /**
   * True when everything that broke is judged and holds now, and nothing else broke, whether or not the run is the same. What
   * cannot be judged any more is not fixed, and an edited file shows nothing.
   */
  readonly fixed: boolean;
  /** Why it is not fixed, a clause each; empty when it is, and for a run that was cut short. */
  readonly notFixed: readonly string[];
}

/** What came of running a repro again. */
export interface Verification extends ExpectationComparison {
  readonly result: SoakResult;
}

/** What a repro file expects. */
export function expectationOf(repro: Repro | ReadRepro): Expectation {
  const { scenario, digest, eventCount, checkpoints, verdicts } = repro;
  const broken = Object.keys(verdicts).filter((name) => verdicts[name] === false);
  const reached = checkpoints.map(([atUs, then]) => ({ atUs, digest: then }));
  const edited = 'edited' in repro && repro.edited;
  return { scenario, digest, eventCount, checkpoints: reached, broken, edited };
}

/** Compares a run with what was expected of it. */
export function compareWithExpected(
  expected: Omit<Expectation, 'scenario'>,
  received: ReceivedRun,
): ExpectationComparison {
  if (received.cutShort !== undefined) return { outcome: 'cut-short', differences: [], fixed: false, notFixed: [] };
  const { eventCount = received.eventCount, broken } = expected;
  const run = [
    ...difference('digest', expected.digest, received.digest),
    ...difference('event count', String(eventCount), String(received.eventCount)),
    ...(expected.digest === received.digest ? [] : partingIn(expected.checkpoints ?? [], received.checkpoints)),
  ];
  const verdicts = broken === undefined ? [] : verdictDifferences(broken, received.verdicts);
  const outcome = run.length > 0 ? 'digest-differs' : verdicts.length > 0 ? 'verdict-differs' : 'same';
  const notFixed = whyNotFixed(expected, received.verdicts);
  return { outcome, differences: [...run, ...verdicts], fixed: notFixed.length === 0, notFixed };
}

/** How to run a repro again. */
export interface VerifyOptions extends JudgeOptions {
  /** The models and properties that its scenario may name; default those of quicksoak. */
  readonly catalogue?: Catalogue;
}

/**
 * Runs and judges what is expected, and compares.
 *
 * @param where - The place that the scenario came from; opens an error's message.
 * @throws {InputError} With the place, for a scenario that does not resolve.
 */
export function verifyRepro(expected: Expectation, where: string, options: VerifyOptions = {}): Verification {
  const { catalogue, ...judging } = options;
  const result = judgeSoak(resolveScenario(expected.scenario, where, catalogue), judging);
  const { digest, eventCount, checkpoints, cutShort } = result.record;
  const received = { digest, eventCount, checkpoints, verdicts: result.verdicts, cutShort };
  return { result, ...compareWithExpected(expected, received) };
}

/** When the runs part, as far as checkpoints tell; nothing when none are known. */
function partingIn(expected: readonly Checkpoint[], received: readonly Checkpoint[]): Difference[] {
  const { afterUs, byUs } = partingOf(received, expected);
  // The last checkpoint is the end: a run that is as recorded there differs in nothing but what was written of it.
  if (expected.length === 0 || (byUs === Infinity && afterUs === expected.at(-1)?.atUs)) return [];
  const until = `as recorded until ${formatDuration(afterUs)}`;
  const then = byUs === Infinity ? until : `${until}, another run at ${formatDuration(byUs)}`;
  return [{ subject: 'the way there', expected: 'as recorded throughout', received: then }];
}

function whyNotFixed(
  { broken = [], edited }: Omit<Expectation, 'scenario'>,
  verdicts: ReceivedRun['verdicts'],
): string[] {
  if (edited === true)
    return ['the file was edited after it was written, so that it may not show the finding any more'];
  if (broken.length === 0) return ['nothing was broken when it was recorded'];
  const now = new Map(verdicts.map((verdict) => [verdict.name, verdict]));
  const still = broken.flatMap((name) => {
    const verdict = now.get(name);
    if (verdict === undefined || !verdict.judged) return [`${name} broke then and is not judged now`];
    return verdict.ok ? [] : [`${name} still breaks`];
  });
  const anew = verdicts.filter(({ name, ok }) => !ok && !broken.includes(name)).map(({ name }) => `${name} breaks now`);
  return [...still, ...anew];
}

function verdictDifferences(broken: readonly string[], verdicts: ReceivedRun['verdicts']): Difference[] {
  const judged = verdicts.flatMap(({ name, ok }) =>
    difference(name, broken.includes(name) ? 'broke' : 'held', ok ? 'held' : 'broke'),
  );
  const names = new Set(verdicts.map(({ name }) => name));
  const missing = broken.filter((name) => !names.has(name));
  return [...judged, ...missing.map((name) => ({ subject: name, expected: 'broke', received: 'not judged' }))];
}

function difference(subject: string, expected: string, received: string): Difference[] {
  return expected === received ? [] : [{ subject, expected, received }];
}
