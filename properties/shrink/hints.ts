// Hints: what the evidence of a run says of where its finding comes from.
// Invariant: hints steer the order of a search and nothing else; a search without them finds as well, later.
import { causeText, causesOf } from '../causes.ts';
import type { Cause } from '../causes.ts';
import type { SoakResult } from '../soak/judge.ts';

/** What is known of a run that broke. */
export interface Hints {
  /** Indices of the peers that the evidence names. */
  readonly peers: ReadonlySet<number>;
  /** The first moment at which it broke, in microseconds; undefined when none can be named. */
  readonly brokenUs: number | undefined;
}

/** The hints of a judged run on some of its causes. */
export function hintsOf({ verdicts }: Pick<SoakResult, 'verdicts'>, causes: readonly Cause[]): Hints {
  const kept = new Set(causes.map(causeText));
  const peers = new Set<number>();
  let brokenUs: number | undefined;
  for (const verdict of verdicts) {
    const { evidence, firstBrokenUs } = verdict;
    if (!causesOf([verdict]).some((cause) => kept.has(causeText(cause)))) continue;
    for (const { text } of evidence) for (const [, index] of text.matchAll(/\bp(\d+)\b/g)) peers.add(Number(index));
    if (firstBrokenUs !== undefined) brokenUs = Math.max(brokenUs ?? 0, firstBrokenUs);
  }
  return { peers, brokenUs };
}
