// Random words as a pure function of a key and a pair of integers: what a link has by nature, without a table.
// Invariant: the words of a pair depend on key and pair alone, never on what was asked before.
import { hashPair } from './hash.ts';

/** Anything that yields uniform 32-bit words; what samplers draw from. `RandomStream` is one. */
export interface UniformSource {
  /** Uniform integer from 0 to 2^32 - 1, both included. */
  uint32(): number;
}

/**
 * Yields the same words each time it is pointed at the same pair: `sample(source.at(from.index, to.index))` is a
 * link's base latency. One object serves all pairs and allocates nothing. (a, b) and (b, a) are unrelated; order the
 * pair to have one value for both directions. Made by `RandomStreams.pairs`.
 */
export class PairSource implements UniformSource {
  private readonly key: number;
  private first = 0;
  private second = 0;
  private drawn = 0;

  /** @param key - An integer; only its low 32 bits count. */
  constructor(key: number) {
    this.key = key | 0;
  }

  /** Points the source at the start of the words of (a, b), integers of which the low 32 bits count; returns it. */
  at(a: number, b: number): this {
    this.first = a | 0;
    this.second = b | 0;
    this.drawn = 0;
    return this;
  }

  /** The pair's next word, an integer from 0 to 2^32 - 1, both included. The first is `hashPair(key, a, b)`. */
  uint32(): number {
    // Steps by 2^32 over the golden ratio: 2^32 draws have 2^32 different keys.
    const key = (this.key + Math.imul(this.drawn, 0x9e3779b9)) | 0;
    this.drawn = (this.drawn + 1) | 0;
    return hashPair(key, this.first, this.second);
  }
}
