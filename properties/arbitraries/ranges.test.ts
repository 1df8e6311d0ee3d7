import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { churnPlans } from './churn-plans.ts';
import { latencies } from './latencies.ts';
import { networkFaults } from './networks.ts';
import { settledRange } from './ranges.ts';
import { scenarios } from './scenarios.ts';
import { workloads } from './workloads.ts';

test('a range keeps the bounds that are given, and usual ones give way to them', (t) => {
  const usual = { min: 5, max: 8 };
  t.deepEqual(settledRange(undefined, usual), usual);
  t.deepEqual(settledRange({ min: 6 }, usual), { min: 6, max: 8 });
  t.deepEqual(settledRange({ min: 20 }, usual), { min: 20, max: 20 });
  t.deepEqual(settledRange({ max: 2 }, usual), { min: 2, max: 2 });
  t.deepEqual(settledRange({ min: 1, max: 100 }, usual), { min: 1, max: 100 });
});

/** Options that are mistakes, by what they are given to, and what the message must name. */
const MISTAKES: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    'an unknown option',
    () => scenarios('swarm', { node: { max: 3 } } as object),
    /scenarios: options: node: .*not known/,
  ],
  [
    'a range upside down',
    () => scenarios('swarm', { nodes: { min: 9, max: 3 } }),
    /options: nodes: .*max at or above min/,
  ],
  ['one node', () => scenarios('swarm', { nodes: { max: 1 } }), /nodes\.max: received 1, expected .*between 2/],
  ['half a node', () => scenarios('swarm', { nodes: { max: 3.5 } }), /received 3\.5, expected an integer/],
  ['an unknown profile', () => scenarios('swarm', { profiles: ['kill'] as never }), /profiles\[0\]: received "kill"/],
  ['no profile', () => scenarios('swarm', { profiles: [] }), /expected one profile at least/],
  ['a fault twice', () => scenarios('swarm', { faults: ['loss', 'loss'] }), /expected each once/],
  ['an act of no model', () => scenarios('swarm', { acts: ['dial'] }), /unknown act "dial".*Known: advertise-only/],
  ['an unknown defect', () => scenarios('swarm', { defects: ['leak'] }), /unknown defect "leak"/],
  ['an unknown model', () => scenarios('swarn'), /unknown model "swarn"; did you mean "swarm"/],
  ['acts alone, and none there', () => scenarios('hub', { changeKinds: ['act'] }), /received act alone and no acts/],
  ['rotation alone, and no acts', () => scenarios('hub', { profiles: ['live-rotation'] }), /live-rotation alone/],
  ['a duration without a unit', () => scenarios('swarm', { duration: { max: '20' } }), /duration\.max: received "20"/],
  ['durations upside down', () => scenarios('swarm', { duration: { min: '2h', max: '1h' } }), /min 2h and max 1h/],
  ['a share above one', () => networkFaults({ lossShare: { max: 2 } }), /networkFaults: options: lossShare\.max/],
  ['a latency of nothing', () => latencies({ us: { min: 0 } }), /latencies: options: us\.min: received 0/],
  ['no kind of latency', () => latencies({ kinds: [] }), /expected one kind at least/],
  ['a negative rate', () => workloads({ broadcastsPerSecond: { min: -1 } }), /workloads: options/],
  ['a plan for nobody', () => churnPlans({ nodes: 0 }), /churnPlans: options: nodes: received 0/],
  ['more kept than there are', () => churnPlans({ nodes: 4, keep: 4 }), /keep: received 4, expected fewer than the 4/],
];

for (const [what, call, message] of MISTAKES) {
  test(`options are refused at once: ${what}`, (t) => {
    const error = t.throws(call, { instanceOf: InputError });
    t.regex(error.message, message);
  });
}
