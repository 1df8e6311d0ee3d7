// Mapped addresses: the local numbers under which an endpoint knows its remotes, both ways.
// Invariant: both maps hold the same pairs, least recently used first; clean, at most `ADDRESS_CAP` of them.
import type { PeerId } from '../../sim/peer.ts';
import { ADDRESS_CAP } from './contract.ts';

/** See the file's head. */
export class AddressMap {
  readonly forward = new Map<PeerId, number>();
  readonly reverse = new Map<number, PeerId>();
  private readonly evicts: boolean;
  private last = 0;

  /** @param evicts - False as shipped: every remote ever seen stays. */
  constructor(evicts: boolean) {
    this.evicts = evicts;
  }

  /** The address of a remote, which is thereby the most recently used; one that is new may displace another. */
  use(remote: PeerId, inUse: (peer: PeerId) => boolean): number {
    const address = this.forward.get(remote) ?? ++this.last;
    this.forget(remote);
    this.forward.set(remote, address);
    this.reverse.set(address, remote);
    if (this.evicts && this.forward.size > ADDRESS_CAP) this.forget(this.displaced(remote, inUse));
    return address;
  }

  clear(): void {
    this.forward.clear();
    this.reverse.clear();
  }

  /** The least recently used of those that nobody uses; if all are used, of all. */
  private displaced(newest: PeerId, inUse: (peer: PeerId) => boolean): PeerId {
    let oldest: PeerId | undefined;
    for (const peer of this.forward.keys()) {
      if (peer === newest) continue;
      if (!inUse(peer)) return peer;
      oldest ??= peer;
    }
    return oldest ?? newest;
  }

  private forget(remote: PeerId): void {
    const address = this.forward.get(remote);
    if (address === undefined) return;
    this.forward.delete(remote);
    this.reverse.delete(address);
  }
}
