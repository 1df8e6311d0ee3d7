// What a host noted of a target apart from verdicts.
// Invariant: what is told as a panic already is not told again.
import { formatDuration } from '../../sim/duration.ts';
import type { Evidence, EvidenceKind } from '../../host/evidence.ts';
import { paint } from '../terminal.ts';

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
