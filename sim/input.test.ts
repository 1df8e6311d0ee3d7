import test from 'ava';
import * as v from 'valibot';
import { InputError } from './errors.ts';
import { describeIssue, nearest, parseInput, shown, unknownName } from './input.ts';

const positive = 'an integer above 0';
const schema = v.strictObject({
  count: v.pipe(v.number(positive), v.integer(positive), v.minValue(1, positive)),
  tags: v.exactOptional(v.array(v.picklist(['a', 'b']))),
});

const sentence = (value: unknown): string => {
  const result = v.safeParse(schema, value);
  return result.success ? 'valid' : describeIssue(result.issues, 'file.json');
};

test('an issue is one sentence with place, received and expected', (t) => {
  t.is(sentence({ count: -5 }), 'file.json: count: received -5, expected an integer above 0');
  t.is(sentence({ count: 1, tags: ['a', 'x'] }), 'file.json: tags[1]: received "x", expected "a" or "b"');
  t.is(sentence({ count: 1, tags: 3 }), 'file.json: tags: received 3, expected a list');
  t.is(sentence({ count: 1, tagz: [] }), 'file.json: tagz: received a key that is not known here');
  t.is(sentence({}), 'file.json: count: received nothing, expected a value, as this key is required');
  t.is(sentence(5), 'file.json: received 5, expected an object');
});

test('parseInput returns the output or throws an InputError of the given code', (t) => {
  t.deepEqual(parseInput(schema, { count: 2 }, 'x', 'bad-x'), { count: 2 });
  const error = t.throws(() => parseInput(schema, { count: 0 }, 'x', 'bad-x'), { instanceOf: InputError });
  t.is(error?.code, 'bad-x');
});

test('a shown value is cut to 60 characters, however large it is', (t) => {
  t.is(shown({ a: [1, null, 'b'] }), '{"a":[1,null,"b"]}');
  t.is(shown(undefined), 'nothing');
  t.is(shown(Number.NaN), 'NaN');
  t.is(shown('x'.repeat(1_000)).length, 60);
  t.is(shown(Array.from({ length: 1_000_000 }, () => ({ deep: [[[[]]]] }))).length, 60);
});

test('the nearest name is suggested when it is near enough', (t) => {
  t.is(nearest('peer-topic-not-pruned', ['other', 'peer-topics-not-pruned']), 'peer-topics-not-pruned');
  t.is(nearest('RESTART', ['restart', 'rejoin']), 'restart');
  t.is(nearest('ab', ['ax', 'ay']), 'ax');
  t.is(nearest('completely-different', ['restart']), undefined);
});

test('an unknown name lists the known ones', (t) => {
  const error = unknownName('defect', 'alfa', ['alpha', 'beta'], '--defect');
  t.is(error.code, 'unknown-defect');
  t.is(error.message, '--defect: unknown defect "alfa"; did you mean "alpha"? Known: alpha, beta');
  t.is(unknownName('flow rule', 'zzzzzz', ['a']).code, 'unknown-flow-rule');
  t.is(unknownName('x', 'zzzzzz', ['a']).message, 'unknown x "zzzzzz". Known: a');
});
