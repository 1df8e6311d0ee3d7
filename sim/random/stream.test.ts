// Tests of the streams: pinned outputs, exactness of each method, save and restore, independence of similar names.
import { createHash } from 'node:crypto';

import test from 'ava';
import fc from 'fast-check';

import { QuicksoakError } from '../errors.ts';
import { RandomStream, RandomStreams } from './stream.ts';
import type { StreamState } from './stream.ts';

const stream = (name: string, root = '1'): RandomStream => new RandomStreams(root).stream(name);

test('the first thousand words of a stream are pinned for odd seeds', (t) => {
  // From an independent model in Python (MurmurHash3 and multiply-with-carry over unbounded integers).
  const pins: [string, string][] = [
    ['', '518d50469d09baf5fc539f81d9670b05b6190e9367a08955935ead7291679028'],
    ['0', 'f3a3398326f2f353315c878c6c5e7945a17acd22789f8cc2fbb12b20df447141'],
    ['1', '0f716627b5b736bea2a71d472780b95b5b8c181dbe5c166c17cf2d2e11c518d6'],
    ['🙂', 'afc9db9cb6a719ec5e00dcfdb279822f107dcf1f7a4fcbd8aa3b3214f3ec27a6'],
    ['\ud83d', '3c2b0581cf67563470382e8d988826ad6de2e2302bcb8d538f9a55b62eaad3ae'],
  ];
  for (const [root, digest] of pins) {
    const bytes = new DataView(new ArrayBuffer(4000));
    const random = stream('node/7/hyparview', root);
    for (let at = 0; at < 1000; at++) bytes.setUint32(at * 4, random.uint32(), true);
    t.is(createHash('sha256').update(bytes).digest('hex'), digest, JSON.stringify(root));
  }
});

test('a stream is multiply-with-carry of multiplier 2091639 and lag 3, in exact integers', (t) => {
  const random = stream('node/1');
  const state = random.save();
  let words = [state.s0, state.s1, state.s2].map((word) => BigInt(word * 2 ** 32));
  let carry = BigInt(state.c);
  for (let draw = 0; draw < 10_000; draw++) {
    const product = 2_091_639n * words[0]! + carry;
    carry = product >> 32n;
    words = [words[1]!, words[2]!, product & 0xffffffffn];
    if (BigInt(random.uint32()) !== words[2]) t.fail(`differs at draw ${draw}`);
  }
  t.pass();
});

test('the same root and name give the same stream, and each call a fresh one', (t) => {
  const streams = new RandomStreams('1');
  const first = streams.stream('churn');
  const firstWords = draw(first, 5);
  t.deepEqual(draw(streams.stream('churn'), 5), firstWords);
  t.notDeepEqual(draw(first, 5), firstWords);
  t.deepEqual(draw(new RandomStreams('1').stream('churn'), 5), firstWords);
});

test('a draw from one stream never moves another', (t) => {
  const streams = new RandomStreams('1');
  const alone = draw(streams.stream('latency'), 20);
  const latency = streams.stream('latency');
  const churn = streams.stream('churn');
  const disturbed = alone.map(() => {
    churn.float();
    return latency.uint32();
  });
  t.deepEqual(disturbed, alone);
});

test('streams of similar names keep no XOR and no difference between them', (t) => {
  for (let node = 0; node < 200; node++) {
    const left = draw(stream(`node/${node}`), 100);
    const right = draw(stream(`node/${node + 1}`), 100);
    t.is(new Set(left.map((word, at) => word ^ right[at]!)).size, 100);
    t.is(new Set(left.map((word, at) => (word - right[at]!) | 0)).size, 100);
    t.is(new Set([...left, ...right]).size, 200);
  }
});

test('streams of similar names and seeds are not correlated', (t) => {
  const count = 2000;
  const names = Array.from({ length: 30 }, (_, node) => stream(`node/${node}`));
  const seeds = Array.from({ length: 10 }, (_, seed) => stream('node/1', String(seed)));
  const columns = [...names, ...seeds].map((random) => Array.from({ length: count }, () => random.float() - 0.5));
  for (let left = 0; left < columns.length; left++) {
    for (let right = left + 1; right < columns.length; right++) {
      if (right === 31 && left === 1) continue; // Seed '1' and name 'node/1' twice: the same stream.
      let sum = 0;
      for (let at = 0; at < count; at++) sum += columns[left]![at]! * columns[right]![at]!;
      // The correlation has a standard error of 1 / sqrt(count).
      t.true(Math.abs((12 * sum) / count) < 5 / Math.sqrt(count), `${left} and ${right}`);
    }
  }
});

test('first draws over the streams of 20000 nodes are uniform, and so are pairs of them', (t) => {
  const streams = new RandomStreams('0');
  const first = new Array<number>(100).fill(0);
  const pairs = new Array<number>(100).fill(0);
  for (let node = 0; node < 20_000; node++) {
    const random = streams.stream(`node/${node}`);
    const word = random.below(100);
    first[word]!++;
    pairs[Math.floor(word / 10) * 10 + random.below(10)]!++;
  }
  t.true(chiSquareFits(first));
  t.true(chiSquareFits(pairs));
});

test('below is uniform for bounds that are no powers of two', (t) => {
  for (const bound of [2, 3, 7, 10, 1000]) {
    const random = stream(`below/${bound}`);
    const counts = new Array<number>(bound).fill(0);
    for (let at = 0; at < 100 * bound + 20_000; at++) counts[random.below(bound)]!++;
    t.true(chiSquareFits(counts), String(bound));
  }
});

test('below is the exact high word of word times bound, words that would bias it refused', (t) => {
  const bounds = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 32 }));
  const property = fc.property(bounds, fc.string(), (bound, name) => {
    const random = stream(name);
    const words = stream(name);
    for (let at = 0; at < 20; at++) {
      let product = BigInt(words.uint32()) * BigInt(bound);
      while ((product & 0xffffffffn) < 2n ** 32n % BigInt(bound)) product = BigInt(words.uint32()) * BigInt(bound);
      if (BigInt(random.below(bound)) !== product >> 32n) return false;
    }
    return true;
  });
  t.notThrows(() => fc.assert(property, { seed: 1, numRuns: 1000 }));
});

test('between stays between min and max, both reached, also over 2^32 integers', (t) => {
  const safe = fc.maxSafeInteger();
  const property = fc.property(safe, safe, fc.string(), (one, other, name) => {
    const min = Math.min(one, other);
    const max = Math.min(Math.max(one, other), min + 2 ** 53 - 1);
    const value = stream(name).between(min, max);
    return Number.isSafeInteger(value) && value >= min && value <= max;
  });
  t.notThrows(() => fc.assert(property, { seed: 2, numRuns: 1000 }));
  const random = stream('between');
  t.deepEqual([...new Set(Array.from({ length: 100 }, () => random.between(-1, 2)))].sort(ascending), [-1, 0, 1, 2]);
  const tenths = new Array<number>(10).fill(0);
  for (let at = 0; at < 10_000; at++) tenths[Math.floor(random.between(0, 1e12 - 1) / 1e11)]!++;
  t.true(chiSquareFits(tenths));
});

test('chance is never at 0, always at 1 and in proportion between', (t) => {
  const random = stream('chance');
  let hits = 0;
  for (let at = 0; at < 10_000; at++) {
    if (random.chance(0) || !random.chance(1)) t.fail();
    if (random.chance(0.1)) hits++;
  }
  t.true(Math.abs(hits - 1000) < 150);
});

test('shuffle permutes, and each permutation is as likely', (t) => {
  const property = fc.property(fc.array(fc.integer()), fc.string(), (items, name) => {
    const shuffled = stream(name).shuffle(items.slice());
    return same(shuffled.toSorted(ascending), items.toSorted(ascending));
  });
  t.notThrows(() => fc.assert(property, { seed: 3, numRuns: 300 }));
  const random = stream('shuffle');
  t.true(chiSquareFits(tally(24, 24_000, () => random.shuffle([0, 1, 2, 3]).join())));
});

test('sample yields different positions, never changes its input, and each arrangement is as likely', (t) => {
  const property = fc.property(fc.nat(60), fc.nat(70), fc.string(), (size, count, name) => {
    const items = Object.freeze(Array.from({ length: size }, (_, at) => at));
    const sampled = stream(name).sample(items, count);
    return sampled.length === Math.min(size, count) && new Set(sampled).size === sampled.length;
  });
  t.notThrows(() => fc.assert(property, { seed: 4, numRuns: 500 }));
  const random = stream('sample');
  // Five items take the copying way, nine the redrawing way.
  t.true(chiSquareFits(tally(20, 20_000, () => random.sample([0, 1, 2, 3, 4], 2).join())));
  t.true(chiSquareFits(tally(72, 72_000, () => random.sample([0, 1, 2, 3, 4, 5, 6, 7, 8], 2).join())));
});

test('pick is undefined for nothing and uniform otherwise', (t) => {
  const random = stream('pick');
  t.is(random.pick([]), undefined);
  t.true(chiSquareFits(tally(3, 3000, () => String(random.pick(['a', 'b', 'c'])))));
});

test('a stream restored from saved JSON goes on as the original does', (t) => {
  const property = fc.property(fc.string(), fc.string(), fc.nat(50), (root, name, skipped) => {
    const original = stream(name, root);
    draw(original, skipped);
    const saved = JSON.parse(JSON.stringify(original.save())) as StreamState;
    const restored = stream('another');
    restored.restore(saved);
    const expected = everything(original);
    return same(everything(restored), expected) && same(everything(new RandomStream(saved)), expected);
  });
  t.notThrows(() => fc.assert(property, { seed: 5, numRuns: 300 }));
});

test('a saved state is a copy: drawing on does not change it', (t) => {
  const random = stream('copy');
  const saved = random.save();
  const before = { ...saved };
  const first = draw(random, 10);
  t.deepEqual(saved, before);
  random.restore(saved);
  t.deepEqual(draw(random, 10), first);
  t.deepEqual(saved, before);
});

test('calls outside of their range are refused by code', (t) => {
  const random = stream('errors');
  for (const bound of [0, -1, 1.5, NaN, Infinity, 2 ** 32 + 1]) refused(t, 'bad-bound', () => random.below(bound));
  for (const [min, max] of [
    [1, 0],
    [0, 0.5],
    [NaN, 1],
    [0, Infinity],
    [-(2 ** 53) + 1, 2 ** 53 - 1],
  ] as const) {
    refused(t, 'bad-range', () => random.between(min, max));
  }
  for (const p of [-0.1, 1.1, NaN]) refused(t, 'bad-probability', () => random.chance(p));
  for (const count of [-1, 0.5, NaN]) refused(t, 'bad-count', () => random.sample([1], count));
  const highest = 1 - 2 ** -32;
  const states: StreamState[] = [
    { c: 0, s0: 0, s1: 0, s2: 0 },
    { c: 2_091_638, s0: highest, s1: highest, s2: highest },
    { c: 2_091_639, s0: 0, s1: 0, s2: 0 },
    { c: 1, s0: 1, s1: 0, s2: 0 },
    { c: 1, s0: 2 ** -33, s1: 0, s2: 0 },
    { c: 1, s0: 0 } as StreamState,
  ];
  for (const state of states) refused(t, 'bad-stream-state', () => random.restore(state));
});

function refused(t: { true(value: boolean): void }, code: string, call: () => unknown): void {
  let received: unknown;
  try {
    call();
  } catch (error) {
    received = error;
  }
  t.true(received instanceof QuicksoakError && received.code === code);
}

function draw(random: RandomStream, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

/** One call of each method. */
function everything(random: RandomStream): unknown[] {
  return [
    random.uint32(),
    random.float(),
    random.below(1000),
    random.between(-5, 1e12),
    random.chance(0.5),
    random.pick([1, 2, 3]),
    random.shuffle([1, 2, 3, 4]),
    random.sample([1, 2, 3, 4, 5, 6, 7, 8, 9], 2),
  ];
}

/** Counts of the outcomes that came up; `kinds` of them are expected, and none is missing. */
function tally(kinds: number, trials: number, outcome: () => string): number[] {
  const counts = new Map<string, number>();
  for (let at = 0; at < trials; at++) {
    const key = outcome();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts.values(), ...new Array<number>(Math.max(0, kinds - counts.size)).fill(0)];
}

/** Pearson's statistic within five standard deviations of its degrees of freedom. */
function chiSquareFits(counts: readonly number[]): boolean {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const square = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  return square < freedom + 5 * Math.sqrt(2 * freedom);
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function ascending(left: number, right: number): number {
  return left - right;
}
