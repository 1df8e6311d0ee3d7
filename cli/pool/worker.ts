// The process that does jobs for a pool, one after the other, warm from one to the next.
// Invariant: what it gives is plain data; a mistake of the user is an outcome, and any other error is the pool's to tell.
import { setImmediate } from 'node:timers/promises';
import { InputError } from '../../sim/errors.ts';
import type { Catalogue } from '../../properties/catalogue.ts';
import { runJob } from '../../properties/sweep/job.ts';
import type { JobResult, SoakJob } from '../../properties/sweep/job.ts';
import { catalogueOf } from '../own-parts.ts';
import { inTask, loadModel } from '../own-task.ts';

/** What the process is asked for. */
export interface PoolTask {
  readonly job: SoakJob;
  /** Absolute paths of modules with models and properties of one's own. */
  readonly use: readonly string[];
}

/** What it answers. */
export type PoolAnswer =
  | { readonly kind: 'done'; readonly result: JobResult }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

const catalogues = new Map<string, Promise<Catalogue>>();

// A signal from the terminal reaches the whole group: the process that started this one says what becomes of it.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

/** Does a job. Modules are loaded once. */
export async function answer({ job, use }: PoolTask): Promise<PoolAnswer> {
  try {
    const catalogue = await catalogueFor(use);
    process.send?.('begun');
    await loadModel(catalogue, job.scenario.model);
    const result = await inTask(() => runJob(job, catalogue));
    // What it left behind to go wrong a moment later is still its own.
    await setImmediate();
    return { kind: 'done', result };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

function catalogueFor(use: readonly string[]): Promise<Catalogue> {
  const key = JSON.stringify(use);
  let loaded = catalogues.get(key);
  if (loaded === undefined) catalogues.set(key, (loaded = catalogueOf(use)));
  return loaded;
}
