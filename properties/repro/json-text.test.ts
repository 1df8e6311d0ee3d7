import test from 'ava';
import fc from 'fast-check';
import { jsonLines } from './json-text.ts';

test('what is written parses to the same value', (t) => {
  fc.assert(
    fc.property(fc.json(), fc.nat(40), (text, depth) => {
      const value: unknown = JSON.parse(text);
      const wrapped: unknown = JSON.parse('['.repeat(depth) + text + ']'.repeat(depth));
      t.deepEqual(JSON.parse(jsonLines(value)), value);
      t.deepEqual(JSON.parse(jsonLines(wrapped)), wrapped);
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('a list of short items stands a line for each', (t) => {
  const actions = Array.from({ length: 6 }, (_, peer) => ({ atUs: 1_000_000 * peer, kind: 'kill', peer }));
  t.is(jsonLines({ version: 1, actions }).split('\n').length, 2 + 2 + 6 + 1);
  t.is(jsonLines({ version: 1, actions: actions.slice(0, 1) }).split('\n').length, 1);
});
