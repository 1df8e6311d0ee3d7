import test from 'ava';
import fc from 'fast-check';
import { findJsonMistake } from './json-mistake.ts';

test('a mistake is placed by line and column, with what stands there', (t) => {
  const cases: [text: string, line: number, column: number, received: string][] = [
    ['', 1, 1, 'the end of the text'],
    ['{"a": 1,\n  "b": x}', 2, 8, '"x"'],
    ['{"a": 1,\n}', 2, 1, '"}"'],
    ['[1, 2', 1, 6, 'the end of the text'],
    ['{"a" 1}', 1, 6, '"1"'],
    ['"abc', 1, 5, 'the end of the text'],
    ['"a\nb"', 1, 3, String.raw`"\n"`],
    [String.raw`"\x"`, 1, 2, String.raw`"\\"`],
    ['[1] 🙂', 1, 5, '"🙂"'],
    ['[01]', 1, 3, '"1"'],
    ['[1}', 1, 3, '"}"'],
    ["{'a': 1}", 1, 2, `"'"`],
  ];
  for (const [text, line, column, received] of cases) {
    const { expected, ...found } = findJsonMistake(text) ?? { expected: '' };
    t.deepEqual(found, { line, column, received }, text);
    t.not(expected, '', text);
  }
});

test('a mistake is found in exactly the texts that JSON.parse refuses', (t) => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    '\\n',
    '1',
    '-',
    '.',
    'e',
    '0',
    'true',
    'nul',
    ' ',
    '\n',
    '\t',
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 12 }).map((list) => list.join('')),
    fc.tuple(fc.json(), fc.nat(), pieces).map(([text, at, piece]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + piece + text.slice(place + (at % 2));
    }),
    fc.json(),
  );
  fc.assert(
    fc.property(texts, (text) => (findJsonMistake(text) === undefined) === parses(text)),
    { seed: 1, numRuns: 3000 },
  );
  t.pass();
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
