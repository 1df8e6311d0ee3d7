import test from 'ava';
import fc from 'fast-check';
import { lineEnd, LineSplitter, withoutReturn } from './log-lines.ts';
import type { LineBlock, LongLine } from './log-lines.ts';

interface SeenLine {
  readonly offset: number;
  /** Its text, or its length when it was too long. */
  readonly line: string | number;
}

function linesIn(text: string, cuts: readonly number[], most: number): SeenLine[] {
  const bytes = new TextEncoder().encode(text);
  const splitter = new LineSplitter(most);
  const blocks: (LineBlock | LongLine)[] = [];
  let from = 0;
  for (const cut of [...cuts.map((one) => one % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    // The chunk is spoilt afterwards, as a stream may use it again.
    const chunk = bytes.slice(from, cut);
    for (const block of splitter.feed(chunk))
      blocks.push('bytes' in block ? { ...block, bytes: block.bytes.slice() } : block);
    chunk.fill(0x3f);
    from = cut;
  }
  blocks.push(...splitter.finish());
  return blocks.flatMap((block) => {
    if (!('bytes' in block)) return [{ offset: block.offset, line: block.length }];
    const lines: SeenLine[] = [];
    for (let start = 0; start < block.bytes.length;) {
      const end = lineEnd(block.bytes, start);
      const line = new TextDecoder().decode(block.bytes.subarray(start, withoutReturn(block.bytes, start, end)));
      lines.push({ offset: block.offset + start, line });
      start = end + 1;
    }
    return lines;
  });
}

test('in whatever chunks a log comes, its lines and their places are the same, and long ones are told by their length', (t) => {
  const line = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, ''));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 20 }),
      fc.array(fc.nat(300), { maxLength: 8 }),
      fc.boolean(),
      (lines, cuts, ended) => {
        const most = 6;
        const text = lines.join('\n') + (ended && lines.length > 0 ? '\n' : '');
        const expected: SeenLine[] = [];
        let offset = 0;
        const encoder = new TextEncoder();
        const written = text.split('\n');
        // What comes after the last newline is a line only when there is something.
        if (written.at(-1) === '') written.pop();
        for (const one of written) {
          const { length } = encoder.encode(one);
          expected.push({ offset, line: length > most ? length : one });
          offset += length + 1;
        }
        t.deepEqual(linesIn(text, cuts, most), expected);
      },
    ),
    { seed: 4, numRuns: 500 },
  );
});

test('a carriage return before the newline is no part of a line', (t) => {
  t.deepEqual(linesIn('a\r\nb\r\n', [], 10), [
    { offset: 0, line: 'a' },
    { offset: 3, line: 'b' },
  ]);
});
