import test from 'ava';
import { branchesOf, inlineText, opensItself, stepText, valueText } from './json-shape.ts';

test('lists have their places and objects their keys as branches, and scalars none', (t) => {
  t.deepEqual(branchesOf(['a', 'b']), [
    [0, 'a'],
    [1, 'b'],
  ]);
  t.deepEqual(branchesOf({ k: 1 }), [['k', 1]]);
  t.deepEqual(branchesOf('text'), []);
  t.deepEqual(branchesOf(null), []);
});

test('short values stand on one line, long ones do not, but for scalars', (t) => {
  t.is(inlineText({ remote: 'p1', path: 0, stopped: [] }), '{remote: p1, path: 0, stopped: []}');
  t.is(inlineText(Array.from({ length: 100 }, (_, place) => place)), undefined);
  t.is(inlineText('x'.repeat(200)), 'x'.repeat(200));
});

test('paths are written as those of changes', (t) => {
  t.is(stepText('gossip', true) + stepText('active', false) + stepText(3, false), 'gossip.active[3]');
  t.is(stepText('key p7', false), '[key p7]');
});

test('a value in a line is cut', (t) => {
  t.is(valueText({ a: [1, 2] }, 90), '{"a":[1,2]}');
  t.is(valueText('x'.repeat(10), 5), 'xxxx…');
  t.is(valueText(undefined, 5), '');
});

test('what is small and near the root is open from the start', (t) => {
  t.true(opensItself({ a: 1 }, 0));
  t.false(opensItself({ a: 1 }, 5));
  t.false(
    opensItself(
      Array.from({ length: 99 }, () => 0),
      0,
    ),
  );
});
