// Tests of the exact functions: close to the engine's own, pinned to the bit, and normal where normal is said.
import { createHash } from 'node:crypto';

import test from 'ava';

import { exp, gamma, ln, normal, pow, uniform } from './math.ts';
import { RandomStreams } from './stream.ts';

const stream = () => new RandomStreams('1').stream('math');

test('ln, exp and pow agree with the engine to a few parts in 10^15', (t) => {
  const random = stream();
  for (let at = 0; at < 2000; at++) {
    const x = uniform(random) * 50 + 1e-9;
    const y = uniform(random) * 20 - 10;
    t.true(near(ln(x), Math.log(x), 4e-15) || Math.abs(x - 1) < 0.01);
    t.true(near(exp(y), Math.exp(y), 4e-15));
    t.true(near(pow(x, y), Math.pow(x, y), 4e-15));
  }
});

test('the bits of ln, exp, pow, gamma, uniform and normal are pinned', (t) => {
  const random = stream();
  const bytes = new DataView(new ArrayBuffer(500 * 48));
  for (let at = 0; at < 500; at++) {
    const x = uniform(random);
    const values = [x, ln(x), exp(20 * x), pow(x, 1.7), gamma(1 + 9 * x), normal(random)];
    for (const [place, value] of values.entries()) bytes.setFloat64(at * 48 + place * 8, value, true);
  }
  t.is(
    createHash('sha256').update(bytes).digest('hex'),
    '135485a8204e857c1b0d3fea71e2f6419bb445be2e518aedf91ea069f30bc7be',
  );
});

test('uniform lies in [0, 1) and uses 53 bits', (t) => {
  const random = stream();
  let fine = 0;
  for (let at = 0; at < 1000; at++) {
    const value = uniform(random);
    t.true(value >= 0 && value < 1 && Number.isInteger(value * 2 ** 53));
    if (!Number.isInteger(value * 2 ** 52)) fine++;
  }
  t.true(fine > 400 && fine < 600);
});

test('normal has the moments and the tails of the normal distribution', (t) => {
  const random = stream();
  const count = 100_000;
  const values = Array.from({ length: count }, () => normal(random));
  const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / count;
  t.true(Math.abs(moment(1)) < 0.015);
  t.true(Math.abs(moment(2) - 1) < 0.02);
  t.true(Math.abs(moment(3)) < 0.06);
  t.true(Math.abs(moment(4) - 3) < 0.15);
  const beyondThree = values.filter((value) => Math.abs(value) > 3).length / count;
  t.true(Math.abs(beyondThree - 0.0027) < 0.0008);
});

test('gamma has its known values', (t) => {
  const known: [number, number][] = [
    [0.5, Math.sqrt(Math.PI)],
    [1, 1],
    [1.5, Math.sqrt(Math.PI) / 2],
    [2, 1],
    [5, 24],
    [11, 3_628_800],
  ];
  for (const [x, expected] of known) t.true(near(gamma(x), expected, 1e-13), String(x));
});

function near(value: number, expected: number, share: number): boolean {
  return Math.abs(value - expected) <= share * Math.abs(expected);
}
