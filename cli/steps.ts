// Long work on the main thread, done in steps so that the keyboard and the progress bar get their turn.
// Invariant: a signal ends the work between two steps, and the caller says what was found so far.
import { setImmediate } from 'node:timers/promises';
import { Progress } from './progress.ts';

const TURN_MS = 50;
/** Signals that end the work early. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Takes every step of `work`.
 *
 * @param label - Names the work in the progress bar, which goes to standard error; undefined for none.
 * @param onStep - Called after each step; gives the share that is done, 0 to 1.
 * @returns The work's result; undefined when a signal came first.
 */
export async function takeSteps<Step, Result>(
  work: Generator<Step, Result, undefined>,
  label: string | undefined,
  onStep: (step: Step) => number,
): Promise<Result | undefined> {
  const progress = label === undefined ? undefined : new Progress(label);
  let interrupted = false;
  const release = onSignal(() => {
    interrupted = true;
  });
  try {
    let turnEndMs = performance.now() + TURN_MS;
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) return step.value;
      const share = onStep(step.value);
      if (performance.now() < turnEndMs) continue;
      progress?.update(share);
      await setImmediate();
      if (interrupted) return undefined;
      turnEndMs = performance.now() + TURN_MS;
    }
  } finally {
    progress?.stop();
    release();
  }
}

/** Waits for `work`; undefined when a signal came first. */
export async function unlessInterrupted<Result>(work: Promise<Result>): Promise<Result | undefined> {
  let release: (() => void) | undefined;
  const interruption = new Promise<undefined>((resolve) => {
    release = onSignal(() => resolve(undefined));
  });
  try {
    return await Promise.race([work, interruption]);
  } finally {
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
