// The storage of the ledger: one column per field, a free list, and ids that tell a reused slot from its former use.
// Invariant: a free slot holds no reference; an id matches its slot only from `take` to `give`.
import type { PeerId } from '../peer.ts';

/** The slot of nothing. */
export const NO_SLOT = -1;

const SLOT_BITS = 25;
/** Ids are generation * SLOTS + slot. */
const SLOTS = 2 ** SLOT_BITS;
/** Generations per slot before they start again; an id older than that could be mistaken for a newer one. */
const GENERATIONS = 2 ** (53 - SLOT_BITS);
const FIRST_CAPACITY = 256;

/** Columns of open entries. Grows with the most entries ever open at once, never with closed ones. */
export class Columns {
  account = new Int32Array(FIRST_CAPACITY);
  owner = new Int32Array(FIRST_CAPACITY);
  bornUs = new Float64Array(FIRST_CAPACITY);
  usedUs = new Float64Array(FIRST_CAPACITY);
  bytes = new Float64Array(FIRST_CAPACITY);
  readonly subjects: (PeerId | undefined)[] = [];
  /** Neighbours in the list of the owner's entries; of a free slot, `next` is the next free one. */
  next = new Int32Array(FIRST_CAPACITY);
  previous = new Int32Array(FIRST_CAPACITY);
  /** Slots from 0 to this (excluded) have been used. */
  reached = 0;
  /** Slots in use. */
  used = 0;

  /** Odd while the slot is in use. */
  private generation = new Uint32Array(FIRST_CAPACITY);
  private free = NO_SLOT;

  /** Takes a slot into use; its columns hold whatever they held. */
  take(): number {
    let slot = this.free;
    if (slot === NO_SLOT) {
      slot = this.reached++;
      if (slot === this.account.length) this.grow();
      this.subjects.push(undefined);
    } else {
      this.free = this.next[slot]!;
    }
    this.generation[slot] = this.generation[slot]! + 1;
    this.used++;
    return slot;
  }

  /** Gives a slot back. */
  give(slot: number): void {
    this.generation[slot] = (this.generation[slot]! + 1) % GENERATIONS;
    this.subjects[slot] = undefined;
    this.next[slot] = this.free;
    this.free = slot;
    this.used--;
  }

  isUsed(slot: number): boolean {
    return (this.generation[slot]! & 1) === 1;
  }

  /** The id of the slot's present use; a positive integer. */
  idOf(slot: number): number {
    return this.generation[slot]! * SLOTS + slot;
  }

  /** The slot in use under `id`; {@link NO_SLOT} when there is none. */
  slotOf(id: number): number {
    const slot = id % SLOTS;
    return slot < this.reached && this.generation[slot] === Math.floor(id / SLOTS) && this.isUsed(slot)
      ? slot
      : NO_SLOT;
  }

  /** The slot that was in use under `id` at some time; {@link NO_SLOT} when `id` was never given. */
  formerSlotOf(id: number): number {
    const slot = id % SLOTS;
    const generation = Math.floor(id / SLOTS);
    const was = slot >= 0 && slot < this.reached && generation % 2 === 1 && generation < this.generation[slot]!;
    return was ? slot : NO_SLOT;
  }

  /** True when the free or used slot has had no other use since `id`. */
  wasLast(slot: number, id: number): boolean {
    return this.generation[slot] === Math.floor(id / SLOTS) + 1;
  }

  private grow(): void {
    const capacity = this.account.length * 2;
    this.account = widen(this.account, new Int32Array(capacity));
    this.owner = widen(this.owner, new Int32Array(capacity));
    this.bornUs = widen(this.bornUs, new Float64Array(capacity));
    this.usedUs = widen(this.usedUs, new Float64Array(capacity));
    this.bytes = widen(this.bytes, new Float64Array(capacity));
    this.next = widen(this.next, new Int32Array(capacity));
    this.previous = widen(this.previous, new Int32Array(capacity));
    this.generation = widen(this.generation, new Uint32Array(capacity));
  }
}

function widen<Column extends Int32Array | Float64Array | Uint32Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
