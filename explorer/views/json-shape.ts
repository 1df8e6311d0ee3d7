// How a value of JSON is laid out as a tree: its branches, what fits on one line, and what is open from the start.
// Invariant: paths are written as changes of an event write them, so that the one can be found in the other.
import type { Json } from '../../sim/recording/describe.ts';

/** Letters of a value that is shown on one line. */
const LINE_LETTERS = 72;
/** Branches up to which one near the root is open from the start, and how near. */
const FEW = 16;
const NEAR = 2;

/** Children of a value with their keys; empty for what has none. */
export function branchesOf(value: Json): readonly (readonly [string | number, Json])[] {
  if (Array.isArray(value)) return value.map((item, place) => [place, item] as const);
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}

/** The value on one line; undefined when it is too long for one, or nested deeper than a list. */
export function inlineText(value: Json): string | undefined {
  const text = lineOf(value);
  return typeof value !== 'object' || value === null || text.length <= LINE_LETTERS ? text : undefined;
}

function lineOf(value: Json): string {
  if (typeof value !== 'object' || value === null) return value === null ? '–' : String(value);
  const parts: string[] = [];
  let letters = 0;
  for (const [step, item] of branchesOf(value)) {
    const part = `${Array.isArray(value) ? '' : `${step}: `}${lineOf(item)}`;
    parts.push(part);
    // Long ones are not written out only to be thrown away.
    if ((letters += part.length) > LINE_LETTERS) break;
  }
  const text = parts.join(', ');
  return Array.isArray(value) ? `[${text}]` : `{${text}}`;
}

/** A change's value in words, cut to `most` letters. */
export function valueText(value: Json | undefined, most: number): string {
  if (value === undefined) return '';
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : lineOf(value);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** One step of a path: `gossip`, `.active`, `[3]`, `[key with blanks]`. */
export function stepText(step: string | number, isFirst: boolean): string {
  if (typeof step === 'number' || !/^[A-Za-z_$][\w$-]*$/.test(step)) return `[${step}]`;
  return isFirst ? step : `.${step}`;
}

/** True for what is open until somebody closes it. */
export function opensItself(value: Json, depth: number): boolean {
  return depth < NEAR && branchesOf(value).length <= FEW;
}
