// Text set in from the margin, as a table below its title is.
// Invariant: empty lines stay empty.

/** Every line that is not empty, two columns further in. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
