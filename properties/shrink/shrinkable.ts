// Scenarios that fast-check can shrink: drawn ones and saved ones, always in their explicit form.
// Invariant: whatever is drawn, or yielded while shrinking, resolves; every step is strictly simpler than the one before.
import fc from 'fast-check';
import { InputError } from '../../sim/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { explicitScenario } from '../soak/explicit.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { Hints } from './hints.ts';
import { candidatesOf, START } from './search.ts';
import type { Place } from './search.ts';

/** What may steer shrinking; none of it is needed. */
export interface ShrinkableOptions {
  /** What the run of a scenario that broke tells of where to search; asked after it broke. */
  readonly hintsOn?: (scenario: ExplicitScenario) => Hints | undefined;
  /** Asked before each step; true ends shrinking. */
  readonly stopped?: () => boolean;
}

/**
 * Scenarios drawn by another arbitrary, with their plans written out, that shrink action by action and setting by setting.
 *
 * A value that was saved shrinks like one that was drawn: pass it as an example, as in
 * `fc.assert(fc.property(shrinkable(drawn, catalogue), holds), { examples: [[saved]] })`.
 *
 * @param drawn - What it draws must resolve; its own shrinking is not used.
 * @param catalogue - The models and properties that the scenarios name.
 */
export function shrinkable(
  drawn: fc.Arbitrary<Scenario>,
  catalogue: Catalogue,
  options: ShrinkableOptions = {},
): fc.Arbitrary<ExplicitScenario> {
  return new ShrinkableScenario(drawn, catalogue, options);
}

class ShrinkableScenario extends fc.Arbitrary<ExplicitScenario> {
  private readonly drawn: fc.Arbitrary<Scenario>;
  private readonly catalogue: Catalogue;
  private readonly options: ShrinkableOptions;

  constructor(drawn: fc.Arbitrary<Scenario>, catalogue: Catalogue, options: ShrinkableOptions) {
    super();
    this.drawn = drawn;
    this.catalogue = catalogue;
    this.options = options;
  }

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<ExplicitScenario> {
    const { value } = this.drawn.generate(random, biasFactor);
    return new fc.Value(explicitScenario(resolveScenario(value, 'drawn scenario', this.catalogue)), START);
  }

  override canShrinkWithoutContext(value: unknown): value is ExplicitScenario {
    try {
      const scenario = parseScenario(value, 'scenario');
      resolveScenario(scenario, 'scenario', this.catalogue);
      return scenario.plan !== undefined && scenario.for !== undefined;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  }

  override shrink(value: ExplicitScenario, context: unknown): fc.Stream<fc.Value<ExplicitScenario>> {
    const place = context === undefined ? START : (context as Place);
    return fc.stream(this.steps(value, place));
  }

  private *steps(value: ExplicitScenario, place: Place): IterableIterator<fc.Value<ExplicitScenario>> {
    const { hintsOn, stopped } = this.options;
    const soak = resolveScenario(parseScenario(value, 'scenario'), 'scenario', this.catalogue);
    for (const step of candidatesOf(soak, place, this.catalogue, hintsOn?.(value))) {
      if (stopped?.() === true) return;
      yield new fc.Value(step.scenario, step.place);
    }
  }
}
