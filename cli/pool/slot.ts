// One place of a pool: a process that does one job at a time, and what becomes of a job whose process ends.
// Invariant: every job gets one outcome, whatever happens to its process; the next one finds a process again.
import type { ChildProcess } from 'node:child_process';
import { setTimeout as setTimeoutPromise } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import type { TinypoolWorker } from 'tinypool';
import type { JobOutcome } from '../../properties/sweep/outcome.ts';
import { lastWords } from './last-words.ts';
import type { PoolAnswer, PoolTask } from './worker.ts';

/** How jobs are done. */
export interface SlotOptions {
  /** Real time without an answer after which a job hangs, in milliseconds; from 1 to {@link MOST_TIMER_MS}. */
  readonly hangMs: number;
  /** Heap of the process, in MiB; default that of Node. */
  readonly heapMiB: number | undefined;
}

/** What a job that was not done dies of when its pool is closed. */
export const POOL_CLOSED = 'the pool was closed';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** Longest timer of Node; an idle process is kept for so long. */
export const MOST_TIMER_MS = 2 ** 31 - 1;
/** A process has so long at least to start and to load modules, in milliseconds. */
const START_MS = 60_000;
/**
 * Space for young objects, in MiB: a run lives on messages that die at once, and with Node's 16 they are copied so often
 * that a run of the stack takes a third more CPU.
 */
const YOUNG_MIB = 64;
/** Kept of what a process prints during a job, in characters. */
const MOST_OUTPUT = 65_536;
/** How long the last output of a process that ended is waited for, in milliseconds. */
const LAST_OUTPUT_MS = 1000;

/** A place that does one job at a time. */
export class Slot {
  private readonly hangMs: number;
  /**
   * Its process is no thread: a full heap ends a thread in good order only at some allocations; where a Map must grow,
   * it ends the whole process.
   */
  private readonly pool: Tinypool;
  private child: ChildProcess | undefined = undefined;
  /** Settles when the process has ended and all that it printed has come. */
  private closed: Promise<unknown> = Promise.resolve();
  private output = '';
  private closing = false;
  /** Fails the job under way. */
  private fail: (error: Error) => void = () => {};
  private readonly endChild = (): void => {
    this.child?.kill('SIGKILL');
  };

  constructor({ hangMs, heapMiB }: SlotOptions) {
    this.hangMs = hangMs;
    this.pool = new Tinypool({
      filename: WORKER,
      name: 'answer',
      runtime: 'child_process',
      serialization: 'advanced',
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: MOST_TIMER_MS,
      env: environment(),
      execArgv: [
        `--max-semi-space-size=${YOUNG_MIB}`,
        ...process.execArgv,
        ...(heapMiB === undefined ? [] : [`--max-old-space-size=${heapMiB}`]),
      ],
    });
    // A process that ends between two jobs has spoiled none, and the next job finds another.
    this.pool.on('error', (error: Error) => this.fail(error));
    process.once('exit', this.endChild);
  }

  /**
   * Does a job; the one before must be done. A job that dies in a process that had done others is done again in a fresh
   * one, so that it answers for itself alone.
   */
  async run(task: PoolTask): Promise<JobOutcome> {
    const isFresh = this.pool.threads.length === 0;
    const outcome = await this.attempt(task);
    return outcome.kind === 'died' && !isFresh && !this.closing ? this.attempt(task) : outcome;
  }

  private async attempt(task: PoolTask): Promise<JobOutcome> {
    const hang = new AbortController();
    const giveUp = (): void => hang.abort();
    let timer = setTimeout(giveUp, Math.max(this.hangMs, START_MS));
    // What the process sends by itself says that the job begins now: to start may take long where much else runs.
    const begun = (): void => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, this.hangMs);
    };
    this.output = '';
    try {
      const failed = new Promise<never>((_resolve, reject) => {
        this.fail = reject;
      });
      const answered = this.pool.run(task, {
        signal: hang.signal,
        channel: { postMessage: begun },
      }) as Promise<PoolAnswer>;
      this.adopt();
      return await Promise.race([answered, failed]);
    } catch (error) {
      if (hang.signal.aborted) return { kind: 'hung', afterMs: this.hangMs };
      return { kind: 'died', message: this.closing ? POOL_CLOSED : await this.reasonOf(error as Error) };
    } finally {
      clearTimeout(timer);
      this.fail = () => {};
    }
  }

  /** Ends the process; a job under way has died. */
  async close(): Promise<void> {
    this.closing = true;
    await this.pool.destroy();
    process.off('exit', this.endChild);
  }

  /** Takes over what a new process prints: standard output is for results, and a crash is told in a clause. */
  private adopt(): void {
    const worker = this.pool.threads[0] as (TinypoolWorker & { process: ChildProcess }) | undefined;
    if (worker === undefined || worker.process === this.child) return;
    const child = worker.process;
    this.child = child;
    // Not by `once`, which fails at the error that the pool lets a process emit when it ends.
    this.closed = new Promise((resolve) => {
      child.once('close', resolve);
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.unpipe();
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-MOST_OUTPUT);
      });
    }
  }

  private async reasonOf({ name, message }: Error): Promise<string> {
    const { child } = this;
    if (child === undefined || (child.exitCode === null && child.signalCode === null))
      return `threw ${name}: ${message}`;
    await Promise.race([this.closed, setTimeoutPromise(LAST_OUTPUT_MS, undefined, { ref: false })]);
    return lastWords({ code: child.exitCode, signal: child.signalCode, output: this.output });
  }
}

function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
