// Long work on the main thread, done in steps so that the keyboard and the progress bar get their turn.
// Invariant: a signal or a spent budget ends the work between two steps, and the caller says what was found so far.
import { setImmediate } from 'node:timers/promises';
import type { CutShort } from './exit-codes.ts';
import { Progress } from './progress.ts';

const TURN_MS = 50;
/** Signals that end the work early. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Longest timer of Node, in milliseconds. */
const MOST_TIMER_MS = 2 ** 31 - 1;

/** How long work may take in real time, all parts of it together, and what has ended it early. */
export class Patience {
  /** Undefined while nothing has. */
  cause: CutShort | undefined = undefined;
  private readonly deadlineMs: number;

  /** @param maxWallUs - From now on, in microseconds; default unlimited. */
  constructor(maxWallUs = Infinity) {
    this.deadlineMs = performance.now() + maxWallUs / 1000;
  }

  /** Real time that is left, in milliseconds, 0 or more. */
  get leftMs(): number {
    return Math.max(0, this.deadlineMs - performance.now());
  }

  /** Ends the work; the first cause stays. */
  end(cause: CutShort): void {
    this.cause ??= cause;
  }
}

/**
 * Takes every step of `work`.
 *
 * @param label - Names the work in the progress bar, which goes to standard error; undefined for none.
 * @param onStep - Called after each step; gives the share that is done, 0 to 1. It may end the patience.
 * @param patience - Says afterwards why the work ended early; default: it may take as long as it does.
 * @returns The work's result; undefined when a signal came first, or the patience was at its end.
 */
export async function takeSteps<Step, Result>(
  work: Generator<Step, Result, undefined>,
  label: string | undefined,
  onStep: (step: Step) => number,
  patience = new Patience(),
): Promise<Result | undefined> {
  const progress = label === undefined ? undefined : new Progress(label);
  const release = onSignal(() => patience.end('interrupted'));
  try {
    let turnEndMs = performance.now() + TURN_MS;
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) return step.value;
      const share = onStep(step.value);
      if (patience.leftMs === 0) patience.end('wall-spent');
      if (patience.cause !== undefined) return undefined;
      if (performance.now() < turnEndMs) continue;
      progress?.update(share);
      await setImmediate();
      turnEndMs = performance.now() + TURN_MS;
    }
  } finally {
    progress?.stop();
    release();
  }
}

/** Waits for `work`; undefined when a signal came first, or the patience was at its end. */
export async function unlessInterrupted<Result>(
  work: Promise<Result>,
  patience = new Patience(),
): Promise<Result | undefined> {
  let release: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const interruption = new Promise<undefined>((resolve) => {
    const end = (cause: CutShort): void => {
      patience.end(cause);
      resolve(undefined);
    };
    release = onSignal(() => end('interrupted'));
    if (patience.leftMs < MOST_TIMER_MS) timer = setTimeout(() => end('wall-spent'), patience.leftMs);
  });
  try {
    return await Promise.race([work, interruption]);
  } finally {
    clearTimeout(timer);
    release?.();
  }
}

/** Calls `act` at every signal that ends work early; returns what takes this back. */
function onSignal(act: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, act);
  return () => {
    for (const signal of SIGNALS) process.off(signal, act);
  };
}
