// The search for a simpler scenario: which changes are tried in which order, and where it goes on after one is taken.
// Invariant: what is yielded resolves and is simpler than what it came from; the order depends on the scenario alone.
import type { Catalogue } from '../catalogue.ts';
import { explicitScenario } from '../soak/explicit.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Soak } from '../soak/scenario.ts';

/** Where a search stands: what came before has failed for the scenario as it was. */
export interface Place {
  readonly pass: number;
  /** The pass's own count. */
  readonly from: number;
}

/** Where a search begins. */
export const START: Place = { pass: 0, from: 0 };

/** A simpler scenario, and where to go on if it is taken. */
export interface Candidate {
  readonly scenario: ExplicitScenario;
  readonly place: Place;
}

/** Simpler scenarios than `soak`, most promising first. */
export function* candidatesOf(soak: Soak, place: Place, catalogue: Catalogue): IterableIterator<Candidate> {
  const scenario = explicitScenario(soak);
  const { actions } = scenario.plan;
  for (let size = actions.length; size >= 1; size = Math.floor(size / 2)) {
    for (let first = 0; first < actions.length; first += size) {
      const left = [...actions.slice(0, first), ...actions.slice(first + size)];
      const candidate: ExplicitScenario = { ...scenario, plan: { version: 1, actions: left } };
      resolveScenario(candidate, 'candidate', catalogue);
      yield { scenario: candidate, place };
    }
  }
}
