// Gathers the outcomes of a sweep's runs, in whatever order they come.
// Invariant: what is kept depends on the outcomes alone and not on their order: a sweep that stops after so many findings
// ends with the run, by number, that brought the last of them, whichever others were done by then.
import { findingsOf, findingText } from './outcome.ts';
import type { JobOutcome } from './outcome.ts';

/** A run that is kept. */
export interface CollectedRun {
  /** Of the plan. */
  readonly run: number;
  readonly outcome: JobOutcome;
}

/** Collects outcomes. */
export class SweepCollector {
  private readonly outcomes = new Map<number, JobOutcome>();
  private readonly stopAfter: number;
  private readonly found = new Set<string>();
  /** All runs below have come. */
  private next = 0;
  private last: number | undefined = undefined;

  /** @param stopAfter - Number of different findings after which no further run is wanted; default unlimited. */
  constructor(stopAfter = Infinity) {
    this.stopAfter = stopAfter;
  }

  /** True when enough was found: no further outcome will be kept. */
  get stopped(): boolean {
    return this.last !== undefined;
  }

  /** Outcomes that have come. */
  get count(): number {
    return this.outcomes.size;
  }

  /** Takes the outcome of a run; each run's comes once. */
  add(run: number, outcome: JobOutcome): void {
    this.outcomes.set(run, outcome);
    for (
      let next = this.outcomes.get(this.next);
      next !== undefined && !this.stopped;
      next = this.outcomes.get(this.next)
    ) {
      for (const finding of findingsOf(next)) this.found.add(findingText(finding));
      if (this.found.size >= this.stopAfter) this.last = this.next;
      this.next++;
    }
  }

  /** The runs that are kept, in the order of the plan. */
  runs(): CollectedRun[] {
    const { last = Infinity } = this;
    const kept = [...this.outcomes].filter(([run]) => run <= last);
    return kept.toSorted(([a], [b]) => a - b).map(([run, outcome]) => ({ run, outcome }));
  }
}
