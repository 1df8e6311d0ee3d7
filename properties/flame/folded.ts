// Folded stacks: one line per stack, as flamegraph.pl, inferno and speedscope read them.
// Invariant: the last blank of a line parts the frames from the number, and `;` stands only between frames.
import type { CostStack } from '../../sim/cost/account.ts';
import { mergedStacks, plainName } from './stacks.ts';

/**
 * Folded stacks such as `gossip.actor;join_peers;endpoint.connect 1200`, a line break after each.
 *
 * Microseconds are rounded to integers per stack, and a stack that rounds to 0 is left out. Within a frame `;` becomes
 * a comma, a line break or other control character a blank.
 *
 * Source: Gregg, "The Flame Graph", ACM Queue 14(2), 2016, and his stackcollapse programs.
 */
export function foldedStacks(stacks: readonly CostStack[]): string {
  let text = '';
  for (const { stack, us } of mergedStacks(stacks, (frame) => plainName(frame).replaceAll(';', ','))) {
    const wholeUs = Math.round(us);
    if (wholeUs > 0) text += `${stack.join(';')} ${digits(wholeUs)}\n`;
  }
  return text;
}

/** An integer without an exponent, however large. */
function digits(integer: number): string {
  return BigInt(integer).toString();
}
