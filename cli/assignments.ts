// Values as people type them after --set and --config, and the names they give them.
// Invariant: a value is read by what it is for; a text that fits nothing stays a text, for the schema to refuse.
import type { ChurnProfile } from '../sim/churn/profile.ts';
import { parseDuration } from '../sim/duration.ts';
import { InputError } from '../sim/errors.ts';
import { unknownName } from '../sim/input.ts';
import { keyAndValue } from './options.ts';

/** Parameters that every profile has and that --set may give. */
const SHARED = ['keep', 'warmupUs', 'waves'] as const;
/** Parameters that are a list; commas separate its items. */
const LISTS: readonly string[] = ['faults'];
/** Parameters that have a flag of their own, or that the model settles. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  nodes: 'use --nodes',
  for: 'use --for',
  trace: 'use --trace <file.avt>',
  calm: "its length follows from the model's longest timer and retention",
};

/**
 * The parameters of a profile that `--set` may give, by the names to type: the unit at a name's end may be left out, so
 * `maxDown=5s` sets `maxDownUs`, and `rate=2` sets `ratePerSecond`.
 */
export function settableParameters(profile: ChurnProfile): string[] {
  const own = profile.parameters.map(({ name }) => name).filter((name) => ELSEWHERE[name] === undefined);
  return [...own, ...SHARED, ...(profile.departs ? ['departures'] : [])];
}

/**
 * Applies `--set` texts to a profile's parameters.
 *
 * @param flag - The flag that the texts were typed after; opens an error's message.
 * @throws {InputError} `unknown-parameter`, `bad-pair`, `bad-duration`, or `bad-parameter` for one that is set elsewhere.
 */
export function withParameters(
  params: Readonly<Record<string, unknown>>,
  profile: ChurnProfile,
  texts: readonly string[],
  flag = '--set',
): Record<string, unknown> {
  const known = settableParameters(profile);
  const result: Record<string, unknown> = { ...params };
  for (const text of texts) {
    const [typed, value] = keyAndValue(flag, text);
    const elsewhere = Object.hasOwn(ELSEWHERE, stem(typed)) ? ELSEWHERE[stem(typed)] : undefined;
    if (elsewhere !== undefined) {
      const message = `${flag}: received ${typed}, expected a parameter of profile ${profile.name}; ${elsewhere}`;
      throw new InputError('bad-parameter', message, { typed });
    }
    const name = known.includes(typed) ? typed : known.find((candidate) => stem(candidate) === typed);
    if (name === undefined) throw unknownName('parameter', typed, known, `${flag}: profile ${profile.name}`);
    const inMicroseconds = name.endsWith('Us') && !(typed === name && isNumber(value));
    if (inMicroseconds) result[name] = parseDuration(value, `${flag}: ${typed}`, { allowZero: true });
    else if (LISTS.includes(name)) result[name] = value.split(',').map((item) => item.trim());
    else result[name] = plainValue(value);
  }
  return result;
}

/**
 * Applies `--config` texts to a configuration: `a.b=1` sets key `b` of the object at key `a`. Values are read as JSON
 * where they are; a duration for a key that ends in `Us` becomes microseconds; anything else is a text.
 *
 * @param flag - The flag that the texts were typed after; opens an error's message.
 * @throws {InputError} `bad-pair` for a text without `=`, `bad-key` for a key that is no dotted name.
 */
export function withConfig(
  config: Readonly<Record<string, unknown>>,
  texts: readonly string[],
  flag = '--config',
): Record<string, unknown> {
  const result = structuredClone(config) as Record<string, unknown>;
  for (const text of texts) {
    const [key, value] = keyAndValue(flag, text);
    const names = key.split('.');
    if (!names.every((name) => /^[A-Za-z][\w-]{0,99}$/.test(name))) {
      throw new InputError('bad-key', `${flag}: received ${JSON.stringify(key)}, expected dotted names such as a.b`, {
        key,
      });
    }
    const last = names.pop()!;
    let place = result;
    for (const name of names) place = objectAt(place, name);
    place[last] = configValue(key, value, flag);
  }
  return result;
}

function objectAt(place: Record<string, unknown>, name: string): Record<string, unknown> {
  const held = Object.hasOwn(place, name) ? place[name] : undefined;
  if (typeof held === 'object' && held !== null) return held as Record<string, unknown>;
  const made: Record<string, unknown> = {};
  place[name] = made;
  return made;
}

function configValue(key: string, text: string, flag: string): unknown {
  if (key.endsWith('Us') && !isNumber(text)) return parseDuration(text, `${flag}: ${key}`, { allowZero: true });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return isNumber(text) ? Number(text) : text;
}

function isNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);
}

/** A name without its unit. */
export function stem(name: string): string {
  return name.replace(/(?:Us|PerSecond)$/, '');
}
