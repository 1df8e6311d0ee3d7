// A sweep as JUnit XML, which CI systems read: a suite by cell, a test by run.
// Invariant: well-formed whatever names and messages hold; no times, so that equal sweeps give equal files.
import type { JobOutcome } from './outcome.ts';
import { findingText, findingsOf } from './outcome.ts';
import { cellIndex, seedOf } from './plan.ts';
import type { SweepPlan } from './plan.ts';
import type { CollectedRun } from './collector.ts';
import { xmlAttribute, xmlContent } from '../xml.ts';

/** What a report is told besides the runs. */
export interface JunitTerms {
  /** Names the whole. */
  readonly name: string;
  /** The line that runs one again; undefined when there is none. */
  readonly repro: (run: CollectedRun) => string | undefined;
}

/**
 * The report of a sweep, after the schema that Jenkins publishes: a run whose properties broke is a failure, one that did
 * not come to its end is an error.
 */
export function junitOf(plan: SweepPlan, runs: readonly CollectedRun[], terms: JunitTerms): string {
  const suites = plan.cells.flatMap(({ label }, cell) => {
    const own = runs.filter(({ run }) => cellIndex(plan, run) === cell);
    if (own.length === 0) return [];
    const name = label === '' ? terms.name : `${terms.name}: ${label}`;
    const cases = own.map((one) => caseOf(plan, one, name, terms));
    return [`<testsuite name="${xmlAttribute(name)}"${counts(own)}>`, ...cases, '</testsuite>'];
  });
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${xmlAttribute(terms.name)}"${counts(runs)}>`,
    ...suites,
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function counts(runs: readonly CollectedRun[]): string {
  const kinds = runs.map(({ outcome }) => resultOf(outcome).kind);
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  return ` tests="${runs.length}" failures="${count('failure')}" errors="${count('error')}"`;
}

function caseOf(plan: SweepPlan, run: CollectedRun, suite: string, { repro }: JunitTerms): string {
  const opening = `<testcase name="${xmlAttribute(`seed ${seedOf(plan, run.run)}`)}" classname="${xmlAttribute(suite)}"`;
  const { kind, type, message, details } = resultOf(run.outcome);
  if (kind === 'passed') return `${opening}/>`;
  const line = repro(run);
  const text = [...details, ...(line === undefined ? [] : [line])].join('\n');
  return `${opening}><${kind} type="${xmlAttribute(type)}" message="${xmlAttribute(message)}">${xmlContent(text)}</${kind}></testcase>`;
}

interface CaseResult {
  readonly kind: 'passed' | 'failure' | 'error';
  readonly type: string;
  readonly message: string;
  readonly details: readonly string[];
}

function resultOf(outcome: JobOutcome): CaseResult {
  const message = findingsOf(outcome).map(findingText).join('; ');
  if (outcome.kind !== 'done') return { kind: 'error', type: outcome.kind, message, details: [] };
  const { verdicts, cutShort } = outcome.result;
  const broken = verdicts.filter(({ ok }) => !ok);
  if (broken.length > 0) {
    const details = broken.map(
      ({ name, figure, evidence }) => `${name}: ${figure}${evidence === '' ? '' : `; ${evidence}`}`,
    );
    return { kind: 'failure', type: broken.map(({ name }) => name).join(' '), message, details };
  }
  if (cutShort !== null) return { kind: 'error', type: cutShort, message: 'the run was cut short', details: [] };
  return { kind: 'passed', type: '', message: '', details: [] };
}
