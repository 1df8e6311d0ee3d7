import test from 'ava';
import fc from 'fast-check';
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { InputError } from '../../sim/errors.ts';
import { parseTripwire, tripped } from './tripwire.ts';
import type { Tripwire, TripwireSample } from './tripwire.ts';

const ABOVE: Tripwire = { metric: 'share', side: 'above', threshold: 0.5 };

/** One sample per second from 0 s; before each, as many microseconds were charged as the sample's index says. */
function samplesOf(values: readonly number[]): TripwireSample[] {
  const account = new CostAccount(costTable({ work: 1 }));
  return values.map((value, second) => {
    if (second > 0) account.charge(account.row(`second-${second}`), 0, second);
    return { atUs: second * 1e6, metrics: { share: value, live: 19 }, reading: account.read() };
  });
}

test('the window reaches around the first alarm and holds what was charged within', (t) => {
  const window = tripped(samplesOf([0, 0.5, 0.1, 0.2, 0.6, 0.1, 0.9, 0, 0]), ABOVE, { reach: 2 });
  t.deepEqual(window, {
    alarmIndex: 4,
    alarmUs: 4e6,
    value: 0.6,
    fromUs: 2e6,
    toUs: 6e6,
    totalUs: 3 + 4 + 5 + 6,
    stacks: [3, 4, 5, 6].map((second) => ({ stack: [`second-${second}`, 'work'], us: second, count: second })),
  });
});

test('a window ends where the samples do', (t) => {
  t.like(tripped(samplesOf([1, 0, 0]), ABOVE, { reach: 2 }), { alarmIndex: 0, fromUs: 0, toUs: 2e6, totalUs: 3 });
  t.like(tripped(samplesOf([0, 0, 1]), ABOVE), { alarmIndex: 2, fromUs: 0, toUs: 2e6, totalUs: 3 });
  t.like(tripped(samplesOf([1]), ABOVE), { fromUs: 0, toUs: 0, totalUs: 0, stacks: [] });
});

test('samples before a time do not trip, and a wire may trip below', (t) => {
  t.is(tripped(samplesOf([0.9, 0.9, 0, 0.9]), ABOVE, { fromUs: 1_500_000 })?.alarmIndex, 3);
  t.is(tripped(samplesOf([0.9, 0.5, 0.4]), { ...ABOVE, side: 'below' })?.alarmIndex, 2);
});

test('nothing trips without a value beyond the threshold', (t) => {
  t.is(tripped(samplesOf([0.5, 0.1, Number.NaN]), ABOVE), undefined);
  t.is(tripped([], ABOVE), undefined);
  const [first, second] = samplesOf([0, 0.9]);
  t.is(tripped([{ ...first!, metrics: {} }, second!], ABOVE)?.alarmIndex, 1);
});

test('a metric that no sample has is refused, as it could never trip', (t) => {
  for (const metric of ['shares', 'toString']) {
    const error = t.throws(() => tripped(samplesOf([0, 1]), { ...ABOVE, metric }), { instanceOf: InputError });
    t.is(error.code, 'unknown-metric');
    t.deepEqual(error.details['known'], ['live', 'share']);
  }
});

test('a window is the first alarm of the samples, and its stacks sum to its total', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      (values, reach) => {
        const window = tripped(samplesOf(values), ABOVE, { reach });
        const first = values.findIndex((value) => value > 0.5);
        t.is(window?.alarmIndex, first === -1 ? undefined : first);
        if (window === undefined) return;
        t.is(window.fromUs, Math.max(0, first - reach) * 1e6);
        t.is(window.toUs, Math.min(values.length - 1, first + reach) * 1e6);
        t.is(
          window.stacks.reduce((sum, { us }) => sum + us, 0),
          window.totalUs,
        );
      },
    ),
    { seed: 26, numRuns: 200 },
  );
});

test('a tripwire is read from a text', (t) => {
  t.deepEqual(parseTripwire('cpuShare > 0.35'), { metric: 'cpuShare', side: 'above', threshold: 0.35 });
  t.deepEqual(parseTripwire(' live<-1e3 '), { metric: 'live', side: 'below', threshold: -1000 });
  for (const text of ['', 'live', 'live 3', 'live >', '> 3', 'live > x', 'live > Infinity', 'live >= 3', 'a b > 3']) {
    t.throws(() => parseTripwire(text, '--tripwire'), { instanceOf: InputError, code: 'bad-tripwire' }, text);
  }
});
