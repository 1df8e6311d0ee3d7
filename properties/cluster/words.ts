// Words of a POSIX shell: quoted texts, and templates that a mapping fills in.
// Invariant: whatever a text holds, the shell takes it for that one word and for nothing else.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';

/** A text as one word, in single quotes. It must not hold a zero byte, which no word can. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A text for a comment: on one line. */
export function commented(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}

/** What the placeholders of a template stand for: a text, or a variable of the script that is only known as it runs. */
export interface Values {
  readonly texts: Readonly<Record<string, string>>;
  /** Names of shell variables by placeholder. */
  readonly variables?: Readonly<Record<string, string>>;
}

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/**
 * A template as a word of the shell. `{{name}}` stands for a value, `{{index+9000}}` for a sum with a number.
 *
 * @param where - The template's place, such as `mapping.json: node.command[2]`; opens an error's message.
 * @throws {InputError} `bad-placeholder` for a name that has no value there.
 */
export function wordOf(template: string, values: Values, where: string): string {
  let word = '';
  let at = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const name = match[1]!.trim();
    if (match.index > at) word += quoted(template.slice(at, match.index));
    const variable = Object.hasOwn(values.variables ?? {}, name) ? values.variables?.[name] : undefined;
    word += variable === undefined ? quoted(textOf(name, values, where)) : `"$${variable}"`;
    at = match.index + match[0].length;
  }
  if (at < template.length || word === '') word += quoted(template.slice(at));
  return word;
}

/**
 * A template as a text, where nothing is known only as the script runs.
 *
 * @throws {InputError} `bad-placeholder`.
 */
export function filledIn(template: string, values: Values, where: string): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => textOf(name.trim(), values, where));
}

function textOf(name: string, { texts, variables = {} }: Values, where: string): string {
  const known = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (known !== undefined) return known;
  const [, base = '', number = ''] = /^([\w.-]+)\+(\d{1,9})$/.exec(name) ?? [];
  const sum = Object.hasOwn(texts, base) ? Number(texts[base]) + Number(number) : Number.NaN;
  if (/^\d{1,15}$/.test(texts[base] ?? '') && Number.isSafeInteger(sum)) return String(sum);
  const names = [...Object.keys(texts), ...Object.keys(variables)].map((one) => `{{${one}}}`);
  const message = `${where}: received ${shown(`{{${name}}}`)}, expected one of ${names.join(', ')}, or a number with +n`;
  throw new InputError('bad-placeholder', message, { name });
}
