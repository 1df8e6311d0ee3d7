// Jobs that kept child processes work off, one at a time each.
// Invariant: every job that was begun has one outcome; a process that dies or hangs is told with its job and replaced.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** What came of a job. */
export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'died'; readonly message: string }
  | { readonly kind: 'hung'; readonly afterMs: number };

/** How to work off jobs. */
export interface LaneOptions {
  /** Path of the module that calls {@link serveJobs}. */
  readonly script: string;
  /** Flags of Node for the process; default none. */
  readonly execArgv?: readonly string[];
  /** A job that takes longer has hung; milliseconds. */
  readonly hangMs: number;
}

/** One kept process, which works off one job after the other. It begins with the first. */
export class Lane<Job extends object, Result> {
  private readonly options: LaneOptions;
  private child: ChildProcess | undefined = undefined;

  constructor(options: LaneOptions) {
    this.options = options;
  }

  /** Works off one job; to be awaited before the next is given. */
  run(job: Job): Promise<Outcome<Result>> {
    const child = (this.child ??= this.start());
    const { hangMs } = this.options;
    return new Promise((resolve) => {
      let complaint = '';
      let isHung = false;
      const timer = setTimeout(() => {
        isHung = true;
        child.kill('SIGKILL');
      }, hangMs);
      const over = (outcome: Outcome<Result>): void => {
        clearTimeout(timer);
        child.off('message', answered).off('close', ended).stderr?.off('data', complained);
        resolve(outcome);
      };
      const complained = (chunk: Buffer): void => void (complaint = (complaint + chunk.toString()).slice(0, 600));
      const answered = (result: unknown): void => over({ kind: 'done', result: result as Result });
      const ended = (code: number | null, signal: string | null): void => {
        this.child = undefined;
        const message = complaint.trim() === '' ? `ended with ${String(code ?? signal)}` : complaint.trim();
        over(isHung ? { kind: 'hung', afterMs: hangMs } : { kind: 'died', message });
      };
      child.on('message', answered).on('close', ended).stderr?.on('data', complained);
      child.send(job);
    });
  }

  /** Ends the process. A job that is under way has died. */
  stop(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private start(): ChildProcess {
    const { script, execArgv = [] } = this.options;
    return fork(script, ['--serve'], { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  }
}

/**
 * Works off jobs in several lanes, in order, each by whichever lane is free.
 *
 * @param onOutcome - Told of each job as it is over.
 */
export async function runJobs<Job extends object, Result>(
  jobs: Iterable<Job>,
  lanes: readonly Lane<Job, Result>[],
  onOutcome: (job: Job, outcome: Outcome<Result>) => void,
): Promise<void> {
  // One iterator for all, so that each job is taken once.
  const queue = jobs[Symbol.iterator]();
  const workOff = async (lane: Lane<Job, Result>): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      onOutcome(next.value, await lane.run(next.value));
    }
  };
  await Promise.all(lanes.map(workOff));
}

/** The other side: works off the jobs that the parent sends, until the parent ends it or is gone. */
export function serveJobs<Job, Result>(work: (job: Job) => Result): void {
  process.on('message', (job) => process.send!(work(job as Job)));
  // A terminal interrupts the whole group; the parent decides when this process ends.
  process.on('SIGINT', () => {});
}
