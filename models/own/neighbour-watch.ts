// Tells the run's observer which neighbours of a node came and went, from the neighbours after each of its events.
// Invariant: it reads and never steers; an observer that does not ask costs one check.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';

/** The neighbours of one node as last told. */
export class NeighbourWatch {
  private readonly node: Node;
  private told: readonly PeerId[] = [];

  constructor(node: Node) {
    this.node = node;
  }

  /** An event of the node was handled. */
  look(now: readonly PeerId[]): void {
    const { node, told } = this;
    const { observer } = node.simulation;
    if (observer?.neighbour === undefined || isSame(told, now)) return;
    const before = new Set(told);
    const after = new Set(now);
    for (const peer of told) if (!after.has(peer)) observer.neighbour(node, peer, false);
    for (const peer of now) if (!before.has(peer)) observer.neighbour(node, peer, true);
    this.told = now;
  }
}

function isSame(before: readonly PeerId[], now: readonly PeerId[]): boolean {
  return before.length === now.length && before.every((peer, place) => peer === now[place]);
}
