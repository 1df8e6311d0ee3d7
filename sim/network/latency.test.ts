import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { RandomStreams } from '../random/stream.ts';
import { describeLatency, latencyOfPair, latencySchema, longestLatencyUs, medianLatencyUs } from './latency.ts';
import type { Latency } from './latency.ts';

function compiled(latency: Latency, seed = 'latency'): (first: number, second: number) => number {
  return latencyOfPair(latency, new RandomStreams(seed).pairs('network/latency'));
}

const us = fc.integer({ min: 1, max: 60_000_000 });
const latencies: fc.Arbitrary<Latency> = fc.oneof(
  us.map((value): Latency => ({ kind: 'fixed', us: value })),
  fc
    .tuple(us, us)
    .map(([one, two]): Latency => ({ kind: 'uniform', minUs: Math.min(one, two), maxUs: Math.max(one, two) })),
  fc
    .tuple(us, fc.double({ min: 0, max: 3, noNaN: true }))
    .map(([medianUs, sigma]): Latency => ({ kind: 'lognormal', medianUs, sigma })),
  fc.array(us, { minLength: 1, maxLength: 21 }).map((values): Latency => {
    const size = Math.floor((Math.sqrt(8 * values.length + 1) - 1) / 2);
    const at = (row: number, column: number): number =>
      values[(Math.max(row, column) * (Math.max(row, column) + 1)) / 2 + Math.min(row, column)]!;
    const regions = Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (__, column) => at(row, column)),
    );
    return { kind: 'table', regions };
  }),
);

test('a latency is a whole number of microseconds, 1 or more, the same both ways, whatever was asked before', (t) => {
  const index = fc.nat({ max: 10_000_000 });
  fc.assert(
    fc.property(latencies, fc.string(), index, index, (latency, seed, first, second) => {
      if (!v.is(latencySchema, latency)) return false;
      const of = compiled(latency, seed);
      const there = of(first, second);
      of(second + 1, first + 7);
      return (
        Number.isInteger(there) &&
        there >= 1 &&
        of(second, first) === there &&
        compiled(latency, seed)(first, second) === there
      );
    }),
    { seed: 1, numRuns: 2000 },
  );
  t.pass();
});

test('a uniform latency covers its range, bounds included, evenly', (t) => {
  const of = compiled({ kind: 'uniform', minUs: 10, maxUs: 19 });
  const counts = new Array<number>(10).fill(0);
  for (let first = 0; first < 200; first++) {
    for (let second = first + 1; second <= first + 100; second++) counts[of(first, second) - 10]!++;
  }
  t.is(counts.length, 10);
  for (const count of counts) t.true(Math.abs(count - 2000) < 200, String(counts));
});

test('half of the pairs of a lognormal latency lie below its median, and a sixth beyond one sigma', (t) => {
  const of = compiled({ kind: 'lognormal', medianUs: 20_000, sigma: 0.5 });
  const values = Array.from({ length: 20_000 }, (_, n) => of(n, n * 3 + 1));
  const below = (boundUs: number): number => values.filter((value) => value <= boundUs).length / values.length;
  t.true(Math.abs(below(20_000) - 0.5) < 0.015);
  t.true(Math.abs(below(20_000 * 1.648721) - 0.8413) < 0.015);
  t.true(Math.abs(below(20_000 / 1.648721) - 0.1587) < 0.015);
  const longest = longestLatencyUs({ kind: 'lognormal', medianUs: 20_000, sigma: 0.5 });
  t.true(values.filter((value) => value > longest).length <= 8);
});

test('a table gives a pair the latency of its regions, by index modulo its size', (t) => {
  const regions = [
    [1_000, 30_000],
    [30_000, 2_000],
  ];
  const of = compiled({ kind: 'table', regions });
  t.deepEqual([of(0, 2), of(0, 1), of(1, 0), of(1, 3), of(7, 100)], [1_000, 30_000, 30_000, 2_000, 30_000]);
});

test('another seed has other latencies', (t) => {
  const [one, two] = ['a', 'b'].map((seed) => compiled({ kind: 'uniform', minUs: 1, maxUs: 1_000_000 }, seed));
  const same = Array.from({ length: 1000 }, (_, n) => one!(n, n + 1) === two!(n, n + 1)).filter(Boolean);
  t.true(same.length < 5);
});

test('the longest latency bounds every pair', (t) => {
  t.is(longestLatencyUs({ kind: 'fixed', us: 7 }), 7);
  t.is(longestLatencyUs({ kind: 'uniform', minUs: 7, maxUs: 9 }), 9);
  t.is(
    longestLatencyUs({
      kind: 'table',
      regions: [
        [3, 8],
        [8, 4],
      ],
    }),
    8,
  );
  t.is(longestLatencyUs({ kind: 'lognormal', medianUs: 50, sigma: 0 }), 50);
});

test('half of all pairs are at the median latency or below', (t) => {
  const of = compiled({ kind: 'lognormal', medianUs: 20_000, sigma: 0.5 });
  const below = Array.from({ length: 1000 }, (_, index) => of(index, index + 1)).filter((value) => value <= 20_000);
  t.true(Math.abs(below.length - 500) < 60);
  t.is(medianLatencyUs({ kind: 'lognormal', medianUs: 20_000, sigma: 0.5 }), 20_000);
  t.is(medianLatencyUs({ kind: 'fixed', us: 7 }), 7);
  t.is(medianLatencyUs({ kind: 'uniform', minUs: 7, maxUs: 10 }), 8);
  const regions = [
    [3, 8],
    [8, 4],
  ];
  t.is(medianLatencyUs({ kind: 'table', regions }), 4);
});

test('a latency that makes no sense is refused', (t) => {
  const bad: unknown[] = [
    { kind: 'fixed', us: 0 },
    { kind: 'fixed', us: 1.5 },
    { kind: 'fixed', us: 60_000_001 },
    { kind: 'uniform', minUs: 10, maxUs: 9 },
    { kind: 'lognormal', medianUs: 10, sigma: 3.1 },
    { kind: 'table', regions: [] },
    { kind: 'table', regions: [[1, 2], [2]] },
    {
      kind: 'table',
      regions: [
        [1, 2],
        [3, 1],
      ],
    },
    { kind: 'fixed', us: 5, also: 1 },
    { kind: 'random' },
  ];
  for (const value of bad) t.false(v.is(latencySchema, value), JSON.stringify(value));
});

test('each kind is described in one phrase', (t) => {
  t.is(describeLatency({ kind: 'fixed', us: 1500 }), '1.5 ms');
  t.is(describeLatency({ kind: 'uniform', minUs: 10_000, maxUs: 50_000 }), 'uniform 10 to 50 ms');
  t.is(describeLatency({ kind: 'lognormal', medianUs: 20_000, sigma: 0.5 }), 'lognormal, median 20 ms, sigma 0.5');
  t.is(describeLatency({ kind: 'table', regions: [[1]] }), 'table of 1 regions');
});
