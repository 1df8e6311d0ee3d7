// Statistics of sweeps, against their definitions.
import test from 'ava';
import fc from 'fast-check';
import { pairedDifferences, sampleOf, studentT, wilsonInterval } from './statistics.ts';

const OPTIONS = { seed: 43, numRuns: 200 };

/** Share of Student's distribution between -t and t: its density without the constant, by Simpson's rule, over all of it. */
function shareWithin(t: number, freedom: number): number {
  // With x = sqrt(v) tan(angle) the density becomes cos(angle)^(v - 1), on a finite stretch.
  const integral = (end: number): number => {
    const steps = 4000;
    const at = (step: number): number => Math.cos((end * step) / steps) ** (freedom - 1);
    let sum = at(0) + at(steps);
    for (let step = 1; step < steps; step++) sum += at(step) * (step % 2 === 0 ? 2 : 4);
    return (sum * end) / steps / 3;
  };
  return integral(Math.atan(t / Math.sqrt(freedom))) / integral(Math.PI / 2);
}

test("between minus and plus Student's point lie 95 of 100", (t) => {
  for (const freedom of [1, 2, 3, 5, 8, 10, 11, 12, 20, 29, 99, 999]) {
    t.true(Math.abs(shareWithin(studentT(freedom), freedom) - 0.95) < 1e-6, `${freedom}: ${studentT(freedom)}`);
  }
  for (let freedom = 1; freedom < 200; freedom++) t.true(studentT(freedom + 1) < studentT(freedom), String(freedom));
});

test("Wilson's interval holds the two shares from which the seen one is just within reach", (t) => {
  const property = fc.property(
    fc.integer({ min: 1, max: 5000 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (count, part) => {
      const hits = Math.round(part * count);
      const { low, high } = wilsonInterval(hits, count);
      t.true(low >= 0 && low <= hits / count && hits / count <= high && high <= 1);
      for (const bound of [low, high]) {
        if (bound === 0 || bound === 1) continue;
        const apart = Math.abs(hits / count - bound) / Math.sqrt((bound * (1 - bound)) / count);
        t.true(Math.abs(apart - 1.959964) < 1e-4, `${hits} of ${count}: ${bound}`);
      }
    },
  );
  fc.assert(property, OPTIONS);
  t.is(wilsonInterval(0, 1000).low, 0);
  t.true(Math.abs(wilsonInterval(0, 1000).high - 0.003827) < 1e-6);
});

test('a sample in short is what its definitions say', (t) => {
  t.is(sampleOf([]), undefined);
  t.deepEqual(sampleOf([4]), {
    count: 1,
    mean: 4,
    deviation: 0,
    min: 4,
    p25: 4,
    median: 4,
    p75: 4,
    max: 4,
    interval: undefined,
  });
  const sample = sampleOf([1, 2, 3, 4, 5])!;
  t.like(sample, { count: 5, mean: 3, min: 1, p25: 2, median: 3, p75: 4, max: 5 });
  t.true(Math.abs(sample.deviation - Math.sqrt(2.5)) < 1e-12);
  t.true(Math.abs(sample.interval!.high - (3 + (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5))) < 1e-5);
});

test('differences are of pairs that have both', (t) => {
  t.deepEqual(pairedDifferences([1, undefined, 3, 4], [2, 5, undefined, 4]), [1, 0]);
});

test('what is the same for every seed has a paired difference without spread, however seeds differ', (t) => {
  const property = fc.property(
    fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 }),
    fc.integer(),
    (first, shift) => {
      const { mean, interval } = sampleOf(
        pairedDifferences(
          first,
          first.map((value) => value + shift),
        ),
      )!;
      t.is(mean, shift);
      t.deepEqual(interval, { low: shift, high: shift });
    },
  );
  fc.assert(property, OPTIONS);
});
