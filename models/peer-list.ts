// Short lists of peers that stand in for ordered sets: views of 5 to 30, where a linear search beats hashing.
// Invariant: no peer is in a list twice; removal keeps the order of the rest, so that what a run does depends on it alone.
import type { PeerId } from '../sim/peer.ts';
import type { RandomStream } from '../sim/random/stream.ts';

/** Appends `peer` unless it is there; true when it was not. */
export function addPeer(peers: PeerId[], peer: PeerId): boolean {
  if (peers.includes(peer)) return false;
  peers.push(peer);
  return true;
}

/** Removes `peer`; false when it was not there. */
export function removePeer(peers: PeerId[], peer: PeerId): boolean {
  const index = peers.indexOf(peer);
  if (index < 0) return false;
  removeAt(peers, index);
  return true;
}

/**
 * Removes the element at `index` without allocating, which `splice` would.
 *
 * @param index - From 0 (included) to the length (excluded).
 */
export function removeAt<T>(items: T[], index: number): void {
  for (let place = index + 1; place < items.length; place++) items[place - 1] = items[place] as T;
  items.pop();
}

/**
 * A uniformly random element other than `first` and `second`; undefined when there is none.
 * Draws one number from `random`, or nothing when there is none to pick.
 */
export function pickOther(
  peers: readonly PeerId[],
  random: RandomStream,
  first: PeerId,
  second: PeerId = first,
): PeerId | undefined {
  let eligible = 0;
  for (const peer of peers) if (peer !== first && peer !== second) eligible++;
  if (eligible === 0) return undefined;
  let skipped = random.below(eligible);
  for (const peer of peers) {
    if (peer !== first && peer !== second && skipped-- === 0) return peer;
  }
  return undefined;
}
