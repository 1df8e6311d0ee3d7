import test from 'ava';
import { PeerId } from '../peer.ts';
import { describeState, describeValue, stateData } from './describe.ts';

const [p1, p7] = [new PeerId(1), new PeerId(7)];

test('peers are shown as p7, wherever they stand', (t) => {
  const state = { active: [p1, p7], data: new Map([[p7, { from: p1 }]]), seen: new Set([p7]) };
  t.deepEqual(describeState(state), ['active: [p1, p7]', 'data: { p7: { from: p1 } }', 'seen: [p7]']);
  t.deepEqual(stateData(state), { active: ['p1', 'p7'], data: { p7: { from: 'p1' } }, seen: ['p7'] });
});

test('what does not fit a line is indented below its name, lists and Maps with their size', (t) => {
  const state = { view: { peers: [p1, p7], names: new Map([['one', { first: 1, second: 'two' }]]) }, empty: {} };
  t.deepEqual(describeState(state, { width: 20 }), [
    'view:',
    '  peers: [p1, p7]',
    '  names: (1)',
    '    one:',
    '      first: 1',
    '      second: "two"',
    'empty: {}',
  ]);
});

test('a long list of scalars fills lines, and a list of objects has one item a line', (t) => {
  const list = Array.from({ length: 8 }, (_, index) => index + 10);
  t.deepEqual(describeState({ list }, { width: 20 }), ['list: (8)', '  10, 11, 12, 13,', '  14, 15, 16, 17']);
  t.deepEqual(describeState({ items: [{ a: 1 }, { a: 2 }] }, { width: 14 }), [
    'items: (2)',
    '  - { a: 1 }',
    '  - { a: 2 }',
  ]);
});

test('what the limits leave out is counted', (t) => {
  const state = { many: new Set([1, 2, 3, 4, 5]), text: 'x'.repeat(50), deep: { deep: { deep: {} } } };
  const limits = { items: 3, characters: 10, depth: 2 };
  t.deepEqual(describeState(state, limits), [
    'many: [1, 2, 3, ... 2 more]',
    'text: "xxxxxxxxxx... (40 more characters)"',
    'deep: { deep: <deeper> }',
  ]);
  t.deepEqual(
    stateData(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      { items: 1 },
    ),
    { a: 1, '...': '... 1 more' },
  );
});

test('values that JSON lacks keep a printed form', (t) => {
  const state = [undefined, null, Infinity, 10n, Symbol('s'), () => 1, new Date(0), new Uint8Array([1, 2])];
  t.deepEqual(stateData(state), [null, null, 'Infinity', '10', 'Symbol(s)', '<function>', '<Date>', [1, 2]]);
  t.is(describeValue(undefined), '-');
});

test('a cycle ends where it closes, and a value met twice is shown twice', (t) => {
  const shared = { a: 1 };
  const state: Record<string, unknown> = { one: shared, two: shared };
  state['self'] = state;
  t.deepEqual(stateData(state), { one: { a: 1 }, two: { a: 1 }, self: '<cycle>' });
});

test('Map keys that are shown alike become pairs, and no key is lost', (t) => {
  t.deepEqual(
    stateData(
      new Map<unknown, number>([
        [p1, 1],
        ['p1', 2],
      ]),
    ),
    [
      ['p1', 1],
      ['p1', 2],
    ],
  );
  t.deepEqual(Object.keys(stateData(new Map([['__proto__', 1]])) as object), ['__proto__']);
});

test('showing a frozen state changes nothing in it', (t) => {
  const state = Object.freeze({ list: Object.freeze([3, 1, 2]) });
  describeState(state);
  t.deepEqual(state.list, [3, 1, 2]);
});

test('getters are not called, and a Proxy that refuses is shown as one', (t) => {
  const refuse = (): never => {
    throw new Error('looked at');
  };
  const state = {
    get trap(): never {
      return refuse();
    },
    list: [new Proxy({}, { getPrototypeOf: refuse, ownKeys: refuse })],
    plain: 1,
  };
  t.is(describeValue(state), '{ trap: <getter>, list: [<proxy>], plain: 1 }');
});

test('an instance of a class that holds something is said not to be looked into', (t) => {
  class Table {
    readonly rows = new Map([['a', 1]]);
  }
  class Empty {}
  t.is(
    describeValue({ table: new Table(), empty: new Empty() }),
    '{ table: <Table, not looked into>, empty: <Empty> }',
  );
});
