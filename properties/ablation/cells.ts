// The runs of an ablation: one scenario and seed, another set of defects each.
// Invariant: a set of defects is run at most once, and a run that was cut short is no cell.
import type { Catalogue } from '../catalogue.ts';
import type { Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakOptions } from '../soak/run.ts';
import { resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { keyFigures } from '../usage/key-figures.ts';
import type { KeyFigure } from '../usage/key-figures.ts';

/** A property that broke in one run. */
export interface BrokenProperty {
  readonly name: string;
  /** What was measured, with units. */
  readonly figure: string;
  /** What the evidence points at, worst first, each once; at most {@link MOST_SUBJECTS}. */
  readonly subjects: readonly string[];
}

/** One run of an ablation. */
export interface AblationCell {
  /** The defects that were on, in the order of the ablation. */
  readonly defects: readonly string[];
  /** Properties that broke, in the order of the verdict table. */
  readonly broken: readonly BrokenProperty[];
  /** Properties that could be judged, the broken ones among them. */
  readonly judged: readonly string[];
  readonly figures: readonly KeyFigure[];
  readonly digest: string;
  readonly eventCount: number;
}

/** What the ablation tells after each run. */
export interface AblationStep {
  readonly cell: AblationCell;
  /** Runs done and, as far as is known now, in all. */
  readonly done: number;
  readonly planned: number;
}

/** How to run. */
export interface CellOptions extends Pick<SoakOptions, 'expired' | 'maxEvents'> {
  /** The place that the scenario came from; opens an error's message. */
  readonly where?: string;
  /** The models and properties that the scenario may name; default those of quicksoak. */
  readonly catalogue?: Catalogue;
  /** Called as a run goes on, with the share of all runs that is done (0 to 1). */
  readonly onProgress?: (share: number) => void;
}

/** Cells that have been run, by their defects. */
export type RunCells = Pick<AblationCells, 'find'>;

const MOST_SUBJECTS = 5;

/** The cells of one ablation, each made when it is asked for. */
export class AblationCells {
  private readonly scenario: Scenario;
  private readonly order: readonly string[];
  private readonly options: CellOptions;
  private readonly byKey = new Map<string, AblationCell>();
  private readonly wanted = new Set<string>();
  private expected = 0;

  /** @param order - The defects of the ablation: whatever set is asked for is put in this order. */
  constructor(scenario: Scenario, order: readonly string[], options: CellOptions) {
    this.scenario = scenario;
    this.order = order;
    this.options = options;
  }

  /** Every cell so far, in the order run. */
  get all(): readonly AblationCell[] {
    return [...this.byKey.values()];
  }

  /** The cell of these defects when it has been run. */
  find(defects: readonly string[]): AblationCell | undefined {
    return this.byKey.get(this.keyOf(defects));
  }

  /** Announces runs, and how many more are to come that cannot be named yet, so that progress can be told. */
  plan(sets: readonly (readonly string[])[], more = 0): void {
    for (const set of sets) this.wanted.add(this.keyOf(set));
    this.expected = Math.max(this.expected, this.wanted.size + more);
  }

  /** Runs what has not been run of these sets; false when a run was cut short. */
  *take(sets: readonly (readonly string[])[]): Generator<AblationStep, boolean, undefined> {
    this.plan(sets);
    for (const set of sets) {
      if (this.find(set) !== undefined) continue;
      const cell = this.run(this.ordered(set));
      if (cell === undefined) return false;
      this.byKey.set(this.keyOf(set), cell);
      yield { cell, done: this.byKey.size, planned: this.expected };
    }
    return true;
  }

  private run(defects: readonly string[]): AblationCell | undefined {
    const { where, catalogue, onProgress, ...budget } = this.options;
    const soak = resolveScenario({ ...this.scenario, defects: [...defects] }, where, catalogue);
    const { record, verdicts } = judgeSoak(soak, {
      ...budget,
      twice: false,
      onProgress: (share) => onProgress?.((this.byKey.size + share) / this.expected),
    });
    if (record.cutShort !== undefined) return undefined;
    return {
      defects,
      broken: verdicts.filter(({ ok }) => !ok).map(brokenProperty),
      judged: verdicts.filter(({ judged }) => judged).map(({ name }) => name),
      figures: keyFigures(record),
      digest: record.digest,
      eventCount: record.eventCount,
    };
  }

  private ordered(defects: readonly string[]): string[] {
    return this.order.filter((id) => defects.includes(id));
  }

  private keyOf(defects: readonly string[]): string {
    return this.ordered(defects).join('+');
  }
}

function brokenProperty({ name, figure, evidence }: Verdict): BrokenProperty {
  const subjects = [...new Set(evidence.map(({ subject }) => subject))].slice(0, MOST_SUBJECTS);
  return { name, figure, subjects };
}
