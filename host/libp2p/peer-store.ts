// What a node remembers of peers: the part of libp2p's peer store that protocols ask for.
// Invariant: like libp2p's, it forgets a peer that it has not heard of for six hours.
import { opaque } from '../../sim/census/opaque.ts';
import type { Libp2pPeerId } from './library.ts';

/** How long libp2p's peer store keeps a peer that is not updated, in milliseconds. */
const MOST_AGE_MS = 6 * 60 * 60 * 1000;

/** What is known of a peer. */
export interface StoredPeer {
  readonly id: Libp2pPeerId;
  readonly protocols: readonly string[];
  readonly addresses: readonly unknown[];
  readonly tags: ReadonlyMap<string, unknown>;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly peerRecordEnvelope?: Uint8Array;
}

interface PeerUpdate {
  readonly protocols?: readonly string[];
  readonly multiaddrs?: readonly unknown[];
  readonly tags?: Readonly<Record<string, unknown>>;
}

/** See the file's head. */
export class PeerStore {
  /** By name, the least recently updated first. */
  private readonly entries = new Map<string, { peer: StoredPeer; updatedMs: number }>();

  get [opaque](): boolean {
    return true;
  }

  merge(id: Libp2pPeerId, { protocols = [], multiaddrs = [], tags = {} }: PeerUpdate): Promise<StoredPeer> {
    const name = id.toString();
    const known = this.entries.get(name)?.peer;
    const merged = new Map(known?.tags);
    for (const [tag, value] of Object.entries(tags)) {
      if (value === undefined) merged.delete(tag);
      else merged.set(tag, value);
    }
    const peer: StoredPeer = {
      id,
      protocols: [...new Set([...(known?.protocols ?? []), ...protocols])],
      addresses: [...(known?.addresses ?? []), ...multiaddrs],
      tags: merged,
      metadata: known?.metadata ?? new Map<string, Uint8Array>(),
    };
    this.entries.delete(name);
    this.entries.set(name, { peer, updatedMs: Date.now() });
    this.forgetOld();
    return Promise.resolve(peer);
  }

  get(id: Libp2pPeerId): Promise<StoredPeer> {
    const found = this.entries.get(id.toString());
    if (found !== undefined) return Promise.resolve(found.peer);
    return Promise.reject(Object.assign(new Error('Not found'), { name: 'NotFoundError', code: 'ERR_NOT_FOUND' }));
  }

  /** Signed records are not kept: nobody here exchanges peers. */
  consumePeerRecord(): Promise<boolean> {
    return Promise.resolve(false);
  }

  private forgetOld(): void {
    const lastMs = Date.now() - MOST_AGE_MS;
    for (const [name, { updatedMs }] of this.entries) {
      if (updatedMs > lastMs) return;
      this.entries.delete(name);
    }
  }
}
