// Stacks to write: arbitrary ones with hostile names, and their sums.
import fc from 'fast-check';
import type { CostStack } from '../../sim/cost/account.ts';

/** Names that break formats which do not escape: markup, quotes, separators, line breaks, emoji, half a pair, nothing. */
export const HOSTILE_NAMES: readonly string[] = [
  '<script>alert(1)</script>',
  "\"><svg onload='x'>",
  'TlsStream<TcpStream>',
  ']]>&amp;&#0;',
  'a;b;c 1234',
  'two\nlines\r\nand\u2028more\u0085',
  'tab\tnul\0bell\u0007',
  '🦔🦔🦔 emoji 👩‍👩‍👧‍👦',
  '\ud83e half',
  'half \udd94',
  '\ufffe\uffff',
  '__proto__',
  '   ',
  '',
  '日本語の長い名前'.repeat(8),
];

/** A frame's name: often one of few, so that stacks share frames, or one that is hostile, or any string. */
export const frames = fc.oneof(
  fc.constantFrom('gossip.actor', 'connect', 'poll_read'),
  fc.constantFrom(...HOSTILE_NAMES),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** Stacks of whole microseconds. */
export const stackLists: fc.Arbitrary<CostStack[]> = fc.array(
  fc.record({ stack: fc.array(frames, { maxLength: 6 }), us: fc.nat(1e12), count: fc.nat(1e6) }),
  { maxLength: 12 },
);

/** The sum of all microseconds. */
export function totalUs(stacks: readonly { readonly us: number }[]): number {
  return stacks.reduce((sum, { us }) => sum + us, 0);
}
