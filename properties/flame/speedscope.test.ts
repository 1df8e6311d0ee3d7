import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { speedscopeFile } from './speedscope.ts';
import { mergedStacks } from './stacks.ts';
import { stackLists, totalUs } from './stacks.test.fixture.ts';

/** What https://www.speedscope.app/file-format-schema.json asks of a file with a sampled profile, and no other key. */
const fileSchema = v.strictObject({
  $schema: v.literal('https://www.speedscope.app/file-format-schema.json'),
  name: v.string(),
  exporter: v.string(),
  activeProfileIndex: v.literal(0),
  shared: v.strictObject({ frames: v.array(v.strictObject({ name: v.string() })) }),
  profiles: v.strictTuple([
    v.strictObject({
      type: v.literal('sampled'),
      name: v.string(),
      unit: v.literal('microseconds'),
      startValue: v.literal(0),
      endValue: v.number(),
      samples: v.array(v.array(v.pipe(v.number(), v.integer(), v.minValue(0)))),
      weights: v.array(v.pipe(v.number(), v.minValue(0))),
    }),
  ]),
});

test('frames are shared and samples refer to them by index', (t) => {
  const text = speedscopeFile(
    [
      { stack: ['a', 'b'], us: 2.5, count: 1 },
      { stack: ['a', 'a'], us: 1, count: 1 },
    ],
    'a "title"',
  );
  t.deepEqual(JSON.parse(text), {
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    name: 'a "title"',
    exporter: 'quicksoak',
    activeProfileIndex: 0,
    shared: { frames: [{ name: 'a' }, { name: 'b' }] },
    profiles: [
      {
        type: 'sampled',
        name: 'a "title"',
        unit: 'microseconds',
        startValue: 0,
        endValue: 3.5,
        samples: [
          [0, 0],
          [0, 1],
        ],
        weights: [1, 2.5],
      },
    ],
  });
});

test('a speedscope file fits its schema and holds the same stacks', (t) => {
  fc.assert(
    fc.property(stackLists, (stacks) => {
      const file = v.parse(fileSchema, JSON.parse(speedscopeFile(stacks, 'soak')));
      const [{ samples, weights, endValue }] = file.profiles;
      const names = file.shared.frames.map(({ name }) => name);
      t.is(new Set(names).size, names.length);
      t.is(samples.length, weights.length);
      t.is(endValue, totalUs(stacks));
      t.deepEqual(
        samples.map((sample, place) => ({ stack: sample.map((index) => names[index]), us: weights[place] })),
        mergedStacks(stacks).map(({ stack, us }) => ({ stack: [...stack], us })),
      );
    }),
    { seed: 23, numRuns: 200 },
  );
});
