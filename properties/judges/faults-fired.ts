// faults-fired: every configured fault took effect, and so did every kind of action of the plan.
// Invariant: an inert fault is a finding; a suite that is green because nothing happened is not green.
import { broken, holds, notJudged } from '../property.ts';
import type { Evidence, Property, Verdict } from '../property.ts';
import type { SoakRecord } from '../soak/record.ts';

const NAME = 'faults-fired';
const BOUND = 'each at least once';

/** Every configured fault and every kind of planned action took effect. */
export const faultsFired: Property = {
  name: NAME,
  summary: 'every configured fault, and every kind of planned action, took effect',
  judge,
};

function judge({ faults, actions, cutShort }: SoakRecord): Verdict {
  if (cutShort !== undefined) return notJudged(NAME, 'the run was cut short', BOUND);
  const fired = faults.asked.map((fault) => {
    const count = faults.fired[fault];
    return { what: fault, asked: 1, count, said: `${fault} took effect ${count} times` };
  });
  const applied = [...actions].map(([what, { asked, applied: count }]) => {
    return { what, asked, count, said: `${count} of ${asked} ${what} actions` };
  });
  const all = [...fired, ...applied];
  if (all.length === 0) return notJudged(NAME, 'no fault and no action was asked for', BOUND);
  const figure = all.map(({ said }) => said).join(', ');
  const evidence: Evidence[] = all
    .filter(({ count }) => count === 0)
    .map(({ what, asked }) => ({
      subject: what,
      text: `${what} was asked for${asked > 1 ? ` ${asked} times` : ''} and never took effect`,
      data: { what, asked },
    }));
  return evidence.length === 0 ? holds(NAME, figure, BOUND) : broken(NAME, figure, BOUND, evidence, undefined);
}
