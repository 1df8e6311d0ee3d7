// The exit codes of the command, and which one a judged run ends with.
// Invariant: a broken property wins over a difference between two runs and over a spent budget; an interruption wins over all.
import type { Verdict } from '../properties/property.ts';

/** Exit codes by name; every command keeps to them. */
export const EXIT = {
  held: 0,
  broken: 1,
  usage: 2,
  notDeterministic: 3,
  budgetSpent: 4,
  /** A bug of quicksoak itself; the only case that prints a stack trace. */
  internal: 70,
  interrupted: 130,
} as const;

/** What each exit code means, in numerical order. */
export const EXIT_MEANINGS: readonly { readonly code: number; readonly meaning: string }[] = [
  { code: EXIT.held, meaning: 'all properties held' },
  { code: EXIT.broken, meaning: 'a property broke (wins over 3 and 4)' },
  { code: EXIT.usage, meaning: 'bad usage or input' },
  { code: EXIT.notDeterministic, meaning: 'not deterministic' },
  { code: EXIT.budgetSpent, meaning: 'a budget ran out' },
  { code: EXIT.internal, meaning: 'a bug of quicksoak' },
  { code: EXIT.interrupted, meaning: 'interrupted; what was found so far stands' },
];

/** Why a run ended before its end. */
export type CutShort = 'events-spent' | 'wall-spent' | 'interrupted';

/**
 * The exit code of a judged run.
 *
 * @param cutShort - Undefined for a run that reached its end.
 */
export function exitCodeOf(verdicts: readonly Verdict[], cutShort: CutShort | undefined): number {
  if (cutShort === 'interrupted') return EXIT.interrupted;
  const broken = verdicts.filter(({ ok }) => !ok);
  if (broken.some(({ name }) => name !== 'deterministic')) return EXIT.broken;
  if (broken.length > 0) return EXIT.notDeterministic;
  return cutShort === undefined ? EXIT.held : EXIT.budgetSpent;
}
