import test from 'ava';
import { calmLengthUs, calmsOf, faultSpansOf } from './calms.ts';
import { sortedPlan, type ChurnAction } from './plan.ts';

const calms = (actions: ChurnAction[], endUs: number, everyUs?: number): [number, number, boolean][] =>
  calmsOf(sortedPlan(actions), { calmUs: 100, startUs: 10, endUs, ...(everyUs === undefined ? {} : { everyUs }) }).map(
    ({ fromUs, untilUs, faulted }) => [fromUs, untilUs, faulted],
  );

test('calms are the stretches without actions that are long enough', (t) => {
  const kill = (atUs: number): ChurnAction => ({ atUs, kind: 'kill', peer: 1 });
  t.deepEqual(calms([], 110), [[10, 110, false]]);
  t.deepEqual(calms([], 109), []);
  t.deepEqual(calms([kill(110), kill(150), kill(250)], 349), [
    [10, 109, false],
    [150, 249, false],
  ]);
  t.deepEqual(calms([kill(5), kill(400)], 120), [[10, 120, false]]);
});

test('a restart and a respawn break a calm at both moments', (t) => {
  t.deepEqual(calms([{ atUs: 20, kind: 'restart', peer: 1, downUs: 50 }], 170), [[70, 170, false]]);
  t.deepEqual(calms([{ atUs: 20, kind: 'respawn', peer: 1, fresh: 9, downUs: 50 }], 170), [[70, 170, false]]);
  t.deepEqual(calms([{ atUs: 20, kind: 'respawn', peer: 1, fresh: 9 }], 120), [[20, 120, false]]);
});

test('a calm under an open fault is flagged', (t) => {
  const pairs: [ChurnAction, ChurnAction][] = [
    [
      { atUs: 200, kind: 'partition', groups: [[], [1]], name: 'x' },
      { atUs: 400, kind: 'heal', name: 'x' },
    ],
    [
      { atUs: 200, kind: 'partition', groups: [[], [1]], name: 'x' },
      { atUs: 400, kind: 'heal' },
    ],
    [
      { atUs: 200, kind: 'hold', from: 1, to: 2 },
      { atUs: 400, kind: 'release', from: 1, to: 2 },
    ],
    [
      { atUs: 200, kind: 'black-hole', peer: 1, on: true },
      { atUs: 400, kind: 'black-hole', peer: 1, on: false },
    ],
  ];
  for (const [open, close] of pairs) {
    t.deepEqual(calms([open, close], 600), [
      [10, 199, false],
      [200, 399, true],
      [400, 600, false],
    ]);
  }
  t.deepEqual(calms([{ atUs: 5, kind: 'black-hole', peer: 1, on: true }], 600), [[10, 600, true]]);
});

test('a long stretch is cut into calms on request', (t) => {
  t.deepEqual(calms([], 460, 200), [
    [10, 210, false],
    [210, 460, false],
  ]);
});

test('the length of a calm adds up what may follow one another', (t) => {
  t.is(calmLengthUs({ longestTimerUs: 1_000, longestRetentionUs: 200, connectTimeoutUs: 30, maxLatencyUs: 1 }), 1_235);
});

test('open faults lie in spans that name the peers at fault, and a fault that never ends has no end', (t) => {
  const plan = sortedPlan([
    { atUs: 10, kind: 'hold', from: 1, to: 2 },
    { atUs: 15, kind: 'kill', peer: 5 },
    { atUs: 20, kind: 'black-hole', peer: 3, on: true },
    { atUs: 30, kind: 'release', from: 1, to: 2 },
    { atUs: 30, kind: 'black-hole', peer: 3, on: false },
    { atUs: 40, kind: 'act', peer: 4, act: 'reset', args: { stream: 1 } },
    { atUs: 50, kind: 'act', peer: 4, act: 'mute', args: { on: true } },
  ]);
  t.deepEqual(faultSpansOf(plan), [
    { fromUs: 10, untilUs: 20, peers: new Set() },
    { fromUs: 20, untilUs: 30, peers: new Set([3]) },
    { fromUs: 50, untilUs: Infinity, peers: new Set([4]) },
  ]);
  t.deepEqual(faultSpansOf(sortedPlan([{ atUs: 1, kind: 'heal' }])), []);
});
