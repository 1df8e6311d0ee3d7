// Watches dials to departed peers: as long as one is dialled again and again, tasks about it are wanted.
// Invariant: only what may still matter at a later look is kept.
import type { LedgerOwner } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';

/** Remembers when each node dialled a departed peer last. */
export class DialWatch {
  private readonly times = new Map<LedgerOwner, Map<PeerId, number>>();

  dialled(node: LedgerOwner, peer: PeerId, nowUs: number): void {
    if (!peer.departed) return;
    let peers = this.times.get(node);
    if (peers === undefined) this.times.set(node, (peers = new Map<PeerId, number>()));
    peers.set(peer, nowUs);
  }

  ended(node: LedgerOwner): void {
    this.times.delete(node);
  }

  /** When `owner` dialled the departed peer last, in microseconds; -Infinity when it never did or that is forgotten. */
  lastUs(owner: LedgerOwner, peer: PeerId): number {
    return this.times.get(owner)?.get(peer) ?? -Infinity;
  }

  /** Forgets dials before `sinceUs`. */
  forgetBefore(sinceUs: number): void {
    for (const [node, peers] of this.times) {
      for (const [peer, atUs] of peers) if (atUs < sinceUs) peers.delete(peer);
      if (peers.size === 0) this.times.delete(node);
    }
  }
}
