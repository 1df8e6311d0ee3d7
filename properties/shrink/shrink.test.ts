// Shrinking findings: the cause stays, the rest goes.
import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../../sim/errors.ts';
import { BUILT_IN, catalogueWith } from '../catalogue.ts';
import { causesOf, causeText } from '../causes.ts';
import { propertyNamed } from '../judges/index.ts';
import { broken, holds } from '../property.ts';
import type { Property } from '../property.ts';
import { explicitScenario } from '../soak/explicit.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Scenario, ScenarioInput } from '../soak/scenario.ts';
import { shrinkable } from './shrinkable.ts';
import { shrinkScenario } from './shrink.ts';
import { isSmaller } from './size.ts';

const LEAK: ScenarioInput = {
  seed: 'shrink',
  nodes: 8,
  defects: ['peer-topics-not-pruned', 'plumtree-lazy-queue-kept'],
  network: { lossShare: 0.05, jitterUs: 3_000 },
  workload: { broadcastsPerSecond: 0.2 },
  profile: { name: 'kill-respawn', params: { waves: 5 } },
};

function scenarioOf(input: ScenarioInput): Scenario {
  return parseScenario(input, 'input');
}

test('a leak of a hundred kills is left with three, in few nodes, without faults, by one defect', (t) => {
  const { before, after, causes, originalCauses, scenario, result, complete } = shrinkScenario(scenarioOf(LEAK));
  t.is(before.actions, 100);
  t.true(after.actions <= 4);
  t.true(after.nodes <= 4);
  t.is(after.defects, 1);
  t.deepEqual([scenario.network.lossShare, scenario.network.jitterUs], [0, 0]);
  t.true(complete);
  const again = judgeSoak(resolveScenario(scenarioOf(JSON.parse(JSON.stringify(scenario)) as ScenarioInput)), {
    twice: false,
  });
  t.is(again.record.digest, result.record.digest);
  const shown = causesOf(again.verdicts).map(causeText);
  t.true(causes.length > 0);
  t.true(causes.every((cause) => shown.includes(causeText(cause))));
  t.true(causes.every((cause) => originalCauses.map(causeText).includes(causeText(cause))));
});

test('the same finding shrinks to the same, by the same steps, drawn or saved', (t) => {
  const input = { ...LEAK, nodes: 6, defects: ['peer-topics-not-pruned'], network: {} };
  const stepsOf = (scenario: Scenario): unknown[] => {
    const steps: unknown[] = [];
    const shrunk = shrinkScenario(scenario, { onStep: (step) => steps.push(step) });
    t.is(steps.length, shrunk.steps);
    return [steps, shrunk.scenario, shrunk.runs];
  };
  const saved = JSON.parse(JSON.stringify(explicitScenario(resolveScenario(scenarioOf(input))))) as ScenarioInput;
  t.deepEqual(stepsOf(scenarioOf(saved)), stepsOf(scenarioOf(input)));
});

test('fast-check shrinks a saved scenario that is passed as an example, and one that it drew', (t) => {
  const drawn = fc.constant(scenarioOf({ nodes: 6, seed: 'fc', profile: { name: 'restart' } }));
  const saved = explicitScenario(
    resolveScenario(scenarioOf({ nodes: 9, seed: 'saved', profile: { name: 'kill-respawn' } })),
  );
  const restless = (scenario: ExplicitScenario): boolean =>
    scenario.plan.actions.filter(({ kind }) => kind === 'restart' || kind === 'respawn').length < 2;
  const failure = (examples: [ExplicitScenario][]): ExplicitScenario => {
    const property = fc.property(shrinkable(drawn, BUILT_IN), restless);
    const { counterexample } = fc.check(property, { examples, numRuns: 1, seed: 3 });
    return counterexample![0];
  };
  t.like(failure([[saved]]), { nodes: 2, seed: 'saved' });
  t.is(failure([[saved]]).plan.actions.length, 2);
  t.like(failure([]), { nodes: 2, seed: 'fc' });
  t.is(failure([]).plan.actions.length, 2);
});

test('only an explicit scenario that resolves shrinks without a context', (t) => {
  const arbitrary = shrinkable(fc.constant(scenarioOf({})), BUILT_IN);
  const explicit = explicitScenario(resolveScenario(scenarioOf({ nodes: 4 })));
  t.true(arbitrary.canShrinkWithoutContext(explicit));
  t.true(arbitrary.canShrinkWithoutContext(JSON.parse(JSON.stringify(explicit))));
  for (const wrong of [undefined, 7, {}, scenarioOf({}), { ...explicit, nodes: 1 }, { ...explicit, for: '1s' }]) {
    t.false(arbitrary.canShrinkWithoutContext(wrong));
  }
});

test('a run in which nothing is to be kept comes back as it was', (t) => {
  const scenario = scenarioOf({ nodes: 4, seed: 'clean', profile: { name: 'kill-respawn', params: { waves: 2 } } });
  const { causes, allCauses, scenario: left, steps, complete } = shrinkScenario(scenario);
  t.deepEqual([causes, allCauses, steps, complete], [[], [], 0, true]);
  t.deepEqual(left, explicitScenario(resolveScenario(scenario)));
});

test('only a finding that is asked for is kept', (t) => {
  const scenario = scenarioOf({ ...LEAK, defects: ['peer-topics-not-pruned'] });
  const shrunk = shrinkScenario(scenario, { keep: ({ property }) => property === 'collections-plateau' });
  t.true(shrunk.causes.length > 0);
  t.true(shrunk.causes.every(({ property }) => property === 'collections-plateau'));
  t.true(shrunk.allCauses.length > shrunk.originalCauses.length);
});

test('runs that are spent end it with the simplest so far', (t) => {
  const scenario = scenarioOf({ ...LEAK, defects: ['peer-topics-not-pruned'] });
  const few = shrinkScenario(scenario, { maxRuns: 45 });
  t.false(few.complete);
  t.true(few.runs <= 45);
  t.true(few.steps === 0 || isSmaller(few.after, few.before));
  const none = shrinkScenario(scenario, { expired: () => true });
  t.deepEqual([none.steps, none.runs, none.complete], [0, 1, false]);
  t.is(none.result.record.cutShort, 'expired');
});

test('what shows without the defects as well is not taken for their doing', (t) => {
  const residue = propertyNamed('residue-bounded', 'test');
  // Breaks by the leak, and in any run of two nodes.
  const leakOrPair: Property = {
    name: 'leak-or-pair',
    summary: 'no leak, and more than two nodes',
    judge: (record) =>
      record.nodes === 2 || !residue.judge(record).ok
        ? broken('leak-or-pair', 'it', 'not it', [{ subject: 'it', text: 'it', data: {} }], undefined)
        : holds('leak-or-pair', 'not it', 'not it'),
  };
  const catalogue = catalogueWith({ properties: [leakOrPair] });
  const leak = { ...LEAK, defects: ['peer-topics-not-pruned'], properties: ['leak-or-pair'] };
  const ofDefect = shrinkScenario(scenarioOf(leak), { catalogue });
  t.true(ofDefect.after.actions > 0);
  t.true(ofDefect.after.nodes > 2);
  // The original shows it without the defect: then there is nothing that it could be mistaken for.
  const ofPair = shrinkScenario(scenarioOf({ ...leak, nodes: 2, profile: { name: 'restart' } }), { catalogue });
  t.like(ofPair.after, { actions: 0, nodes: 2, defects: 1 });
});

test('actions without effect are taken out, unless they are what is found', (t) => {
  const actions = [40, 50, 60, 70, 80].map((second) => ({ atUs: second * 1_000_000, kind: 'kill' as const, peer: 99 }));
  const inert = { nodes: 4, seed: 'inert', plan: { version: 1, actions }, properties: ['faults-fired'] };
  const { scenario, causes } = shrinkScenario(scenarioOf(inert));
  t.deepEqual(causes, [{ property: 'faults-fired', where: 'kill' }]);
  t.like(scenario, { nodes: 2 });
  t.is(scenario.plan.actions.length, 1);
});

test('a candidate that the model or a property throws on does not show the finding', (t) => {
  const touchy: Property = {
    name: 'touchy',
    summary: 'throws at small runs',
    judge: (record) => {
      if (record.nodes < 4) throw new Error('too few nodes');
      return broken('touchy', 'always', 'never', [{ subject: 'always', text: 'always', data: {} }], undefined);
    },
  };
  const catalogue = catalogueWith({ properties: [touchy] });
  const scenario = scenarioOf({
    nodes: 8,
    seed: 'touchy',
    plan: { version: 1, actions: [] },
    for: '4m',
    properties: ['touchy'],
  });
  t.is(shrinkScenario(scenario, { catalogue }).after.nodes, 4);
  const small = scenarioOf({ ...scenario, nodes: 3 });
  const error = t.throws(() => shrinkScenario(small, { catalogue }), { instanceOf: InputError });
  t.is(error.code, 'property-threw');
});
