import test from 'ava';
import fc from 'fast-check';
import { parseDuration } from '../../sim/duration.ts';
import { tickText, timeTicks } from './time-ticks.ts';

const time = fc.integer({ min: 0, max: 10 * 365 * 86_400 * 1_000_000 });

test('marks stand at round moments', (t) => {
  t.deepEqual(
    timeTicks(0, 861_000_000, 8).map((us) => tickText(us)),
    ['0s', '2m', '4m', '6m', '8m', '10m', '12m', '14m'],
  );
  t.deepEqual(
    timeTicks(1_250_000, 3_000_000, 4).map((us) => tickText(us)),
    ['1.5s', '2s', '2.5s', '3s'],
  );
});

test('marks ascend within their axis and are never more than asked for, but for one', (t) => {
  fc.assert(
    fc.property(time, time, fc.integer({ min: 1, max: 20 }), (one, other, most) => {
      const [fromUs, untilUs] = [Math.min(one, other), Math.max(one, other)];
      const ticks = timeTicks(fromUs, untilUs, most);
      t.true(ticks.length <= most + 1);
      ticks.forEach((us, place) => {
        t.true(us >= fromUs && us <= untilUs && Number.isInteger(us));
        if (place > 0) t.true(us > ticks[place - 1]!);
        if (us > 0) t.is(parseDuration(tickText(us), 'tick'), us);
      });
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('an axis without a length has at most one mark', (t) => {
  t.deepEqual(timeTicks(5, 5, 4), [5]);
});
