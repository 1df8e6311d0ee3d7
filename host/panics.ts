// What of a target's doings counts as a panic of its node: what would have ended its process, and what it was refused.
// Invariant: a panic names the first frame that is the target's own, as far as stacks tell.
import type { Panic } from '../sim/tasks/account.ts';
import { framesOf } from './evidence.ts';
import type { EvidenceKind } from './evidence.ts';

const SITES: Partial<Record<EvidenceKind, string>> = {
  thrown: 'uncaught exception',
  rejected: 'unhandled rejection',
  refused: 'refused call',
  exit: 'call that ends the process',
};

/** The host's folder, as stacks name it. */
const HERE = /(?:\(|at )([^(]*)panics\./.exec(new Error('here').stack ?? '')?.[1];

/**
 * The panic that evidence of a kind is; undefined when it is none.
 *
 * @param owner - The node, such as `p7`, or `no node`.
 */
export function panicOf(
  kind: EvidenceKind,
  what: string,
  { owner, atUs, stack }: { readonly owner: string; readonly atUs: number; readonly stack: string },
): Panic | undefined {
  const site = SITES[kind];
  if (site === undefined) return undefined;
  const message = stack === '' ? what : `${what}, ${firstFrame(stack)}`;
  return { atUs, owner, site, path: site, message, stack };
}

/** The first frame that is neither Node's own nor the host's. */
function firstFrame(stack: string): string {
  const frames = stack.split('\n');
  const isHosts = (frame: string): boolean => HERE !== undefined && frame.includes(HERE) && !frame.includes('.test.');
  return (frames.find((frame) => !/node:|<anonymous>\)$/.test(frame) && !isHosts(frame)) ?? frames[0] ?? '').trim();
}

/** The frames of whoever asks. */
export function stackHere(): string {
  return framesOf(new Error('here').stack ?? '');
}
