import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../../sim/errors.ts';
import { decodeToken, encodeToken } from '../repro/token.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Scenario } from '../soak/scenario.ts';
import { scenarios } from './scenarios.ts';
import type { ScenarioOptions } from './scenario-options.ts';

const MODELS = ['swarm', 'mesh', 'hub', 'tls-proxy'] as const;
const MINUTE = 60_000_000;

function drawn(model: string, options: ScenarioOptions, count: number, seed = 1): Scenario[] {
  return fc.sample(scenarios(model, options), { seed, numRuns: count });
}

function kindsIn(scenario: Scenario): Set<string> {
  return new Set(resolveScenario(scenario).plan.actions.map(({ kind }) => kind));
}

for (const model of MODELS) {
  test(`drawn scenarios of ${model} resolve, and are the same after JSON and a token`, (t) => {
    for (const scenario of drawn(model, {}, 30)) {
      const soak = resolveScenario(scenario);
      t.is(soak.model.name, model);
      t.true(soak.calms.length >= 4, scenario.notes?.join('; ') ?? '');
      const again = parseScenario(JSON.parse(JSON.stringify(scenario)), 'JSON');
      t.deepEqual(again, scenario);
      const token = encodeToken(scenario, '0'.repeat(16));
      if (token !== undefined) t.deepEqual(decodeToken(token).scenario, scenario);
    }
  });
}

test('what a drawn scenario shrinks to resolves, and is smaller in the end', (t) => {
  for (let seed = 0; seed < 4; seed++) {
    const seen: Scenario[] = [];
    const { counterexample } = fc.check(
      fc.property(scenarios('swarm', { nodes: { min: 3 } }), (scenario) => {
        seen.push(scenario);
        resolveScenario(scenario);
        return false;
      }),
      { seed, numRuns: 1 },
    );
    const [smallest] = counterexample!;
    t.is(smallest.nodes, 3);
    t.is(smallest.profile.name, 'none');
    t.is(resolveScenario(smallest).plan.actions.length, 0);
    t.deepEqual(smallest, seen.at(-1));
  }
});

test('whole kinds of fault and churn are left out of some runs, and the header says which', (t) => {
  const all = drawn('mesh', {}, 150);
  const share = (holds: (scenario: Scenario) => boolean): number => all.filter(holds).length / all.length;
  const within = (value: number, what: string): void => {
    t.true(value > 0.03 && value < 0.97, `${what}: ${value}`);
  };
  within(
    share(({ network }) => network.lossShare > 0),
    'loss',
  );
  within(
    share(({ network }) => network.clockDriftPpm > 0),
    'drift',
  );
  within(
    share(({ profile, plan }) => profile.name === 'none' && plan === undefined),
    'no churn',
  );
  within(
    share((scenario) => !kindsIn(scenario).has('restart')),
    'no restarts',
  );
  within(
    share((scenario) => !kindsIn(scenario).has('partition')),
    'no partitions',
  );
  t.true(new Set(all.map(({ nodes }) => nodes)).size > 10);
  t.true(new Set(all.map(({ network }) => network.latency.kind)).size === 4);
  for (const scenario of all) {
    const { header } = resolveScenario(scenario);
    t.deepEqual(header.slice(-2), scenario.notes);
    t.regex(header.at(-2)!, /^drawn: \d+ nodes of 4 to 20; network faults /);
    t.is(
      header.at(-2)!.includes('without') && /without[^)]*loss/.test(header.at(-2)!),
      scenario.network.lossShare === 0,
    );
    t.regex(header.at(-1)!, /^drawn: (no churn at all|churn by a plan; kinds of change|churn by a profile, of )/);
  }
});

test('options narrow what is drawn', (t) => {
  const options: ScenarioOptions = {
    nodes: { min: 6, max: 7 },
    churn: ['profile', 'plan'],
    profiles: ['restart'],
    changeKinds: ['kill'],
    changes: { min: 4, max: 9 },
    waves: { min: 4, max: 4 },
    spanUs: { min: MINUTE, max: MINUTE },
    faults: ['loss'],
    network: { lossShare: { min: 0.02, max: 0.02 }, latency: { kinds: ['fixed'], us: { min: 5_000, max: 5_000 } } },
    workload: { broadcastsPerSecond: { min: 1, max: 1 } },
    config: { hyparview: { activeViewCapacity: 3 } },
    defects: ['peer-topics-not-pruned'],
    seed: 'mine',
  };
  const seen = new Set<string>();
  for (const scenario of drawn('swarm', options, 40)) {
    const { network, nodes, seed, defects, config, workload, plan, profile } = scenario;
    t.true(nodes === 6 || nodes === 7);
    t.deepEqual([seed, defects, config], ['mine', ['peer-topics-not-pruned'], options.config as Scenario['config']]);
    t.is(workload.broadcastsPerSecond, 1);
    t.deepEqual(network.latency, { kind: 'fixed', us: 5_000 });
    t.true(network.lossShare === 0 || network.lossShare === 0.02);
    t.is(network.jitterUs + network.duplicateShare + network.reorderShare + network.clockSkewUs, 0);
    const kinds = [...kindsIn(scenario)].filter((kind) => kind !== 'start').join();
    t.is(kinds, plan === undefined ? 'restart' : 'kill');
    t.is(profile.name, plan === undefined ? 'restart' : 'kill-respawn');
    seen.add(kinds);
  }
  t.is(seen.size, 2);
});

test('a configuration and defects may be arbitraries', (t) => {
  const capacity = fc.integer({ min: 3, max: 5 });
  const config = capacity.map((activeViewCapacity) => ({ hyparview: { activeViewCapacity } }));
  const defects = fc.subarray(['peer-topics-not-pruned', 'plumtree-lazy-queue-kept']);
  const all = drawn('swarm', { config, defects }, 40);
  t.is(new Set(all.map((scenario) => JSON.stringify(scenario.config))).size, 3);
  t.is(new Set(all.map((scenario) => scenario.defects.length)).size, 3);
});

test('a run lasts as long as asked for: churn is cut or drawn out to it', (t) => {
  for (const duration of [{ max: '14m' }, { min: '2h' }, { min: '20m', max: '20m' }]) {
    for (const scenario of drawn('swarm', { duration }, 40)) {
      const { endUs } = resolveScenario(scenario);
      if (duration.max !== undefined) t.true(endUs <= Number.parseInt(duration.max) * MINUTE, `${endUs}`);
      if (duration.min !== undefined) t.true(endUs >= (duration.min === '2h' ? 120 : 20) * MINUTE, `${endUs}`);
    }
  }
});

test('a duration without room for a calm is refused with what is needed', (t) => {
  const error = t.throws(() => drawn('swarm', { duration: { max: '1m' } }, 20), { instanceOf: InputError });
  t.is(error?.code, 'too-short');
});
