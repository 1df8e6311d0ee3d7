// The class under which a census counts what is queued: its kind, as one word of a path.
// Invariant: equal kinds give equal classes, and a class is a name in a path.

/** The class of a message or timer by its kebab-case kind, such as `finAck` for `fin-ack`. */
export function classOfKind(kind: string): string {
  return kind.replaceAll(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
}
