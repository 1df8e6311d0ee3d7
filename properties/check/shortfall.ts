// What a log with few calms, or none, leaves not judged, so that nobody takes it for one that holds.
// Invariant: a log with enough calms has none, nor one of which every property that was asked for is judged.
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import type { Verdict } from '../property.ts';
import { FEWEST_CALMS } from '../slope.ts';
import type { SoakRecord } from '../soak/record.ts';
import type { CheckTerms } from './terms.ts';

/** How much of what was asked for could be judged by the calms of a log. */
export interface Shortfall {
  /** Properties that were judged. */
  readonly judged: number;
  /** Properties that were asked for. */
  readonly asked: number;
  /** Calms that were found; fewer than growth is told by. */
  readonly calms: number;
  /** The same in a sentence, with what keeps the log from more calms, and what helps. */
  readonly text: string;
}

/** @param longestUs - The longest stretch without churn, after the warm-up, in microseconds. */
export function shortfallOf(
  verdicts: readonly Verdict[],
  { calms: { length: calms }, endUs }: Pick<SoakRecord, 'calms' | 'endUs'>,
  terms: Pick<CheckTerms, 'calmUs' | 'warmUpUs'>,
  longestUs: number,
): Shortfall | undefined {
  const asked = verdicts.length;
  const judged = verdicts.filter((verdict) => verdict.judged).length;
  if (calms >= FEWEST_CALMS || judged === asked) return undefined;
  const why =
    calms === 0
      ? `${reasonOfNone(endUs, terms, longestUs)}; a longer log is needed, or a shorter calm (--calm)`
      : `the log has ${counted(calms, 'calm')}, and growth is told by at least ${FEWEST_CALMS}`;
  return { judged, asked, calms, text: `only ${judged} of ${counted(asked, 'property', 'properties')} judged: ${why}` };
}

function reasonOfNone(
  endUs: number,
  { calmUs, warmUpUs }: Pick<CheckTerms, 'calmUs' | 'warmUpUs'>,
  longestUs: number,
): string {
  const end = `no calm: the log ends ${formatDuration(endUs)} after its first event`;
  const first = warmUpUs + calmUs;
  if (endUs < first) {
    const warmUp = warmUpUs === 0 ? '' : `, after a warm-up of ${formatDuration(warmUpUs)}`;
    return `${end}, before its first calm of ${formatDuration(calmUs)} could${warmUp}`;
  }
  const longest = `its longest stretch without churn is ${formatDuration(longestUs)}`;
  return `${end}, and ${longest}, shorter than a calm of ${formatDuration(calmUs)}`;
}
