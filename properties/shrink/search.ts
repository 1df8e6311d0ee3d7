// The search for a simpler scenario: which changes are tried in which order, and where it goes on after one is taken.
// Invariant: what is yielded resolves and is simpler than what it came from; the order depends on the scenario and the
// hints alone, and from any place every change is tried once.
import type { Catalogue } from '../catalogue.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import type { Soak } from '../soak/scenario.ts';
import { plainerActions, plainerPlan } from './action-passes.ts';
import { Draft, resolvedOr } from './draft.ts';
import type { Hints } from './hints.ts';
import { boldest, oneByOne } from './pass.ts';
import type { Pass } from './pass.ts';
import { earlierEnd, fewerNodes, shorterTimes, withoutStretches } from './plan-passes.ts';
import { fewerDefects, plainerSettings } from './setting-passes.ts';
import { isSmaller, sizeOf } from './size.ts';
import { fewActions } from './subsets.ts';

/** Where a search stands: for the scenario as it was, whatever comes before has been tried. */
export interface Place {
  readonly pass: number;
  /** The pass's own account; empty at its begin. */
  readonly from: readonly number[];
}

/** Where a search begins. */
export const START: Place = { pass: 0, from: [] };

/** A simpler scenario, and where to go on if it is taken. */
export interface Candidate {
  readonly scenario: ExplicitScenario;
  readonly place: Place;
}

/** What makes runs short comes first, and what takes many runs to little effect comes last. */
const PASSES: readonly Pass[] = [
  boldest(fewActions),
  boldest(earlierEnd),
  boldest(fewerNodes),
  withoutStretches(0.1),
  oneByOne(plainerPlan),
  boldest(fewerDefects),
  oneByOne(shorterTimes),
  oneByOne(plainerSettings),
  withoutStretches(0),
  oneByOne(plainerActions),
];

/** Simpler scenarios than `soak`, from a place on through all passes and round to it again. */
export function* candidatesOf(
  soak: Soak,
  place: Place,
  catalogue: Catalogue,
  hints?: Hints,
): IterableIterator<Candidate> {
  const draft = new Draft(soak, catalogue, hints);
  const size = sizeOf(draft.scenario);
  for (let turn = 0; turn <= PASSES.length; turn++) {
    const pass = (place.pass + turn) % PASSES.length;
    // The pass that it stands in is gone through to its end at first, and as a whole in the end.
    const from = turn === 0 ? place.from : [];
    if (turn === PASSES.length && place.from.length === 0) return;
    for (const { scenario, next } of PASSES[pass]!(draft, from)) {
      if (!isSmaller(sizeOf(scenario), size) || resolvedOr(scenario, catalogue) === undefined) continue;
      yield { scenario, place: { pass, from: next } };
    }
  }
}
