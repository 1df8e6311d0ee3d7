// JSON for people: what fits on a line stands on one, so that a plan is a line for each action.
// Invariant: it parses to the same value as JSON.stringify gives.
const WIDTH = 120;

/** A JSON value as text, without a newline at its end. */
export function jsonLines(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  // What JSON has no word for is left out by whoever holds it.
  if (typeof value !== 'object' || value === null || indent.length + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  const held = JSON.parse(line) as object;
  const items = Array.isArray(held)
    ? held.map((item) => inner + jsonLines(item, inner))
    : Object.entries(held).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${jsonLines(item, inner)}`);
  const [open, close] = Array.isArray(held) ? '[]' : '{}';
  return `${open}\n${items.join(',\n')}\n${indent}${close}`;
}
