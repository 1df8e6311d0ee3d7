// Pairs of defects that interact: which to run, and what their four cells say.
// Invariant: two defects interact over a property when its four cells are not what one of the two alone would give.
import { InputError } from '../../sim/errors.ts';
import { shown, unknownName } from '../../sim/input.ts';
import type { AblationCell, RunCells } from './cells.ts';

/** Two defects. */
export type Pair = readonly [a: string, b: string];

/**
 * How two defects meet in one property.
 *
 * - `masked`: red with either and with both, so that fixing one alone leaves it red.
 * - `together`: red only with both.
 * - `hidden`: red with one of them, and green again with both.
 */
export type Interaction = 'masked' | 'together' | 'hidden';

/** A property over which two defects interact. */
export interface PairProperty {
  readonly name: string;
  readonly interaction: Interaction;
  /** Whether the evidence of the three runs with a defect on points at the same: for `masked`, fixing one shows nothing. */
  readonly alike: boolean;
}

/** The four runs of a pair, all other defects off. */
export interface AblationPair {
  readonly defects: Pair;
  readonly both: AblationCell;
  readonly onlyFirst: AblationCell;
  readonly onlySecond: AblationCell;
  readonly neither: AblationCell;
  /** Cells in which a property broke, 0 to 4. */
  readonly redCells: number;
  /** Properties over which they interact; empty when they do not. */
  readonly interactions: readonly PairProperty[];
}

/** Up to so many defects every pair is run. */
export const MOST_FOR_ALL_PAIRS = 6;

/**
 * Reads pairs as they are typed: `a+b`.
 *
 * @param where - The place they come from; opens an error's message.
 * @throws {InputError} `bad-pair` for what is no pair, `unknown-defect` for a name that is not in `defects`.
 */
export function parsePairs(texts: readonly string[], defects: readonly string[], where: string): Pair[] {
  return texts.map((text) => {
    const [a = '', b = '', ...more] = text.split('+').map((name) => name.trim());
    if (a === '' || b === '' || a === b || more.length > 0) {
      const message = `${where}: received ${shown(text)}, expected two different defects with a "+" between them`;
      throw new InputError('bad-pair', message, { received: text });
    }
    const unknown = [a, b].find((name) => !defects.includes(name));
    if (unknown !== undefined) throw unknownName('defect', unknown, defects, where);
    return [a, b];
  });
}

/**
 * The pairs worth a run. Up to six defects: all of them. Beyond: those of which fixing either alone changes nothing, and
 * those that break a property which neither breaks alone and either's fix mends.
 *
 * @param cells - All on, each alone on and each alone off have been run.
 */
export function pairsToRun(defects: readonly string[], cells: RunCells): Pair[] {
  const all = defects.flatMap((a, place) => defects.slice(place + 1).map((b): Pair => [a, b]));
  if (defects.length <= MOST_FOR_ALL_PAIRS) return all;
  const brokenIn = (on: readonly string[]): Set<string> => namesBroken(cells.find(on));
  const broken = brokenIn(defects);
  const alone = new Map(defects.map((id) => [id, brokenIn([id])]));
  const without = new Map(defects.map((id) => [id, brokenIn(defects.filter((other) => other !== id))]));
  // One that breaks nothing alone was not brought out, and masks nothing.
  const masks = (id: string): boolean => alone.get(id)!.size > 0 && isSame(without.get(id)!, broken);
  const together = ([a, b]: Pair): boolean =>
    [...broken].some((name) => [a, b].every((id) => !alone.get(id)!.has(name) && !without.get(id)!.has(name)));
  return all.filter((pair) => (masks(pair[0]) && masks(pair[1])) || together(pair));
}

/** Reads the four cells of a pair; undefined when one of them was not run. */
export function readPair([a, b]: Pair, cells: RunCells): AblationPair | undefined {
  const [both, onlyFirst, onlySecond, neither] = [[a, b], [a], [b], []].map((on) => cells.find(on));
  if (both === undefined || onlyFirst === undefined || onlySecond === undefined || neither === undefined) {
    return undefined;
  }
  const four = [both, onlyFirst, onlySecond, neither];
  const names = [...new Set(four.flatMap(({ broken }) => broken.map(({ name }) => name)))];
  return {
    defects: [a, b],
    both,
    onlyFirst,
    onlySecond,
    neither,
    redCells: four.filter(({ broken }) => broken.length > 0).length,
    interactions: names.flatMap((name) => {
      const interaction = interactionOf(four.map((cell) => namesBroken(cell).has(name)));
      if (interaction === undefined) return [];
      const [first, ...rest] = four.slice(0, 3).map((cell) => subjectsOf(cell, name));
      return [{ name, interaction, alike: rest.every((subjects) => isSame(subjects, first!)) }];
    }),
  };
}

/** @param red - Whether it broke with both, with the first, with the second, with neither. */
function interactionOf([both, first, second, neither]: readonly boolean[]): Interaction | undefined {
  // What breaks without either is not theirs.
  if (neither === true) return undefined;
  if (both === true) return first === second ? (first === true ? 'masked' : 'together') : undefined;
  return first === true || second === true ? 'hidden' : undefined;
}

function namesBroken(cell: AblationCell | undefined): Set<string> {
  return new Set(cell?.broken.map(({ name }) => name));
}

function subjectsOf(cell: AblationCell, property: string): Set<string> {
  return new Set(cell.broken.find(({ name }) => name === property)?.subjects);
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
