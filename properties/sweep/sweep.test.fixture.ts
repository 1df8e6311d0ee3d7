// Outcomes of jobs that nobody ran, for tests of what is made of them.
// Invariant: what a test does not say is as for a run that held.
import type { Cause } from '../causes.ts';
import { parseScenario } from '../soak/scenario.ts';
import type { JobOutcome } from './outcome.ts';
import type { SweepPlan } from './plan.ts';

/** A run that came to its end. */
export function done(metrics: Readonly<Record<string, number>> = {}, causes: readonly Cause[] = []): JobOutcome {
  const names = [...new Set(['residue-bounded', ...causes.map(({ property }) => property)])];
  return {
    kind: 'done',
    result: {
      seed: 's',
      digest: '0123456789abcdef',
      eventCount: 10,
      endUs: 1,
      cutShort: null,
      verdicts: names.map((name) => {
        const ok = causes.every(({ property }) => property !== name);
        return {
          name,
          ok,
          judged: true,
          figure: ok ? 'level' : 'grows',
          bound: '0',
          evidence: ok ? '' : `${name} grew`,
        };
      }),
      causes,
      causeEvidence: causes.map(({ where }) => `${where} grew`),
      metrics,
    },
  };
}

/** A plan of so many cells, `a=0` and on, and seeds. */
export function planOf(cellCount: number, seedCount: number): SweepPlan {
  return {
    cells: Array.from({ length: cellCount }, (_, a) => {
      return {
        label: cellCount === 1 ? '' : `a=${a}`,
        values: cellCount === 1 ? {} : { a },
        scenario: parseScenario({}, 'test'),
      };
    }),
    seeds: Array.from({ length: seedCount }, (_, number) => `s/${number}`),
  };
}
