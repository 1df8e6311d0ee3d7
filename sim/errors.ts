// The errors a caller can cause, and the check for our own bugs.
// Invariant: every error a caller can cause carries a stable kebab-case code; its message gives received and expected.

/** Base of every error that quicksoak throws for a caller's mistake. */
export class QuicksoakError extends Error {
  /** Stable kebab-case code; assert on this, never on the message. */
  readonly code: string;
  /** The values the message speaks of. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A call on the engine that breaks its contract, such as scheduling into the past. */
export class SimulationError extends QuicksoakError {}

/** Input from outside (a file, a flag, a token) that does not validate. The message names the place. */
export class InputError extends QuicksoakError {}

/**
 * Throws a plain `Error` when `condition` is false: a bug of quicksoak, never a caller's mistake.
 *
 * @param condition - What must hold.
 * @param what - One clause that says what must hold.
 */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${what}`);
}
