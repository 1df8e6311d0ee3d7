// What became of a job, wherever it was done, and what counts as one finding.
// Invariant: plain JSON; findings of two runs are equal when they are of one cause, or end in one way.
import { causeText } from '../causes.ts';
import type { Cause } from '../causes.ts';
import type { JobResult } from './job.ts';

/** What became of a job. */
export type JobOutcome =
  | { readonly kind: 'done'; readonly result: JobResult }
  /** Its process ended, or an error of ours came up; `message` is one clause. */
  | { readonly kind: 'died'; readonly message: string }
  /** It gave no answer in so much real time, and its process was ended. */
  | { readonly kind: 'hung'; readonly afterMs: number }
  /** It was a mistake of the user, such as a model of one's own that throws. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Something that runs show: a cause for a broken property, or a way in which they do not come to their end. */
export type SweepFinding =
  | { readonly kind: 'broke'; readonly cause: Cause }
  | { readonly kind: 'died' | 'hung' | 'refused'; readonly message: string };

/** What a run shows; nothing for one whose properties held. */
export function findingsOf(outcome: JobOutcome): SweepFinding[] {
  switch (outcome.kind) {
    case 'done':
      return outcome.result.causes.map((cause) => ({ kind: 'broke', cause }));
    case 'hung':
      return [{ kind: 'hung', message: `no answer in ${outcome.afterMs / 1000} s` }];
    case 'died':
    case 'refused':
      return [{ kind: outcome.kind, message: outcome.message }];
  }
}

/** A finding as one line; equal for equal findings. */
export function findingText(finding: SweepFinding): string {
  return finding.kind === 'broke' ? causeText(finding.cause) : `${finding.kind}: ${finding.message}`;
}
