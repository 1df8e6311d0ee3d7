import test from 'ava';
import { Cuts } from './cuts.ts';

test('nothing stands between peers at first, and nothing is counted as active', (t) => {
  const cuts = new Cuts();
  t.is(cuts.between(0, 1), 'none');
  t.is(cuts.active, 0);
});

test('a partition cuts groups off from each other; peers in none belong to the first', (t) => {
  const cuts = new Cuts();
  cuts.partition('', [[0, 1], [2], [3, 4]], false);
  for (const [from, to] of [
    [0, 2],
    [2, 0],
    [2, 3],
    [9, 4],
    [4, 9],
  ] as const) {
    t.is(cuts.between(from, to), 'partition', `${from} to ${to}`);
  }
  for (const [from, to] of [
    [0, 1],
    [3, 4],
    [9, 0],
    [9, 10],
  ] as const) {
    t.is(cuts.between(from, to), 'none', `${from} to ${to}`);
  }
});

test('a one-way partition stops what later groups send to earlier ones', (t) => {
  const cuts = new Cuts();
  cuts.partition('', [[0], [1], [2]], true);
  t.deepEqual([cuts.between(1, 0), cuts.between(2, 1), cuts.between(2, 9)], ['partition', 'partition', 'partition']);
  t.deepEqual([cuts.between(0, 1), cuts.between(1, 2), cuts.between(9, 2)], ['none', 'none', 'none']);
});

test('partitions of different names add up, and one of the same name takes the place of the other', (t) => {
  const cuts = new Cuts();
  cuts.partition('east', [[], [1]], false);
  cuts.partition('west', [[], [2]], false);
  t.is(cuts.active, 2);
  t.deepEqual([cuts.between(0, 1), cuts.between(0, 2), cuts.between(0, 3)], ['partition', 'partition', 'none']);
  cuts.partition('east', [[], [3]], false);
  t.is(cuts.active, 2);
  t.deepEqual([cuts.between(0, 1), cuts.between(0, 2), cuts.between(0, 3)], ['none', 'partition', 'partition']);
});

test('healing ends the partition of a name, or all of them, and says whether there was one', (t) => {
  const cuts = new Cuts();
  t.false(cuts.heal(undefined));
  cuts.partition('east', [[], [1]], false);
  cuts.partition('west', [[], [2]], false);
  t.false(cuts.heal('north'));
  t.true(cuts.heal('east'));
  t.deepEqual([cuts.between(0, 1), cuts.between(0, 2)], ['none', 'partition']);
  cuts.partition('east', [[], [1]], false);
  t.true(cuts.heal(undefined));
  t.deepEqual([cuts.between(0, 1), cuts.between(0, 2), cuts.active], ['none', 'none', 0]);
});

test('a black hole swallows what goes to and from one peer', (t) => {
  const cuts = new Cuts();
  t.true(cuts.blackHole(1, true));
  t.false(cuts.blackHole(1, true));
  t.deepEqual([cuts.between(0, 1), cuts.between(1, 2), cuts.between(0, 2)], ['black-hole', 'black-hole', 'none']);
  t.false(cuts.blackHole(0, false));
  t.true(cuts.blackHole(1, false));
  t.deepEqual([cuts.between(0, 1), cuts.active], ['none', 0]);
});

test('a hold parks one direction of one pair', (t) => {
  const cuts = new Cuts();
  t.true(cuts.hold(1, 12));
  t.false(cuts.hold(1, 12));
  t.deepEqual([cuts.between(1, 12), cuts.between(12, 1), cuts.between(11, 2)], ['hold', 'none', 'none']);
  t.false(cuts.release(12, 1));
  t.true(cuts.release(1, 12));
  t.deepEqual([cuts.between(1, 12), cuts.active], ['none', 0]);
});

test('the obstacle that loses most is the one that counts', (t) => {
  const cuts = new Cuts();
  cuts.hold(0, 1);
  t.is(cuts.between(0, 1), 'hold');
  cuts.partition('', [[0], [1]], false);
  t.is(cuts.between(0, 1), 'partition');
  cuts.blackHole(1, true);
  t.is(cuts.between(0, 1), 'black-hole');
  t.is(cuts.active, 3);
});
