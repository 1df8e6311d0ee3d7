import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../errors.ts';
import { parseAvt } from './avt.ts';

const refusal = (text: string): string => {
  try {
    parseAvt(text, 'a.avt');
  } catch (error) {
    if (error instanceof InputError && error.code === 'bad-trace') return error.message;
    throw error;
  }
  return 'accepted';
};

test('a trace is read relative to its earliest start', (t) => {
  const trace = parseAvt('# a comment\r\n\r\nn1 2 1000 1010.5\t1020 1030\r\nn2 1 1005 1040\nn3 0\n', 'a.avt');
  t.deepEqual(trace, {
    nodes: [
      { id: 'n1', upUs: [0, 10_500_000, 20_000_000, 30_000_000] },
      { id: 'n2', upUs: [5_000_000, 40_000_000] },
      { id: 'n3', upUs: [] },
    ],
    durationUs: 40_000_000,
    intervalCount: 3,
  });
});

test('touching intervals are one interval', (t) => {
  t.deepEqual(parseAvt('a 3 0 5 5 9 9 12', 'a.avt').nodes[0]?.upUs, [0, 12_000_000]);
});

test('a bad trace is refused with its line', (t) => {
  const cases: [string, RegExp][] = [
    [
      'a 2 0 5 4 9',
      /^a\.avt: line 1: received interval 2 of node "a", 4 to 9, expected it not to begin before interval 1 ends \(at 5\)/,
    ],
    ['a 1 0 5\nb 2 8 9 0 5', /^a\.avt: line 2: received interval 2 of node "b"/],
    [
      'a 1 0 5\r\n#\r\nb 1 5 0',
      /^a\.avt: line 3: received interval 1 of node "b", 5 to 0, expected its end not before/,
    ],
    ['a 2 0 5', /^a\.avt: line 1: received 2 times for node "a", expected 4/],
    ['a 1 0 5 7', /line 1: received 3 times/],
    ['a', /line 1: received nothing after node "a", expected its number of intervals/],
    ['a -1', /line 1: received "-1" after node/],
    ['a 1.5 0 1', /line 1: received "1\.5" after node/],
    ['a 1 0 NaN', /line 1: interval 1: received "NaN"/],
    ['a 1 0 Infinity', /line 1: interval 1: received "Infinity"/],
    ['a 1 -3 4', /line 1: interval 1: received "-3"/],
    ['a 1 0x0 4', /line 1: interval 1: received "0x0"/],
    ['a 1 0 1e99', /line 1: interval 1: received "1e99"/],
    ['a 1 0 5\n\na 1 6 7', /line 3: received node "a" again, .* line 1/],
    ['', /^a\.avt: received no line with a node/],
    ['# nothing\n\n', /received no line with a node/],
    ['a 0\nb 0', /received 2 nodes without any interval/],
    ['a 1 0 400000000', /received a trace of .*, expected at most ten years/],
    [' '.repeat(64 * 1024 * 1024 + 1), /expected at most 64 MiB/],
  ];
  for (const [text, pattern] of cases) t.regex(refusal(text), pattern, text.slice(0, 50));
});

test('no text makes the parser throw anything but a refusal', (t) => {
  const field = fc.oneof(
    fc.nat(20).map(String),
    fc.constantFrom('a', 'b', '-1', '1.5', '\n', '\n', '#', 'NaN', '\r\n'),
  );
  fc.assert(
    fc.property(fc.array(field, { maxLength: 20 }), (fields) => {
      refusal(fields.join(' '));
    }),
    { seed: 3, numRuns: 500 },
  );
  t.pass();
});
