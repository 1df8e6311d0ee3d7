// Named random streams: one root seed (any string) and a name make a generator, and nothing else does.
// Invariant: what one stream yields depends on root, name and the calls made on it alone, on every engine.
import alea from 'seedrandom/lib/alea.js';

import { SimulationError } from '../errors.ts';
import { hash128, pairRoot, streamRoot } from './hash.ts';
import type { Hash128 } from './hash.ts';
import { PairSource } from './pair-source.ts';
import type { UniformSource } from './pair-source.ts';

const TWO_32 = 0x1_0000_0000;
const TWO_53 = 0x20_0000_0000_0000;
/** Alea's multiplier. */
const MULTIPLIER = 2_091_639;

type AleaGenerator = ReturnType<typeof alea>;

/**
 * The whole state of a {@link RandomStream}, as plain JSON: carry `c`, an integer from 0 to 2091638 (both included),
 * and the last three words `s0` (oldest) to `s2` as multiples of 2^-32 from 0 (included) to 1 (excluded).
 */
export interface StreamState {
  readonly c: number;
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
}

/**
 * The streams of one root seed. Keeps no register of them: each call derives a fresh generator, so that streams
 * of nodes that are gone leave nothing behind, and one more consumer never disturbs another.
 */
export class RandomStreams {
  /** The seed as given. */
  readonly rootSeed: string;
  private readonly streamKey: Hash128;
  private readonly pairKey: Hash128;

  /** @param rootSeed - Any string, the empty one and lone surrogates included. */
  constructor(rootSeed: string) {
    this.rootSeed = rootSeed;
    this.streamKey = streamRoot(rootSeed);
    this.pairKey = pairRoot(rootSeed);
  }

  /**
   * A fresh generator at the start of the stream `name`; two calls with one name give two equal generators.
   * Names like 'node/7/hyparview' may differ in one character: the hash that seeds the generator is not linear.
   *
   * @param name - Any string. The caller keeps the stream, and takes care that no two consumers share a name.
   */
  stream(name: string): RandomStream {
    return new RandomStream(stateOf(hash128(name, this.streamKey)));
  }

  /**
   * A source for static properties of pairs (a link's base latency): a pure function of root, name and pair.
   *
   * @param name - Any string; unrelated to the stream of that name.
   */
  pairs(name: string): PairSource {
    return new PairSource(hash128(name, this.pairKey).a);
  }
}

/**
 * A stream of random numbers: Alea (Baagoe, 2010), a multiply-with-carry generator, as seedrandom implements it.
 *
 * Alea, not Tyche-i, of seedrandom's small generators that are no xorshift. lib/alea.js (3.0.5) is the published
 * generator to the bit (a test replays it in exact integers), and as 2091639 * 2^96 - 1 is a safe prime, its period is
 * near 2^116. lib/tychei.js is not: it has `(d << 16) ^ (c >>> 16)` where the paper rotates d, which merges 2^16 states
 * into each successor, so that neither the paper's period nor its tests speak for it. Tyche-i would have been smaller
 * and as fast. Measured on Node 20, ns per call: a float 3.8 to 6.7 (Tyche-i 2.0 to 5.4), `below` 6.9 (5.9); a
 * stream with all it holds takes 568 bytes (312) and 0.3 us to derive (0.8). A million streams are thus 0.57 GB:
 * share one per node or per concern, or use {@link PairSource}, which keeps nothing.
 */
export class RandomStream implements UniformSource {
  private generator: AleaGenerator;

  /**
   * @param state - Where to start.
   * @throws {SimulationError} `bad-stream-state` when a part is out of its range, or the generator would stand still.
   */
  constructor(state: StreamState) {
    this.generator = generatorAt(state);
  }

  /** Uniform integer from 0 to 2^32 - 1, both included. Draws one word. */
  uint32(): number {
    return (this.generator() * TWO_32) >>> 0;
  }

  /** Uniform multiple of 2^-32 from 0 (included) to 1 (excluded). Draws one word. */
  float(): number {
    return this.generator();
  }

  /**
   * Uniform integer from 0 (included) to bound (excluded), without bias (Lemire, 2019, "Fast random integer
   * generation in an interval"). Draws one word, and another with probability below bound / 2^32.
   *
   * @param bound - An integer from 1 to 2^32, both included.
   * @throws {SimulationError} `bad-bound` otherwise.
   */
  below(bound: number): number {
    if (!(bound >= 1 && bound <= TWO_32 && Math.floor(bound) === bound)) throw badBound(bound);
    for (;;) {
      const word = (this.generator() * TWO_32) >>> 0;
      const low = Math.imul(word, bound) >>> 0;
      // 2^32 mod bound words of the 2^32 are refused, so that each result has equally many.
      if (low < bound && low < (TWO_32 - bound) % bound) continue;
      // The product may pass 2^53 and be off by up to 2^10; less its exact low word it is within 2^11 of a multiple
      // of 2^32, and rounding finds that multiple: the high word of the product, exactly.
      return ((word * bound - low) / TWO_32 + 0.5) >>> 0;
    }
  }

  /**
   * Uniform integer from min to max, both included, without bias. Draws one word when the range holds up to 2^32
   * integers and two otherwise, and rarely more.
   *
   * @param min - A safe integer.
   * @param max - A safe integer, not below min, and below min + 2^53.
   * @throws {SimulationError} `bad-range` otherwise.
   */
  between(min: number, max: number): number {
    const span = max - min + 1;
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && span >= 1 && span <= TWO_53)) {
      throw new SimulationError(
        'bad-range',
        `between needs safe integers min <= max < min + 2^53, received ${min} and ${max}`,
        { min, max },
      );
    }
    if (span <= TWO_32) return min + this.below(span);
    const fair = TWO_53 - (TWO_53 % span);
    for (;;) {
      const wide = (this.uint32() >>> 11) * TWO_32 + this.uint32();
      if (wide < fair) return min + (wide % span);
    }
  }

  /**
   * True with probability p, to a resolution of 2^-32. Draws one word, also when p is 0 or 1.
   *
   * @param p - From 0 (never) to 1 (always), both included.
   * @throws {SimulationError} `bad-probability` otherwise.
   */
  chance(p: number): boolean {
    if (!(p >= 0 && p <= 1)) {
      throw new SimulationError('bad-probability', `chance needs a probability from 0 to 1, received ${p}`, { p });
    }
    return this.float() < p;
  }

  /** One element, uniformly; undefined when there is none. Draws as {@link below}, nothing when empty. */
  pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.below(items.length)];
  }

  /** Shuffles in place (Fisher-Yates, from the end) and returns the array. Draws length - 1 times as {@link below}. */
  shuffle<T>(items: T[]): T[] {
    for (let last = items.length - 1; last > 0; last--) swap(items, last, this.below(last + 1));
    return items;
  }

  /**
   * `count` elements of different positions in random order, each arrangement equally likely; all of them, shuffled,
   * when there are fewer. Never changes `items`. Costs and draws about `count` when that is a small share.
   *
   * @param count - An integer, not below 0.
   * @throws {SimulationError} `bad-count` otherwise.
   */
  sample<T>(items: readonly T[], count: number): T[] {
    if (!(Number.isInteger(count) && count >= 0)) {
      throw new SimulationError('bad-count', `sample needs a count of 0 or more, received ${count}`, { count });
    }
    const size = items.length;
    if (count * 4 <= size) return this.sampleFew(items, count);
    const copy = items.slice();
    const wanted = Math.min(count, size);
    for (let at = 0; at < wanted; at++) swap(copy, at, at + this.below(size - at));
    copy.length = wanted;
    return copy;
  }

  /** The current state: a stream restored from it goes on as this one does. */
  save(): StreamState {
    return this.generator.state();
  }

  /**
   * Goes on from `state`.
   *
   * @throws {SimulationError} `bad-stream-state` when a part is out of its range, or the generator would stand still.
   */
  restore(state: StreamState): void {
    this.generator = generatorAt(state);
  }

  /** Redraws positions that were taken, so that a few of many cost no copy of the many. */
  private sampleFew<T>(items: readonly T[], count: number): T[] {
    const taken = new Set<number>();
    const chosen: T[] = [];
    while (chosen.length < count) {
      const at = this.below(items.length);
      if (taken.has(at)) continue;
      taken.add(at);
      chosen.push(items[at] as T);
    }
    return chosen;
  }
}

/** 96 bits of a hash as words and the rest as a carry that is neither 0 nor the highest: no state stands still. */
function stateOf({ a, b, c, d }: Hash128): StreamState {
  return {
    c: 1 + ((d >>> 0) % (MULTIPLIER - 2)),
    s0: (a >>> 0) / TWO_32,
    s1: (b >>> 0) / TWO_32,
    s2: (c >>> 0) / TWO_32,
  };
}

function generatorAt(state: StreamState): AleaGenerator {
  const { c, s0, s1, s2 } = state;
  const inRange = isWord(c, MULTIPLIER) && [s0, s1, s2].every((word) => isWord(word * TWO_32, TWO_32));
  const sum = s0 + s1 + s2;
  // A carry and words that are all lowest or all highest map to themselves.
  const stuck = (c === 0 && sum === 0) || (c === MULTIPLIER - 1 && sum === 3 - 3 / TWO_32);
  if (!inRange || stuck) {
    throw new SimulationError(
      'bad-stream-state',
      `a stream's state is c from 0 to ${MULTIPLIER - 1} and s0, s1, s2 multiples of 2^-32 below 1, ` +
        `not all lowest or all highest; received ${JSON.stringify(state)}`,
      { state },
    );
  }
  return alea('', { state });
}

function isWord(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}

function swap<T>(items: T[], left: number, right: number): void {
  const kept = items[left] as T;
  items[left] = items[right] as T;
  items[right] = kept;
}

function badBound(bound: number): SimulationError {
  return new SimulationError('bad-bound', `below needs an integer from 1 to 2^32, received ${bound}`, { bound });
}
