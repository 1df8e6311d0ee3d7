// The calms that are found while a log is read are those that are found in a plan that is known as a whole.
import test from 'ava';
import fc from 'fast-check';
import { calmsOf } from '../../sim/churn/calms.ts';
import { CalmFinder } from './calm-finder.ts';

interface Seen {
  readonly fromUs: number;
  readonly untilUs: number;
}

test('calms are those of a plan with the same churn, cut at their length', (t) => {
  const moments = fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 12 });
  fc.assert(
    fc.property(
      moments,
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(500),
      (churn, calmUs, endUs, startUs) => {
        const times = churn.filter((atUs) => atUs <= endUs).toSorted((a, b) => a - b);
        const found: Seen[] = [];
        const finder = new CalmFinder<Seen>(
          calmUs,
          {
            tick: () => {},
            measure: (fromUs, untilUs) => ({ fromUs, untilUs }),
            keep: (calm) => found.push(calm),
            churn: () => {},
          },
          startUs,
        );
        for (const atUs of times) {
          finder.advance(atUs);
          finder.churn(atUs);
        }
        finder.finish(endUs);
        const actions = times.map((atUs) => ({ atUs, kind: 'kill' as const, peer: 1 }));
        const expected = calmsOf({ version: 1, actions }, { calmUs, startUs, endUs, everyUs: calmUs });
        t.deepEqual(
          found,
          expected.map(({ fromUs, untilUs }) => ({ fromUs, untilUs })),
        );
      },
    ),
    { seed: 5, numRuns: 500 },
  );
});

test('looks come in order, eight in the length of a calm, and before what ends the calm', (t) => {
  const ticks: number[] = [];
  const finder = new CalmFinder<number>(80, {
    tick: (atUs) => ticks.push(atUs),
    measure: (_fromUs, untilUs) => untilUs,
    keep: () => {},
    churn: () => ticks.push(-1),
  });
  finder.advance(35);
  finder.churn(35);
  finder.advance(200);
  t.deepEqual(ticks, [10, 20, 30, -1, 45, 55, 65, 75, 85, 95, 105, 115, 125, 135, 145, 155, 165, 175, 185, 195]);
});
