// Running a repro again, and saying exactly what is not as it was.
// Invariant: plain data; a run that was cut short is never said to differ or to agree.
import { judgeSoak } from '../soak/judge.ts';
import type { JudgeOptions, SoakResult } from '../soak/judge.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { Repro } from './file.ts';

/** What a run is expected to give; a token and a repro file each say it in their way. */
export interface Expectation {
  readonly scenario: Scenario;
  /** 16 hexadecimal digits. */
  readonly digest: string;
  /** Default: not compared. */
  readonly eventCount?: number;
  /** Names of the properties that broke; default: not compared. */
  readonly broken?: readonly string[];
}

/** A value that is not as expected. */
export interface Difference {
  /** `digest`, `event count`, or the name of a property. */
  readonly subject: string;
  readonly expected: string;
  readonly received: string;
}

/** What came of running a repro again. */
export interface Verification {
  readonly result: SoakResult;
  /** Whether the run was the same, and judged the same; `cut-short` when it was not run to its end. */
  readonly outcome: 'same' | 'digest-differs' | 'verdict-differs' | 'cut-short';
  readonly differences: readonly Difference[];
}

/** What a repro file expects. */
export function expectationOf({ scenario, digest, eventCount, verdicts }: Repro): Expectation {
  const broken = Object.keys(verdicts).filter((name) => verdicts[name] === false);
  return { scenario, digest, eventCount, broken };
}

/**
 * Runs and judges what is expected, and compares.
 *
 * @param where - The place that the scenario came from; opens an error's message.
 * @throws {InputError} With the place, for a scenario that does not resolve.
 */
export function verifyRepro(expected: Expectation, where: string, options: JudgeOptions = {}): Verification {
  const result = judgeSoak(resolveScenario(expected.scenario, where), options);
  const { record } = result;
  if (record.cutShort !== undefined) return { result, outcome: 'cut-short', differences: [] };
  const run = [
    ...difference('digest', expected.digest, record.digest),
    ...(expected.eventCount === undefined
      ? []
      : difference('event count', `${expected.eventCount}`, `${record.eventCount}`)),
  ];
  const verdicts = expected.broken === undefined ? [] : verdictDifferences(expected.broken, result);
  const outcome = run.length > 0 ? 'digest-differs' : verdicts.length > 0 ? 'verdict-differs' : 'same';
  return { result, outcome, differences: [...run, ...verdicts] };
}

function verdictDifferences(broken: readonly string[], { verdicts }: SoakResult): Difference[] {
  const judged = new Set(verdicts.map(({ name }) => name));
  return [
    ...verdicts.flatMap(({ name, ok }) =>
      difference(name, broken.includes(name) ? 'broke' : 'held', ok ? 'held' : 'broke'),
    ),
    ...broken
      .filter((name) => !judged.has(name))
      .map((name) => ({ subject: name, expected: 'broke', received: 'not judged' })),
  ];
}

function difference(subject: string, expected: string, received: string): Difference[] {
  return expected === received ? [] : [{ subject, expected, received }];
}
