// The randomness of a hosted run: Math.random, webcrypto and node:crypto draw from the stream of the node at hand.
// Invariant: no byte that a target is given depends on anything but the seed, the node's life and its earlier draws.
import crypto from 'node:crypto';
import type { Patches } from './patches.ts';
import { installSeededKeys } from './seeded-keys.ts';
import { thread } from './thread.ts';
import { virtualTimers } from './virtual-timers.ts';

type Call = (...args: unknown[]) => unknown;
type Done = (error: null, value: unknown) => void;

/** The platform's own, which {@link serve} has check the arguments of its kin with a callback. */
const realFillSync = crypto.randomFillSync as Call;

/** Replaces every source of randomness that can be served from a seed. */
export function installRandomness(patches: Patches): void {
  patches.replace(Math, 'random', (original) => () => {
    return thread.host === undefined ? (original as () => number)() : seededFloat();
  });

  // The platform's own is called first, here and below: it says what is wrong with the arguments.
  const fill = (original: unknown) => {
    return function (this: unknown, view: ArrayBufferView): unknown {
      const filled = Reflect.apply(original as Call, this, [view]);
      if (thread.host !== undefined) fillSeeded(view);
      return filled;
    };
  };
  const uuid = (original: unknown) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const drawn = Reflect.apply(original as Call, this, args);
      return thread.host === undefined ? drawn : seededUuid(4);
    };
  };
  const webcrypto = Object.getPrototypeOf(crypto.webcrypto) as object;
  patches.replace(webcrypto, 'getRandomValues', fill);
  patches.replace(crypto, 'getRandomValues', fill);
  patches.replace(webcrypto, 'randomUUID', uuid);
  patches.replace(crypto, 'randomUUID', uuid);
  patches.replace(crypto, 'randomUUIDv7', (original) => (...args: unknown[]) => {
    return thread.host === undefined ? (original as Call)(...args) : seededUuid(7);
  });

  for (const name of ['randomBytes', 'pseudoRandomBytes', 'prng', 'rng']) {
    patches.replace(crypto, name, (original) =>
      serve(original as Call, ([size]) => fillSeeded(Buffer.alloc(size as number))),
    );
  }
  patches.replace(crypto, 'randomInt', (original) =>
    serve(original as Call, ([first, second]) => {
      const [min, max] = second === undefined ? [0, first] : [first, second];
      return thread.host!.random.between(min as number, (max as number) - 1);
    }),
  );
  const fillPart = ([view, offset, size]: readonly unknown[]): unknown => {
    fillSeeded(partOf(view as ArrayBufferView | ArrayBuffer, offset as number | undefined, size as number | undefined));
    return view;
  };
  patches.replace(crypto, 'randomFill', (original) => serve(original as Call, fillPart, realFillSync));
  patches.replace(crypto, 'randomFillSync', (original) => serve(original as Call, fillPart));
  installSeededKeys(patches, fillSeeded);
}

/** Serves a call at once, or by an immediate on virtual time when it ends in a callback. */
function serve(original: Call, draw: (args: readonly unknown[]) => unknown, check = original): Call {
  return (...args) => {
    if (thread.host === undefined) return original(...args);
    const done = args.at(-1);
    if (typeof done !== 'function') {
      original(...args);
      return draw(args);
    }
    const values = args.slice(0, -1);
    check(...values);
    const drawn = draw(values);
    virtualTimers.setImmediate(() => (done as Done)(null, drawn));
    return undefined;
  };
}

/** 53 bits, as the platform's own. */
function seededFloat(): number {
  const { random } = thread.host!;
  return ((random.uint32() >>> 5) * 2 ** 26 + (random.uint32() >>> 6)) / 2 ** 53;
}

function fillSeeded<View extends ArrayBufferView>(view: View): View {
  const { random } = thread.host!;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = 0; at < bytes.length; at += 4) {
    const word = random.uint32();
    for (let shift = 0; shift < 32 && at + shift / 8 < bytes.length; shift += 8) bytes[at + shift / 8] = word >>> shift;
  }
  return view;
}

/** The part of a buffer that randomFill means: offset and size count elements of it. */
function partOf(view: ArrayBufferView | ArrayBuffer, offset = 0, size?: number): Uint8Array {
  if (!ArrayBuffer.isView(view)) return new Uint8Array(view, offset, size);
  const width = (view as Partial<Uint8Array>).BYTES_PER_ELEMENT ?? 1;
  const byteLength = size === undefined ? view.byteLength - offset * width : size * width;
  return new Uint8Array(view.buffer, view.byteOffset + offset * width, byteLength);
}

/** A UUID of version 4 (random) or 7 (time and random), RFC 9562. */
function seededUuid(version: 4 | 7): string {
  const bytes = fillSeeded(Buffer.alloc(16));
  if (version === 7) bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
