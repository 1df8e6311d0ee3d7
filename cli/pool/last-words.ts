// Why a process ended, as one clause, from its exit code and what it printed last.
// Invariant: pure; a crash report of many lines becomes its one line that says why.

/** The end of a process. */
export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** What it printed in the end, on either stream. */
  readonly output: string;
}

/** Longest error that is quoted, in characters. */
const MOST_QUOTED = 500;

/** One clause, such as `ran out of memory` or `threw TypeError: x is not a function`. */
export function lastWords({ code, signal, output }: ProcessEnd): string {
  const fatal = /^(?:FATAL ERROR: |# Fatal error)(.*)$/m.exec(output)?.[1];
  if (fatal !== undefined && /out of memory|heap limit|Allocation failed|invalid table size/i.test(fatal)) {
    return 'ran out of memory: take fewer nodes or a shorter run, or raise the heap with NODE_OPTIONS=--max-old-space-size=<MiB>';
  }
  // Node ends what it prints of an error nobody caught with its own version.
  const thrown = /^(?:Uncaught )?([\w$.]*(?:Error|Exception)\b.*)$(?=[\s\S]*^Node\.js v)/m.exec(output)?.[1];
  if (thrown !== undefined && signal === null) return `threw ${thrown.trim().slice(0, MOST_QUOTED)}`;
  return signal === null ? `ended its process with exit code ${code}` : `its process was ended by ${signal}`;
}
