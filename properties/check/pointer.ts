// Pointers into a line's JSON, as RFC 6901 has them, and one step more: `*` in a list.
// Invariant: a lookup calls nothing and throws nothing; what is not there is undefined.
import * as v from 'valibot';

/** Looks up one value in a line. */
export type Lookup = (line: unknown) => unknown;

/** Validates a pointer. */
export const pointerSchema = v.pipe(
  v.string(),
  v.regex(/^\/(?:[^~]|~[01])*$/, 'a pointer such as "/span/id"'),
  v.maxLength(1000),
);

/**
 * Makes a lookup of a pointer. `~1` stands for a slash in a name, `~0` for a tilde. `*` takes the last element of a list in
 * which the rest of the pointer is found: of a list of spans from the root on, the innermost that has the field.
 */
export function compiledPointer(pointer: string): Lookup {
  const steps = pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return (line) => found(line, steps, 0);
}

function found(value: unknown, steps: readonly string[], from: number): unknown {
  let at = value;
  for (let place = from; place < steps.length; place++) {
    if (typeof at !== 'object' || at === null) return undefined;
    const step = steps[place]!;
    if (!Array.isArray(at)) at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined;
    else if (step === '*') return lastFound(at, steps, place + 1);
    else at = /^(?:0|[1-9]\d{0,8})$/.test(step) ? (at[Number(step)] as unknown) : undefined;
  }
  return at;
}

function lastFound(list: readonly unknown[], steps: readonly string[], from: number): unknown {
  for (let place = list.length - 1; place >= 0; place--) {
    const value = found(list[place], steps, from);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}
