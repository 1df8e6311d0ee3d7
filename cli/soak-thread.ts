// Starts the thread that soaks, and turns signals into its early end.
// Invariant: the first signal asks the run to end and be judged as far as it came; a later one ends the process at once.
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { InputError } from '../sim/errors.ts';
import { onSignals } from './signals.ts';
import type { JudgedRun, SoakNews, SoakOrder, SoakWorkerData } from './soak-worker.ts';

/** What to do while the run goes on. */
export interface SoakListener {
  /** Called once, when the scenario is resolved. */
  readonly onHeader?: (header: readonly string[]) => void;
  /** Called with the share done, 0 to 1, about ten times a second. */
  readonly onProgress?: (share: number) => void;
  /** Called at the first signal. */
  readonly onInterrupt?: () => void;
}

/**
 * Runs and judges a scenario in a thread of its own.
 *
 * @throws {InputError} For a scenario that does not resolve; `out-of-memory` when the thread's heap is full.
 */
export function soakInThread(order: SoakOrder, listener: SoakListener = {}): Promise<JudgedRun> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const data: SoakWorkerData = { order, stop };
  const heapMiB = Math.floor(getHeapStatistics().heap_size_limit / 1024 / 1024);
  const worker = new Worker(new URL('./soak-worker.js', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  const removeSignals = onSignals(() => {
    Atomics.store(stop, 0, 1);
    listener.onInterrupt?.();
  });

  return new Promise<JudgedRun>((resolve, reject) => {
    worker.on('message', (news: SoakNews) => {
      if (news.kind === 'header') listener.onHeader?.(news.header);
      else if (news.kind === 'progress') listener.onProgress?.(news.share);
      else if (news.kind === 'judged') resolve(news.run);
      else reject(new InputError(news.code, news.message));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(heapMiB) : error);
    });
    worker.on('exit', (code) => reject(new Error(`the soak's thread ended with code ${code} and no result`)));
  }).finally(removeSignals);
}

function outOfMemory(heapMiB: number): InputError {
  const message = `out of memory: the run needs more than the ${heapMiB} MiB of this heap; take fewer nodes or a shorter run, or raise it with NODE_OPTIONS=--max-old-space-size=<MiB>`;
  return new InputError('out-of-memory', message, { heapMiB });
}
