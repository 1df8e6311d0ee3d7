import test from 'ava';
import fc from 'fast-check';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { ScenarioInput, Soak } from '../../properties/soak/scenario.ts';
import { readAddress, writeAddress } from './address.ts';
import type { Setup } from './setup.ts';
import { TEXT_FIELDS, scenarioOf } from './setup.ts';

const word = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' });
const setups: fc.Arbitrary<Setup> = fc.record(
  {
    base: word,
    ...Object.fromEntries(TEXT_FIELDS.map((field) => [field, word])),
    defects: fc.array(
      fc.stringMatching(/^[a-z][a-z-]{0,20}$/).filter((id) => id !== 'none'),
      { maxLength: 4 },
    ),
  },
  { requiredKeys: ['base'] },
);

test('what is written is read back', (t) => {
  const whole = fc.option(fc.nat({ max: 2 ** 40 }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(setups, { minLength: 1, maxLength: 2 }), whole, whole, (runs, atUs, peer) => {
      const address = { runs, atUs, peer };
      t.deepEqual(readAddress(`#${writeAddress(address)}`), address);
    }),
    { seed: 6, numRuns: 300 },
  );
});

test('an address that says nothing is none', (t) => {
  t.deepEqual(readAddress(''), { runs: [], atUs: undefined, peer: undefined });
  t.deepEqual(readAddress('#'), { runs: [], atUs: undefined, peer: undefined });
});

test('any text at all is read or refused with a sentence', (t) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'binary' }), (text) => {
      try {
        readAddress(text);
      } catch (error) {
        t.true(error instanceof InputError, String(error));
      }
    }),
    { seed: 6, numRuns: 500 },
  );
});

for (const [what, hash, code] of [
  ['an unknown part', 'run=swarm&speed=3', 'unknown-part'],
  ['a seed without a run', 'seed=3', 'bad-address'],
  ['a second seed without a second run', 'run=swarm&with-seed=3', 'bad-address'],
  ['a time that is none', 'run=swarm&at=1e9', 'bad-address'],
  ['a peer below zero', 'run=swarm&peer=-1', 'bad-address'],
  ['far too many characters', `run=${'x'.repeat(30_000)}`, 'bad-address'],
] as const) {
  test(`${what} is refused`, (t) => {
    t.throws(() => readAddress(hash), { instanceOf: InputError, code });
  });
}

test('a set-up changes what it says and nothing else', (t) => {
  const base = scenarioOf({ base: 'stuck-loops' });
  t.like(scenarioOf({ base: 'stuck-loops', seed: 'x', nodes: '20' }), { seed: 'x', nodes: 20, defects: base.defects });
  t.deepEqual(scenarioOf({ base: 'stuck-loops', defects: [] }), { ...base, defects: [] });
  t.false('plan' in scenarioOf({ base: 'stuck-loops', profile: 'restart' }), 'a profile takes the place of a plan');
  t.deepEqual(scenarioOf({ base: 'mesh', model: 'hub' }).defects, [], 'another model has other defects');
  const onHub = scenarioOf({ base: 'stuck-loops', model: 'hub' });
  t.deepEqual(
    new Set((onHub.plan as ChurnPlan).actions.map(({ kind }) => kind)),
    new Set(['respawn']),
    'and other acts',
  );
  const soak = (input: ScenarioInput): Soak => resolveScenario(parseScenario(input, 'test'), 'test');
  const [mesh, hub] = [soak(scenarioOf({ base: 'mesh' })), soak(scenarioOf({ base: 'mesh', model: 'hub' }))];
  t.deepEqual(hub.plan, mesh.plan, 'the same happens to both');
  t.is(hub.endUs, mesh.endUs);
  t.is(resolveScenario(parseScenario(onHub, 'test'), 'test').model.name, 'hub');
  t.throws(() => scenarioOf({ base: 'mesh', nodes: '3.5' }), { code: 'bad-number' });
  t.throws(() => scenarioOf({ base: '{' }), { code: 'bad-address' });
  t.throws(() => scenarioOf({ base: '[]' }), { code: 'unknown-scenario' });
});
