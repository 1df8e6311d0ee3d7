// The search: simpler scenarios, all of which resolve, and no end without an end.
import test from 'ava';
import fc from 'fast-check';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { BUILT_IN } from '../catalogue.ts';
import { explicitScenario } from '../soak/explicit.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput, Soak } from '../soak/scenario.ts';
import { candidatesOf, START } from './search.ts';
import type { Candidate, Place } from './search.ts';
import { isSmaller, sizeOf } from './size.ts';

const PROFILES = churnProfiles.map(({ name }) => name).filter((name) => name !== 'trace');

const inputs: fc.Arbitrary<ScenarioInput> = fc.record({
  seed: fc.nat(1_000).map(String),
  model: fc.constantFrom('swarm', 'mesh'),
  nodes: fc.integer({ min: 4, max: 24 }),
  profile: fc.constantFrom(...PROFILES).map((name) => ({ name, params: { waves: 3 } })),
  network: fc.record({ lossShare: fc.constantFrom(0, 0.1), jitterUs: fc.constantFrom(0, 5_000) }),
});

function soakOf(input: unknown): Soak {
  return resolveScenario(parseScenario(input, 'input'));
}

function take(soak: Soak, place: Place, most: number): Candidate[] {
  const taken: Candidate[] = [];
  for (const candidate of candidatesOf(soak, place, BUILT_IN)) {
    if (taken.push(candidate) === most) break;
  }
  return taken;
}

test('every candidate resolves as plain JSON, and is simpler than what it came from', (t) => {
  fc.assert(
    fc.property(inputs, (input) => {
      const soak = soakOf(input);
      const size = sizeOf(explicitScenario(soak));
      for (const { scenario } of take(soak, START, 150)) {
        t.true(isSmaller(sizeOf(scenario), size));
        const again = soakOf(JSON.parse(JSON.stringify(scenario)));
        t.deepEqual(sizeOf(explicitScenario(again)), sizeOf(scenario));
      }
    }),
    { seed: 1, numRuns: 10 },
  );
});

test('whichever candidates are taken, shrinking ends', (t) => {
  fc.assert(
    fc.property(inputs, fc.infiniteStream(fc.nat(30)), (input, choices) => {
      let soak = soakOf(input);
      let place = START;
      let steps = 0;
      for (;;) {
        const few = take(soak, place, 31);
        const next = few[choices.next().value % Math.max(1, few.length)];
        if (next === undefined) break;
        soak = soakOf(next.scenario);
        place = next.place;
        t.true(++steps < 300);
      }
      const { plan, nodes, defects, workload } = explicitScenario(soak);
      t.like({ actions: plan.actions, nodes, defects, workload }, { actions: [], nodes: 2, defects: [] });
      t.is(workload.broadcastsPerSecond, 0);
    }),
    { seed: 2, numRuns: 10 },
  );
});

test('the first candidates have few actions, in few nodes', (t) => {
  const soak = soakOf({ nodes: 20, seed: 'few', profile: { name: 'kill-respawn' } });
  const few = take(soak, START, 20).map(({ scenario }) => scenario);
  t.true(few.every(({ plan }) => plan.actions.length <= 1));
  t.is(few[0]!.nodes, 2);
});

test('a search that goes on does not try what it has tried, until all the rest is', (t) => {
  const soak = soakOf({ nodes: 6, seed: 'place', plan: { version: 1, actions: [{ atUs: 1, kind: 'kill', peer: 5 }] } });
  const all = take(soak, START, 1_000);
  const later = all.at(-1)!;
  const rest = take(soak, later.place, 1_000);
  t.deepEqual(rest[0]!.scenario, later.scenario);
  const texts = (candidates: readonly Candidate[]): string[] =>
    [...new Set(candidates.map(({ scenario }) => JSON.stringify(scenario)))].toSorted((a, b) => (a < b ? -1 : 1));
  t.deepEqual(texts(rest), texts(all));
});

test('what a run tells steers the search: what comes after it broke goes at once', (t) => {
  const soak = soakOf({ nodes: 8, seed: 'hints', profile: { name: 'kill-respawn' } });
  const brokenUs = soak.plan.actions[4]!.atUs;
  const lengths = (hints?: { peers: Set<number>; brokenUs: number }): number[] =>
    [...candidatesOf(soak, { pass: 1, from: [] }, BUILT_IN, hints)]
      .slice(0, 1)
      .map(({ scenario }) => scenario.plan.actions.length);
  t.deepEqual(lengths({ peers: new Set(), brokenUs }), [5]);
  t.true(lengths()[0]! > 5);
});
