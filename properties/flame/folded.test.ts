import test from 'ava';
import fc from 'fast-check';
import { foldedStacks } from './folded.ts';
import { stackLists, totalUs } from './stacks.test.fixture.ts';

test('a stack is a line of its frames and whole microseconds', (t) => {
  const text = foldedStacks([
    { stack: ['gossip.actor', 'join_peers', 'endpoint.connect'], us: 1200.4, count: 3 },
    { stack: ['gossip.actor', 'idle'], us: 0.4, count: 9 },
    { stack: ['a;b', 'two\nlines'], us: 7, count: 1 },
    { stack: [], us: 3e20, count: 1 },
  ]);
  t.is(text, '? 300000000000000000000\na,b;two lines 7\ngossip.actor;join_peers;endpoint.connect 1200\n');
  t.is(foldedStacks([]), '');
});

test('folded stacks parse back to the same sums', (t) => {
  fc.assert(
    fc.property(stackLists, (stacks) => {
      const parsed = parse(foldedStacks(stacks));
      t.is(totalUs(parsed), totalUs(stacks));
      // The sums of the stacks as they are, by their frames in the form that a line can hold.
      const expected = new Map<string, number>();
      for (const { stack, us } of stacks) {
        const key = lineForm(stack);
        if (us > 0) expected.set(key, (expected.get(key) ?? 0) + us);
      }
      t.deepEqual(parsed.map(({ stack, us }) => `${stack.join(';')} ${us}`).sort(), lines(expected));
    }),
    { seed: 22, numRuns: 300 },
  );
});

function lines(usByStack: ReadonlyMap<string, number>): string[] {
  return Array.from(usByStack, ([stack, us]) => `${stack} ${us}`).sort();
}

function lineForm(stack: readonly string[]): string {
  const line = (frame: string): string => {
    const letters = Array.from(frame, (letter) => {
      const code = letter.codePointAt(0)!;
      if (code < 32 || (code >= 127 && code < 160) || code === 0x2028 || code === 0x2029) return ' ';
      if ((code >= 0xd800 && code <= 0xdfff) || code === 0xfffe || code === 0xffff) return '\ufffd';
      return letter === ';' ? ',' : letter;
    });
    return letters.join('').trim() || '?';
  };
  return stack.length === 0 ? '?' : stack.map(line).join(';');
}

function parse(text: string): { stack: string[]; us: number }[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line is not ended');
  return lines.map((line) => {
    const [, frames, us] = /^(.*) (\d+)$/u.exec(line) ?? [];
    if (frames === undefined) throw new Error(`not a folded stack: ${line}`);
    return { stack: frames.split(';'), us: Number(us) };
  });
}
