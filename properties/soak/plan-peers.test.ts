import test from 'ava';
import { parsePlan } from '../../sim/churn/plan.ts';
import type { ChurnChange, ChurnPlan } from '../../sim/churn/plan.ts';
import { InputError } from '../../sim/errors.ts';
import { refuseUnknownPeers } from './plan-peers.ts';
import { resolveScenario, parseScenario, SCENARIOS } from './scenario.ts';

function plan(...changes: ChurnChange[]): ChurnPlan {
  const actions = changes.map((change, index) => ({ atUs: 1_000_000 * (index + 1), ...change }));
  return parsePlan({ version: 1, actions }, 'plan.json');
}

test('a peer that is neither initial nor ever begun is refused with the place and the peers there are', (t) => {
  const refused: readonly (readonly [ChurnChange, string])[] = [
    [{ kind: 'kill', peer: 77 }, 'actions[2].peer'],
    [{ kind: 'stop', peer: 77 }, 'actions[2].peer'],
    [{ kind: 'restart', peer: 77, downUs: 5 }, 'actions[2].peer'],
    [{ kind: 'rejoin', peer: 77 }, 'actions[2].peer'],
    [{ kind: 'respawn', peer: 77, fresh: 78 }, 'actions[2].peer'],
    [{ kind: 'black-hole', peer: 77, on: true }, 'actions[2].peer'],
    [{ kind: 'act', peer: 77, act: 'dial-again' }, 'actions[2].peer'],
    [{ kind: 'hold', from: 77, to: 1 }, 'actions[2].from'],
    [{ kind: 'release', from: 1, to: 77 }, 'actions[2].to'],
    [{ kind: 'partition', groups: [[], [1, 77]] }, 'actions[2].groups[1][1]'],
  ];
  for (const [change, place] of refused) {
    const made = plan({ kind: 'respawn', peer: 1, fresh: 6 }, { kind: 'start', peer: 9 }, change);
    const error = t.throws(() => refuseUnknownPeers(made, 6, 'plan.json'), { instanceOf: InputError }, place);
    t.is(error.code, 'unknown-peer');
    t.true(error.message.startsWith(`plan.json: ${place}: received 77, expected a peer that there ever is: 0 to 5,`));
    t.regex(error.message, /a start or a respawn of the plan begins: 6, 9(, 78)?$/);
  }
  const many = plan(...Array.from({ length: 20 }, (_, index): ChurnChange => ({ kind: 'start', peer: 10 + index })), {
    kind: 'kill',
    peer: 5,
  });
  t.throws(() => refuseUnknownPeers(many, 4, 'plan.json'), { message: /: 10, 11, .*17 and 12 more$/ });
  t.throws(() => refuseUnknownPeers(plan({ kind: 'kill', peer: 4 }), 4, 'plan.json'), { message: /has none$/ });
});

test('an action on a peer that can be there is taken, inert or not', (t) => {
  const known = plan(
    { kind: 'partition', groups: [[], [2, 9]] },
    { kind: 'rejoin', peer: 9 },
    { kind: 'kill', peer: 9 },
    { kind: 'start', peer: 9 },
    { kind: 'kill', peer: 3 },
    { kind: 'kill', peer: 3 },
    { kind: 'heal' },
  );
  t.notThrows(() => refuseUnknownPeers(known, 4, 'plan.json'));
  t.throws(() => refuseUnknownPeers(known, 3, 'plan.json'), { instanceOf: InputError });
});

test('the plans of the scenarios that come along speak of peers that there are', (t) => {
  for (const { name, scenario } of SCENARIOS) {
    const soak = resolveScenario(parseScenario(scenario, name));
    t.notThrows(() => refuseUnknownPeers(soak.plan, soak.nodes, name));
  }
});
