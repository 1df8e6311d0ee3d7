// Run data as text: deflated JSON in base64, which may stand in a page's source as it is.
// Invariant: what is read back equals what was written; text of another kind or version is refused with a sentence.
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import { InputError } from '../../sim/errors.ts';
import { RUN_DATA_VERSION } from './run-data.ts';
import type { RunData } from './run-data.ts';

/** Writes runs, one or two that are compared. */
export function packRuns(runs: readonly RunData[]): string {
  const bytes = deflateSync(strToU8(JSON.stringify(runs)), { level: 9 });
  return btoa(strFromU8(bytes, true));
}

/**
 * Reads what {@link packRuns} wrote.
 *
 * @throws {InputError} `bad-run-data` for anything else, `run-data-version` for what another version wrote.
 */
export function unpackRuns(text: string): RunData[] {
  const runs = parsed(text);
  const versions = Array.isArray(runs) ? runs.map((run: unknown) => (run as Partial<RunData> | null)?.version) : [];
  if (versions.length === 0 || versions.includes(undefined)) {
    throw new InputError('bad-run-data', `the data of the run: received ${text.length} characters that hold no run`);
  }
  const other = versions.find((version) => version !== RUN_DATA_VERSION);
  if (other !== undefined) {
    const message = `the data of the run: received version ${String(other)}, expected ${RUN_DATA_VERSION}`;
    throw new InputError('run-data-version', message, { version: other });
  }
  return runs as RunData[];
}

function parsed(text: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
    return JSON.parse(strFromU8(inflateSync(bytes))) as unknown;
  } catch {
    return undefined;
  }
}
