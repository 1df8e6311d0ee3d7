// Who a hosted peer is to libp2p: a key made of the run's seed and the peer's number.
// Invariant: one identity for all lives of a peer, and another for every other peer.
import type { PeerId } from '../../sim/peer.ts';
import type { Simulation } from '../../sim/simulation.ts';

/** The 32 bytes that a peer's key is made of. */
export function seedOf(simulation: Simulation, peer: PeerId): Uint8Array {
  const stream = simulation.streams.stream(`libp2p/identity/${peer.index}`);
  return Uint8Array.from({ length: 32 }, () => stream.below(256));
}

/** An address of its own for each peer, so that nobody is marked down for sharing one. */
export function ipOf({ index }: PeerId): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}
