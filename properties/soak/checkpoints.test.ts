import test from 'ava';
import fc from 'fast-check';
import { partingOf, partingText } from './checkpoints.ts';
import { runSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { Checkpoint } from './record.ts';

const at = (digests: string): Checkpoint[] =>
  Array.from(digests).map((digest, place) => ({ atUs: (place + 1) * 10, digest }));

test('two runs part between the last moment at which they were alike and the next', (t) => {
  t.deepEqual(partingOf(at('abc'), at('abd')), { afterUs: 20, byUs: 30 });
  t.deepEqual(partingOf(at('xbc'), at('abc')), { afterUs: 0, byUs: 10 });
  t.deepEqual(partingOf(at('abc'), at('abc')), { afterUs: 30, byUs: Infinity });
  t.deepEqual(partingOf(at('abc'), []), { afterUs: 0, byUs: Infinity });
  t.is(partingText({ afterUs: 20_000_000, byUs: 30_000_000 }), 'alike until 20s, not alike at 30s');
  t.is(partingText({ afterUs: 0, byUs: Infinity }), 'alike until 0s, and not in the end');
});

test('a parting is where the first digest differs, whichever side is asked', (t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 12 }), (alike) => {
      const here = alike.map((_, place) => ({ atUs: place + 1, digest: 'a' }));
      const there = alike.map((same, place) => ({ atUs: place + 1, digest: same ? 'a' : 'b' }));
      const first = alike.indexOf(false);
      const expected = first < 0 ? { afterUs: alike.length, byUs: Infinity } : { afterUs: first, byUs: first + 1 };
      return [partingOf(here, there), partingOf(there, here)].every(
        ({ afterUs, byUs }) => afterUs === expected.afterUs && byUs === expected.byUs,
      );
    }),
    { seed: 7, numRuns: 200 },
  );
  t.pass();
});

test('a run keeps its digest at the same moments, observed or not, and the last is its own', (t) => {
  const soak = resolveScenario(
    parseScenario({ nodes: 5, seed: 'moments', profile: { name: 'none' }, for: '6m' }, 'test'),
  );
  const [seen, unseen] = [runSoak(soak), runSoak(soak, { observe: false })];
  t.is(seen.checkpoints.length, 64);
  t.deepEqual(seen.checkpoints, unseen.checkpoints);
  t.deepEqual(seen.checkpoints.at(-1), { atUs: soak.endUs, digest: seen.digest });
});
