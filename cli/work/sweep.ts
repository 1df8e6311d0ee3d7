// Does a sweep: hands its runs to a pool of processes, and ends early when it is told to.
// Invariant: what is kept of runs that came to their end never depends on how many went on at once.
import { SweepCollector } from '../../properties/sweep/collector.ts';
import type { CollectedRun } from '../../properties/sweep/collector.ts';
import type { JobOutcome } from '../../properties/sweep/outcome.ts';
import { jobOf, runCount } from '../../properties/sweep/plan.ts';
import type { SweepPlan } from '../../properties/sweep/plan.ts';
import type { SoakJob } from '../../properties/sweep/job.ts';
import { MOST_TIMER_MS } from '../pool/slot.ts';
import type { SoakPool } from '../pool/soak-pool.ts';

/** What to sweep. */
export interface SweepOrder {
  readonly plan: SweepPlan;
  /** Where the scenario came from; opens an error's message. */
  readonly where: string;
  /** Runs at once. */
  readonly jobs: number;
  readonly job: Pick<SoakJob, 'twice' | 'maxEvents'>;
  /** Different findings after which it ends; default unlimited. */
  readonly stopAfter?: number;
  /** Most real time, in microseconds; default unlimited. */
  readonly maxWallUs?: number;
  /** Called with the share done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

/** Why a sweep ended before its last run. */
export type SweepEnd = 'interrupted' | 'wall-spent' | 'found';

/** A sweep as far as it came. */
export interface SweptRuns {
  readonly runs: readonly CollectedRun[];
  /** Undefined when every run was made. */
  readonly ended: SweepEnd | undefined;
}

/** A sweep that goes on. */
export class Sweep {
  private readonly order: SweepOrder;
  private readonly pool: Pick<SoakPool, 'run'>;
  private readonly collector: SweepCollector;
  private readonly over: Promise<undefined>;
  private endNow: () => void = () => {};
  private ended: SweepEnd | undefined = undefined;
  private next = 0;

  constructor(order: SweepOrder, pool: Pick<SoakPool, 'run'>) {
    this.order = order;
    this.pool = pool;
    this.collector = new SweepCollector(order.stopAfter);
    this.over = new Promise((resolve) => {
      this.endNow = () => resolve(undefined);
    });
  }

  /** Makes the runs. When it ends early, runs under way are not waited for: whoever made the pool closes it. */
  async run(): Promise<SweptRuns> {
    const { jobs, maxWallUs } = this.order;
    const timer =
      maxWallUs === undefined
        ? undefined
        : setTimeout(() => this.end('wall-spent'), Math.min(maxWallUs / 1000, MOST_TIMER_MS));
    try {
      await Promise.all(Array.from({ length: jobs }, () => this.turn()));
    } finally {
      clearTimeout(timer);
    }
    const runs = this.collector.runs();
    const isWhole = runs.length === runCount(this.order.plan);
    return { runs, ended: isWhole ? undefined : this.ended };
  }

  /** Ends it early; the first reason stands. */
  end(reason: SweepEnd): void {
    this.ended ??= reason;
    this.endNow();
  }

  /** Makes one run after the other. */
  private async turn(): Promise<void> {
    const { plan, where, job, onProgress } = this.order;
    const total = runCount(plan);
    while (this.ended === undefined && this.next < total) {
      const run = this.next++;
      const outcome: JobOutcome | undefined = await Promise.race([
        this.pool.run(jobOf(plan, run, where, job)),
        this.over,
      ]);
      if (outcome === undefined) return;
      this.collector.add(run, outcome);
      onProgress?.(this.collector.count / total);
      if (this.collector.stopped) this.end('found');
    }
  }
}
