// The churned places of a plan being drawn: who is in each, and from when its occupant may be acted on.
// Invariant: a slot that is free at a time holds a peer that is up at that time.
import type { RandomStream } from '../random/stream.ts';
import type { Population } from './profile.ts';

const TRIES = 32;

/** One place of the population that is churned. */
export interface Slot {
  /** Index of the peer in it. */
  peer: number;
  /** From when on the peer is up and left alone, in microseconds. */
  freeAtUs: number;
}

/** The churned slots, one for each node that is not kept, and the next fresh identity. */
export class Slots {
  readonly all: readonly Slot[];
  private nextFresh: number;

  constructor(population: Population) {
    this.all = Array.from({ length: population.churned }, (_, index) => ({
      peer: population.keep + index,
      freeAtUs: 0,
    }));
    this.nextFresh = population.nodes;
  }

  /** The index of an identity that no plan action has named yet. */
  fresh(): number {
    this.nextFresh += 1;
    return this.nextFresh - 1;
  }

  /** A random slot that is free at `atUs`; when there is none, the one that is free first. */
  free(atUs: number, random: RandomStream): Slot {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const slot = random.pick(this.all) as Slot;
      if (slot.freeAtUs <= atUs) return slot;
    }
    return this.all.reduce((best, slot) => (slot.freeAtUs < best.freeAtUs ? slot : best));
  }
}
