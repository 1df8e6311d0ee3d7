// Keys of a hosted run: the kinds whose private part is a string of random bytes are made of seeded ones.
// Invariant: a kind that cannot be made of seeded bytes is refused elsewhere, never made of real ones.
import crypto from 'node:crypto';
import type { Patches } from './patches.ts';
import { thread } from './thread.ts';

/** PKCS #8 around a raw private key (RFC 8410), and that key's length in bytes. */
const RAW_KEYS: Readonly<Record<string, { prefix: string; size: number }>> = {
  ed25519: { prefix: '302e020100300506032b657004220420', size: 32 },
  x25519: { prefix: '302e020100300506032b656e04220420', size: 32 },
  ed448: { prefix: '3047020100300506032b6571043b0439', size: 57 },
  x448: { prefix: '3046020100300506032b656f043a0438', size: 56 },
};

/** True for kinds of key pair that can be made of seeded bytes. */
export function isSeededKeyPair(kind: unknown): boolean {
  return typeof kind === 'string' && Object.hasOwn(RAW_KEYS, kind);
}

/** The key whose raw private part is given; `kind` is one that {@link isSeededKeyPair} takes. */
export function rawPrivateKey(kind: string, raw: Uint8Array): crypto.KeyObject {
  const key = Buffer.concat([Buffer.from(RAW_KEYS[kind]!.prefix, 'hex'), raw]);
  return crypto.createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

interface KeyOptions {
  readonly publicKeyEncoding?: crypto.KeyExportOptions<'der'>;
  readonly privateKeyEncoding?: crypto.KeyExportOptions<'der'>;
  readonly length?: number;
}

type Generate = (kind: string, options?: KeyOptions) => unknown;

/**
 * Replaces the synchronous generators of keys.
 *
 * @param fill - Fills a view with seeded bytes.
 */
export function installSeededKeys(patches: Patches, fill: <View extends ArrayBufferView>(view: View) => View): void {
  patches.replace(crypto, 'generateKeyPairSync', (original) => (kind: string, options?: KeyOptions) => {
    // The platform's own says what is wrong with the arguments, and makes what is not seeded.
    const made = (original as Generate)(kind, options);
    if (thread.host === undefined || !isSeededKeyPair(kind)) return made;
    const privateKey = rawPrivateKey(kind, fill(Buffer.alloc(RAW_KEYS[kind]!.size)));
    const publicKey = crypto.createPublicKey(privateKey);
    return {
      publicKey: encoded(publicKey, options?.publicKeyEncoding),
      privateKey: encoded(privateKey, options?.privateKeyEncoding),
    };
  });
  patches.replace(crypto, 'generateKeySync', (original) => (kind: string, options: KeyOptions) => {
    const made = (original as Generate)(kind, options);
    if (thread.host === undefined) return made;
    return crypto.createSecretKey(fill(Buffer.alloc(Math.floor(options.length! / 8))));
  });
}

function encoded(key: crypto.KeyObject, encoding: crypto.KeyExportOptions<'der'> | undefined): unknown {
  return encoding === undefined ? key : key.export(encoding);
}
