// The progress bar of long work, on standard error.
// Invariant: without a terminal there is none, and when it stops the line it took is free again.
import { SingleBar } from 'cli-progress';

const STEPS = 1000;

/** A bar from 0 to 1; it does nothing when standard error is no terminal. */
export class Progress {
  private readonly bar: SingleBar | undefined;

  /** @param label - What goes on, in a word or two. */
  constructor(label: string) {
    if (process.stderr.isTTY !== true) return;
    const format = `${label} {bar} {percentage}%  {duration_formatted}  {note}`;
    this.bar = new SingleBar({
      stream: process.stderr,
      format,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 32,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
    });
    this.bar.start(STEPS, 0, { note: '' });
    // A process that ends here and now must give the cursor back.
    process.once('exit', this.stop);
  }

  /**
   * @param share - Done so far, 0 to 1.
   * @param note - Shown beside it; default none.
   */
  update(share: number, note = ''): void {
    this.bar?.update(Math.round(share * STEPS), { note });
  }

  /** Takes the bar away; may be called again. */
  readonly stop = (): void => {
    process.off('exit', this.stop);
    this.bar?.stop();
  };
}
