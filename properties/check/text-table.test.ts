import test from 'ava';
import fc from 'fast-check';
import { TextTable } from './text-table.ts';

const encoder = new TextEncoder();

test('equal texts have one number and others another, however many there are', (t) => {
  const table = new TextTable(['kind', 'node']);
  const numbers = new Map<string, number>([
    ['kind', 0],
    ['node', 1],
  ]);
  const texts = fc.array(fc.stringMatching(/^[ -~]{1,12}$/), { minLength: 40, maxLength: 60 });
  fc.assert(
    fc.property(texts, (several) => {
      for (const text of several) {
        const bytes = encoder.encode(`<${text}>`);
        const number = table.numberOf(bytes, 1, bytes.length - 1);
        t.is(number, numbers.get(text) ?? numbers.size);
        t.is(table.text(number), text);
        numbers.set(text, number);
      }
    }),
    { seed: 7, numRuns: 200 },
  );
  t.true(numbers.size > 2000);
});

test('a text that is too long for a name has no number', (t) => {
  const bytes = encoder.encode('x'.repeat(257));
  t.is(new TextTable([]).numberOf(bytes, 0, 257), -1);
  t.is(new TextTable([]).numberOf(bytes, 0, 256), 0);
});
