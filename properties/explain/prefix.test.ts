import test from 'ava';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import { runSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { actionsUntil, prefixOf } from './prefix.ts';

const soak = resolveScenario(
  parseScenario(
    {
      nodes: 6,
      seed: 'prefix',
      for: '10m',
      plan: {
        version: 1,
        actions: [
          { atUs: 70_000_000, kind: 'partition', groups: [[], [1, 2]], name: 'a' },
          { atUs: 71_000_000, kind: 'black-hole', peer: 3, on: true },
          { atUs: 72_000_000, kind: 'kill', peer: 4 },
          { atUs: 73_000_000, kind: 'heal' },
          { atUs: 74_000_000, kind: 'kill', peer: 5 },
          { atUs: 80_000_000, kind: 'black-hole', peer: 3, on: false },
          { atUs: 81_000_000, kind: 'restart', peer: 1, downUs: 5_000_000 },
          { atUs: 82_000_000, kind: 'heal', name: 'a' },
        ],
      },
    },
    'prefix test',
  ),
);

function kinds(count: number): string[] {
  return prefixOf(soak, count, 0).soak.plan.actions.map(({ kind }) => kind);
}

test('a prefix keeps its actions, and of the others those that end the faults it has begun', (t) => {
  t.deepEqual(kinds(0), []);
  t.deepEqual(kinds(1), ['partition', 'heal']);
  t.deepEqual(kinds(3), ['partition', 'black-hole', 'kill', 'heal', 'black-hole']);
  t.deepEqual(kinds(4), ['partition', 'black-hole', 'kill', 'heal', 'black-hole']);
  t.deepEqual(
    kinds(8),
    soak.plan.actions.map(({ kind }) => kind),
  );
});

test('a prefix ends with a calm after its last moment, and not before what is asked for', (t) => {
  t.is(prefixOf(soak, 0, 0).soak.endUs, BOOTSTRAP_US + soak.calmUs);
  t.is(prefixOf(soak, 7, 0).soak.endUs, 86_000_000 + soak.calmUs);
  t.is(prefixOf(soak, 3, 200_000_000).soak.endUs, 200_000_000 + soak.calmUs);
  t.is(prefixOf(soak, 3, 0, 100_000_000).soak.endUs, 100_000_000);
});

test('actions at a time count as come', (t) => {
  t.deepEqual(
    [0, 69_999_999, 70_000_000, 72_500_000, 90_000_000].map((atUs) => actionsUntil(soak.plan, atUs)),
    [0, 0, 1, 3, 8],
  );
});

test('a prefix runs as the whole does up to the first action that it leaves out', (t) => {
  const untilUs = 73_999_999;
  const whole = runSoak({ ...soak, endUs: untilUs }, { observe: false });
  const prefix = prefixOf(soak, 4, 0, untilUs).soak;
  const run = runSoak(
    { ...prefix, plan: { version: 1, actions: prefix.plan.actions.slice(0, 4) } },
    { observe: false },
  );
  t.is(run.digest, whole.digest);
  t.is(runSoak(prefix, { observe: false }).digest, whole.digest);
});
