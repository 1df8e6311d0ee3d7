// A run beside what was recorded of it, for people: the same words wherever a finding is run again.
// Invariant: a run that was cut short is never said to differ or to agree.
import type { ExpectationComparison } from '../../properties/repro/verify.ts';
import { paint } from '../terminal.ts';

/** What of a comparison is told besides the comparison itself. */
export interface Telling {
  readonly edited: boolean;
  /** True with --fixed. */
  readonly asksFixed: boolean;
}

/** Lines without a newline at their end: whether the run is the recorded one, what differs, and whether what broke is fixed. */
export function comparisonText(comparison: ExpectationComparison, { edited, asksFixed }: Telling): string {
  const { outcome, differences, fixed, notFixed } = comparison;
  const lines = differences.map(
    ({ subject, expected, received }) => `  ${subject}: received ${received}, expected ${expected}`,
  );
  return [
    COMPARED[outcome],
    ...lines,
    ...(fixed ? [paint.green('fixed: everything that broke holds now, and nothing else broke')] : []),
    ...(asksFixed ? notFixed.map((why) => paint.red(`not fixed: ${why}`)) : []),
    ...(edited && !asksFixed
      ? [paint.yellow('the file was edited after it was written: its digest may be that of another run')]
      : []),
  ].join('\n');
}

const COMPARED = {
  same: paint.green('reproduced: digest and verdicts are as recorded'),
  'digest-differs': paint.red('not reproduced: this is another run than the recorded one'),
  'verdict-differs': paint.red('the same run, judged otherwise than recorded'),
  'cut-short': paint.yellow('not compared with the recorded run, as this one did not reach its end'),
} as const satisfies Record<ExpectationComparison['outcome'], string>;
