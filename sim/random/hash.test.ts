// Tests of the hashes: reference vectors, separation of what must differ, and spread.
import test from 'ava';

import { contentId, hash128, hashPair, hashUnorderedPair, pairRoot, streamRoot } from './hash.ts';
import type { Hash128 } from './hash.ts';

const SEED = 0x9747b28c | 0;

test('hash128 under four equal lanes is MurmurHash3_x86_128 of the UTF-16 bytes', (t) => {
  // From the reference C code (by way of Python's mmh3 5), over text.encode('utf-16-le').
  const vectors: [string, number, number[]][] = [
    ['', 0, [0, 0, 0, 0]],
    ['', SEED, [0xf7bed5a1, 0x5b576a1c, 0x5b576a1c, 0x5b576a1c]],
    ['a', 0, [0x033bb196, 0xccef4fe1, 0xccef4fe1, 0xccef4fe1]],
    ['node/7/hyparview', SEED, [0x065ab73a, 0x9e504feb, 0xbaed542b, 0x2c3e9a57]],
    ['🙂', SEED, [0xf72f78cc, 0x495053c4, 0x495053c4, 0x495053c4]],
    ['0123456789', SEED, [0x5c171960, 0xac86f545, 0xc3508553, 0x68ba7721]],
  ];
  for (const [text, seed, expected] of vectors) {
    t.deepEqual(lanes(hash128(text, { a: seed, b: seed, c: seed, d: seed })), expected, text);
  }
});

test('hashPair is MurmurHash3_x86_32 of the two words', (t) => {
  const vectors: [number, number, number, number][] = [
    [0, 0, 0, 1669671676],
    [0, 1, 2, 3278122630],
    [SEED, 2, 1, 2332522349],
    [-1, 999999, 4294967295, 3657553228],
  ];
  for (const [key, a, b, expected] of vectors) t.is(hashPair(key, a, b), expected);
});

test('contentId is pinned', (t) => {
  t.deepEqual(['', 'a', 'join:p7'].map(contentId), ['720f52dfef731e14', '4b65933aa717fc22', 'b6d20e65ba911a9d']);
});

test('contentId is 16 hexadecimal digits and differs over 100000 similar texts', (t) => {
  const seen = new Set<string>();
  for (let index = 0; index < 100_000; index++) seen.add(contentId(`p7/${index}`));
  t.is(seen.size, 100_000);
  t.true([...seen].every((id) => /^[0-9a-f]{16}$/.test(id)));
});

test('root and name are separated: every split of a text derives another state', (t) => {
  const text = 'abcdefghijklmnopqrst';
  const seen = new Set<string>();
  for (let cut = 0; cut <= text.length; cut++) {
    seen.add(JSON.stringify(hash128(text.slice(cut), streamRoot(text.slice(0, cut)))));
  }
  t.is(seen.size, text.length + 1);
});

test('odd seeds are all different: empty, digits, NUL, padding, lone surrogates, emoji', (t) => {
  const seeds = ['', '0', '1', '00', '\0', '\0\0', '\0'.repeat(8), '\ud83d', '\ude42', '🙂', '\ufffd', ' ', '1 '];
  t.is(new Set(seeds.map((seed) => JSON.stringify(streamRoot(seed)))).size, seeds.length);
});

test('a stream root and a pair root of one seed are unrelated', (t) => {
  for (const seed of ['', '1', '🙂']) {
    const apart = lanes(streamRoot(seed)).map((lane, at) => bits(lane ^ (lanes(pairRoot(seed))[at] as number)));
    t.true(apart.every((count) => count > 4 && count < 28));
  }
});

test('one flipped bit of a name flips each bit of its hash half of the time', (t) => {
  const root = streamRoot('1');
  const flips = new Array<number>(128).fill(0);
  let trials = 0;
  for (let node = 0; node < 200; node++) {
    const name = `node/${node}`;
    const before = lanes(hash128(name, root));
    for (let at = 0; at < name.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const unit = String.fromCharCode(name.charCodeAt(at) ^ (1 << bit));
        const after = lanes(hash128(name.slice(0, at) + unit + name.slice(at + 1), root));
        for (let out = 0; out < 128; out++) {
          flips[out]! += ((before[out >> 5]! ^ after[out >> 5]!) >>> (out & 31)) & 1;
        }
        trials++;
      }
    }
  }
  // 11000 trials: a deviation of 5 standard errors is 0.024.
  for (const count of flips) t.true(Math.abs(count / trials - 0.5) < 0.024, `${count} of ${trials}`);
});

test('hashPair is directional, hashUnorderedPair is not', (t) => {
  for (let a = 0; a < 50; a++) {
    for (let b = a + 1; b < 50; b++) {
      t.not(hashPair(7, a, b), hashPair(7, b, a));
      t.is(hashUnorderedPair(7, a, b), hashUnorderedPair(7, b, a));
      t.is(hashUnorderedPair(7, a, b), hashPair(7, a, b));
    }
  }
});

test('hashPair spreads a grid of small pairs evenly over its high and its low byte', (t) => {
  for (const shift of [24, 0]) {
    const counts = new Array<number>(256).fill(0);
    for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) counts[(hashPair(1, a, b) >>> shift) & 255]!++;
    const square = counts.reduce((sum, count) => sum + (count - 256) ** 2 / 256, 0);
    // 255 degrees of freedom: standard deviation 22.6.
    t.true(square > 255 - 100 && square < 255 + 100, String(square));
  }
});

function lanes({ a, b, c, d }: Hash128): number[] {
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
}

function bits(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
