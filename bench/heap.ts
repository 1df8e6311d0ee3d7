// The heap that is in use once garbage is collected.
// Invariant: none beside the process's own; it works without a flag on the command line.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** In MiB. Takes a full collection, so not many of them belong into what is timed. */
export function collectedHeapMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
