// Facts: what happened between an owner and its subject, and what nodes and plan did around it.
// Invariant: facts are kept in the order in which they happened, and their number is bounded, whatever the run.
import type { Cause } from './cause.ts';

/** How much a fact says of why something is left; more is told first. */
export const WEIGHT = {
  /** A message that was sent or received. */
  message: 1,
  /** Something of the pair was opened or closed. */
  entry: 4,
  dial: 4,
  /** An overlay edge came up or went down; a link was said to be closed; a message was thrown away. */
  relation: 6,
  /** A life began or ended, or an act was carried out. */
  life: 8,
} as const;

/** One thing that happened. */
export interface Fact {
  readonly atUs: number;
  /** Index of the peer at which it happened. */
  readonly peer: number;
  /** What it happened because of, such as `message close from p6`. */
  readonly because: string;
  /** Number of the event in the run. */
  readonly event: number;
  /** What was done, such as `closed connection quic.connection-gossip to p6`; empty when an event did nothing else. */
  readonly did: string;
  readonly weight: number;
  /** True when from then on the thing may have been of no more use: an end, a successor, news of a close. */
  readonly turn: boolean;
  /** Its place among all facts. */
  readonly order: number;
}

/** Facts kept of each weight; of more the first half and the last are. */
const MOST_FACTS = 4_000;

/** Gathers facts. */
export class Facts {
  private readonly byWeight = new Map<number, Fact[]>();
  private count = 0;

  add(atUs: number, peer: number, cause: Cause, did: string, weight: number, turn = false): void {
    let facts = this.byWeight.get(weight);
    if (facts === undefined) this.byWeight.set(weight, (facts = []));
    facts.push({ atUs, peer, because: causeText(cause), event: cause.event, did, weight, turn, order: this.count++ });
    if (facts.length > MOST_FACTS) facts.splice(MOST_FACTS / 2, 1);
  }

  /** All that were kept, in the order in which they happened. */
  all(): Fact[] {
    return [...this.byWeight.values()].flat().toSorted((a, b) => a.order - b.order);
  }
}

/** A cause with its sender, such as `message close from p6`. */
export function causeText({ what, from }: Cause): string {
  return from === undefined ? what : `${what} from ${String(from)}`;
}
