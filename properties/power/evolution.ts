// A search that climbs: plans of which the steepest are kept, varied and joined, generation by generation.
// Invariant: what it asks for depends on its seed and on what it was told alone; every plan has the same number of actions.
import { RandomStreams } from '../../sim/random/stream.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { crossed, mutated } from './genome.ts';
import type { Habitat } from './genome.ts';

/** Plans of one generation: the first are drawn. */
export const GENERATION = 8;
/** Of all plans so far, those that the next are made of. */
const PARENTS = 4;
/** How often a plan is joined of two before it is varied. */
const CROSSING_SHARE = 0.4;

/** A plan that was run, and how steep it was. */
interface Ranked {
  readonly plan: ChurnPlan;
  readonly steepness: number;
}

/** An evolutionary search: of the plans so far the steepest are the parents, however old (Rechenberg's plus strategy). */
export class Evolution {
  private readonly habitat: Habitat;
  private readonly random: RandomStream;
  private parents: readonly Ranked[] = [];

  constructor(habitat: Habitat, seed: string) {
    this.habitat = habitat;
    this.random = new RandomStreams(seed).stream('evolution');
  }

  /** Takes what was run; of equals the earlier stays ahead. */
  tell(runs: readonly Ranked[]): void {
    this.parents = [...this.parents, ...runs].toSorted((a, b) => b.steepness - a.steepness).slice(0, PARENTS);
  }

  /** The next plans; there must have been some to tell of. */
  ask(count: number): ChurnPlan[] {
    return Array.from({ length: count }, () => {
      const first = this.parent();
      const isCrossed = this.random.chance(CROSSING_SHARE);
      const base = isCrossed ? crossed(first, this.parent(), this.habitat, this.random) : first;
      return mutated(base, this.habitat, this.random);
    });
  }

  private parent(): ChurnPlan {
    return this.random.pick(this.parents)!.plan;
  }
}
