// Non-linear hashes: of names to generator states, of pairs of integers to words, of text to ids.
// Invariant: every function is pure, exact 32-bit integer arithmetic, the same on every engine.

/** A 128-bit value as four signed 32-bit lanes. */
export interface Hash128 {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
}

// Fractional digits of pi: three keys, so that a stream, a pair key and a content id of one text are unrelated.
const STREAM_KEY: Hash128 = { a: 0x243f6a88 | 0, b: 0x85a308d3 | 0, c: 0x13198a2e | 0, d: 0x03707344 | 0 };
const PAIR_KEY: Hash128 = { a: 0xa4093822 | 0, b: 0x299f31d0 | 0, c: 0x082efa98 | 0, d: 0xec4e6c89 | 0 };
const CONTENT_KEY: Hash128 = { a: 0x452821e6 | 0, b: 0x38d01377 | 0, c: 0xbe5466cf | 0, d: 0x34e90c6c | 0 };

/** The hash of a root seed (any string), under which the names of its streams are hashed. */
export function streamRoot(rootSeed: string): Hash128 {
  return hash128(rootSeed, STREAM_KEY);
}

/** The hash of a root seed (any string), under which the names of its pair keys are hashed. */
export function pairRoot(rootSeed: string): Hash128 {
  return hash128(rootSeed, PAIR_KEY);
}

/**
 * The identity of a text: 16 lower-case hexadecimal digits (64 bits), the same for equal texts in every run.
 *
 * @param text - Any string; lone surrogates count as themselves.
 * @returns Deterministic and independent of any seed. Two of a million texts collide with probability 3e-8.
 */
export function contentId(text: string): string {
  const { a, b } = hash128(text, CONTENT_KEY);
  return hexWord(a) + hexWord(b);
}

/**
 * Hashes the UTF-16 code units of a text under a 128-bit key.
 *
 * A root seed and a name are kept apart by hashing the root to a key and the name under that key, never by joining
 * the two: ('a', 'bc') and ('ab', 'c') have nothing in common.
 *
 * @param text - Any string: the empty one, and lone surrogates, which UTF-8 could not tell apart.
 * @param key - The lanes to start from. Unequal lanes, so that texts of one or two units do not yield equal lanes.
 * @returns Deterministic; no protection against an adversary.
 * Source: Appleby, MurmurHash3_x86_128, over the units as little-endian bytes; four equal lanes are its 32-bit seed.
 */
export function hash128(text: string, key: Hash128): Hash128 {
  let { a, b, c, d } = key;
  const length = text.length;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    a = (Math.imul((rotate(a ^ scrambleA(wordAt(text, at)), 19) + b) | 0, 5) + 0x561ccd1b) | 0;
    b = (Math.imul((rotate(b ^ scrambleB(wordAt(text, at + 2)), 17) + c) | 0, 5) + 0x0bcaa747) | 0;
    c = (Math.imul((rotate(c ^ scrambleC(wordAt(text, at + 4)), 15) + d) | 0, 5) + 0x96cd1c35) | 0;
    d = (Math.imul((rotate(d ^ scrambleD(wordAt(text, at + 6)), 13) + a) | 0, 5) + 0x32ac3b17) | 0;
  }
  // Words past the end are zero and scramble to zero; the byte length tells that padding from NUL units.
  const byteLength = length * 2;
  a ^= scrambleA(wordAt(text, at)) ^ byteLength;
  b ^= scrambleB(wordAt(text, at + 2)) ^ byteLength;
  c ^= scrambleC(wordAt(text, at + 4)) ^ byteLength;
  d ^= scrambleD(wordAt(text, at + 6)) ^ byteLength;
  return blend(a, b, c, d);
}

/**
 * Hashes an ordered pair of integers under a key: a static property of a directed link without a table of links.
 * (a, b) and (b, a) are unrelated; {@link hashUnorderedPair} is the same both ways. Allocates nothing.
 *
 * @param key - An integer; only the low 32 bits of key, a and b count.
 * @returns An integer from 0 to 2^32 - 1, both included; deterministic.
 * Source: Appleby, MurmurHash3_x86_32 over the two words, with `key` as seed.
 */
export function hashPair(key: number, a: number, b: number): number {
  let hash = rotate(key ^ scramblePair(a), 13);
  hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  hash = rotate(hash ^ scramblePair(b), 13);
  hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  return finalise(hash ^ 8) >>> 0;
}

/** {@link hashPair} of the pair in ascending order: one value for both directions of a link. */
export function hashUnorderedPair(key: number, a: number, b: number): number {
  return a <= b ? hashPair(key, a, b) : hashPair(key, b, a);
}

/** Every lane into every lane, through the strong finaliser, and once more. */
function blend(a: number, b: number, c: number, d: number): Hash128 {
  const before = (a + b + c + d) | 0;
  a = finalise(before);
  b = finalise(b + before);
  c = finalise(c + before);
  d = finalise(d + before);
  const after = (a + b + c + d) | 0;
  return { a: after, b: (b + after) | 0, c: (c + after) | 0, d: (d + after) | 0 };
}

/** MurmurHash3's fmix32: a bijection in which each bit of input flips each bit of output with probability 1/2. */
function finalise(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

function wordAt(text: string, at: number): number {
  if (at + 1 < text.length) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  return at < text.length ? text.charCodeAt(at) : 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function scrambleA(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0x239b961b), 15), 0xab0e9789);
}

function scrambleB(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xab0e9789), 16), 0x38b34ae5);
}

function scrambleC(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0x38b34ae5), 17), 0xa1e38b93);
}

function scrambleD(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xa1e38b93), 18), 0x239b961b);
}

function scramblePair(word: number): number {
  return Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
