// Work that is done in one go, in a task of the event loop's own.
// Invariant: it begins in no microtask, where nothing that a hosted package awaits could be drained.
import type { Catalogue } from '../properties/catalogue.ts';

/** Does it in a task of its own, and gives what it gives or throws. */
export function inTask<Result>(work: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    setImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever was thrown is passed on
        reject(error);
      }
    });
  });
}

/** Loads the model of that name, if it is to be; see `Model.load`. */
export async function loadModel({ models }: Catalogue, name: string): Promise<void> {
  await models.find((model) => model.name === name)?.load?.();
}
