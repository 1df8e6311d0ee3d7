// Shrinking a finding: the smallest scenario that still shows it, by fast-check's own shrinking over the explicit plan.
// Invariant: what is given back was run and shows one of the causes; without a limit on time, the same input gives the same.
import fc from 'fast-check';
import { BUILT_IN } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import { causesOf } from '../causes.ts';
import type { Cause } from '../causes.ts';
import { explicitScenario } from '../soak/explicit.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario, Soak } from '../soak/scenario.ts';
import { Finding } from './finding.ts';
import { shrinkable } from './shrinkable.ts';
import { sizeOf } from './size.ts';
import type { ScenarioSize } from './size.ts';

/** How to shrink. */
export interface ShrinkOptions {
  /** The models and properties that the scenario names; default those of quicksoak. */
  readonly catalogue?: Catalogue;
  /** The place the scenario came from; opens an error's message. Default `scenario`. */
  readonly where?: string;
  /** Keep a cause that this is true of; default: any of the causes that the scenario shows. */
  readonly keep?: (cause: Cause) => boolean;
  /** Most runs, 1 or more; default unlimited. */
  readonly maxRuns?: number;
  /** Most events of the first run; default unlimited. No later run is given more than the first took. */
  readonly maxEvents?: number;
  /** Asked now and then; true ends the search with what was found so far. */
  readonly expired?: () => boolean;
  /** Called with the share of the first run that is done (0 to 1). */
  readonly onFirstRun?: (share: number) => void;
  /** Called whenever a simpler scenario shows the finding. */
  readonly onStep?: (step: ShrinkStep) => void;
  /** Called after each scenario that was tried, with the simplest so far. */
  readonly onRun?: (step: ShrinkStep) => void;
}

/** How far shrinking has come. */
export interface ShrinkStep {
  /** Of the simplest scenario that shows the finding. */
  readonly size: ScenarioSize;
  /** Made so far. */
  readonly runs: number;
}

/** What came of shrinking. */
export interface Shrunk {
  /** The simplest that was found. */
  readonly scenario: ExplicitScenario;
  /** Its run; judged once, without the property `deterministic` unless that is what is kept. */
  readonly result: SoakResult;
  /** Those of the causes to keep that it shows; empty when the first run showed none. */
  readonly causes: readonly Cause[];
  /** Those to keep of the first run, and all that it showed. */
  readonly originalCauses: readonly Cause[];
  readonly allCauses: readonly Cause[];
  readonly before: ScenarioSize;
  readonly after: ScenarioSize;
  /** Events of the first run. */
  readonly eventsBefore: number;
  /** All that were made, controls without the defects included. */
  readonly runs: number;
  /** Simpler scenarios that were taken, one after the other. */
  readonly steps: number;
  /** False when time, runs or events ran out before everything was tried. */
  readonly complete: boolean;
}

/**
 * Shrinks a scenario that breaks a property to a simpler one that breaks it in the same place: fewer actions, defects, nodes
 * and settings, less time. Its plan may be drawn or written out.
 *
 * A scenario with defects keeps at least one, and a cause that the smaller scenario shows without them as well is not
 * taken for theirs. With nothing to keep the scenario comes back as it is, and {@link Shrunk.causes} is empty.
 *
 * @throws {InputError} For a scenario that does not resolve.
 */
export function shrinkScenario(input: Scenario, options: ShrinkOptions = {}): Shrunk {
  const { catalogue = BUILT_IN, where = 'scenario', keep = () => true, maxRuns, expired } = options;
  const scenario = explicitScenario(resolveScenario(input, where, catalogue));
  const result = firstRun(resolveScenario(scenario, where, catalogue), keep, options);
  const allCauses = causesOf(result.verdicts);
  const originalCauses = allCauses.filter(keep);
  const finding = new Finding({ scenario, result, causes: originalCauses }, { catalogue, maxRuns, expired });
  let steps = 0;
  if (originalCauses.length > 0 && result.record.cutShort === undefined) {
    const arbitrary = shrinkable(fc.constant(scenario), catalogue, {
      hintsOn: (current) => finding.hintsOn(current),
      stopped: () => finding.spent,
    });
    const holds = (candidate: ExplicitScenario): boolean => {
      const shows = finding.isIn(candidate);
      const step = { size: sizeOf(finding.latest.scenario), runs: finding.runs };
      if (shows && candidate !== scenario) {
        steps += 1;
        options.onStep?.(step);
      }
      options.onRun?.(step);
      return !shows;
    };
    fc.check(fc.property(arbitrary, holds), { examples: [[scenario]], numRuns: 1, seed: 0 });
  }
  const { latest, runs, spent } = finding;
  const complete = !spent && result.record.cutShort === undefined;
  const sizes = { before: sizeOf(scenario), after: sizeOf(latest.scenario), eventsBefore: result.record.eventCount };
  return { ...latest, originalCauses, allCauses, ...sizes, runs, steps, complete };
}

/** Judged once when that shows something to keep, and twice when it does not: the runs may differ. */
function firstRun(soak: Soak, keep: (cause: Cause) => boolean, options: ShrinkOptions): SoakResult {
  const { maxEvents, expired, onFirstRun } = options;
  const judged = (twice: boolean): SoakResult =>
    judgeSoak(soak, {
      twice,
      ...(maxEvents === undefined ? {} : { maxEvents }),
      ...(expired === undefined ? {} : { expired }),
      ...(onFirstRun === undefined ? {} : { onProgress: onFirstRun }),
    });
  const once = judged(false);
  return once.record.cutShort !== undefined || causesOf(once.verdicts).some(keep) ? once : judged(true);
}
