import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../errors.ts';
import { MAX_ACTIONS, departureCount, parsePlan, planEndUs, serialisePlan } from './plan.ts';
import type { ChurnAction } from './plan.ts';

const peer = fc.nat(1_000);
const atUs = fc.nat(1_000_000);
const action: fc.Arbitrary<ChurnAction> = fc.oneof(
  fc.record({ atUs, kind: fc.constantFrom('start', 'stop', 'kill', 'rejoin'), peer }),
  fc.record({ atUs, kind: fc.constant('restart'), peer, downUs: atUs, graceful: fc.boolean() }),
  fc.record({ atUs, kind: fc.constant('respawn'), peer, fresh: fc.integer({ min: 1_001, max: 2_000 }) }),
  fc.record({ atUs, kind: fc.constant('partition'), groups: fc.constant([[], [3, 4]]), name: fc.constant('a b"c') }),
  fc.record({ atUs, kind: fc.constant('heal') }),
  fc.record({ atUs, kind: fc.constantFrom('hold', 'release'), from: peer, to: fc.constant(5_000) }),
  fc.record({ atUs, kind: fc.constant('black-hole'), peer, on: fc.boolean() }),
  fc.record({
    atUs,
    kind: fc.constant('act'),
    peer,
    act: fc.constant('dial'),
    args: fc.constant({ n: 1, s: 'x', b: true }),
  }),
) as fc.Arbitrary<ChurnAction>;

const refusal = (value: unknown): string => {
  try {
    parsePlan(value, 'plan.json');
  } catch (error) {
    if (error instanceof InputError && error.code === 'bad-plan') return error.message;
    throw error;
  }
  return 'accepted';
};
const withAction = (value: object): unknown => ({ version: 1, actions: [{ atUs: 0, kind: 'kill', peer: 1 }, value] });

test('a plan is sorted by time and equal times keep their order', (t) => {
  const plan = parsePlan(
    {
      version: 1,
      actions: [
        { atUs: 5, kind: 'kill', peer: 1 },
        { atUs: 3, kind: 'stop', peer: 2 },
        { atUs: 5, kind: 'rejoin', peer: 1 },
        { atUs: 3, kind: 'rejoin', peer: 2 },
      ],
    },
    'plan.json',
  );
  t.deepEqual(
    plan.actions.map(({ atUs: time, kind }) => `${time} ${kind}`),
    ['3 stop', '3 rejoin', '5 kill', '5 rejoin'],
  );
});

test('every plan survives a round trip through its text', (t) => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const plan = parsePlan({ version: 1, actions }, 'a');
      t.deepEqual(parsePlan(JSON.parse(serialisePlan(plan)), 'b'), plan);
    }),
    { seed: 11, numRuns: 200 },
  );
});

test('a bad plan is refused with the place of the fault', (t) => {
  t.regex(
    refusal(withAction({ atUs: -5, kind: 'kill', peer: 1 })),
    /^plan\.json: actions\[1\]\.atUs: received -5, expected an integer 0 or more/,
  );
  t.regex(refusal(withAction({ atUs: 1.5, kind: 'kill', peer: 1 })), /actions\[1\]\.atUs: received 1\.5/);
  t.regex(refusal(withAction({ atUs: 4e14, kind: 'kill', peer: 1 })), /actions\[1\]\.atUs: received 400000000000000/);
  t.regex(refusal(withAction({ atUs: 0, kind: 'kill', peer: 10_000_001 })), /actions\[1\]\.peer/);
  t.regex(
    refusal(withAction({ atUs: 0, kind: 'explode', peer: 1 })),
    /actions\[1\]\.kind: received "explode", expected "start" or/,
  );
  t.regex(refusal(withAction({ atUs: 0, kind: 'kill', peer: 1, why: 'x' })), /actions\[1\]\.why: received a key/);
  t.regex(refusal(withAction({ atUs: 0, kind: 'kill' })), /actions\[1\]\.peer: received nothing/);
  t.regex(refusal(withAction({ atUs: 0, kind: 'respawn', peer: 1, fresh: 1 })), /actions\[1\]\.fresh: received 1/);
  t.regex(refusal(withAction({ atUs: 0, kind: 'hold', from: 1, to: 1 })), /actions\[1\]\.to: received 1/);
  t.regex(refusal(withAction({ atUs: 3e14, kind: 'restart', peer: 1, downUs: 3e14 })), /actions\[1\]\.downUs/);
  t.regex(refusal(withAction({ atUs: 0, kind: 'partition', groups: [[1]] })), /actions\[1\]\.groups: .*two groups/);
  t.regex(
    refusal(withAction({ atUs: 0, kind: 'partition', groups: [[1], [2, 1]] })),
    /actions\[1\]\.groups: .*one group/,
  );
  t.regex(refusal(withAction({ atUs: 0, kind: 'act', peer: 1, act: '' })), /actions\[1\]\.act/);
  t.regex(
    refusal(withAction({ atUs: 0, kind: 'act', peer: 1, act: 'a', args: { x: null } })),
    /actions\[1\]\.args\.x: received null/,
  );
  t.regex(refusal({ version: 2, actions: [] }), /version: received 2/);
  t.regex(refusal(null), /^plan\.json: received null, expected an object/);
  t.regex(
    refusal({ version: 1, actions: Array.from({ length: MAX_ACTIONS + 1 }) }),
    /actions: .*at most 1000000 actions/,
  );
});

test('a plan ends a calm after its last moment, returns included', (t) => {
  const plan = parsePlan(withAction({ atUs: 10, kind: 'restart', peer: 1, downUs: 90 }), 'a');
  t.is(planEndUs(plan, 1_000), 1_100);
  t.is(departureCount(plan), 2);
  t.is(departureCount(plan, 5), 1);
});
