// Running a repro again, and saying exactly what is not as it was.
// Invariant: differences are plain data; a run that was cut short is never said to differ or to agree.
import type { Catalogue } from '../catalogue.ts';
import type { Verdict } from '../property.ts';
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

/** What a run gave, as far as it is compared. */
export interface ReceivedRun {
  readonly digest: string;
  readonly eventCount: number;
  readonly verdicts: readonly Pick<Verdict, 'name' | 'ok'>[];
  /** Why it ended early; undefined when it did not. */
  readonly cutShort: string | undefined;
}

/** What came of comparing a run with what was expected of it. */
export interface ExpectationComparison {
  /** Whether the run was the same, and judged the same; `cut-short` when it was not run to its end. */
  readonly outcome: 'same' | 'digest-differs' | 'verdict-differs' | 'cut-short';
  /** Exactly what differs; empty when nothing does, and for a run that was cut short. */
  readonly differences: readonly Difference[];
}

/** What came of running a repro again. */
export interface Verification extends ExpectationComparison {
  readonly result: SoakResult;
}

/** What a repro file expects. */
export function expectationOf({ scenario, digest, eventCount, verdicts }: Repro): Expectation {
  const broken = Object.keys(verdicts).filter((name) => verdicts[name] === false);
  return { scenario, digest, eventCount, broken };
}

/** Compares a run with what was expected of it. */
export function compareWithExpected(
  expected: Omit<Expectation, 'scenario'>,
  received: ReceivedRun,
): ExpectationComparison {
  if (received.cutShort !== undefined) return { outcome: 'cut-short', differences: [] };
  const { eventCount = received.eventCount, broken } = expected;
  const run = [
    ...difference('digest', expected.digest, received.digest),
    ...difference('event count', String(eventCount), String(received.eventCount)),
  ];
  const verdicts = broken === undefined ? [] : verdictDifferences(broken, received.verdicts);
  const outcome = run.length > 0 ? 'digest-differs' : verdicts.length > 0 ? 'verdict-differs' : 'same';
  return { outcome, differences: [...run, ...verdicts] };
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
  const { digest, eventCount, cutShort } = result.record;
  return { result, ...compareWithExpected(expected, { digest, eventCount, verdicts: result.verdicts, cutShort }) };
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
