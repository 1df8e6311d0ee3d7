// Does an analysis of power: hands its runs, or those of a search, to a pool of processes, and ends early when told to.
// Invariant: what is kept of runs that came to their end never depends on how many went on at once.
import type { Catalogue } from '../../properties/catalogue.ts';
import { powerJob, powerRunCount } from '../../properties/power/plan.ts';
import type { PowerPlan } from '../../properties/power/plan.ts';
import { search } from '../../properties/power/search.ts';
import type { SearchOrder, SearchResult } from '../../properties/power/search.ts';
import type { SoakJob } from '../../properties/sweep/job.ts';
import type { JobOutcome } from '../../properties/sweep/outcome.ts';
import type { SoakPool } from '../pool/soak-pool.ts';

/** Runs of a pool that can be given up all at once. */
export class PowerWork {
  private readonly pool: Pick<SoakPool, 'run'>;
  private readonly over: Promise<undefined>;
  private endNow: () => void = () => {};
  private ended = false;

  constructor(pool: Pick<SoakPool, 'run'>) {
    this.pool = pool;
    this.over = new Promise((resolve) => {
      this.endNow = () => resolve(undefined);
    });
  }

  /** Ends it: runs under way are not waited for, and whoever made the pool closes it. */
  end(): void {
    this.ended = true;
    this.endNow();
  }

  /** True after {@link end}. */
  get interrupted(): boolean {
    return this.ended;
  }

  /**
   * Makes the runs of a plan, `jobs` at once.
   *
   * @returns The outcomes by number of run: of all, or of those that were done when it ended.
   */
  async grid(
    plan: PowerPlan,
    { where, jobs, onProgress }: { where: string; jobs: number; onProgress?: (share: number) => void },
  ): Promise<Map<number, JobOutcome>> {
    const outcomes = new Map<number, JobOutcome>();
    const total = powerRunCount(plan);
    let next = 0;
    const turn = async (): Promise<void> => {
      while (!this.ended && next < total) {
        const run = next++;
        const outcome = await this.run(powerJob(plan, run, where));
        if (outcome === undefined) return;
        outcomes.set(run, outcome);
        onProgress?.(outcomes.size / total);
      }
    };
    await Promise.all(Array.from({ length: jobs }, turn));
    return outcomes;
  }

  /** Makes one search after the other; those that were done when it ended. */
  async searches(
    orders: readonly SearchOrder[],
    catalogue: Catalogue,
    onProgress?: (share: number) => void,
  ): Promise<SearchResult[]> {
    const results: SearchResult[] = [];
    // Both arms, but for the draws that they share; finds are confirmed beside.
    const total = orders.reduce((sum, { runs }) => sum + 2 * runs, 0);
    let done = 0;
    for (const order of orders) {
      const result = await search(
        order,
        async (job) => {
          const outcome = await this.run(job);
          onProgress?.(Math.min(1, ++done / total));
          return outcome;
        },
        catalogue,
      );
      if (result === undefined) break;
      results.push(result);
    }
    return results;
  }

  /** Undefined when it has ended. */
  private async run(job: SoakJob): Promise<JobOutcome | undefined> {
    return this.ended ? undefined : Promise.race([this.pool.run(job), this.over]);
  }
}
