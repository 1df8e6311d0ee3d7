// A bound on real time for what a target may never end.
// Invariant: its timer is the platform's own, also while virtual time is installed, and never outlives the wait.
import { HostError } from './host-error.ts';
import { real } from './thread.ts';

/**
 * Waits for `promise`, for at most `timeoutMs` real milliseconds.
 *
 * @param what - Names it in the message, such as `start of the program`.
 * @throws {HostError} `load-timeout` when it has not settled by then.
 */
export async function withinMs<Value>(promise: Promise<Value>, timeoutMs: number, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = real.setTimeout(() => {
      const message = `${what} did not end within ${timeoutMs} ms; virtual time stands still until the run begins`;
      reject(new HostError('load-timeout', message, { timeoutMs }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    real.clearTimeout(timer);
  }
}
