import test from 'ava';
import { cleanUpLines, gated } from './clean-up-lines.ts';

const SOURCE = `
class Holder {
  constructor() { this.held = new Map(); this.list = [1, 2]; }
  forget(key) { this.held.delete(key); }
  forgetIf(key) { if (this.held?.delete(key) !== true) return false; return true; }
  later(then) { then(() => this.held.delete('late')); }
  *work(io) {
    try { yield* io.finish(); } finally { this.busy = undefined; io?.close('over'); }
  }
  empty() { this.list.length = 0; }
  clearance() { this.clearanceOf(1); this.held.set('ends', this.list.splice(0, 1)); }
}
`;

test('clean-up lines are found by the verbs that they call and by where they stand', (t) => {
  t.deepEqual(
    cleanUpLines(SOURCE).map(({ within, text, without }) => [within, text, without]),
    [
      ['forget', 'this.held.delete(key);', ';'],
      ['forgetIf', 'this.held?.delete(key)', 'this.held?.has(key)'],
      ['later', "this.held.delete('late')", 'undefined'],
      ['work', 'yield* io.finish();', ';'],
      ['work', 'this.busy = undefined;', ';'],
      ['work', "io?.close('over');", ';'],
      ['empty', 'this.list.length = 0;', ';'],
    ],
  );
});

test('a gated module does a line only if it is told to', (t) => {
  const lines = cleanUpLines(SOURCE);
  const text = gated(SOURCE, lines, 10, 'told');
  t.true(text.includes('forget(key) { { if (globalThis.told(10)) this.held.delete(key); } }'));
  t.true(text.includes('if ((globalThis.told(11) ? this.held?.delete(key) : this.held?.has(key)) !== true)'));
  t.true(text.includes("then(() => (globalThis.told(12) ? this.held.delete('late') : undefined))"));
  t.true(text.includes('try { { if (globalThis.told(13)) yield* io.finish(); } }'));
  t.is(cleanUpLines(text).length, lines.length - 1, 'a delete that became a has');
});
