import test from 'ava';
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { growing } from './slope.ts';
import { theilSen, type Point } from './theil-sen.ts';

const SPAN = 100;
type Curve = (x: number, noise: () => number, phase: number) => number;

/** `count` calms equally far apart. */
const evenly = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i + 1) * SPAN) / count);
/** `count` calms, each at twice the last one's x. */
const doubling = (count: number): number[] => Array.from({ length: count }, (_, i) => SPAN * 2 ** (i + 1 - count));
const series = (xs: readonly number[], y: (x: number) => number): Point[] => xs.map((x) => ({ x, y: y(x) }));

/** Share of `runs` noisy series that are taken for growth; noise has mean 0 and standard deviation 1. */
function shareGrowing(seed: string, xs: readonly number[], curve: Curve, runs: number): number {
  const random = seedrandom.alea(seed);
  const noise = (): number => Array.from({ length: 12 }, () => random()).reduce((a, b) => a + b, -6);
  let growingCount = 0;
  for (let run = 0; run < runs; run++) {
    const phase = random();
    if (growing(series(xs, (x) => curve(x, noise, phase))).grows) growingCount++;
  }
  return growingCount / runs;
}

test('Theil-Sen gives the exact slope and bound of a line', (t) => {
  const { slope, lowerBound, confidence } = theilSen(series([0, 1, 3, 4, 7, 9], (x) => 2 * x + 5));
  t.deepEqual({ slope, lowerBound, confidence }, { slope: 2, lowerBound: 2, confidence: 0.99 });
});

test('Theil-Sen takes the median of the slopes of all pairs, ties in x left out', (t) => {
  const points = [0, 0, 1, 1, 2, 3, 3, 4].map((x, i) => ({ x, y: [10, 22, 21, 30, 22, 30, 40, 40][i]! }));
  const slopes = points.flatMap((a, i) =>
    points.slice(i + 1).flatMap((b) => (a.x === b.x ? [] : [(b.y - a.y) / (b.x - a.x)])),
  );
  slopes.sort((a, b) => a - b);
  t.is(slopes.length, 25);
  t.is(theilSen(points).slope, slopes[12]!);
});

test('a bound covers the true slope at least as often as it says, for every small count', (t) => {
  const random = seedrandom.alea('coverage');
  for (const count of [4, 5, 6, 8, 10, 11, 14, 20]) {
    const runs = 1500;
    let above = 0;
    let promised = 0;
    for (let run = 0; run < runs; run++) {
      const { lowerBound, confidence } = theilSen(
        series(evenly(count), (x) => 3 * x + random()),
        0.95,
      );
      if (lowerBound > 3) above++;
      promised = 1 - confidence;
    }
    // Three standard errors of the measurement.
    t.true(above / runs < promised + 3 * Math.sqrt((promised * (1 - promised)) / runs), `${count}: ${above / runs}`);
  }
});

test('the slope moves with the data: scaled, shifted, mirrored and shuffled', (t) => {
  const points = fc.array(fc.record({ x: fc.integer({ min: 0, max: 50 }), y: fc.integer({ min: -99, max: 99 }) }), {
    minLength: 2,
    maxLength: 30,
  });
  fc.assert(
    fc.property(points, fc.integer({ min: -9, max: 9 }), (some, k) => {
      const near = (a: number, b: number): boolean => t.true(a === b || Math.abs(a - b) < 1e-9, `${a} ${b}`);
      const { slope, lowerBound } = theilSen(some);
      const shifted = theilSen(some.map(({ x, y }) => ({ x: x + 7, y: y + k })));
      near(shifted.slope, slope);
      near(shifted.lowerBound, lowerBound);
      near(theilSen(some.map(({ x, y }) => ({ x, y: -y }))).slope + slope, 0);
      near(theilSen(some.toReversed()).lowerBound, lowerBound);
      near(theilSen(some.map(({ x, y }) => ({ x, y: y * 4 }))).lowerBound, lowerBound * 4);
      t.true(lowerBound <= slope);
    }),
    { seed: 21, numRuns: 300 },
  );
});

test('growth needs four calms and a doubling of the driver', (t) => {
  const line = (xs: number[]): Point[] => series(xs, (x) => 10 * x);
  t.like(growing([]), { judged: false, grows: false });
  t.like(growing(line([1, 2, 3])), { judged: false, grows: false });
  t.like(growing(line([4, 4, 4, 4, 5, 6])), { judged: false, grows: false });
  t.like(growing(line([90, 92, 95, 100])), { judged: false, grows: false });
  t.like(growing(line([10, 20, 40, 80])), {
    judged: true,
    grows: true,
    slope: 10,
    lastDoubling: { fromX: 40, toX: 80, growth: 400 },
  });
});

test('every noiseless line that rises by a unit in its last doubling grows, flat and falling ones never', (t) => {
  const arbitrary = fc.record({
    count: fc.integer({ min: 4, max: 40 }),
    rate: fc.double({ min: 0.03, max: 1000, noNaN: true }),
    offset: fc.integer({ min: 0, max: 100_000 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ count, rate, offset }) => {
      for (const xs of [evenly(count), doubling(Math.min(count, 10))]) {
        t.true(growing(series(xs, (x) => rate * x + offset)).grows);
        t.false(growing(series(xs, () => offset)).grows);
        t.false(growing(series(xs, (x) => offset - rate * x)).grows);
      }
    }),
    { seed: 22, numRuns: 100 },
  );
});

test('growth below the minimal amount passes', (t) => {
  const slow = series(evenly(10), (x) => x * 0.01);
  t.false(growing(slow).grows);
  t.true(growing(slow, { minimalGrowth: 0.1 }).grows);
});

test('caches that fill up to a cap pass when the driver spans twice what fills them', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 40 }),
      fc.double({ min: 1, max: SPAN / 2, noNaN: true }),
      fc.integer({ min: 1, max: 10_000 }),
      (count, fullAt, cap) => {
        for (const xs of [evenly(count), doubling(Math.min(count, 10))]) {
          t.false(growing(series(xs, (x) => cap * Math.min(1, x / fullAt))).grows, `${count} ${fullAt} ${cap}`);
        }
      },
    ),
    { seed: 23, numRuns: 200 },
  );
});

test('exponential saturation passes within six time constants, and is taken for growth within one', (t) => {
  const saturating = (constants: number) => (x: number) => 1000 * (1 - Math.exp((-x * constants) / SPAN));
  for (const constants of [6, 8, 12, 20, 50]) {
    for (const xs of [evenly(6), evenly(12), evenly(40), doubling(5), doubling(8)]) {
      t.false(growing(series(xs, saturating(constants))).grows, `${constants} ${xs.length}`);
    }
  }
  t.true(growing(series(evenly(12), saturating(1))).grows);
});

test('one step passes wherever it stands, a staircase grows', (t) => {
  for (const count of [4, 6, 9, 16, 40]) {
    const xs = evenly(count);
    for (const at of xs) t.false(growing(series(xs, (x) => (x >= at ? 500 : 3))).grows, `${count} ${at}`);
  }
  t.true(growing(series(evenly(40), (x) => Math.floor(x / 12.5))).grows);
  t.true(growing(series(evenly(12), (x) => Math.floor(x / 12.5))).grows);
});

test('a leak behind a cache that fills up at once is caught, and so is one before a late step', (t) => {
  for (const count of [12, 24, 40]) {
    const filling = series([0, ...evenly(count)], (x) => Math.min(2000, 200 * x) + 3 * x);
    t.true(growing(filling).grows);
    t.true(growing(filling).lowerBound < 4);
    const late = series(evenly(count), (x) => 3 * x + (x > 85 ? 5000 : 0));
    t.true(growing(late).grows);
  }
});

test('a sawtooth of three teeth or more passes, a sawtooth on a slope grows', (t) => {
  for (const teeth of [3, 4.5, 7, 11]) {
    for (const phase of [0, 0.2, 0.4, 0.6, 0.8]) {
      const tooth = (x: number): number => (60 * ((x * teeth) / SPAN + phase)) % 60;
      t.false(growing(series(evenly(48), tooth)).grows, `${teeth} ${phase}`);
      t.true(growing(series(evenly(48), (x) => tooth(x) + 4 * x)).grows, `${teeth} ${phase}`);
    }
  }
});

// Bounds are what was measured, rounded up by about three standard errors; each line is its own seed.
const FALSE_ALARMS: { title: string; curve: Curve; counts: [calms: number, most: number][] }[] = [
  {
    title: 'constant',
    curve: (_x, noise) => 300 + 30 * noise(),
    counts: [
      [4, 0.05],
      [6, 0.02],
      [8, 0.015],
      [12, 0.01],
      [16, 0.003],
      [24, 0.002],
    ],
  },
  {
    title: 'falling',
    curve: (x, noise) => 300 - x + 30 * noise(),
    counts: [
      [4, 0.01],
      [8, 0.002],
      [24, 0],
    ],
  },
  {
    title: 'filling up within half of the run',
    curve: (x, noise) => 1000 * (1 - Math.exp(-x / 16)) + 30 * noise(),
    counts: [
      [6, 0.06],
      [8, 0.03],
      [12, 0.02],
      [24, 0.002],
    ],
  },
  {
    title: 'filling up within a quarter of the run',
    curve: (x, noise) => 1000 * (1 - Math.exp(-x / 8)) + 10 * noise(),
    counts: [
      [6, 0.02],
      [12, 0.03],
      [24, 0.03],
    ],
  },
  {
    title: 'a step at warm-up',
    curve: (x, noise) => (x > 15 ? 500 : 0) + 30 * noise(),
    counts: [
      [6, 0.02],
      [12, 0.004],
      [24, 0.002],
    ],
  },
  {
    title: 'a step in the middle',
    curve: (x, noise) => (x > 45 ? 500 : 0) + 30 * noise(),
    counts: [
      [6, 0.02],
      [12, 0.004],
      [24, 0.002],
    ],
  },
  {
    title: 'a sawtooth of seven teeth',
    curve: (x, noise, phase) => 200 * ((x / 14 + phase) % 1) + 10 * noise(),
    counts: [
      [16, 0.01],
      [24, 0.01],
    ],
  },
];

for (const { title, curve, counts } of FALSE_ALARMS) {
  test(`noise around a series that does not leak is rarely taken for growth: ${title}`, (t) => {
    for (const [calms, most] of counts) {
      const share = shareGrowing(`false/${title}/${calms}`, evenly(calms), curve, 1000);
      t.log(`${calms} calms: ${(100 * share).toFixed(1)}%`);
      t.true(share <= most, `${calms} calms: ${share}, expected ${most} at most`);
    }
  });
}

const LEAKS: { title: string; curve: Curve; counts: [calms: number, least: number][] }[] = [
  {
    title: 'rise 20 times the noise',
    curve: (x, noise) => 50 + 6 * x + 30 * noise(),
    counts: [
      [4, 0.98],
      [6, 0.99],
      [8, 1],
      [16, 1],
    ],
  },
  {
    title: 'rise 10 times the noise',
    curve: (x, noise) => 50 + 3 * x + 30 * noise(),
    counts: [
      [6, 0.8],
      [8, 0.94],
      [12, 0.97],
      [24, 0.99],
    ],
  },
  {
    title: 'rise 6 times the noise',
    curve: (x, noise) => 50 + 1.8 * x + 30 * noise(),
    counts: [
      [12, 0.75],
      [24, 0.88],
      [48, 0.95],
    ],
  },
  {
    title: 'one entry per twelfth of the run',
    curve: (x, _noise, phase) => Math.floor(x / 8.3 + phase),
    counts: [
      [8, 1],
      [12, 1],
      [24, 1],
    ],
  },
  {
    title: 'quadratic',
    curve: (x, noise) => (x * x) / 10 + 30 * noise(),
    counts: [
      [6, 0.97],
      [12, 1],
    ],
  },
];

for (const { title, curve, counts } of LEAKS) {
  test(`a slow leak is caught in noise: ${title}`, (t) => {
    for (const [calms, least] of counts) {
      const share = shareGrowing(`leak/${title}/${calms}`, evenly(calms), curve, 500);
      t.log(`${calms} calms: ${(100 * share).toFixed(1)}%`);
      t.true(share >= least, `${calms} calms: ${share}, expected ${least} or more`);
    }
  });
}

test('a leak at calms of doubling distance is caught', (t) => {
  for (const calms of [4, 5, 6]) {
    t.is(shareGrowing(`doubling/${calms}`, doubling(calms), (x, noise) => 30 * x + 20 * noise(), 300) > 0.95, true);
  }
});

test('long series are thinned, not cut: growth in any part counts', (t) => {
  const xs = Array.from({ length: 5000 }, (_, i) => i);
  t.true(growing(series(xs, (x) => x / 10)).grows);
  t.false(growing(series(xs, (x) => Math.min(x, 1500))).grows);
});

test('a point that is no number is our own bug', (t) => {
  t.throws(() => growing([{ x: -1, y: 0 }]), { message: /invariant broken/ });
  t.throws(() => growing([{ x: 1, y: Number.NaN }]), { message: /invariant broken/ });
});
