// A report: the explorer's page with runs in it.
// Invariant: what is put into the page is base64, in which no HTML can stand; nothing else of a run is.
import { invariant } from '../../sim/errors.ts';
import type { RunData } from './run-data.ts';
import { packRuns } from './run-file.ts';

const EMPTY = '<script type="text/plain" id="run-data"></script>';

/** The page that shows these runs, as one self-contained HTML document; `page` is the explorer's, as it was built. */
export function reportPage(page: string, runs: readonly RunData[]): string {
  invariant(page.includes(EMPTY), "the explorer's page has a place for runs");
  return page.replace(EMPTY, () => EMPTY.replace('></', () => `>${packRuns(runs)}</`));
}
