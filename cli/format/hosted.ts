// What a host noted of a target apart from verdicts.
// Invariant: what is told as a panic already is not told again.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Evidence, EvidenceKind } from '../../host/evidence.ts';
import type { HeapReport } from '../work/heap-look.ts';
import { paint } from '../terminal.ts';
import { shownQuantity } from './quantity.ts';
import { borderless } from './verdicts.ts';

/** Kinds that no verdict tells of. */
const TOLD_HERE: Partial<Record<EvidenceKind, string>> = {
  leftover: 'asked for after the end of its node, and ignored',
  strayed: 'counted for another node than the one whose event it was',
  unsettled: 'not settled at the end',
};

/** A line for each; empty when there is none. */
export function notedText(noted: readonly Evidence[]): string {
  return noted
    .flatMap(({ kind, what, node, atUs, count }) => {
      const told = TOLD_HERE[kind];
      if (told === undefined) return [];
      const first = `first by ${node ?? 'no node'} at ${formatDuration(atUs)}`;
      return [paint.dim(`noted: ${what}: ${told} (${count === 1 ? 'once' : `${count} times`}, ${first})`)];
    })
    .join('\n');
}

/** Rows of a table of the heap. */
const MOST_ROWS = 10;

/** What two heap snapshots showed: what grew between them, and who is mentioned where no walk over objects comes. */
export function heapText({ fromUs, untilUs, objectsBefore, objectsAfter, growth, hidden }: HeapReport): string {
  const title = `heap of all nodes, ${formatDuration(fromUs)} to ${formatDuration(untilUs)}: ${objectsBefore} to ${counted(objectsAfter, 'object')}`;
  const grown = growth.slice(0, MOST_ROWS).map(({ path, className, before, after, bytes }) => {
    return [path, className, String(before), String(after), shownQuantity(bytes, 'bytes')];
  });
  const mentioned = hidden.slice(0, MOST_ROWS).map(({ path, count, example }) => [path, String(count), example]);
  return [
    paint.bold(title),
    ...(grown.length === 0 ? [] : [borderless(['grew', 'class', 'before', 'after', 'bytes'], grown, 1, 2)]),
    ...(mentioned.length === 0
      ? ['no departed peer is mentioned in closures, private fields or suspended code']
      : [borderless(['departed peers, out of sight of a walk', 'times', 'such as'], mentioned, 1, 2)]),
  ].join('\n');
}
