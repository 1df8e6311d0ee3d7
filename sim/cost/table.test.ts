import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../errors.ts';
import { CostAccount } from './account.ts';
import { costTable, MAX_COST_US, overriddenCosts } from './table.ts';

const table = costTable({ 'endpoint.connect': 1200, 'join_peers/send': 2.5, idle: 0 });

test('a table keeps the order of declaration and finds each operation', (t) => {
  t.deepEqual(table.ops, ['endpoint.connect', 'join_peers/send', 'idle']);
  t.deepEqual(table.us, [1200, 2.5, 0]);
  t.deepEqual(table.index, { 'endpoint.connect': 0, 'join_peers/send': 1, idle: 2 });
  t.deepEqual(costTable({}), { ops: [], us: [], index: {} });
});

test('a declared cost out of bounds and an empty frame are refused', (t) => {
  for (const costUs of [-1, Number.NaN, Infinity, MAX_COST_US * 1.01]) {
    t.throws(() => costTable({ connect: costUs }), { instanceOf: InputError, code: 'bad-costs' });
  }
  for (const op of ['', '/connect', 'join//connect', 'join/']) {
    t.throws(() => costTable({ [op]: 1 }), { instanceOf: InputError, code: 'bad-costs' });
  }
  t.notThrows(() => costTable({ free: 0, dear: MAX_COST_US }));
});

test('overrides replace costs, and neither order nor the table they came from', (t) => {
  const dearer = overriddenCosts(table, { idle: 7, 'endpoint.connect': MAX_COST_US }, 'flags');
  t.deepEqual(dearer.us, [MAX_COST_US, 2.5, 7]);
  t.deepEqual(dearer.ops, table.ops);
  t.deepEqual(dearer.index, table.index);
  t.deepEqual(table.us, [1200, 2.5, 0]);
  t.deepEqual(overriddenCosts(table, {}, 'flags'), table);
});

test('overrides that do not fit are refused with the place, what was received and what is known', (t) => {
  const refusal = (overrides: unknown) =>
    t.throws(() => overriddenCosts(table, overrides, 'x.json: costs'), { instanceOf: InputError, code: 'bad-costs' });
  for (const overrides of [undefined, null, 3, 'idle', [1], () => 1]) refusal(overrides);
  for (const cost of [-0.5, Number.NaN, Infinity, '3', null, undefined, 2e9, {}]) {
    t.true(refusal({ idle: cost }).message.startsWith('x.json: costs: "idle": received '));
  }
  const unknown = refusal({ 'endpoint.conect': 3 });
  t.is(
    unknown.message,
    'x.json: costs: unknown frame "endpoint.conect"; did you mean "endpoint.connect"? ' +
      'Known: endpoint.connect, join_peers/send, idle',
  );
  for (const name of ['toString', 'constructor']) refusal({ [name]: 1 });
  refusal(JSON.parse('{"__proto__": 1}'));
});

test('an overridden table charges the overriding cost', (t) => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.stringMatching(/^[a-z]{1,4}(\/[a-z]{1,4})?$/),
        fc.tuple(fc.nat(MAX_COST_US), fc.option(fc.nat(MAX_COST_US))),
        { minKeys: 1, noNullPrototype: true },
      ),
      (costs) => {
        const declared = costTable(Object.fromEntries(Object.entries(costs).map(([op, [us]]) => [op, us])));
        const overrides = Object.entries(costs).flatMap(([op, [, us]]) => (us === null ? [] : [[op, us] as const]));
        const account = new CostAccount(overriddenCosts(declared, Object.fromEntries(overrides), 'test'));
        const row = account.row('task');
        for (const [op, [us, override]] of Object.entries(costs)) {
          t.is(account.charge(row, declared.index[op]!), override ?? us);
        }
      },
    ),
    { seed: 11, numRuns: 100 },
  );
});
