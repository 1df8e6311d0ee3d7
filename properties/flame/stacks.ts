// Stacks of simulated CPU made ready for a file: equal ones merged, in an order that depends on nothing else.
// Invariant: merging changes no sum, and the same stacks in another order give the same list.
import type { CostStack } from '../../sim/cost/account.ts';

/** Stands for a frame without a name, and for a stack without frames. */
const NAMELESS = '?';

/**
 * The stacks with equal ones added up, ordered by their frames (by code units; a stack before those that extend it).
 *
 * @param stacks - Frames from the root to the leaf.
 * @param nameOf - The form in which a frame's name is written; default: as {@link plainName} has it.
 */
export function mergedStacks(
  stacks: readonly CostStack[],
  nameOf: (frame: string) => string = plainName,
): readonly CostStack[] {
  const merged = new Map<string, { stack: readonly string[]; us: number; count: number }>();
  for (const { stack, us, count } of stacks) {
    const named = stack.length === 0 ? [NAMELESS] : stack.map(nameOf);
    const key = JSON.stringify(named);
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, { stack: named, us, count });
    } else {
      known.us += us;
      known.count += count;
    }
  }
  return [...merged.values()].sort((a, b) => byFrames(a.stack, b.stack));
}

/** A frame's name on one line: each control character and line break a blank, each lone surrogate U+FFFD, never empty. */
export function plainName(frame: string): string {
  const line = frame.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replace(/[\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD');
  return line.trim() === '' ? NAMELESS : line.trim();
}

function byFrames(a: readonly string[], b: readonly string[]): number {
  for (const [depth, frame] of a.entries()) {
    const other = b[depth];
    if (other === undefined) return 1;
    if (frame !== other) return frame < other ? -1 : 1;
  }
  return a.length - b.length;
}
