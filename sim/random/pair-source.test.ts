// Tests of the pair source: a pure function of key and pair, with words that are uniform and unrelated.
import test from 'ava';

import { hashPair } from './hash.ts';
import { PairSource } from './pair-source.ts';
import { RandomStreams } from './stream.ts';

test('a pair yields the same words whatever was asked before', (t) => {
  const source = new PairSource(7);
  const first = words(source.at(3, 9), 10);
  words(source.at(9, 3), 4);
  t.deepEqual(words(source.at(3, 9), 10), first);
  t.is(first[0], hashPair(7, 3, 9));
});

test('the words of a pair, of its mirror and of its neighbours all differ', (t) => {
  const source = new PairSource(7);
  const all = [words(source.at(3, 9), 50), words(source.at(9, 3), 50), words(source.at(3, 10), 50)].flat();
  t.is(new Set(all).size, 150);
});

test('the words of a pair are uniform in mean and variance', (t) => {
  const floats = words(new PairSource(1).at(0, 1), 20_000).map((word) => word / 2 ** 32);
  const mean = floats.reduce((sum, value) => sum + value, 0) / floats.length;
  const variance = floats.reduce((sum, value) => sum + (value - mean) ** 2, 0) / floats.length;
  t.true(Math.abs(mean - 1 / 2) < 0.01);
  t.true(Math.abs(variance - 1 / 12) < 0.003);
});

test('pairs of a root are pinned, and differ by root and by name', (t) => {
  const first = (root: string, name: string): number => new RandomStreams(root).pairs(name).at(1, 2).uint32();
  t.is(first('1', 'latency'), hashPair(730343783, 1, 2));
  t.is(new Set([first('1', 'latency'), first('2', 'latency'), first('1', 'loss')]).size, 3);
});

function words(source: PairSource, count: number): number[] {
  return Array.from({ length: count }, () => source.uint32());
}
