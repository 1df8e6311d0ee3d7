// Counts in sentences: a number and what is counted, in the form that the number asks for.
// Invariant: of one thing it is singular, of any other number, none included, plural.

/**
 * A count with its noun, such as `1 line` or `12 lines`.
 *
 * @param count - A whole number, 0 or more.
 * @param one - The noun in the singular.
 * @param many - The noun in the plural; default with an s at its end.
 */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
