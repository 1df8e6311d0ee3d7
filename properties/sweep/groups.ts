// The findings of a sweep, grouped: what broke where, how often, and the first run that shows it.
// Invariant: most runs first, equal ones by their first run; each group can be run again by its first run alone.
import { causeText } from '../causes.ts';
import { encodeToken } from '../repro/token.ts';
import { findingsOf, findingText } from './outcome.ts';
import type { SweepFinding } from './outcome.ts';
import { cellIndex, scenarioOf, seedOf } from './plan.ts';
import type { SweepPlan } from './plan.ts';
import type { CollectedRun } from './collector.ts';
import { wilsonInterval } from './statistics.ts';

/** A finding, with the runs that show it. */
export interface FindingGroup {
  readonly finding: SweepFinding;
  /** {@link SweepFinding} as one line. */
  readonly text: string;
  /** Runs that show it, and that were made. */
  readonly count: number;
  readonly runCount: number;
  /** `count` of `runCount`, and its 95% interval by Wilson's score. */
  readonly share: number;
  readonly shareLow: number;
  readonly shareHigh: number;
  /** Runs that show it, by cell. */
  readonly countByCell: readonly number[];
  /** The first run that shows it. */
  readonly firstCell: number;
  readonly firstSeed: string;
  /** The first line of evidence there; empty when nothing broke. */
  readonly evidence: string;
  /** Token of the first run; null when it has no digest, or is too long for one. */
  readonly token: string | null;
}

/** Groups what runs show. */
export function groupsOf(plan: SweepPlan, runs: readonly CollectedRun[]): FindingGroup[] {
  const byText = new Map<string, { finding: SweepFinding; runs: CollectedRun[] }>();
  for (const one of runs) {
    for (const finding of findingsOf(one.outcome)) {
      const text = findingText(finding);
      const known = byText.get(text);
      if (known === undefined) byText.set(text, { finding, runs: [one] });
      else known.runs.push(one);
    }
  }
  const groups = [...byText].map(([text, { finding, runs: shown }]) => {
    return groupOf(plan, text, finding, shown, runs.length);
  });
  // Sorting is stable: equal ones stay in the order of their first runs.
  return groups.toSorted((a, b) => b.count - a.count);
}

function groupOf(
  plan: SweepPlan,
  text: string,
  finding: SweepFinding,
  shown: readonly CollectedRun[],
  runCount: number,
): FindingGroup {
  const first = shown[0]!;
  const { low, high } = wilsonInterval(shown.length, runCount);
  const countByCell = plan.cells.map(() => 0);
  for (const { run } of shown) countByCell[cellIndex(plan, run)]!++;
  return {
    finding,
    text,
    count: shown.length,
    runCount,
    share: shown.length / runCount,
    shareLow: low,
    shareHigh: high,
    countByCell,
    firstCell: cellIndex(plan, first.run),
    firstSeed: seedOf(plan, first.run),
    evidence: evidenceOf(finding, first),
    token: tokenOfRun(plan, first) ?? null,
  };
}

/** The line of evidence that points at a cause. */
function evidenceOf(finding: SweepFinding, { outcome }: CollectedRun): string {
  if (finding.kind !== 'broke' || outcome.kind !== 'done') return '';
  const { causes, causeEvidence } = outcome.result;
  const place = causes.findIndex((cause) => causeText(cause) === causeText(finding.cause));
  return causeEvidence[place] ?? '';
}

/** The token of a run; undefined when it was cut short or did not end, or when its scenario is too long for one. */
export function tokenOfRun(plan: SweepPlan, { run, outcome }: CollectedRun): string | undefined {
  if (outcome.kind !== 'done' || outcome.result.cutShort !== null) return undefined;
  const { digest, verdicts } = outcome.result;
  const broken = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  return encodeToken(scenarioOf(plan, run), digest, broken);
}
