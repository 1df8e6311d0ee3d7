// Starts the thread that does long work, and turns signals into its early end.
// Invariant: the first signal asks the work to end and to give what it has; a later one ends the process at once.
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { InputError } from '../sim/errors.ts';
import type { IncidentReport } from '../properties/incidents/report.ts';
import type { ShrinkStep } from '../properties/shrink/shrink.ts';
import { earlyEnd } from './early-end.ts';
import { onSignals } from './signals.ts';
import type { Work, WorkerData, WorkNews, WorkOrders, WorkResults } from './worker.ts';

/** What to do while the work goes on. */
export interface WorkListener {
  /** Called once, when the scenario is resolved. */
  readonly onHeader?: (header: readonly string[]) => void;
  /** Called with the share done, 0 to 1, about ten times a second. */
  readonly onProgress?: (share: number) => void;
  /** Called with each incident that was run. */
  readonly onPart?: (part: IncidentReport) => void;
  /** Called with the simplest scenario so far, about ten times a second. */
  readonly onStep?: (step: ShrinkStep) => void;
  /** Called at the first signal. */
  readonly onInterrupt?: () => void;
}

/**
 * Does work in a thread of its own.
 *
 * @throws {InputError} For an order that does not fit; `out-of-memory` when the thread's heap is full.
 */
export function workInThread<Kind extends keyof WorkOrders>(
  kind: Kind,
  order: WorkOrders[Kind],
  listener: WorkListener = {},
): Promise<WorkResults[Kind]> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const data: WorkerData = { work: { kind, order } as Work, stop };
  const heapMiB = Math.floor(getHeapStatistics().heap_size_limit / 1024 / 1024);
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: heapMiB },
  });
  const removeSignals = onSignals(() => {
    Atomics.store(stop, 0, 1);
    listener.onInterrupt?.();
  });

  return new Promise<WorkResults[Kind]>((resolve, reject) => {
    worker.on('message', (news: WorkNews) => {
      if (news.kind === 'header') listener.onHeader?.(news.header);
      else if (news.kind === 'progress') listener.onProgress?.(news.share);
      else if (news.kind === 'part') listener.onPart?.(news.part);
      else if (news.kind === 'step') listener.onStep?.(news.step);
      else if (news.kind === 'done') resolve(news.result as WorkResults[Kind]);
      else reject(new InputError(news.code, news.message));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(heapMiB) : error);
    });
    worker.on('exit', (code) => reject(earlyEnd(code)));
  }).finally(removeSignals);
}

function outOfMemory(heapMiB: number): InputError {
  const message = `out of memory: the run needs more than the ${heapMiB} MiB of this heap; take fewer nodes or a shorter run, or raise it with NODE_OPTIONS=--max-old-space-size=<MiB>`;
  return new InputError('out-of-memory', message, { heapMiB });
}
