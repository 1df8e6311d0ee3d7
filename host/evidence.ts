// What a hosted run has to say of its target apart from figures: refused calls, errors, leftovers.
// Invariant: what happens again is counted, not kept again; the book stays bounded however noisy the target is.
import type { HostedNode } from './hosted-node.ts';

/**
 * What happened:
 * - `refused`: the target made a call that cannot be deterministic;
 * - `exit`: it asked to end the process;
 * - `thrown`, `rejected`: nobody caught an error, or handled a rejection;
 * - `leftover`: code that went on after its node had ended asked for a timer, and was ignored;
 * - `strayed`: a timer or a random draw outside the event, or by another node than the event, that it was counted for;
 * - `unsettled`: what the harness asked of a node had not ended when the run did.
 */
export type EvidenceKind = 'refused' | 'exit' | 'thrown' | 'rejected' | 'leftover' | 'strayed' | 'unsettled';

/** One finding, with the first moment it was seen. Plain data. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** One clause, such as `net.connect: opens a real socket` or the message of an error. */
  readonly what: string;
  /** The peer whose code it was, as `p3`; undefined for code that no node ran. */
  readonly node: string | undefined;
  /** Which life of that peer, from 1; 0 when no node. */
  readonly incarnation: number;
  /** Virtual time in microseconds. */
  readonly atUs: number;
  /** Where it came from, one frame a line; empty when unknown. */
  readonly stack: string;
  /** How often it was seen, over all nodes. */
  readonly count: number;
}

/** Different findings that are kept; later ones are counted alone. */
const MOST_KEPT = 1000;

/** Collects the evidence of one run. */
export class EvidenceBook {
  /** Findings that were not kept, as the book was full. */
  dropped = 0;
  /** Called with each finding that is seen for the first time. */
  onFirst: ((evidence: Evidence) => void) | undefined = undefined;
  private readonly byKey = new Map<string, { first: Evidence; count: number }>();

  /** Records one finding; equal kind and `what` count as one. */
  note(kind: EvidenceKind, what: string, node: HostedNode | undefined, atUs: number, stack: string): void {
    const key = `${kind} ${what}`;
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.byKey.size >= MOST_KEPT) {
      this.dropped++;
      return;
    }
    const first = {
      kind,
      what,
      node: node === undefined ? undefined : String(node.peer),
      incarnation: node?.incarnation ?? 0,
      atUs,
      stack,
      count: 1,
    };
    this.byKey.set(key, { first, count: 1 });
    this.onFirst?.(first);
  }

  /** Everything so far, in the order first seen. */
  list(): Evidence[] {
    return Array.from(this.byKey.values(), ({ first, count }) => ({ ...first, count }));
  }

  /** How often a kind was seen. */
  count(kind: EvidenceKind): number {
    let sum = 0;
    for (const { first, count } of this.byKey.values()) if (first.kind === kind) sum += count;
    return sum;
  }
}

/** Message and stack of anything that was thrown. */
export function describeThrown(thrown: unknown): { what: string; stack: string } {
  try {
    if (thrown instanceof Error) {
      const { name, message, stack } = thrown;
      return { what: `${name}: ${message}`, stack: typeof stack === 'string' ? framesOf(stack) : '' };
    }
    return { what: `${typeof thrown} ${String(thrown)}`, stack: '' };
  } catch {
    // A target may throw an object whose every member throws.
    return { what: 'something that cannot be described', stack: '' };
  }
}

/** The frames of a stack without the message above them. */
export function framesOf(stack: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return first < 0 ? '' : lines.slice(first).join('\n');
}
