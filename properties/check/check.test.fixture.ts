// Checks made of texts, for tests.
import { PROPERTIES } from '../judges/index.ts';
import { LogCheck } from './log-check.ts';
import type { CheckOptions, CheckResult } from './log-check.ts';

/** The lines of some events, a JSON object each. */
export function linesOf(events: readonly Readonly<Record<string, unknown>>[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/**
 * Checks logs given as texts or bytes.
 *
 * @param chunkBytes - How much of a log is fed at once; default all.
 */
export function checked(
  logs: Readonly<Record<string, string | Uint8Array>>,
  options: Partial<CheckOptions> = {},
  chunkBytes = Infinity,
): CheckResult {
  const check = new LogCheck(Object.keys(logs), {
    properties: PROPERTIES,
    flagTerms: [],
    mappingTerms: [],
    skewUs: 1_000_000,
    lenient: false,
    ...options,
  });
  const left = new Map(
    Object.entries(logs).map(([name, log]) => [name, typeof log === 'string' ? new TextEncoder().encode(log) : log]),
  );
  for (let source = check.step(); source !== undefined; source = check.step()) {
    const bytes = left.get(source.name)!;
    if (bytes.length === 0) source.end();
    else source.feed(bytes.subarray(0, chunkBytes));
    left.set(source.name, bytes.subarray(Math.min(chunkBytes, bytes.length)));
  }
  return check.finish();
}
