// Topologies at a moment, small enough to be told by hand.
import type { PairNow, PeerNow, TopologyNow } from '../../properties/view/topology.ts';

/** Peers 0 to `live - 1` live, then `gone` that have ended, one a second; pairs as given, with nothing between by default. */
export function topologyOf(live: number, gone: number, pairs: readonly Partial<PairNow>[]): TopologyNow {
  const peers = Array.from({ length: live + gone }, (_, peer): PeerNow => {
    const isLive = peer < live;
    return { peer, live: isLive, serial: peer, fromUs: 0, endedUs: isLive ? undefined : (peer + 1) * 1_000_000 };
  });
  const nothing = { a: 0, b: 0, aHasB: false, bHasA: false, open: 0, ghosts: 0, halfOpen: 0 };
  return {
    atUs: 1_000_000_000,
    peers,
    pairs: pairs.map((pair) => ({ ...nothing, ...pair })),
    liveCount: live,
    asymmetricCount: 0,
    openCount: 0,
    ghostCount: 0,
  };
}

/** Neighbours on both sides, with a connection of each. */
export function linked(a: number, b: number): Partial<PairNow> {
  return { a, b, aHasB: true, bHasA: true, open: 2 };
}
