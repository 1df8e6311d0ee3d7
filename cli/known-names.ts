// What a mistake says of the names that there are: of a long list the few that are nearest, and what lists them all.
// Invariant: a short list, and one that `quicksoak list` does not give, is told in full.
import { distance } from 'fastest-levenshtein';
import type { InputError } from '../sim/errors.ts';

/** Names that are told in full. */
const MOST_TOLD = 20;
/** Names that are told of a longer list. */
const TOLD = 3;
/** So many may differ of a name that is near. */
const FEW_LETTERS = 2;
/** Shorter parts of a name are in too many others. */
const LEAST_PART = 3;

/** What lists the names, by the code of the error for one that is not among them; an incident is a scenario as well. */
const LISTED_BY: ReadonlyMap<string, string> = new Map([
  ['unknown-scenario', 'quicksoak list'],
  ['unknown-defect', 'quicksoak list defects'],
]);

/** The message of a mistake, with the list of what is known made short where that helps. */
export function withShortList({ code, message, details }: InputError): string {
  const { received, known, suggestion } = details;
  const command = LISTED_BY.get(code);
  if (command === undefined || typeof received !== 'string' || !isLongList(known)) return message;
  const told = nearestFirst(received, known, suggestion).slice(0, TOLD);
  const short = `Known: ${told.join(', ')} and ${known.length - told.length} more, see ${command}`;
  // A function, as $ would stand for something in a text.
  return message.replace(`Known: ${known.join(', ')}`, () => short);
}

function isLongList(known: unknown): known is readonly string[] {
  return Array.isArray(known) && known.length > MOST_TOLD;
}

/** Those that are few letters from what was typed, or share a part with it, by distance, and then the others as they are listed. */
function nearestFirst(received: string, known: readonly string[], suggestion: unknown): string[] {
  const typed = received.toLowerCase();
  const parts = typed.split('-').filter((part) => part.length >= LEAST_PART);
  const apart = (name: string): number => (name === suggestion ? -1 : distance(typed, name.toLowerCase()));
  const near = known.filter((name) => {
    return apart(name) <= FEW_LETTERS || parts.some((part) => name.toLowerCase().includes(part));
  });
  return [...new Set([...near.toSorted((a, b) => apart(a) - apart(b)), ...known])];
}
