// Tests of the distributions: shape, limits, validation by code and place, and bits pinned over engines.
import { createHash } from 'node:crypto';

import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';

import { MAX_DURATION_US } from '../duration.ts';
import { InputError } from '../errors.ts';
import { describe, distributionSchema, exponentialUs, mean, sampler } from './distributions.ts';
import type { Distribution } from './distributions.ts';
import { RandomStreams } from './stream.ts';

const EXAMPLES: readonly Distribution[] = [
  { kind: 'fixed', valueUs: 25_000 },
  { kind: 'uniform', minUs: 10_000, maxUs: 50_000 },
  { kind: 'exponential', meanUs: 30_000_000 },
  { kind: 'weibull', scaleUs: 1_800_000_000, shape: 0.5 },
  { kind: 'weibull', scaleUs: 1_800_000_000, shape: 3 },
  { kind: 'pareto', scaleUs: 1_000_000, shape: 2.5 },
  { kind: 'pareto', scaleUs: 1_000_000, shape: 0.8, capUs: 100_000_000 },
  { kind: 'pareto', scaleUs: 1_000_000, shape: 1, capUs: 100_000_000 },
  { kind: 'lognormal', medianUs: 40_000, sigma: 0.5 },
];

test('the sample mean of each distribution is its mean', (t) => {
  for (const distribution of EXAMPLES) {
    const values = samples(distribution, 40_000);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    t.true(Math.abs(average / mean(distribution) - 1) < 0.03, `${describe(distribution)}: ${average}`);
  }
});

test('each distribution exceeds a known value with its known probability', (t) => {
  const cases: [Distribution, number, number][] = [
    [{ kind: 'uniform', minUs: 0, maxUs: 99_999 }, 75_000, 0.25],
    [{ kind: 'exponential', meanUs: 1_000_000 }, 1_000_000, Math.exp(-1)],
    [{ kind: 'exponential', meanUs: 1_000_000 }, 3_000_000, Math.exp(-3)],
    [{ kind: 'weibull', scaleUs: 1_000_000, shape: 0.4 }, 1_000_000, Math.exp(-1)],
    [{ kind: 'weibull', scaleUs: 1_000_000, shape: 0.4 }, 9_000_000, Math.exp(-(9 ** 0.4))],
    [{ kind: 'pareto', scaleUs: 1_000_000, shape: 1.5 }, 4_000_000, 1 / 8],
    [{ kind: 'pareto', scaleUs: 1_000_000, shape: 1, capUs: 10_000_000 }, 2_000_000, (1 / 2 - 1 / 10) / (1 - 1 / 10)],
    [{ kind: 'lognormal', medianUs: 1_000_000, sigma: 1.5 }, 1_000_000, 0.5],
    [{ kind: 'lognormal', medianUs: 1_000_000, sigma: 0.5 }, 1_648_721, 0.15866],
  ];
  for (const [distribution, us, expected] of cases) {
    const share = samples(distribution, 20_000).filter((value) => value > us).length / 20_000;
    t.true(Math.abs(share - expected) < 0.016, `${describe(distribution)}: ${share}, not ${expected}`);
  }
});

test('samples are safe integers within their limits, for any valid distribution', (t) => {
  const time = fc.oneof(fc.integer({ min: 2, max: 1_000_000 }), fc.integer({ min: 2, max: MAX_DURATION_US - 1 }));
  const shape = fc.double({ min: 0.1, max: 20, noNaN: true });
  const valid: fc.Arbitrary<Distribution> = fc.oneof(
    fc.record({ kind: fc.constant('fixed' as const), valueUs: time }),
    fc.tuple(time, time).map(([one, other]) => {
      return { kind: 'uniform' as const, minUs: Math.min(one, other), maxUs: Math.max(one, other) };
    }),
    fc.record({ kind: fc.constant('exponential' as const), meanUs: time }),
    fc.record({ kind: fc.constant('weibull' as const), scaleUs: time, shape }),
    fc.record({ kind: fc.constant('pareto' as const), scaleUs: time, shape }),
    fc.tuple(time, time, shape).map(([one, other, tail]) => {
      return { kind: 'pareto' as const, scaleUs: Math.min(one, other), shape: tail, capUs: Math.max(one, other) + 1 };
    }),
    fc.record({
      kind: fc.constant('lognormal' as const),
      medianUs: time,
      sigma: fc.double({ min: 0, max: 5, noNaN: true }),
    }),
  );
  const property = fc.property(valid, fc.constantFrom(0, 1), fc.string(), (distribution, leastUs, name) => {
    const draw = sampler(distribution, leastUs);
    const random = new RandomStreams('1').stream(name);
    for (let at = 0; at < 20; at++) {
      const us = draw(random);
      if (!Number.isSafeInteger(us) || us < leastUs || us > MAX_DURATION_US || Object.is(us, -0)) return false;
      if (distribution.kind === 'uniform' && (us < distribution.minUs || us > distribution.maxUs)) return false;
      if (distribution.kind === 'pareto' && us < distribution.scaleUs) return false;
      if (distribution.kind === 'pareto' && us > (distribution.capUs ?? MAX_DURATION_US)) return false;
    }
    return mean(distribution) > 0 && describe(distribution).startsWith(distribution.kind);
  });
  t.notThrows(() => fc.assert(property, { seed: 6, numRuns: 500 }));
});

test('samples are pinned to the microsecond, from streams and from pairs', (t) => {
  const streams = new RandomStreams('1');
  const pairs = streams.pairs('latency');
  const values = EXAMPLES.map((distribution, at) => {
    const draw = sampler(distribution);
    const random = streams.stream(`distribution/${at}`);
    return Array.from({ length: 200 }, (_, to) => [draw(random), draw(pairs.at(at, to))]);
  });
  t.is(
    createHash('sha256').update(JSON.stringify(values)).digest('hex'),
    'a8986be820060b395a13f98d3165e822a825e70b6202e9e03b8271de39367032',
  );
});

test('a least value lifts shorter draws, fixed ones included', (t) => {
  const random = new RandomStreams('1').stream('least');
  t.is(sampler({ kind: 'fixed', valueUs: 0 })(random), 0);
  t.is(sampler({ kind: 'fixed', valueUs: 0 }, 1)(random), 1);
  const draw = sampler({ kind: 'exponential', meanUs: 1 }, 1);
  t.true(Array.from({ length: 100 }, () => draw(random)).every((us) => us >= 1));
});

test('a fixed duration draws nothing', (t) => {
  const random = new RandomStreams('1').stream('fixed');
  const before = random.save();
  sampler({ kind: 'fixed', valueUs: 5 })(random);
  t.deepEqual(random.save(), before);
});

test('exponentialUs takes means that are no integers', (t) => {
  const random = new RandomStreams('1').stream('poisson');
  const values = Array.from({ length: 20_000 }, () => exponentialUs(random, 0.5));
  t.true(Math.abs(values.reduce((sum, value) => sum + value, 0) / 20_000 - 0.5) < 0.015);
});

test('means have their closed forms', (t) => {
  const near = (value: number, expected: number): boolean =>
    t.true(Math.abs(value / expected - 1) < 1e-9, String(value));
  near(mean({ kind: 'weibull', scaleUs: 1000, shape: 0.5 }), 2000);
  near(mean({ kind: 'weibull', scaleUs: 1000, shape: 0.1 }), 3_628_800_000);
  near(mean({ kind: 'pareto', scaleUs: 1000, shape: 3 }), 1500);
  near(mean({ kind: 'pareto', scaleUs: 1000, shape: 2, capUs: 2000 }), (2000 * (1 - 1 / 2)) / (1 - 1 / 4));
  near(mean({ kind: 'pareto', scaleUs: 1000, shape: 1, capUs: 2000 }), 2000 * Math.LN2);
  // Next to shape 1 the closed form cancels, so that it is a reference only at some distance.
  near(mean({ kind: 'pareto', scaleUs: 1000, shape: 1 + 1e-10, capUs: 2000 }), 2000 * Math.LN2);
  const above = 1 + 1e-5;
  const reference = (1000 * (above / 1e-5) * (1 - 2 ** -1e-5)) / (1 - 2 ** -above);
  near(mean({ kind: 'pareto', scaleUs: 1000, shape: above, capUs: 2000 }), reference);
  t.is(mean({ kind: 'pareto', scaleUs: 1000, shape: 1 }), Infinity);
  near(mean({ kind: 'lognormal', medianUs: 1000, sigma: 2 }), 1000 * Math.exp(2));
});

test('descriptions are short and in units', (t) => {
  t.deepEqual(EXAMPLES.map(describe), [
    'fixed, 25ms',
    'uniform, 10ms to 50ms',
    'exponential, mean 30s',
    'weibull, scale 30m, shape 0.5, mean 1h',
    'weibull, scale 30m, shape 3, mean 26m50s',
    'pareto, scale 1s, shape 2.5, mean 1.67s',
    'pareto, scale 1s, shape 0.8, cap 1m40s, mean 6.2s',
    'pareto, scale 1s, shape 1, cap 1m40s, mean 4.65s',
    'lognormal, median 40ms, sigma 0.5, mean 45.3ms',
  ]);
  t.is(describe({ kind: 'pareto', scaleUs: 1, shape: 1 }), 'pareto, scale 1us, shape 1, mean above ten years');
});

test('every example validates, and survives JSON', (t) => {
  for (const distribution of EXAMPLES) {
    t.deepEqual(v.parse(distributionSchema, JSON.parse(JSON.stringify(distribution))), distribution);
  }
});

test('a wrong distribution is refused at the field that is wrong', (t) => {
  const wrong: [unknown, string][] = [
    [null, ''],
    ['10ms', ''],
    [{}, 'kind'],
    [{ kind: 'gauss' }, 'kind'],
    [{ kind: 'fixed' }, 'valueUs'],
    [{ kind: 'fixed', valueUs: -1 }, 'valueUs'],
    [{ kind: 'fixed', valueUs: 0.5 }, 'valueUs'],
    [{ kind: 'fixed', valueUs: '5' }, 'valueUs'],
    [{ kind: 'fixed', valueUs: NaN }, 'valueUs'],
    [{ kind: 'fixed', valueUs: MAX_DURATION_US + 1 }, 'valueUs'],
    [{ kind: 'fixed', valueUs: 5, unit: 'ms' }, 'unit'],
    [{ kind: 'uniform', minUs: 5, maxUs: 4 }, 'maxUs'],
    [{ kind: 'exponential', meanUs: 0 }, 'meanUs'],
    [{ kind: 'weibull', scaleUs: 5, shape: 0 }, 'shape'],
    [{ kind: 'weibull', scaleUs: 5, shape: Infinity }, 'shape'],
    [{ kind: 'pareto', scaleUs: 5, shape: 1, capUs: 5 }, 'capUs'],
    [{ kind: 'pareto', scaleUs: 5, shape: 1, capUs: undefined }, 'capUs'],
    [{ kind: 'lognormal', medianUs: 5, sigma: 6 }, 'sigma'],
  ];
  for (const [value, path] of wrong) {
    const result = v.safeParse(distributionSchema, value);
    t.false(result.success);
    t.is(result.issues === undefined ? undefined : (v.getDotPath(result.issues[0]) ?? ''), path);
    t.is(t.throws(() => sampler(value as Distribution), { instanceOf: InputError })?.code, 'bad-distribution');
  }
});

function samples(distribution: Distribution, count: number): number[] {
  const draw = sampler(distribution);
  const random = new RandomStreams('1').stream(describe(distribution));
  return Array.from({ length: count }, () => draw(random));
}
