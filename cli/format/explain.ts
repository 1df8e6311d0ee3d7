// An explanation as text: the evidence, the story as a table, and the sentences after it.
// Invariant: everything printed is in the data that --json prints as well.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Explanation, FoundLeak } from '../../properties/explain/explain.ts';
import { summaryOf } from '../../properties/explain/summary.ts';
import { paint } from '../terminal.ts';
import { borderless } from './verdicts.ts';

/** The explanation of a leak, without a newline at its end. */
export function explanationText(explanation: Extract<Explanation, { kind: 'explained' }>): string {
  const { found, story } = explanation;
  const rows = story.map(({ atUs, node, what }) => [formatDuration(atUs), node, what]);
  return [
    ...foundLines(found),
    '',
    borderless(['virtual time', 'node', 'what'], rows, 2),
    '',
    ...summaryOf(explanation),
  ].join('\n');
}

/** What is known when there was no time for more, without a newline at its end; empty for nothing. */
export function unfinishedText({ found }: Extract<Explanation, { kind: 'unfinished' }>): string {
  if (found === undefined) return 'No thing was chosen yet: there was no time to judge the run.';
  return [...foundLines(found), '', triedText(found)].join('\n');
}

function foundLines({ text, property, evidence, alike }: FoundLeak): string[] {
  const others = alike > 1 ? paint.dim(` (one of ${alike} alike)`) : '';
  return [paint.bold(text) + others, `  ${paint.red(property)}  ${evidence}`];
}

function triedText({ tried, planned }: FoundLeak): string {
  if (tried.length === 0) return `None of its ${counted(planned, 'prefix', 'prefixes')} was run to its end.`;
  return `Not left by the prefixes of ${ranges(tried)} actions; ${planned - tried.length} more were to be run.`;
}

/** Ascending numbers, runs of them as `3 to 17`. */
function ranges(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let place = 0; place < numbers.length;) {
    const first = numbers[place]!;
    let last = first;
    while (numbers[place + 1] === last + 1) {
      last++;
      place++;
    }
    place++;
    parts.push(first === last ? String(first) : `${first} to ${last}`);
  }
  return parts.join(', ');
}
