// Hosts a program in a worker thread of its own, and gives a verdict on it.
// Invariant: exactly one verdict per order, and no thread is left behind it.
import { Worker } from 'node:worker_threads';
import type { Evidence } from './evidence.ts';
import { stackOfBlocked } from './blocked-stack.ts';
import { HostError } from './host-error.ts';
import type { HostOptions } from './hosted-simulation.ts';
import type { ThreadNews, ThreadOrder, ThreadVerdict } from './hosted-thread.ts';

/**
 * What to host. The program is an ES module that exports `start(host, data)`: it imports its target, starts nodes, and
 * may return `finish`, whose result becomes the verdict's. Both may be asynchronous, but virtual time stands still in
 * them: what waits for time belongs into {@link HostedNode.perform}.
 */
export interface HostedOrder extends HostOptions {
  /** Absolute URL of the program. */
  readonly program: string;
  /** Plain data for `start`. */
  readonly data?: unknown;
  /** Virtual time to run to, in microseconds. */
  readonly untilUs: number;
  /** Real milliseconds after which the run is ended between two events; default 600,000. */
  readonly wallMs?: number;
  /** Real milliseconds that one event may take before its thread is ended; default 10,000. */
  readonly blockedMs?: number;
  /** Real milliseconds that each of import, `start` and `finish` may take; default 30,000. */
  readonly loadMs?: number;
  /**
   * Heap in MiB above which the run is ended between two events, garbage counted; default 2,048. One event that takes
   * half as much again at once ends the thread, or, in some versions of Node, the process.
   */
  readonly heapMiB?: number;
  /**
   * Whether the thread is put on virtual time before the program is imported; default true. A program that has it done
   * itself, as a world of a hosted model does, exports `run(host, data, control)` in place of `start`, which runs the
   * simulation and gives outcome and result.
   */
  readonly install?: boolean;
}

/**
 * How a hosted run ended:
 * - `reached`: at its virtual time; `expired`: out of real time; `out-of-memory`: the heap was above its limit;
 * - `exit-called`: the target asked to end the process;
 * - `import-failed`, `program-failed`: the program could not be imported, or threw, or did not end, outside the run;
 * - `blocked`: an event did not return, and its thread was ended; `died`: the thread ended by itself.
 *
 * After the last two, and when memory ran out within one event, digest and result are missing, and evidence is what was
 * told before. For a blocked thread the verdict names the node whose event it was, the virtual time, and where its code is.
 */
export interface HostedVerdict extends Omit<ThreadVerdict, 'outcome' | 'digest'> {
  readonly outcome: ThreadVerdict['outcome'] | 'blocked' | 'died';
  readonly digest: string | undefined;
  /** The peer whose event did not return, as `p3`. */
  readonly blockedNode: string | undefined;
}

/** How often the watchdog looks, in milliseconds. */
const LOOK_MS = 100;

/**
 * Runs a program on virtual time in a worker thread, and gives a verdict whatever it does; {@link HostedOrder.heapMiB}
 * names the one exception.
 *
 * @param onTold - Called with what the program tells while it runs; default nobody is.
 * @throws {HostError} `bad-order` for a program that is no absolute URL, or a limit that is not above 0.
 */
export async function runHosted(
  order: HostedOrder,
  onTold: (told: unknown) => void = () => {},
): Promise<HostedVerdict> {
  const { wallMs = 600_000, blockedMs = 10_000, loadMs = 30_000, heapMiB = 2048, data, ...rest } = order;
  for (const [name, value] of Object.entries({ wallMs, blockedMs, loadMs, heapMiB })) {
    if (!(value > 0)) throw new HostError('bad-order', `received ${name} ${value}, expected a number above 0`);
  }
  if (!URL.canParse(order.program)) {
    throw new HostError(
      'bad-order',
      `received the program '${order.program}', expected an absolute URL such as file:///x.js`,
    );
  }
  const pulse = new SharedArrayBuffer(4 * Float64Array.BYTES_PER_ELEMENT);
  const { install = true } = order;
  const workerData: ThreadOrder = { ...rest, data, install, wallMs, loadMs, heapMiB, pulse };
  const worker = new Worker(new URL('./hosted-thread.js', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(1.5 * heapMiB) },
  });
  try {
    return await verdictOf(worker, new Float64Array(pulse), { blockedMs, loadMs, heapMiB }, onTold);
  } finally {
    await worker.terminate();
  }
}

interface Limits {
  readonly blockedMs: number;
  readonly loadMs: number;
  readonly heapMiB: number;
}

function verdictOf(
  worker: Worker,
  pulse: Float64Array,
  limits: Limits,
  onTold: (told: unknown) => void,
): Promise<HostedVerdict> {
  const told: Evidence[] = [];
  const lost = (
    outcome: HostedVerdict['outcome'],
    message: string,
    stack = '',
    blockedNode?: string,
    at = pulse,
  ): HostedVerdict => ({
    outcome,
    message,
    code: undefined,
    stack,
    digest: undefined,
    nowUs: at[0]!,
    eventCount: at[2]!,
    evidence: told,
    evidenceDropped: 0,
    result: undefined,
    blockedNode,
  });
  const watchdog = new Watchdog(pulse, limits);
  return new Promise<HostedVerdict>((resolve) => {
    worker.on('message', (news: ThreadNews) => {
      if (news.kind === 'evidence') told.push(news.evidence);
      else if (news.kind === 'told') onTold(news.told);
      else resolve({ ...news.verdict, blockedNode: undefined });
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
        resolve(lost('out-of-memory', `more than ${limits.heapMiB} MiB of heap`));
      else resolve(lost('died', String(error), error.stack));
    });
    worker.on('exit', (code) => resolve(lost('died', `the thread ended with code ${code} and no verdict`)));
    watchdog.watch((silentMs) => {
      // As it is now: asking for the stack takes a while.
      const at = pulse.slice();
      const node = at[1]! >= 0 && at[2]! > 0 ? `p${at[1]!}` : undefined;
      const where = at[3] === 0 ? 'before the run began' : `in an event of ${node ?? 'no node'} at ${at[0]! / 1e6} s`;
      const message = `nothing came back for ${silentMs} ms, ${where}`;
      void stackOfBlocked(worker).then((stack) => resolve(lost('blocked', message, stack, node, at)));
    });
  }).finally(() => watchdog.stop());
}

/** Sees when a thread has not got on for too long. */
class Watchdog {
  private readonly pulse: Float64Array;
  private readonly limits: Limits;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(pulse: Float64Array, limits: Limits) {
    this.pulse = pulse;
    this.limits = limits;
  }

  /** Calls `onSilence` once, with how long it lasted. */
  watch(onSilence: (silentMs: number) => void): void {
    let last = '';
    let sinceMs = performance.now();
    this.timer = setInterval(() => {
      const { blockedMs, loadMs } = this.limits;
      const now = this.pulse.subarray(2).join();
      const silentMs = Math.round(performance.now() - sinceMs);
      if (now !== last) {
        last = now;
        sinceMs = performance.now();
        return;
      }
      // The thread itself ends an import that waits; one that computes for ever is ended from here. Import and start
      // are two of them.
      const mostMs = this.pulse[3] === 0 ? 2 * loadMs + blockedMs : blockedMs;
      if (silentMs <= mostMs) return;
      this.stop();
      onSilence(silentMs);
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
