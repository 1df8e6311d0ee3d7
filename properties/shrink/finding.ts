// Whether a changed scenario still shows the finding: it is run, judged, and compared by causes.
// Invariant: no scenario is run twice; a cause that shows without the defects as well is not held to be of theirs.
import { InputError } from '../../sim/errors.ts';
import type { Catalogue } from '../catalogue.ts';
import { causesOf, causeText } from '../causes.ts';
import type { Cause } from '../causes.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { hintsOf } from './hints.ts';
import type { Hints } from './hints.ts';

/** Events that a control without defects is given, for each of the original. */
const CONTROL_EVENTS = 4;

/** How the scenarios that are tried are run. */
export interface FindingOptions {
  /** The models and properties that they name. */
  readonly catalogue: Catalogue;
  /** Most runs, that of the original included; default unlimited. */
  readonly maxRuns?: number | undefined;
  /** Asked now and then; true ends the search. */
  readonly expired?: (() => boolean) | undefined;
}

/** A run that shows the finding. */
export interface Sighting {
  readonly scenario: ExplicitScenario;
  readonly result: SoakResult;
  /** Those of the causes to keep that it shows. */
  readonly causes: readonly Cause[];
}

/** A finding: the causes to keep, and what is known of the scenarios that may show them. */
export class Finding {
  /** The last run that showed it. */
  latest: Sighting;
  /** Runs made so far. */
  runs = 1;

  private readonly original: ExplicitScenario;
  private readonly causes: ReadonlySet<string>;
  private readonly maxEvents: number;
  private readonly twice: boolean;
  private readonly options: FindingOptions;
  /** By scenario; undefined for one that does not show it. */
  private readonly seen = new Map<string, Hints | undefined>();
  /** What the original shows without its defects, once it has been asked for. */
  private others: ReadonlySet<string> | undefined;

  /**
   * @param original - A run that shows it, and those of its causes to keep: any one of them will do. No other run is given
   * more events than it took.
   */
  constructor(original: Sighting, options: FindingOptions) {
    const { scenario, result, causes } = original;
    this.latest = original;
    this.original = scenario;
    this.causes = new Set(causes.map(causeText));
    this.maxEvents = result.record.eventCount;
    this.twice = result.record.again !== undefined;
    this.options = options;
    this.seen.set(JSON.stringify(scenario), hintsOf(result, causes));
  }

  /** True when there is neither time nor a run left. */
  get spent(): boolean {
    return this.runs >= (this.options.maxRuns ?? Infinity) || this.options.expired?.() === true;
  }

  /** Whether a scenario shows the finding; false as well when there is no time left to see. */
  isIn(scenario: ExplicitScenario): boolean {
    const key = JSON.stringify(scenario);
    if (this.seen.has(key)) return this.seen.get(key) !== undefined;
    const sighting = this.lookedAt(scenario);
    if (sighting !== undefined) this.latest = sighting;
    this.seen.set(key, sighting === undefined ? undefined : hintsOf(sighting.result, sighting.causes));
    return sighting !== undefined;
  }

  /** What the run of a scenario that shows the finding tells of where to search. */
  hintsOn(scenario: ExplicitScenario): Hints | undefined {
    return this.seen.get(JSON.stringify(scenario));
  }

  private lookedAt(scenario: ExplicitScenario): Sighting | undefined {
    const result = this.judged(scenario);
    if (result === undefined) return undefined;
    const shown = causesOf(result.verdicts).filter((cause) => this.causes.has(causeText(cause)));
    const causes = scenario.defects.length === 0 ? shown : this.ofDefects(shown, scenario);
    return causes.length === 0 ? undefined : { scenario, result, causes };
  }

  /**
   * Those causes that a scenario owes to its defects: so few nodes or so little time may break a property by themselves.
   * Causes that the original shows without its defects are kept; with no time to see, none are.
   */
  private ofDefects(causes: readonly Cause[], scenario: ExplicitScenario): readonly Cause[] {
    if (causes.length === 0) return causes;
    const control = this.causesWithoutDefects(scenario);
    if (control === undefined) return [];
    if (!causes.some((cause) => control.has(causeText(cause)))) return causes;
    this.others ??= this.causesWithoutDefects(this.original) ?? new Set();
    const { others } = this;
    return causes.filter((cause) => !control.has(causeText(cause)) || others.has(causeText(cause)));
  }

  private causesWithoutDefects(scenario: ExplicitScenario): ReadonlySet<string> | undefined {
    // What is mended may take more events than what is not.
    const result = this.judged({ ...scenario, defects: [] }, CONTROL_EVENTS * this.maxEvents);
    return result === undefined ? undefined : new Set(causesOf(result.verdicts).map(causeText));
  }

  /** Undefined for a run that came to no end: out of time, of runs or of events, or a model of one's own that throws. */
  private judged(scenario: Scenario, maxEvents = this.maxEvents): SoakResult | undefined {
    if (this.spent) return undefined;
    this.runs += 1;
    const { catalogue, expired } = this.options;
    try {
      const result = judgeSoak(resolveScenario(scenario, 'shrunk scenario', catalogue), {
        twice: this.twice,
        maxEvents,
        ...(expired === undefined ? {} : { expired }),
      });
      return result.record.cutShort === undefined ? result : undefined;
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  }
}
