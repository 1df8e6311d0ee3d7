// Signals that ask the command to end, for work that has something to show before it does.
// Invariant: the first signal is a request; a later one ends the process at once.
import { EXIT } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npx passes on the signal that the terminal has sent to all: two within this time are one, in milliseconds. */
const ECHO_MS = 300;

/**
 * Calls `first` at the first signal, and ends the process at a later one.
 *
 * @returns What takes this back; it does nothing after a signal, as the process is about to end then.
 */
export function onSignals(first: () => void): () => void {
  let firstMs: number | undefined;
  const handle = (): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      first();
    } else if (performance.now() - firstMs > ECHO_MS) {
      // oxlint-disable-next-line unicorn/no-process-exit -- Whoever asks twice does not want to wait for the work.
      process.exit(EXIT.interrupted);
    }
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    // The echo of a signal must not end the process while it prints what it found.
    if (firstMs !== undefined) return;
    for (const signal of SIGNALS) process.off(signal, handle);
  };
}
