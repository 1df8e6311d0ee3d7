// What the adapter uses of a release of gossipsub and of the libp2p packages that this release imports itself.
// Invariant: nothing here belongs to a run; two runs in one thread share it.
import { createPublicKey } from 'node:crypto';
import { rawPrivateKey } from '../seeded-keys.ts';
import { importAs, importPackage } from './installed-package.ts';
import { installedRelease } from './release.ts';
import type { Release } from './release.ts';
import type { AbstractStreamClass } from './message-stream.ts';

/** A libp2p PeerId, of whatever version. */
export interface Libp2pPeerId {
  toString(): string;
  /** Since version 5. */
  toMultihash?(): { readonly bytes: Uint8Array };
  /** Until version 4. */
  toBytes?(): Uint8Array;
}

/** A peer id with the key behind it, where that is an object of its own. */
export interface Libp2pIdentity {
  readonly peerId: Libp2pPeerId;
  readonly privateKey: unknown;
}

/** What the adapter and its targets call of a gossipsub. */
export interface GossipSub {
  start(): Promise<void>;
  stop(): Promise<void>;
  subscribe(topic: string): void;
  unsubscribe(topic: string): void;
  publish(topic: string, data: Uint8Array): Promise<unknown>;
  getMeshPeers(topic: string): string[];
  addEventListener(type: string, listener: (event: { readonly detail: unknown }) => void): void;
}

/** See the file's head. */
export interface Library {
  readonly release: Release;
  gossipsub(options: object): (components: object) => GossipSub;
  /** @param seed - 32 bytes; one seed is one identity. */
  identityOf(seed: Uint8Array): Promise<Libp2pIdentity>;
  peerIdOf(text: string): Libp2pPeerId;
  multiaddr(text: string): unknown;
  /** Base class of the streams of the message dialect. */
  readonly AbstractStream: AbstractStreamClass | undefined;
}

interface Keys {
  readonly generateKeyPairFromSeed: (type: 'Ed25519', seed: Uint8Array) => unknown;
  /** Until version 4. */
  readonly supportedKeys?: {
    readonly ed25519: { unmarshalEd25519PrivateKey(seedAndPoint: Uint8Array): Promise<KeyPair> };
  };
}

interface PeerIds {
  peerIdFromString(text: string): Libp2pPeerId;
  /** Since version 5. */
  peerIdFromPrivateKey?(key: unknown): Libp2pPeerId;
  /** Until version 4. */
  peerIdFromKeys?(publicKey: Uint8Array, privateKey: Uint8Array): Promise<Libp2pPeerId>;
}

interface KeyPair {
  readonly bytes: Uint8Array;
  readonly public: { readonly bytes: Uint8Array };
}

/**
 * Imports a release; to be called on virtual time, as 17.1.1 reads the clock while it loads.
 *
 * @throws {InputError} `package-not-installed`, `wrong-version`.
 */
export async function loadLibrary(release: Release): Promise<Library> {
  supplyWithResolvers();
  const installed = installedRelease(release);
  const { gossipsub } = await importPackage<Pick<Library, 'gossipsub'>>(installed);
  const { generateKeyPairFromSeed, supportedKeys } = await importAs<Keys>(installed, '@libp2p/crypto/keys');
  const peerIds = await importAs<PeerIds>(installed, '@libp2p/peer-id');
  const { multiaddr } = await importAs<Pick<Library, 'multiaddr'>>(installed, '@multiformats/multiaddr');
  const AbstractStream =
    release.dialect === 'message'
      ? (await importAs<{ AbstractStream: AbstractStreamClass }>(installed, '@libp2p/utils')).AbstractStream
      : undefined;
  return {
    release,
    gossipsub,
    identityOf: async (seed) => {
      if (peerIds.peerIdFromPrivateKey !== undefined) {
        const privateKey = await generateKeyPairFromSeed('Ed25519', seed);
        return { peerId: peerIds.peerIdFromPrivateKey(privateKey), privateKey };
      }
      // Their own derivation of the public point asks of Node what it no longer does from version 26 on.
      const point = createPublicKey(rawPrivateKey('ed25519', seed)).export({ format: 'jwk' }).x!;
      const both = Buffer.concat([seed, Buffer.from(point, 'base64url')]);
      const privateKey = await supportedKeys!.ed25519.unmarshalEd25519PrivateKey(both);
      return { peerId: await peerIds.peerIdFromKeys!(privateKey.public.bytes, privateKey.bytes), privateKey };
    },
    peerIdOf: (text) => peerIds.peerIdFromString(text),
    multiaddr,
    AbstractStream,
  };
}

/**
 * `Promise.withResolvers` (ES2024) is used by libp2p since version 3, and not in Node before 22. It stays once it is
 * there: the modules that were imported go on needing it.
 */
export function supplyWithResolvers(): void {
  if ('withResolvers' in Promise) return;
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: function withResolvers<Value>(this: PromiseConstructor) {
      let resolve!: (value: Value) => void;
      let reject!: (reason: unknown) => void;
      const promise = new this<Value>((res, rej) => {
        resolve = res;
        reject = rej;
      });
      return { promise, resolve, reject };
    },
  });
}
