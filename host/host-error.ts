// The error of the host: what it refuses, and what it cannot go on with.
// Invariant: one that is thrown into a target has been recorded as evidence before.
import { QuicksoakError } from '../sim/errors.ts';

/**
 * A call that cannot be hosted, or a hosted run that cannot go on. Codes: `not-deterministic` (a call that leaves
 * virtual time), `exit-called`, `clock-spin` (an event that waits for its clock to move), `already-hosted`,
 * `not-installed`, `run-in-run`, `closed`, `import-failed`, `load-timeout`, `no-ticks`, `not-drained`, `bad-order`.
 */
export class HostError extends QuicksoakError {}
