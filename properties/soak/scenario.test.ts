import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { costTable } from '../../sim/cost/table.ts';
import { modelNamed } from '../../models/registry.ts';
import { judgeSoak } from './judge.ts';
import {
  costsOf,
  parseScenario,
  resolveScenario,
  SCENARIO_LISTS,
  scenarioNamed,
  SCENARIOS,
  uniqueScenarios,
} from './scenario.ts';
import type { NamedScenario, ScenarioInput } from './scenario.ts';

function named(name: string): NamedScenario {
  return { name, summary: name, scenario: { name } };
}

test('the scenarios that come along have names of their own, and each resolves', (t) => {
  t.notThrows(() => uniqueScenarios(SCENARIO_LISTS));
  t.is(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
  for (const { name, scenario } of SCENARIOS) {
    t.is(scenario.name, name);
    t.notThrows(() => resolveScenario(parseScenario(scenario, name)));
  }
});

test('two scenarios of one name are refused with both places', (t) => {
  const one = { where: 'one.json', scenarios: [named('a'), named('b')] };
  const other = { where: 'other.json', scenarios: [named('b')] };
  const error = t.throws(() => uniqueScenarios([one, other]), { instanceOf: InputError });
  t.is(error.code, 'duplicate-scenario');
  t.regex(error.message, /"b", in one\.json and in other\.json, expected each name once$/);
  const twice = t.throws(() => uniqueScenarios([{ where: 'one.json', scenarios: [named('a'), named('a')] }]));
  t.regex(twice.message, /"a", twice in one\.json/);
  t.deepEqual(
    uniqueScenarios([one]).map(({ name }) => name),
    ['a', 'b'],
  );
});

test('costs are refused where the model charges none, and replace those of its table where it does', (t) => {
  const scenario = parseScenario({ costs: { poll: 1 } }, 'f.json');
  const error = t.throws(() => resolveScenario(scenario, 'f.json'), { instanceOf: InputError });
  t.is(error.code, 'bad-costs');
  t.regex(
    error.message,
    /^f\.json: costs: received a cost of "poll", expected none, as model swarm charges no CPU time$/,
  );
  t.is(resolveScenario(parseScenario({}, 'f.json')).costs, undefined);
  const model = { ...modelNamed('swarm'), costs: costTable({ poll: 2, dial: 3 }) };
  t.deepEqual(costsOf(model, { dial: 9 }, 'f.json: costs')!.us, [2, 9]);
  for (const costs of [{ pol: 1 }, { poll: -1 }, { poll: Infinity }, { poll: 'much' }, { poll: null }]) {
    const refused = t.throws(() => costsOf(model, costs, 'f.json: costs'), { instanceOf: InputError });
    t.is(refused.code, 'bad-costs');
    t.true(refused.message.startsWith('f.json: costs: '), refused.message);
  }
});

test('config, costs and parameters are objects, and no key of them is dropped', (t) => {
  for (const field of ['config', 'costs']) {
    for (const value of [[], [1], null, 'x', 3]) {
      const refused = t.throws(() => parseScenario({ [field]: value }, 'f.json'), { instanceOf: InputError });
      t.true(refused.message.endsWith('expected an object'), refused.message);
    }
  }
  t.throws(() => parseScenario({ profile: { name: 'none', params: [] } }, 'f.json'), { code: 'bad-scenario' });
  const odd = parseScenario(JSON.parse('{"model":"mesh","costs":{"__proto__":1}}'), 'f.json');
  t.throws(() => resolveScenario(odd, 'f.json'), { code: 'bad-costs' });
});

test('a configuration that contradicts itself or its network is refused in one sentence', (t) => {
  const refused = (input: object): string => {
    const error = t.throws(() => resolveScenario(parseScenario({ model: 'mesh', ...input }, 'mine')), {
      instanceOf: InputError,
    });
    t.is(error?.code, 'bad-scenario');
    return error?.message ?? '';
  };
  t.regex(refused({ network: { idleTimeoutUs: 5_000_000 } }), /^scenario: config: quic\.keepAliveUs: received 5000000/);
  t.regex(refused({ config: { app: { announceLifetimeUs: 1_000_000 } } }), /announceLifetimeUs: received 1000000/);
  t.regex(refused({ model: 'hub', network: { idleTimeoutUs: 1_000_000 } }), /keepAliveUs/);
  t.regex(refused({ config: { app: { tickUs: 60_000_000 } } }), /app\.tickUs: received 60000000, expected 2500000/);
  t.regex(refused({ nodes: 4, config: { app: { observers: 5 } } }), /app\.observers: received 5, expected .* \(4\)/);
  const far = { latency: { kind: 'uniform', minUs: 200_000, maxUs: 900_000 } };
  t.regex(refused({ network: far }), /neighborTimeoutUs: received 500000, expected .* \(1100000\)/);
  const patient = { hyparview: { neighborTimeoutUs: 2_000_000 } };
  t.regex(refused({ config: patient, network: far }), /connectTimeoutUs: received 1000000, expected .* \(1100000\)/);
  t.regex(refused({ model: 'hub', network: far }), /connectTimeoutUs: received 1000000, expected .* \(1800000\)/);
});

test('a mesh of two that loses messages, a hub of slow uplinks and two proxies hold every property', (t) => {
  const runs: readonly (readonly [ScenarioInput, seeds: readonly string[]])[] = [
    [{ ...scenarioNamed('mesh'), nodes: 2, network: { lossShare: 0.05 } }, ['0', '19']],
    [{ ...scenarioNamed('hub'), network: { bandwidthBytesPerSecond: 20_000 } }, ['0']],
    [{ ...scenarioNamed('tls-proxy'), nodes: 2 }, ['12', '63', '68']],
  ];
  for (const [input, seeds] of runs) {
    for (const seed of seeds) {
      const soak = resolveScenario(parseScenario({ ...input, seed }, 'test'));
      const broken = judgeSoak(soak, { twice: false }).verdicts.filter(({ ok }) => !ok);
      t.deepEqual(broken, [], `${soak.scenario.name}, seed ${seed}`);
    }
  }
});
