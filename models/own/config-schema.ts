// The schema of a configuration that is declared by its defaults.
// Invariant: a value is accepted when it has the type of the default in its place; a key that has no default is refused.
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';

/** Deepest nesting of defaults. */
const MOST_LEVELS = 8;

/**
 * A schema by example.
 *
 * @param defaults - Finite numbers, strings, booleans, lists of one of these, and objects of all of them.
 * @param where - Opens an error's message.
 * @throws {InputError} `bad-model` for a default of another kind.
 */
export function schemaOfDefaults(defaults: object, where: string): v.GenericSchema<unknown, unknown> {
  return schemaOf(defaults, where, 0);
}

/** True for what was made by valibot. */
export function isSchema(value: object): value is v.GenericSchema<unknown, unknown> {
  return (value as { kind?: unknown }).kind === 'schema' && '~run' in value;
}

function schemaOf(value: unknown, where: string, level: number): v.GenericSchema {
  if (typeof value === 'string') return v.string();
  if (typeof value === 'boolean') return v.boolean();
  if (typeof value === 'number' && Number.isFinite(value)) return v.pipe(v.number(), v.finite('a finite number'));
  if (level < MOST_LEVELS && typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) {
      const [first] = value as unknown[];
      return v.array(first === undefined ? v.unknown() : schemaOf(first, `${where}[0]`, level + 1));
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) {
      const entries = Object.entries(value).map(([name, content]) => {
        const inner = schemaOf(content, `${where}.${name}`, level + 1);
        // A copy for every run: what one changed by mistake would be the default of the next.
        return [name, v.optional(inner, () => copyOf(content) as never)] as const;
      });
      return v.strictObject(Object.fromEntries(entries));
    }
  }
  const expected =
    'a finite number, text, true or false, a list or an object of these as a default; anything else needs a valibot schema';
  throw new InputError('bad-model', `${where}: received ${shown(value)}, expected ${expected}`, { where });
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, content]) => [name, copyOf(content)]));
}
