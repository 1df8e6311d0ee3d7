// Watches messages that a stack throws away without telling the protocol that sent them.
// Invariant: per calm only pairs of running nodes are kept, and only while it lasts; totals are by what was thrown away.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { CalmDiscards, DiscardingPair } from './findings.ts';

const MOST_EXAMPLES = 10;

interface Pair {
  count: number;
  readonly what: string;
  readonly firstUs: number;
}

/** Counts discarded messages. */
export class DiscardWatch {
  /** Over the whole run, by what was thrown away. */
  readonly totals = new Map<string, number>();
  private watching = false;
  private readonly pairs = new Map<Node, Map<PeerId, Pair>>();

  discarded(node: Node, peer: PeerId, what: string): void {
    this.totals.set(what, (this.totals.get(what) ?? 0) + 1);
    if (!this.watching || peer.node === undefined) return;
    let peers = this.pairs.get(node);
    if (peers === undefined) this.pairs.set(node, (peers = new Map<PeerId, Pair>()));
    const pair = peers.get(peer);
    if (pair === undefined) peers.set(peer, { count: 1, what, firstUs: node.simulation.nowUs });
    else pair.count++;
  }

  /** From now on pairs are watched. */
  watch(): void {
    this.watching = true;
  }

  /** The calm is over. */
  finish(): CalmDiscards {
    const found = this.read();
    this.clear();
    return found;
  }

  /** What was thrown away since pairs are watched. */
  read(): CalmDiscards {
    const pairs: DiscardingPair[] = [];
    for (const [node, peers] of this.pairs) {
      // What is thrown away for a peer that has left since, or by a node that has, is no wedge.
      if (!node.running) continue;
      for (const [peer, pair] of peers) {
        if (peer.node !== undefined) pairs.push({ owner: String(node.peer), peer: String(peer), ...pair });
      }
    }
    const worst = pairs.toSorted((a, b) => b.count - a.count).slice(0, MOST_EXAMPLES);
    return { total: pairs.reduce((sum, { count }) => sum + count, 0), pairCount: pairs.length, pairs: worst };
  }

  /** Forgets every pair, and watches none. */
  clear(): void {
    this.watching = false;
    this.pairs.clear();
  }
}
