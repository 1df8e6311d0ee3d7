// What a check tells beside its verdicts: what was read, by which terms, and how it went.
// Invariant: plain lines; the same are in the JSON report.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Retention } from '../../sim/census/retention.ts';
import type { CheckResult } from '../../properties/check/log-check.ts';
import { paint } from '../terminal.ts';

/** Declarations that are told one by one. */
const MOST_TOLD = 5;

/** What was read and by which terms it is judged, a line each. */
export function checkHeader(names: readonly string[], result: CheckResult): string[] {
  const { record, terms, lines, events, startedAt } = result;
  const { bounds, calmUs, connectTimeoutUs, retention } = terms;
  const since = startedAt === undefined ? '' : ` from ${startedAt}`;
  return [
    `log ${names.join(', ')}: ${counted(lines, 'line')}, ${counted(events, 'event')} of ${counted(record.nodes, 'life', 'lives')} in ${formatDuration(record.endUs)}${since}`,
    `calm ${formatDuration(calmUs)}, settled after ${formatDuration(bounds.settleUs)}, connect timeout ${formatDuration(connectTimeoutUs)}; ${counted(record.calms.length, 'calm')}`,
    `retained on purpose: ${retainedText(retention)}`,
  ];
}

function retainedText(retention: readonly Retention[]): string {
  if (retention.length === 0) return 'nothing (--retain)';
  const told = retention.slice(0, MOST_TOLD).map((one) => {
    if ('cap' in one) return `${one.path} up to ${one.cap}`;
    if ('limit' in one) return `${one.path} never beyond ${one.limit}`;
    return 'forUs' in one
      ? `${one.path} for ${formatDuration(one.forUs)}`
      : `${one.path} while in ${one.while.join(' or ')}`;
  });
  const left = retention.length - told.length;
  return `${told.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

/** What was skipped, a line for each example; empty when nothing was. */
export function skippedLines({ skipped }: CheckResult): string[] {
  const { count, byCode, examples } = skipped;
  if (count === 0) return [];
  const reasons = Object.entries(byCode).map(([code, times]) => `${code} ${times}`);
  const left = count - examples.length;
  return [
    `${counted(count, 'line')} ${count === 1 ? 'was' : 'were'} skipped: ${reasons.join(', ')}`,
    ...examples.map((example) => `  ${example}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}

/** One line: held, broke or not judged, how much was read, and how fast. */
export function checkOutcome(result: CheckResult, wallMs: number, interrupted: boolean): string {
  const { bytes, events } = result;
  const verdict = outcomeText(result);
  const cut = interrupted ? `${paint.yellow('interrupted')}; ` : '';
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB, ${counted(events, 'event')}`;
  return `${cut}${verdict}  ${paint.dim(`${size} read in ${(wallMs / 1000).toFixed(1)} s`)}`;
}

/** A log without a calm is not said to hold, whatever could be judged. */
function outcomeText({ verdicts, shortfall }: CheckResult): string {
  const broken = verdicts.filter(({ ok }) => !ok).length;
  const judged = verdicts.filter((verdict) => verdict.judged).length;
  if (broken > 0) return paint.red(`${broken} of ${judged} broke`);
  if (shortfall?.calms === 0) return paint.yellow(`${judged} of ${verdicts.length} judged, none broke`);
  return paint.green(`${judged} of ${judged} held`);
}
