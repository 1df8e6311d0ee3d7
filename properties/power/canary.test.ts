// Canaries of any time, rate and size resolve, end when they must, and are laid out as said.
import test from 'ava';
import fc from 'fast-check';
import { lastMomentUs } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';
import { BUILT_IN } from '../catalogue.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';
import { canaryOf, shapeOf } from './canary.ts';
import type { Canary, CanaryTerms } from './canary.ts';

const PLACES = { where: 'test', rate: '--rate' };
const MINUTE_US = 60_000_000;

function canary(input: ScenarioInput, terms: Partial<CanaryTerms> & { forUs: number }): Canary {
  return canaryOf(parseScenario(input, 'test'), { nodes: 12, ...terms }, PLACES, BUILT_IN);
}

function soakOf(input: ScenarioInput, terms: Partial<CanaryTerms> & { forUs: number }, seed = 's'): Soak {
  return resolveScenario(canary(input, terms).scenario(seed), 'test');
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return error.code;
    throw error;
  }
  return 'none';
}

const profiles = fc.constantFrom(
  { name: 'kill-respawn', rated: true },
  { name: 'restart', rated: true },
  { name: 'graceful', rated: true },
  { name: 'live-rotation', rated: true, model: 'mesh' },
  { name: 'mass-failure', rated: false },
  { name: 'rolling-restart', rated: false },
  { name: 'sessions-exponential', rated: false },
  { name: 'partition', rated: false },
  { name: 'none', rated: false },
);

test('a canary of any time, rate and size ends exactly when it must, with all churn before', (t) => {
  fc.assert(
    fc.property(
      profiles,
      fc.integer({ min: 1, max: 90 * 60 }),
      fc.double({ min: 0.01, max: 10, noNaN: true }),
      fc.integer({ min: 2, max: 30 }),
      ({ name, rated, model = 'swarm' }, seconds, rate, nodes) => {
        const forUs = seconds * 1_000_000;
        const terms = { nodes, forUs, ...(rated ? { ratePerSecond: rate } : {}) };
        const { endUs, plan, nodes: started } = soakOf({ model, profile: { name } }, terms);
        return endUs === forUs && started === nodes && plan.actions.every((action) => lastMomentUs(action) <= forUs);
      },
    ),
    { seed: 1, numRuns: 200 },
  );
  t.pass();
});

test('a canary of thirty seconds has churn and no calm', (t) => {
  const short = canary({}, { forUs: 30_000_000, ratePerSecond: 0.5 });
  const { calmCount, churnCount } = shapeOf(short, 's', 'test', BUILT_IN);
  t.is(calmCount, 0);
  t.true(churnCount > 0);
  t.is(short.calmUs, 163_000_000);
  t.is(short.ratePerSecond, 0.5);
});

test('the own waves of a profile are taken where enough of them fit', (t) => {
  const own = resolveScenario(parseScenario({ nodes: 12, for: '40m', seed: 's' }, 'test'));
  t.deepEqual(soakOf({}, { forUs: 40 * MINUTE_US }).plan, own.plan);
});

test('where the own waves do not fit, smaller ones give as many calms as a slope needs', (t) => {
  const { calms, plan } = soakOf({}, { forUs: 20 * MINUTE_US, ratePerSecond: 0.1 });
  t.true(calms.length >= 4);
  t.true(plan.actions.length >= 12);
});

test('waves whose size was asked for are never made smaller', (t) => {
  const profile = { name: 'kill-respawn', params: { waves: 8, ratePerSecond: 1 } };
  const { calms, plan } = soakOf({ profile }, { forUs: 15 * MINUTE_US });
  // Eight waves do not fit: the churn goes on to the end instead.
  t.is(calms.length, 0);
  t.true(plan.actions.at(-1)!.atUs > 14 * MINUTE_US);
});

test('a rate is refused for churn that has none', (t) => {
  const forUs = 5 * MINUTE_US;
  t.is(
    codeOf(() => canary({ profile: { name: 'mass-failure' } }, { forUs, ratePerSecond: 1 })),
    'contradiction',
  );
  const plan = { version: 1, actions: [{ atUs: 1, kind: 'kill', peer: 3 }] };
  t.is(
    codeOf(() => canary({ plan }, { forUs, ratePerSecond: 1 })),
    'contradiction',
  );
});

test('acts of a plan are left out evenly, and never added', (t) => {
  const actions = Array.from({ length: 40 }, (_, place) => ({
    atUs: 1_000_000 * (place + 1),
    kind: 'act',
    peer: place % 8,
    act: 'dial-again',
  }));
  const scenario = { model: 'mesh', plan: { version: 1, actions } };
  const thinned = soakOf(scenario, { nodes: 8, forUs: 60_000_000, ratePerSecond: 0.25 });
  t.is(thinned.plan.actions.length, 10);
  t.is(soakOf(scenario, { nodes: 8, forUs: 20_000_000 }).plan.actions.length, 20);
  t.is(
    codeOf(() => canary(scenario, { nodes: 8, forUs: 60_000_000, ratePerSecond: 2 })),
    'bad-rate',
  );
});

test('a peer that would be back after the end is gone for good', (t) => {
  const plan = {
    version: 1,
    actions: [
      { atUs: 10_000_000, kind: 'restart', peer: 3, downUs: 30_000_000 },
      { atUs: 12_000_000, kind: 'respawn', peer: 4, fresh: 20, downUs: 1_000_000 },
      { atUs: 31_000_000, kind: 'kill', peer: 5 },
    ],
  };
  t.deepEqual(soakOf({ plan }, { forUs: 30_000_000 }).plan.actions, [
    { atUs: 10_000_000, kind: 'kill', peer: 3 },
    { atUs: 12_000_000, kind: 'respawn', peer: 4, fresh: 20, downUs: 1_000_000 },
  ]);
});
