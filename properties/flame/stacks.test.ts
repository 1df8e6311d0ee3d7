import test from 'ava';
import fc from 'fast-check';
import { HOSTILE_NAMES, stackLists, totalUs } from './stacks.test.fixture.ts';
import { mergedStacks, plainName } from './stacks.ts';

test('equal stacks are added up and ordered by their frames', (t) => {
  const merged = mergedStacks([
    { stack: ['b'], us: 1, count: 1 },
    { stack: ['a', 'c'], us: 2, count: 1 },
    { stack: ['a'], us: 3, count: 1 },
    { stack: ['a', 'c'], us: 4, count: 5 },
    { stack: ['a c'], us: 5, count: 1 },
  ]);
  t.deepEqual(merged, [
    { stack: ['a'], us: 3, count: 1 },
    { stack: ['a', 'c'], us: 6, count: 6 },
    { stack: ['a c'], us: 5, count: 1 },
    { stack: ['b'], us: 1, count: 1 },
  ]);
});

test('a name is brought onto one line that is not empty', (t) => {
  t.is(plainName('two\nlines'), 'two lines');
  t.is(plainName(' \t '), '?');
  t.is(plainName('half \ud83e'), 'half \ufffd');
  t.is(plainName('🦔'), '🦔');
  for (const name of HOSTILE_NAMES) t.regex(plainName(name), /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+$/u);
});

test('merging changes no sum and does not depend on the order of the stacks', (t) => {
  fc.assert(
    fc.property(
      stackLists.chain((stacks) =>
        fc.tuple(fc.constant(stacks), fc.shuffledSubarray(stacks, { minLength: stacks.length })),
      ),
      ([stacks, shuffled]) => {
        const merged = mergedStacks(stacks);
        t.deepEqual(mergedStacks(shuffled), merged);
        t.deepEqual(mergedStacks(merged), merged);
        t.is(totalUs(merged), totalUs(stacks));
        t.is(new Set(merged.map(({ stack }) => JSON.stringify(stack))).size, merged.length);
      },
    ),
    { seed: 21, numRuns: 200 },
  );
});
