// Passes: kinds of change to a scenario, each tried in turn.
// Invariant: what a pass yields, and in which order, depends on the draft alone; it can go on from where it stood.
import type { ExplicitScenario } from '../soak/explicit.ts';
import type { Draft } from './draft.ts';

/** A changed scenario, and the place in its pass to go on from when it is taken. */
export interface Change {
  readonly scenario: ExplicitScenario;
  readonly next: readonly number[];
}

/** Changes to a draft, from a place on; the empty place is the begin. */
export type Pass = (draft: Draft, from: readonly number[]) => IterableIterator<Change>;

/** Changes in a fixed order; undefined for one that the draft has no room for. */
export type Changes = (draft: Draft) => Iterable<ExplicitScenario | undefined>;

/** The pass of changes that leave room for the next: it goes on with the one that was taken, which may be done again. */
export function oneByOne(changes: Changes): Pass {
  return function* (draft, [from = 0]) {
    let place = 0;
    for (const scenario of changes(draft)) {
      if (place >= from && scenario !== undefined) yield { scenario, next: [place] };
      place++;
    }
  };
}

/** The pass of changes of which one is taken: the boldest that can be. */
export function boldest(changes: Changes): Pass {
  return function* (draft, [done = 0]) {
    if (done > 0) return;
    for (const scenario of changes(draft)) if (scenario !== undefined) yield { scenario, next: [1] };
  };
}
