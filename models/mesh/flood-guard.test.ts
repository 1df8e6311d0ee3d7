import test from 'ava';
import fc from 'fast-check';
import { FloodGuard } from './flood-guard.ts';

test('an origin is remembered for its time after it was heard of last', (t) => {
  const guard = new FloodGuard(100);
  guard.hear('a', 0);
  guard.hear('b', 60);
  guard.hear('a', 90);
  guard.expire(160);
  t.deepEqual([...guard.origins.keys()], ['b', 'a']);
  guard.expire(161);
  t.deepEqual([...guard.origins], [['a', 90]]);
  guard.hear('c', 191);
  t.deepEqual([...guard.origins], [['c', 191]]);
});

test('at any time it holds exactly those that were heard of within their time', (t) => {
  const heard = fc.array(fc.record({ origin: fc.nat(6), afterUs: fc.nat(50) }), { maxLength: 60 });
  fc.assert(
    fc.property(heard, (steps) => {
      const guard = new FloodGuard(80);
      const last = new Map<string, number>();
      let nowUs = 0;
      for (const { origin, afterUs } of steps) {
        nowUs += afterUs;
        guard.hear(`${origin}`, nowUs);
        last.set(`${origin}`, nowUs);
        const expected = [...last].filter(([, atUs]) => nowUs - atUs <= 80).map(([name]) => name);
        t.deepEqual([...guard.origins.keys()].toSorted(), expected.toSorted());
      }
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('as shipped every origin stays', (t) => {
  const guard = new FloodGuard(Infinity);
  for (let index = 0; index < 1000; index++) guard.hear(`${index}`, index * 1e9);
  t.is(guard.origins.size, 1000);
});
