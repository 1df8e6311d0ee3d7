// Checks of signatures, remembered: the nodes of one process check the same signature of the same message, each for itself,
// by a key that each makes anew. Invariant: both are pure functions of their arguments, and what they give is immutable,
// so what is remembered is what would be made again.
import crypto from 'node:crypto';
import type { Patches } from './patches.ts';
import { thread } from './thread.ts';

/** Keys, and checks, that are remembered; a message is checked by the last node long before so many others were. */
const MOST_KNOWN = 4096;

type Call = (...args: unknown[]) => unknown;

interface Known {
  readonly data: Buffer;
  readonly isValid: boolean;
}

/** Replaces what makes public keys of curve points, and what checks signatures by them. */
export function installKnownSignatures(patches: Patches): void {
  const keys = new Map<string, object>();
  const points = new WeakMap<object, string>();
  const known = new Map<string, Known>();
  patches.replace(crypto, 'createPublicKey', (original) => (source: unknown) => {
    const point = thread.host === undefined ? undefined : pointOf(source);
    if (point === undefined) return (original as Call)(source);
    let key = keys.get(point);
    if (key === undefined) {
      key = (original as Call)(source) as object;
      remember(keys, point, key);
      points.set(key, point);
    }
    return key;
  });
  patches.replace(crypto, 'verify', (original) => (...args: unknown[]) => {
    const [algorithm, data, key, signature] = args;
    const point = thread.host === undefined || args.length !== 4 ? undefined : points.get(key as object);
    // Anything else, and whatever is wrong with the arguments, is the platform's business.
    if (point === undefined || (algorithm ?? null) !== null || !isBytes(data) || !isBytes(signature)) {
      return (original as Call)(...args);
    }
    const name = `${point} ${bufferOf(signature).toString('latin1')}`;
    const found = known.get(name);
    if (found?.data.equals(data) === true) return found.isValid;
    const isValid = (original as Call)(...args) as boolean;
    remember(known, name, { data: Buffer.from(data), isValid });
    return isValid;
  });
}

function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name);
  map.set(name, value);
  if (map.size <= MOST_KNOWN) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}

/** The public point of a JSON web key (RFC 8037), which is all of such a key; undefined for any other source. */
function pointOf(source: unknown): string | undefined {
  const { format, key } = (source ?? {}) as { format?: unknown; key?: { kty?: unknown; crv?: unknown; x?: unknown } };
  if (format !== 'jwk' || key?.kty !== 'OKP' || typeof key.crv !== 'string' || typeof key.x !== 'string') {
    return undefined;
  }
  return `${key.crv} ${key.x}`;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
