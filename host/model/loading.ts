// Imports of targets: on virtual time, before any run, and alike for every run that follows in the thread.
// Invariant: what a module draws or reads of the clock while it loads does not depend on the seed of a run.
import { withinMs } from '../deadline.ts';
import { describeThrown } from '../evidence.ts';
import { HostError } from '../host-error.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import { loadedTimers, thread } from '../thread.ts';

/** Real milliseconds that an import may take. */
const LOAD_MS = 30_000;

/**
 * Imports a target on virtual time.
 *
 * @param what - Names it in messages, such as `the import of gossipsub`.
 * @throws {HostError} `import-failed` with the cause, `load-timeout`, `already-hosted` within a run.
 */
export async function loadOnVirtualTime<Target>(load: () => Promise<Target>, what: string): Promise<Target> {
  if (thread.host !== undefined) {
    // Whoever hosts this thread already has it on virtual time.
    return within(load, what);
  }
  const host = new HostedSimulation({ seed: 'load' });
  host.install();
  host.loading = [];
  try {
    return await within(load, what);
  } finally {
    loadedTimers.push(...host.loading.filter((timer) => timer.armed));
    host.close();
  }
}

async function within<Target>(load: () => Promise<Target>, what: string): Promise<Target> {
  try {
    return await withinMs(Promise.resolve(load()), LOAD_MS, what);
  } catch (error) {
    if (error instanceof HostError && error.code === 'load-timeout') throw error;
    throw new HostError(
      'import-failed',
      `${what} failed: ${describeThrown(error).what.replace(/^(Host)?Error: /, '')}`,
      {},
      error,
    );
  }
}
