// What peers are called in the state of hosted code: strings, bytes, objects, and the peers that they stand for.
// Invariant: a name stands for one peer for the whole run, also once the peer has departed.
import type { PeerId } from '../../sim/peer.ts';
import { HostError } from '../host-error.ts';

/** One thing that a peer is called: a string such as `12D3Koo...`, or bytes. */
export type Identity = string | Uint8Array;

/** Longest string in which names are looked for as parts, in characters; a longer one is compared as a whole. */
const LONGEST_SEARCHED = 4096;
/** Longest bytes that are taken for an identity. */
const MOST_BYTES = 1024;

const WORD = /[A-Za-z0-9]+/g;
const isWordAt = (text: string, at: number): boolean => /[A-Za-z0-9]/.test(text.charAt(at));

/** A name whose first word it is filed under. */
interface NamedPeer {
  readonly name: string;
  /** Where the first word begins in the name. */
  readonly offset: number;
  readonly peer: PeerId;
}

/** Who is called what, in one run. */
export class Identities {
  private readonly names = new Map<string, PeerId>();
  private readonly byFirstWord = new Map<string, NamedPeer[]>();
  private readonly bytes = new Map<string, PeerId>();
  private readonly byteLengths = new Set<number>();

  /**
   * A peer is called this as well. The same again, for the same peer, does nothing.
   *
   * @throws {HostError} `bad-identity` for an empty name, or one that another peer has.
   */
  add(peer: PeerId, identity: Identity): void {
    const isName = typeof identity === 'string';
    if (identity.length === 0 || (isName && identity.search(WORD) < 0) || (!isName && identity.length > MOST_BYTES)) {
      const expected = `a name with a letter or digit, or 1 to ${MOST_BYTES} bytes`;
      const received = isName ? JSON.stringify(identity) : `${identity.length} bytes`;
      throw new HostError('bad-identity', `received ${received} for ${String(peer)}, expected ${expected}`);
    }
    const known = isName ? this.names.get(identity) : this.bytes.get(hex(identity));
    if (known === peer) return;
    if (known !== undefined) {
      const shown = isName ? JSON.stringify(identity) : `the bytes ${hex(identity)}`;
      throw new HostError('bad-identity', `received ${shown} for ${String(peer)}, which ${String(known)} is called`);
    }
    if (isName) this.addName(peer, identity);
    else {
      this.bytes.set(hex(identity), peer);
      this.byteLengths.add(identity.length);
    }
  }

  /** The peer that is called exactly this. */
  peerCalled(identity: Identity): PeerId | undefined {
    if (typeof identity === 'string') return this.names.get(identity);
    return this.byteLengths.has(identity.length) ? this.bytes.get(hex(identity)) : undefined;
  }

  /**
   * Calls `found` for each peer that a text names: as a whole, or as a part between characters that are no letters or
   * digits, such as in `/ip4/10.0.0.3/p2p/12D3Koo...`.
   */
  forEachIn(text: string, found: (peer: PeerId) => void): void {
    const whole = this.names.get(text);
    if (whole !== undefined) return found(whole);
    if (text.length > LONGEST_SEARCHED) return;
    for (const { 0: word, index } of text.matchAll(WORD)) {
      const named = this.byFirstWord.get(word);
      if (named === undefined) continue;
      for (const { name, offset, peer } of named) {
        const end = index - offset + name.length;
        if (!text.startsWith(name, index - offset)) continue;
        if (!isWordAt(text, end) || !isWordAt(text, end - 1)) found(peer);
      }
    }
  }

  /** True when {@link forEachIn} would find a peer. */
  isNamedIn(text: string): boolean {
    let named = false;
    this.forEachIn(text, () => {
      named = true;
    });
    return named;
  }

  private addName(peer: PeerId, name: string): void {
    this.names.set(name, peer);
    const [first] = name.matchAll(WORD);
    const named: NamedPeer = { name, offset: first!.index, peer };
    const others = this.byFirstWord.get(first![0]);
    if (others === undefined) this.byFirstWord.set(first![0], [named]);
    else others.push(named);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
