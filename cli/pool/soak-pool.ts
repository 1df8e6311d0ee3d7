// A pool of processes that do jobs, each warm over many of them.
// Invariant: at most as many jobs run at once as there are places; one job's failure is its own outcome and no other's.
import { InputError } from '../../sim/errors.ts';
import type { SoakJob } from '../../properties/sweep/job.ts';
import type { JobOutcome } from '../../properties/sweep/outcome.ts';
import { MOST_TIMER_MS, POOL_CLOSED, Slot } from './slot.ts';
export type { JobOutcome } from '../../properties/sweep/outcome.ts';

/** Most processes of a pool. */
export const MOST_JOBS = 256;
/** Real time after which a job without an answer hangs, in milliseconds: 5 minutes. */
export const HANG_MS = 300_000;

/** What a pool is made with. */
export interface SoakPoolOptions {
  /** Processes, which is how many jobs run at once; from 1 to {@link MOST_JOBS}. */
  readonly jobs: number;
  /** Absolute paths of modules with models and properties of one's own; default none. */
  readonly use?: readonly string[];
  /** Real time after which a job without an answer hangs, in milliseconds, up to 24 days; default {@link HANG_MS}. */
  readonly hangMs?: number;
  /** Heap of each process, in MiB; default that of Node. */
  readonly heapMiB?: number;
}

/** Does jobs in processes of its own. Close it, as its processes wait for more. */
export class SoakPool {
  private readonly use: readonly string[];
  private readonly slots: readonly Slot[];
  private readonly idle: Slot[];
  private waiting: ((slot: Slot | undefined) => void)[] = [];
  private closed = false;

  /** @throws {InputError} `bad-number` for a number of jobs or a time out of range. */
  constructor({ jobs, use = [], hangMs = HANG_MS, heapMiB }: SoakPoolOptions) {
    refuseOutside('jobs', jobs, MOST_JOBS);
    refuseOutside('hangMs', hangMs, MOST_TIMER_MS);
    this.use = use;
    this.slots = Array.from({ length: jobs }, () => new Slot({ hangMs, heapMiB }));
    this.idle = [...this.slots];
  }

  /** Does a job when there is room for it, in the order of the calls. It never fails: what went wrong is the outcome. */
  async run(job: SoakJob): Promise<JobOutcome> {
    const slot = await this.freeSlot();
    if (slot === undefined || this.closed) return { kind: 'died', message: POOL_CLOSED };
    try {
      return await slot.run({ job, use: this.use });
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.idle.push(slot);
      else next(slot);
    }
  }

  /** Ends all processes. Every job that is not done has died. */
  async close(): Promise<void> {
    this.closed = true;
    const { waiting } = this;
    this.waiting = [];
    for (const giveUp of waiting) giveUp(undefined);
    await Promise.all(this.slots.map((slot) => slot.close()));
  }

  /** Undefined when the pool is closed. */
  private async freeSlot(): Promise<Slot | undefined> {
    if (this.closed) return undefined;
    return (
      this.idle.shift() ??
      (await new Promise<Slot | undefined>((resolve) => {
        this.waiting.push(resolve);
      }))
    );
  }
}

function refuseOutside(name: string, received: number, most: number): void {
  if (Number.isInteger(received) && received >= 1 && received <= most) return;
  const message = `${name}: received ${received}, expected a whole number between 1 and ${most}`;
  throw new InputError('bad-number', message, { name, received });
}
