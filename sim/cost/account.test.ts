import test from 'ava';
import fc from 'fast-check';
import { CostAccount, costBetween } from './account.ts';
import type { CostStack } from './account.ts';
import { costTable } from './table.ts';

const table = costTable({ 'join_peers/connect': 100, send: 0.25, idle: 0 });
const { index } = table;

test('a charge is told apart by task path and operation, and split into frames', (t) => {
  const account = new CostAccount(table);
  const actor = account.row('gossip.actor');
  const loop = account.row('gossip.actor/gossip.loop');
  t.is(account.charge(loop, index.send, 4), 1);
  t.is(account.charge(actor, index['join_peers/connect']), 100);
  t.is(account.charge(actor, index['join_peers/connect'], 2), 200);
  t.is(account.charge(loop, index.idle), 0);
  t.is(account.totalUs, 301);
  t.deepEqual(account.stacks(), [
    { stack: ['gossip.actor', 'join_peers', 'connect'], us: 300, count: 3 },
    { stack: ['gossip.actor', 'gossip.loop', 'send'], us: 1, count: 4 },
    { stack: ['gossip.actor', 'gossip.loop', 'idle'], us: 0, count: 1 },
  ]);
});

test('equal paths share a row, and the empty path has no frame of its own', (t) => {
  const account = new CostAccount(table);
  t.is(account.row('a'), 0);
  t.is(account.row('b'), 1);
  t.is(account.row('a'), 0);
  account.charge(account.row(''), index.send);
  account.charge(account.row('a'), index.send, 0);
  t.deepEqual(account.stacks(), [{ stack: ['send'], us: 0.25, count: 1 }]);
});

test('rows beyond the first capacity keep what earlier rows hold', (t) => {
  const account = new CostAccount(table);
  for (let task = 0; task < 1000; task++) account.charge(account.row(`task-${task}`), index.send, task + 1);
  t.deepEqual(
    account.stacks().map(({ stack, count }) => `${stack[0]} ${count}`),
    Array.from({ length: 1000 }, (_, task) => `task-${task} ${task + 1}`),
  );
});

test('a reading is not changed by later charges, nor by rows added later', (t) => {
  const account = new CostAccount(table);
  account.charge(account.row('a'), index.send);
  const reading = account.read();
  account.charge(account.row('a'), index.send, 2);
  account.charge(account.row('b'), index.idle);
  t.is(reading.totalUs, 0.25);
  t.deepEqual(costBetween(undefined, reading), [{ stack: ['a', 'send'], us: 0.25, count: 1 }]);
  t.deepEqual(account.since(reading), [
    { stack: ['a', 'send'], us: 0.5, count: 2 },
    { stack: ['b', 'idle'], us: 0, count: 1 },
  ]);
  t.deepEqual(account.since(account.read()), []);
});

test('a table without operations has nothing to charge', (t) => {
  const account = new CostAccount(costTable({}));
  t.is(account.row('a'), 0);
  t.deepEqual(account.stacks(), []);
  t.is(account.totalUs, 0);
});

const charges = fc.array(fc.record({ path: fc.constantFrom('a', 'a/b', 'c', ''), op: fc.nat(2), times: fc.nat(9) }), {
  maxLength: 40,
});
const costs = fc.tuple(fc.nat(1e9), fc.nat(1e9), fc.nat(1e9));

test('the total is the sum of the stacks, and a window is the difference of its ends', (t) => {
  fc.assert(
    fc.property(costs, charges, charges, charges, ([x, y, z], before, between, after) => {
      const account = new CostAccount(costTable({ x, 'y/y': y, z }));
      const charged = (list: typeof before) => {
        let us = 0;
        for (const { path, op, times } of list) us += account.charge(account.row(path), op, times);
        return us;
      };
      const beforeUs = charged(before);
      const start = account.read();
      const betweenUs = charged(between);
      const end = account.read();
      const window = costBetween(start, end);
      const afterUs = charged(after);

      t.is(account.totalUs, beforeUs + betweenUs + afterUs);
      t.is(totalOf(account.stacks()), account.totalUs);
      t.is(totalOf(window), betweenUs);
      t.is(end.totalUs - start.totalUs, betweenUs);
      t.is(totalOf(account.since(end)), afterUs);
      t.deepEqual(sums([...costBetween(undefined, start), ...window, ...account.since(end)]), sums(account.stacks()));
      // What was charged in the window alone, in an account of its own.
      const fresh = new CostAccount(account.table);
      for (const path of ['a', 'a/b', 'c', '']) fresh.row(path);
      for (const { path, op, times } of between) fresh.charge(fresh.row(path), op, times);
      t.deepEqual(sums(window), sums(fresh.stacks()));
    }),
    { seed: 12, numRuns: 300 },
  );
});

function totalOf(stacks: readonly CostStack[]): number {
  return stacks.reduce((sum, { us }) => sum + us, 0);
}

function sums(stacks: readonly CostStack[]): Record<string, [us: number, count: number]> {
  const sum: Record<string, [number, number]> = {};
  for (const { stack, us, count } of stacks) {
    const entry = (sum[stack.join(' ')] ??= [0, 0]);
    entry[0] += us;
    entry[1] += count;
  }
  return sum;
}
