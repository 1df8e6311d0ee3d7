// Ranges that the options of arbitraries narrow: how they are written, checked and settled.
// Invariant: a settled range lies within its limits and is not empty; a bound that is not given follows the one that is.
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { numberBetween, parseInput } from '../../sim/input.ts';

/** What a drawn number lies between; each bound is included, and has a default of its own. */
export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A range with both of its bounds. */
export interface SettledRange {
  readonly min: number;
  readonly max: number;
}

/** A schema of a {@link Range} whose bounds are between `min` and `max` (both included), integers unless told. */
export function rangeBetween(min: number, max: number, kind: 'integers' | 'numbers' = 'integers') {
  const what = `${kind === 'integers' ? 'an integer' : 'a number'} between ${min} and ${max} (included)`;
  const bound = v.pipe(
    numberBetween(min, max),
    v.check((value) => kind === 'numbers' || Number.isInteger(value), what),
  );
  return v.pipe(
    v.strictObject({ min: v.optional(bound), max: v.optional(bound) }),
    v.check((range) => (range.min ?? min) <= (range.max ?? max), 'max at or above min'),
  );
}

/**
 * The range that is asked for, with the usual bounds where none is given; a usual bound gives way to a given one.
 *
 * @param given - Valid by {@link rangeBetween}.
 */
export function settledRange(given: Range | undefined, usual: SettledRange): SettledRange {
  const min = given?.min ?? Math.min(usual.min, given?.max ?? usual.min);
  return { min, max: given?.max ?? Math.max(usual.max, min) };
}

/**
 * Validates options of an arbitrary.
 *
 * @param where - The arbitrary's name; opens an error's message.
 * @throws {InputError} `bad-options`, with the place and what was expected.
 */
export function parseOptions<Schema extends v.GenericSchema>(
  schema: Schema,
  options: unknown,
  where: string,
): v.InferOutput<Schema> {
  return parseInput(schema, options, `${where}: options`, 'bad-options');
}

/** A schema of a list of names out of those known, each once. */
export function subsetOf<Name extends string>(known: readonly Name[], what: string) {
  return v.pipe(
    v.array(v.picklist(known, `one of ${known.join(', ')}`), `a list of ${what}`),
    v.check((names) => new Set(names).size === names.length, 'each once'),
  );
}

/** The error for options that contradict one another or the model. */
export function badOptions(where: string, receivedAndExpected: string): InputError {
  return new InputError('bad-options', `${where}: options: ${receivedAndExpected}`, { where });
}
