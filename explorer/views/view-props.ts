// What every view is given.
// Invariant: a view reads the run and the exploration, and writes nothing but the exploration's signals.
import type { Exploration } from '../run/exploration.ts';
import type { RunView } from '../run/run-view.ts';

/** Properties of a view. */
export interface ViewProps {
  readonly exploration: Exploration;
  /** The run to show. */
  readonly run: RunView;
  /** The run beside it, whose scales it should share; undefined when there is none. */
  readonly compared?: RunView | undefined;
}
