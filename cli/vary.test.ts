// --vary: which parameter a name means, and which cells values give.
import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { swarm, swarmConfigSchema } from '../models/swarm.ts';
import type { Model } from '../models/model.ts';
import { BUILT_IN, catalogueWith } from '../properties/catalogue.ts';
import { parseScenario, scenarioNamed } from '../properties/soak/scenario.ts';
import type { ScenarioInput } from '../properties/soak/scenario.ts';
import type { SweepCell } from '../properties/sweep/plan.ts';
import { cellsOf, splitList } from './vary.ts';

const OPTIONS = { seed: 45, numRuns: 200 };

function cellsFrom(texts: readonly string[], input: ScenarioInput = {}, catalogue = BUILT_IN): SweepCell[] {
  return cellsOf(parseScenario(input, 'test'), 'test', texts, catalogue);
}

function valuesOf(text: string, input?: ScenarioInput): unknown[] {
  return cellsFrom([text], input).map(({ values }) => values);
}

test('every combination is a cell, the first flag varying slowest', (t) => {
  const cells = cellsFrom(['shuffleInterval=5s,1m', 'nodes=20,200']);
  t.deepEqual(
    cells.map(({ label, values }) => [label, values]),
    [
      ['shuffleInterval=5s, nodes=20', { 'config.hyparview.shuffleIntervalUs': 5_000_000, nodes: 20 }],
      ['shuffleInterval=5s, nodes=200', { 'config.hyparview.shuffleIntervalUs': 5_000_000, nodes: 200 }],
      ['shuffleInterval=1m, nodes=20', { 'config.hyparview.shuffleIntervalUs': 60_000_000, nodes: 20 }],
      ['shuffleInterval=1m, nodes=200', { 'config.hyparview.shuffleIntervalUs': 60_000_000, nodes: 200 }],
    ],
  );
  t.deepEqual(cells[3]!.scenario.config, { hyparview: { shuffleIntervalUs: 60_000_000 } });
  t.is(cells[3]!.scenario.nodes, 200);
});

test('without a variation the scenario is the one cell', (t) => {
  const [cell, ...others] = cellsFrom([]);
  t.is(others.length, 0);
  t.deepEqual(cell, { label: '', values: {}, scenario: parseScenario({}, 'test') });
});

test('a parameter may be named in full, without its unit, or by its last part', (t) => {
  const rate = { 'profile.ratePerSecond': 2 };
  for (const name of ['profile.ratePerSecond', 'profile.rate', 'ratePerSecond', 'rate']) {
    t.deepEqual(valuesOf(`${name}=2`), [rate], name);
  }
  t.deepEqual(valuesOf('network.lossShare=0,0.1'), [{ 'network.lossShare': 0 }, { 'network.lossShare': 0.1 }]);
  t.deepEqual(valuesOf('lossShare=0.1'), [{ 'network.lossShare': 0.1 }]);
  t.deepEqual(valuesOf('latency.maxUs=80ms', {}), [{ 'network.latency.maxUs': 80_000 }]);
  t.deepEqual(valuesOf('workload.broadcastsPerSecond=0.5'), [{ 'workload.broadcastsPerSecond': 0.5 }]);
  t.deepEqual(valuesOf('for=20m'), [{ forUs: 1_200_000_000 }]);
  t.deepEqual(valuesOf('startInterval=1s'), [{ startIntervalUs: 1_000_000 }]);
  t.deepEqual(valuesOf('hyparview.shuffleInterval=5s'), [{ 'config.hyparview.shuffleIntervalUs': 5_000_000 }]);
  t.deepEqual(valuesOf('defects=none,peer-topics-not-pruned'), [
    { defects: 'none' },
    { defects: 'peer-topics-not-pruned' },
  ]);
});

test('model and profile are set before what depends on them, in whatever order they are typed', (t) => {
  const mesh = scenarioNamed('mesh');
  const cells = cellsFrom(['minDown=1s', 'profile=restart,kill-respawn', 'model=mesh,hub'], mesh);
  t.is(cells.length, 4);
  t.deepEqual(cells[1]!.values, { 'profile.minDownUs': 1_000_000, profile: 'restart', model: 'hub' });
  t.deepEqual(cells[1]!.scenario.profile, { name: 'restart', params: { minDownUs: 1_000_000 } });
});

test('what cannot be varied is refused', (t) => {
  const plan = { version: 1, actions: [] };
  const cases: readonly (readonly [text: string, code: string, input?: ScenarioInput])[] = [
    ['nodes', 'bad-pair'],
    ['nodes=', 'bad-values'],
    ['nodes=20,20', 'bad-values'],
    ['nodes=20,', 'bad-values'],
    ['nodes=1', 'bad-scenario'],
    ['nodes=many', 'bad-scenario'],
    ['model=swram', 'unknown-model'],
    ['profile=rstart', 'unknown-profile'],
    ['profile=restart', 'contradiction', { plan }],
    ['rate=2', 'unknown-parameter', { plan }],
    ['defects=nothing', 'unknown-defect'],
    ['for=1s', 'too-short'],
    ['for=ever', 'bad-duration'],
    ['shuffleInterval=soon', 'bad-duration'],
    ['config.none=1', 'bad-scenario'],
    ['seed=1,2', 'unknown-parameter'],
  ];
  for (const [text, code, input] of cases) t.throws(() => cellsFrom([text], input), { code }, text);
  t.throws(() => cellsFrom(['nodes=2', 'nodes=3']), { code: 'duplicate-name' });
  const list = Array.from({ length: 101 }, (_, place) => place + 2).join(',');
  t.throws(() => cellsFrom([`nodes=${list}`, `waves=${list}`]), { code: 'too-many-cells' });
  t.throws(() => cellsFrom(['sufleInterval=1s']), {
    message: /did you mean "shuffleInterval"\? Known: model, nodes, forUs/,
  });
});

test('a name that fits several parameters is refused with their full names', (t) => {
  const part = v.optional(v.strictObject({ capacity: v.optional(v.number(), 1) }), {});
  const twin: Model<v.InferOutput<typeof schema>> = {
    ...swarm,
    name: 'twin',
    configSchema: v.strictObject({ ...swarmConfigSchema.entries, left: part, right: part }),
  };
  const schema = v.strictObject({ ...swarmConfigSchema.entries, left: part, right: part });
  const catalogue = catalogueWith({ models: [twin] });
  const error = t.throws(() => cellsFrom(['capacity=2'], { model: 'twin' }, catalogue), {
    code: 'ambiguous-parameter',
  });
  t.true(error.message.endsWith('config.left.capacity, config.right.capacity'));
  const [cell] = cellsFrom(['left.capacity=2'], { model: 'twin' }, catalogue);
  t.deepEqual(cell!.values, { 'config.left.capacity': 2 });
});

test('a list is split at its own commas, not at those of a value', (t) => {
  t.deepEqual(splitList('a, b,c'), ['a', 'b', 'c']);
  t.deepEqual(splitList('[1,2],{"a":"x,y"},"p,[q"'), ['[1,2]', '{"a":"x,y"}', '"p,[q"']);
  const values = fc.array(
    fc.oneof(fc.integer(), fc.array(fc.nat()), fc.dictionary(fc.constantFrom('a', 'b'), fc.nat())),
    {
      minLength: 1,
    },
  );
  const property = fc.property(values, (all) => {
    const texts = all.map((value) => JSON.stringify(value));
    t.deepEqual(splitList(texts.join(',')), texts);
  });
  fc.assert(property, OPTIONS);
});
