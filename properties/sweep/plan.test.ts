// Plans of sweeps: seeds, shards, and which run is which.
import test from 'ava';
import fc from 'fast-check';
import { parseScenario } from '../soak/scenario.ts';
import { cellIndex, parseSeedRange, parseShard, runCount, scenarioOf, seedOf, seedsOf } from './plan.ts';

const OPTIONS = { seed: 41, numRuns: 200 };
const scenario = parseScenario({}, 'test');

test('a count of seeds is a range from 0', (t) => {
  t.deepEqual(parseSeedRange('1000', '--seeds'), { from: 0, to: 999 });
  t.deepEqual(parseSeedRange('500..999', '--seeds'), { from: 500, to: 999 });
  t.deepEqual(parseSeedRange('7..7', '--seeds'), { from: 7, to: 7 });
  t.is(seedsOf('a b', { from: 3, to: 4 })[1], 'a b/4');
});

test('what is no range of seeds and no shard is refused', (t) => {
  for (const text of ['', '0', '-1', '1.5', '9..8', '1..', '..3', '1000001', '0..1000000', '1e3', '1...3', 'all']) {
    t.throws(() => parseSeedRange(text, '--seeds'), { code: 'bad-seeds' }, text);
  }
  for (const text of ['', '0/4', '5/4', '1/0', '1/10001', '1', '1/2/3', '-1/4', 'a/b']) {
    t.throws(() => parseShard(text, '--shard'), { code: 'bad-shard' }, text);
  }
  t.throws(() => seedsOf('x'.repeat(901), { from: 0, to: 1 }), { code: 'bad-seed' });
});

test('shards are disjoint, and together they are all seeds', (t) => {
  const ranges = fc.tuple(fc.nat(1000), fc.nat(200)).map(([from, more]) => ({ from, to: from + more }));
  const property = fc.property(ranges, fc.integer({ min: 1, max: 30 }), (range, of) => {
    const shards = Array.from({ length: of }, (_, place) => seedsOf('s', range, parseShard(`${place + 1}/${of}`, 'x')));
    const together = shards.flat();
    t.is(new Set(together).size, together.length);
    t.deepEqual(together.toSorted(), seedsOf('s', range).toSorted());
    const sizes = shards.map(({ length }) => length);
    t.true(Math.max(...sizes) - Math.min(...sizes) <= 1);
  });
  fc.assert(property, OPTIONS);
});

test('runs are every cell with every seed, once, all cells of a seed in a row', (t) => {
  const cells = ['a', 'b', 'c'].map((label) => ({ label, values: {}, scenario: { ...scenario, name: label } }));
  const plan = { cells, seeds: ['s/0', 's/1'] };
  const runs = Array.from({ length: runCount(plan) }, (_, run) => {
    t.is(scenarioOf(plan, run).name, cells[cellIndex(plan, run)]!.label);
    t.is(scenarioOf(plan, run).seed, seedOf(plan, run));
    return `${seedOf(plan, run)} ${cells[cellIndex(plan, run)]!.label}`;
  });
  t.deepEqual(runs, ['s/0 a', 's/0 b', 's/0 c', 's/1 a', 's/1 b', 's/1 c']);
});
