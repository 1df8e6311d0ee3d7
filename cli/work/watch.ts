// What ends work in a thread early, and how its progress is told.
// Invariant: the stop flag and the wall clock end work early and change nothing else in it.
import type { CutShort } from '../exit-codes.ts';
import { realNowMs } from '../real-time.ts';

const PROGRESS_EVERY_MS = 100;

/** Asks the keyboard and the clock, and remembers which of them ended the work. */
export class Watch {
  /** Why the work was ended; undefined while nothing asked for it. */
  cause: CutShort | undefined = undefined;
  private readonly stop: Int32Array;
  private readonly startMs = realNowMs();
  private readonly deadlineMs: number;

  /**
   * @param stop - Its first element is not 0 when the work must end.
   * @param maxWallUs - Most real time, in microseconds; default unlimited.
   */
  constructor(stop: Int32Array, maxWallUs = Infinity) {
    this.stop = stop;
    this.deadlineMs = this.startMs + maxWallUs / 1000;
  }

  /** Real time since the work began, in milliseconds. */
  get wallMs(): number {
    return realNowMs() - this.startMs;
  }

  /** True when the work must end. */
  readonly expired = (): boolean => {
    if (Atomics.load(this.stop, 0) !== 0) this.cause ??= 'interrupted';
    else if (realNowMs() >= this.deadlineMs) this.cause ??= 'wall-spent';
    return this.cause !== undefined;
  };
}

/** Passes a share on about ten times a second. */
export function throttled(report: (share: number) => void): (share: number) => void {
  let nextMs = 0;
  return (share) => {
    const nowMs = realNowMs();
    if (nowMs < nextMs) return;
    nextMs = nowMs + PROGRESS_EVERY_MS;
    report(share);
  };
}
