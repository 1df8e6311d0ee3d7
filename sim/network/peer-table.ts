// A small map keyed by peers: an array while it is small, a Map once it is not.
// Invariant: iteration is in insertion order in both forms. Nothing is added or removed while it is iterated.
//
// A node of an overlay talks to a handful of peers. Looking one up in a Map reads the peer (for its hash) and three
// places of the Map, which in a world of 100,000 nodes are four cache misses; a list of a handful is one or two (bench
// `swarm-broadcast`).
import type { PeerId } from '../peer.ts';

/** Entries up to which a linear search is used. */
const MOST_LISTED = 16;

/** What the link layer needs of a Map. */
export class PeerTable<Value> {
  private readonly peers: PeerId[] = [];
  private readonly listed: Value[] = [];
  /** Takes over when the lists are full, and stays until the table is cleared. */
  private map: Map<PeerId, Value> | undefined = undefined;

  get size(): number {
    return this.map?.size ?? this.peers.length;
  }

  get(peer: PeerId): Value | undefined {
    if (this.map !== undefined) return this.map.get(peer);
    const place = this.peers.indexOf(peer);
    return place < 0 ? undefined : this.listed[place];
  }

  has(peer: PeerId): boolean {
    return this.map?.has(peer) ?? this.peers.includes(peer);
  }

  set(peer: PeerId, value: Value): void {
    if (this.map !== undefined) {
      this.map.set(peer, value);
      return;
    }
    const place = this.peers.indexOf(peer);
    if (place >= 0) this.listed[place] = value;
    else if (this.peers.length < MOST_LISTED) {
      this.peers.push(peer);
      this.listed.push(value);
    } else {
      this.map = new Map(this.entries());
      this.map.set(peer, value);
      this.peers.length = 0;
      this.listed.length = 0;
    }
  }

  /** False when there was no such peer. */
  delete(peer: PeerId): boolean {
    if (this.map !== undefined) return this.map.delete(peer);
    const place = this.peers.indexOf(peer);
    if (place < 0) return false;
    // In place, without the array that splice would make: the rest moves up, so the order is kept.
    this.peers.copyWithin(place, place + 1);
    this.listed.copyWithin(place, place + 1);
    this.peers.pop();
    this.listed.pop();
    return true;
  }

  clear(): void {
    this.map = undefined;
    this.peers.length = 0;
    this.listed.length = 0;
  }

  keys(): Iterable<PeerId> {
    return this.map?.keys() ?? this.peers;
  }

  values(): Iterable<Value> {
    return this.map?.values() ?? this.listed;
  }

  *entries(): Generator<[PeerId, Value], void, undefined> {
    if (this.map !== undefined) yield* this.map;
    else for (let place = 0; place < this.peers.length; place++) yield [this.peers[place]!, this.listed[place]!];
  }

  [Symbol.iterator](): Generator<[PeerId, Value], void, undefined> {
    return this.entries();
  }
}
