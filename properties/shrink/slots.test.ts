// Plans by slots: what is taken out, moved or renamed leaves every other action with somebody to act on.
import test from 'ava';
import fc from 'fast-check';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { runSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { slotsWithin, slotted, usedSlots, written } from './slots.ts';

const NODES = 8;

function drawn(profile: string, seed: string): readonly ChurnAction[] {
  return resolveScenario(parseScenario({ nodes: NODES, seed, profile: { name: profile } }, 'drawn')).plan.actions;
}

test('a drawn plan is written back as it was, but for the names of fresh peers', (t) => {
  const named = (actions: readonly ChurnAction[]): unknown =>
    actions.map((action) => JSON.stringify(action).replaceAll(/"(peer|fresh)":(\d+)/g, renamed));
  const renamed = (_all: string, key: string, peer: string): string => (Number(peer) < NODES ? `${key} ${peer}` : key);

  for (const { name } of churnProfiles.filter((profile) => profile.name !== 'trace')) {
    const actions = drawn(name, 'slots');
    t.deepEqual(named(written(slotted(actions), NODES)), named(actions), name);
  }
});

test('whatever is taken out of a plan, and however few nodes are left, each action takes effect', (t) => {
  const cases = fc.record({
    profile: fc.constantFrom('kill-respawn', 'restart', 'rolling-restart'),
    seed: fc.nat(1_000).map(String),
    kept: fc.infiniteStream(fc.boolean()),
    nodes: fc.integer({ min: 2, max: NODES }),
  });
  fc.assert(
    fc.property(cases, ({ profile, seed, kept, nodes }) => {
      const slots = slotted(drawn(profile, seed)).filter(() => kept.next().value === true);
      const actions = written(slots, nodes, slotsWithin(usedSlots(slots, NODES), nodes));
      const scenario = parseScenario({ nodes, seed, plan: { version: 1, actions } }, 'left');
      const { actions: tallies } = runSoak(resolveScenario(scenario), { observe: false });
      for (const [kind, { asked, applied }] of tallies) t.is(applied, asked, `${kind} ${profile} ${seed}`);
    }),
    { seed: 5, numRuns: 12 },
  );
});

test('an action on the fresh peer of a respawn that is gone falls to the peer that it was to replace', (t) => {
  const actions: ChurnAction[] = [
    { atUs: 1, kind: 'respawn', peer: 3, fresh: 8 },
    { atUs: 2, kind: 'kill', peer: 8 },
    { atUs: 3, kind: 'rejoin', peer: 8 },
    { atUs: 4, kind: 'rejoin', peer: 3 },
  ];
  const slots = slotted(actions);
  t.deepEqual(written(slots, 8), actions);
  t.deepEqual(written(slots.slice(1), 8), [
    { atUs: 2, kind: 'kill', peer: 3 },
    { atUs: 3, kind: 'rejoin', peer: 3 },
  ]);
});

test('an action that can change nothing is not written', (t) => {
  const inert: ChurnAction[] = [
    { atUs: 1, kind: 'heal' },
    { atUs: 1, kind: 'release', from: 0, to: 1 },
    { atUs: 1, kind: 'black-hole', peer: 1, on: false },
    { atUs: 1, kind: 'rejoin', peer: 1 },
    { atUs: 1, kind: 'start', peer: 1 },
    { atUs: 1, kind: 'kill', peer: 99 },
    { atUs: 1, kind: 'kill', peer: 2 },
    { atUs: 2, kind: 'restart', peer: 2, downUs: 5 },
    { atUs: 3, kind: 'act', peer: 2, act: 'rotate' },
  ];
  t.deepEqual(written(slotted(inert), 4), [{ atUs: 1, kind: 'kill', peer: 2 }]);
});

test('slots above go to the highest that are free, and share when there are too many', (t) => {
  t.deepEqual(
    [...slotsWithin([1, 6, 7], 4)],
    [
      [1, 1],
      [6, 3],
      [7, 2],
    ],
  );
  t.deepEqual(
    [...slotsWithin([4, 5, 6], 2)],
    [
      [4, 1],
      [5, 0],
      [6, 1],
    ],
  );
});
