// Validation of values from outside (files, flags, tokens), told to a person in one sentence.
// Invariant: every refusal is an InputError that names the place, what was received and what was expected.
import { distance } from 'fastest-levenshtein';
import * as v from 'valibot';
import { InputError } from './errors.ts';

const MAX_SHOWN = 60;

/**
 * Validates `value` against a valibot schema.
 *
 * @param where - The place the value came from, such as `plan.json`; opens the message.
 * @param code - Code of the error thrown, such as `bad-plan`.
 * @returns The schema's output.
 * @throws {InputError} `code` with the sentence of {@link describeIssue} when the value does not fit.
 */
export function parseInput<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: string,
  code: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true, abortPipeEarly: true });
  if (result.success) return result.output;
  throw new InputError(code, describeIssue(result.issues, where), { where });
}

/** A schema of an integer between `min` and `max`, both included. */
export function integerBetween(min: number, max: number): v.GenericSchema<number> {
  const message = `an integer between ${min} and ${max} (included)`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

/** A schema of a finite number between `min` and `max`, both included. */
export function numberBetween(min: number, max: number): v.GenericSchema<number> {
  const message = `a number between ${min} and ${max} (included)`;
  return v.pipe(v.number(message), v.finite(message), v.minValue(min, message), v.maxValue(max, message));
}

/**
 * Says the first of a failed parse's issues in one sentence, such as
 * `plan.json: actions[3].atUs: received -5, expected an integer 0 or more`.
 *
 * A schema's own message is taken as the phrase after "expected"; without one, valibot's expectation is used.
 *
 * @param issues - From valibot's `safeParse`; at least one.
 * @param where - The place the value came from; opens the sentence.
 */
export function describeIssue(issues: readonly v.BaseIssue<unknown>[], where: string): string {
  const issue = issues[0];
  if (issue === undefined) return `${where}: not valid`;
  const path = pathOf(issue);
  const place = path === '' ? where : `${where}: ${path}`;
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return `${place}: received a key that is not known here`;
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined' && issue.path !== undefined) {
    return `${place}: received nothing, expected a value, as this key is required`;
  }
  return `${place}: received ${shown(issue.input)}, expected ${expectation(issue)}`;
}

/**
 * A value as JSON, cut to 60 characters; large arrays and objects are never walked to their end.
 *
 * @returns `nothing` for undefined; non-JSON values by their JavaScript name, such as `NaN`.
 */
export function shown(value: unknown): string {
  const text = render(value, MAX_SHOWN);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 3)}...`;
}

/**
 * The known name closest to `name` in edit distance, ignoring case; ties go to the first in list order.
 *
 * @returns Undefined when none is near: at most a third of the name's letters, and never fewer than two, may differ.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const apart = distance(wanted, candidate.toLowerCase());
    if (apart < bestDistance) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}

/**
 * The error for a name that is not in a list, such as
 * `unknown defect "peer-topic-not-pruned"; did you mean "peer-topics-not-pruned"? Known: a, b, c`.
 *
 * @param what - The kind of thing named, singular, such as `defect`; the code is `unknown-defect`.
 * @param known - The names that exist, in the order to list them.
 * @param where - The place of the name; opens the message when given.
 * @returns The error, for the caller to throw.
 */
export function unknownName(what: string, received: string, known: readonly string[], where?: string): InputError {
  const suggestion = nearest(received, known);
  const place = where === undefined ? '' : `${where}: `;
  const hint = suggestion === undefined ? '. ' : `; did you mean "${suggestion}"? `;
  const list = known.length === 0 ? 'None is known' : `Known: ${known.join(', ')}`;
  return new InputError(
    `unknown-${what.replaceAll(' ', '-')}`,
    `${place}unknown ${what} ${shown(received)}${hint}${list}`,
    {
      received,
      known,
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  );
}

function pathOf(issue: v.BaseIssue<unknown>): string {
  let text = '';
  for (const item of issue.path ?? []) {
    const key = item.key;
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'string' && /^[A-Za-z_$][\w$-]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${shown(key)}]`;
  }
  return text;
}

function expectation(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  const expected = issue.expected ?? 'something else';
  if (expected === 'Object') return 'an object';
  if (expected === 'Array') return 'a list';
  if (/^[a-z]+$/.test(expected)) return `a ${expected}`;
  return expected.replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ' or ');
}

function render(value: unknown, room: number): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room));
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const list = Array.isArray(value);
  let text = list ? '[' : '{';
  let first = true;
  for (const key of list ? value.keys() : Object.keys(value)) {
    if (text.length > room) return text;
    const item = (value as Record<string | number, unknown>)[key];
    text += `${first ? '' : ','}${list ? '' : `${JSON.stringify(String(key))}:`}${render(item, room - text.length)}`;
    first = false;
  }
  return text + (list ? ']' : '}');
}
