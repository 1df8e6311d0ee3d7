// The event queue: a hierarchical timing wheel over typed arrays, one 32-byte record per pending event.
// Invariant: events leave in exact (time, insertion) order. A list per slot is FIFO, and a coarse slot is emptied
// into finer ones before anything can be inserted there directly, so no slot ever needs sorting.
//
// Level 0 has one slot per microsecond over eight blocks of 8,192 us; level 1 one slot per block over two
// super-blocks of 2^26 us (67 s); level 2 one slot per super-block over two eras of 512 (9.5 h); beyond that one list.
// Cancelling unlinks the record at once (lists are doubly linked), so cancelled timers never pile up.
import { SimulationError, invariant } from './errors.ts';

const BLOCK_BITS = 13;
const BLOCK_US = 1 << BLOCK_BITS;
const BLOCKS_IN_WINDOW = 8;
const SLOT_COUNT = BLOCK_US * BLOCKS_IN_WINDOW;
const SLOT_MASK = SLOT_COUNT - 1;
const SUPER_BLOCKS = 1 << 13;
const BLOCK_RING_MASK = SUPER_BLOCKS * 2 - 1;
const ERA_SUPERS = 512;
const SUPER_RING_MASK = ERA_SUPERS * 2 - 1;

const NONE = -1;
/** Words per record, and the place of each field; words 0 and 1 hold the time as one float64. */
const RECORD = 8;
const NEXT = 2;
const PREVIOUS = 3;
/** Word offsets inside a record, for the run loop. */
export const NODE_WORD = 4;
export const WORD = 5;
export const KIND_WORD = 6;
const GENERATION = 7;

const INDEX_BITS_FACTOR = 2 ** 25;
const GENERATION_MASK = 0x0fffffff;
const FREE_KIND = -1;

/** Latest time an event may have: 2^52 us, about 142 virtual years. */
export const MAX_TIME_US = 2 ** 52;

/** Holds pending events and yields them in exact (time, insertion) order. */
export class EventQueue {
  /** Records as int32 words; index by `event * 8 + field`. Replaced when the pool grows. */
  words: Int32Array;
  /** Payload by event. */
  payloads: unknown[];
  /** Time of the event that {@link next} returned last, in microseconds. */
  timeUs = 0;
  /** Pending events. */
  size = 0;

  private times: Float64Array;
  private capacity: number;
  private freeHead = NONE;

  private readonly slotHead = new Int32Array(SLOT_COUNT).fill(NONE);
  private readonly slotTail = new Int32Array(SLOT_COUNT);
  /** One bit per occupied slot, and one bit per non-zero word of that. */
  private readonly occupied = new Int32Array(SLOT_COUNT >>> 5);
  private readonly summary = new Int32Array(SLOT_COUNT >>> 10);
  private readonly blockHead = new Int32Array(SUPER_BLOCKS * 2).fill(NONE);
  private readonly blockTail = new Int32Array(SUPER_BLOCKS * 2);
  private readonly superHead = new Int32Array(ERA_SUPERS * 2).fill(NONE);
  private readonly superTail = new Int32Array(ERA_SUPERS * 2);
  private readonly farHead = new Int32Array(1).fill(NONE);
  private readonly farTail = new Int32Array(1);
  private nearCount = 0;
  private blockCount = 0;
  private superCount = 0;
  /** First block that is not in level 0; level 0 holds the eight blocks before it. */
  private frontier = BLOCKS_IN_WINDOW;

  /**
   * @param capacity - Events to make room for at first, an integer from 0 to 2^25; the pool doubles when it is full.
   * @throws {SimulationError} `bad-capacity` for anything else.
   */
  constructor(capacity = 1024) {
    if (!(Number.isInteger(capacity) && capacity >= 0 && capacity <= INDEX_BITS_FACTOR)) {
      throw new SimulationError(
        'bad-capacity',
        `received a capacity of ${capacity}, expected an integer from 0 to 2^25`,
        {
          capacity,
        },
      );
    }
    // Doubling needs something to double.
    capacity = Math.max(1, capacity);
    this.capacity = capacity;
    const buffer = new ArrayBuffer(capacity * RECORD * 4);
    this.words = new Int32Array(buffer);
    this.times = new Float64Array(buffer);
    this.payloads = new Array<unknown>(capacity).fill(undefined);
    this.linkFree(0, capacity);
  }

  /**
   * Adds an event and returns its record index, which {@link handleOf} turns into a lasting handle.
   *
   * @param atUs - An integer, not before the last time returned by {@link next}, below 2^52.
   * @param node - Slot of the node it is for, 0 or more.
   * @param kind - Small integer, 0 or more.
   * @param word - An int32 for the receiver.
   */
  push(atUs: number, node: number, kind: number, word: number, payload: unknown): number {
    const event = this.freeHead === NONE ? this.grow() : this.freeHead;
    const words = this.words;
    const base = event << 3;
    this.freeHead = words[base + NEXT]!;
    this.times[event << 2] = atUs;
    words[base + NODE_WORD] = node;
    words[base + WORD] = word;
    words[base + KIND_WORD] = kind;
    this.payloads[event] = payload;
    this.size++;
    this.insert(event, atUs);
    return event;
  }

  /** A handle that stays unambiguous after the event has left; an integer below 2^53. */
  handleOf(event: number): number {
    return this.words[(event << 3) + GENERATION]! * INDEX_BITS_FACTOR + event;
  }

  /** Removes a pending event by its handle; false when it has left already. */
  cancel(handle: number): boolean {
    const generation = Math.floor(handle / INDEX_BITS_FACTOR);
    const event = handle - generation * INDEX_BITS_FACTOR;
    const base = event << 3;
    if (event >= this.capacity || this.words[base + GENERATION] !== generation) return false;
    if (this.words[base + KIND_WORD] === FREE_KIND) return false;
    this.remove(event);
    return true;
  }

  /**
   * Unlinks the next event at or before `limitUs` and returns its record index, or -1 when there is none.
   * The caller reads the record, then calls {@link free}. When there is none the clock moves to `limitUs`.
   *
   * @param limitUs - An integer below 2^52.
   */
  next(limitUs: number): number {
    let slot = this.timeUs & SLOT_MASK;
    let event = this.slotHead[slot]!;
    if (event === NONE) {
      if (!this.advance(limitUs)) {
        this.skipTo(limitUs);
        return NONE;
      }
      slot = this.timeUs & SLOT_MASK;
      event = this.slotHead[slot]!;
    } else if (this.timeUs > limitUs) return NONE;
    const following = this.words[(event << 3) + NEXT]!;
    this.slotHead[slot] = following;
    if (following === NONE) this.markEmpty(slot);
    this.nearCount--;
    return event;
  }

  /** Returns the record of an event that {@link next} gave to the pool. */
  free(event: number): void {
    const words = this.words;
    const base = event << 3;
    words[base + GENERATION] = (words[base + GENERATION]! + 1) & GENERATION_MASK;
    words[base + KIND_WORD] = FREE_KIND;
    words[base + NEXT] = this.freeHead;
    this.freeHead = event;
    this.payloads[event] = undefined;
    this.size--;
  }

  /** Moves the clock forward to `timeUs`; nothing may be pending before it. */
  private skipTo(timeUs: number): void {
    if (timeUs <= this.timeUs) return;
    if (this.size === 0) {
      this.timeUs = timeUs;
      this.frontier = Math.floor(timeUs / BLOCK_US) + BLOCKS_IN_WINDOW;
      return;
    }
    const found = this.advance(timeUs - 1);
    invariant(!found, 'nothing is pending before the time that is skipped to');
    this.timeUs = timeUs;
    this.reach(Math.floor(timeUs / BLOCK_US) + BLOCKS_IN_WINDOW);
  }

  /** Calls `visit` for every pending event, in record order (stable for a run, not time order). */
  forEach(visit: (event: number, atUs: number, node: number, kind: number, payload: unknown) => void): void {
    const { words, times, payloads } = this;
    for (let event = 0; event < this.capacity; event++) {
      const kind = words[(event << 3) + KIND_WORD]!;
      if (kind !== FREE_KIND) visit(event, times[event << 2]!, words[(event << 3) + NODE_WORD]!, kind, payloads[event]);
    }
  }

  /** Removes every pending event for which `doomed` is true; returns how many. Order of the rest is kept. */
  removeWhere(doomed: (node: number, kind: number, payload: unknown, word: number) => boolean): number {
    let removed = 0;
    for (let event = 0; event < this.capacity; event++) {
      const base = event << 3;
      const kind = this.words[base + KIND_WORD]!;
      if (kind === FREE_KIND) continue;
      if (!doomed(this.words[base + NODE_WORD]!, kind, this.payloads[event], this.words[base + WORD]!)) continue;
      this.remove(event);
      removed++;
    }
    return removed;
  }

  private insert(event: number, atUs: number): void {
    const block = Math.floor(atUs / BLOCK_US);
    if (block < this.frontier) {
      const slot = atUs & SLOT_MASK;
      if (this.append(this.slotHead, this.slotTail, slot, event)) {
        this.occupied[slot >>> 5]! |= 1 << (slot & 31);
        this.summary[slot >>> 10]! |= 1 << ((slot >>> 5) & 31);
      }
      this.nearCount++;
    } else this.insertLater(event, block);
  }

  private insertLater(event: number, block: number): void {
    const ahead = Math.floor(block / SUPER_BLOCKS) - Math.floor(this.frontier / SUPER_BLOCKS);
    if (ahead < 2) {
      this.append(this.blockHead, this.blockTail, block & BLOCK_RING_MASK, event);
      this.blockCount++;
    } else if (this.eraOf(block) - this.eraOf(this.frontier) < 2) {
      this.append(this.superHead, this.superTail, Math.floor(block / SUPER_BLOCKS) & SUPER_RING_MASK, event);
      this.superCount++;
    } else {
      this.append(this.farHead, this.farTail, 0, event);
    }
  }

  private eraOf(block: number): number {
    return Math.floor(block / (SUPER_BLOCKS * ERA_SUPERS));
  }

  /** Appends to a slot's list; true when the list was empty. */
  private append(head: Int32Array, tail: Int32Array, slot: number, event: number): boolean {
    const words = this.words;
    const base = event << 3;
    words[base + NEXT] = NONE;
    if (head[slot] === NONE) {
      head[slot] = event;
      tail[slot] = event;
      return true;
    }
    const last = tail[slot]!;
    words[(last << 3) + NEXT] = event;
    words[base + PREVIOUS] = last;
    tail[slot] = event;
    return false;
  }

  /** Unlinks a pending event wherever it waits. Which list holds it follows from its time and the frontier. */
  private remove(event: number): void {
    const atUs = this.times[event << 2]!;
    const block = Math.floor(atUs / BLOCK_US);
    if (block < this.frontier) {
      const slot = atUs & SLOT_MASK;
      this.unlink(this.slotHead, this.slotTail, slot, event);
      if (this.slotHead[slot] === NONE) this.markEmpty(slot);
      this.nearCount--;
    } else if (Math.floor(block / SUPER_BLOCKS) - Math.floor(this.frontier / SUPER_BLOCKS) < 2) {
      this.unlink(this.blockHead, this.blockTail, block & BLOCK_RING_MASK, event);
      this.blockCount--;
    } else if (this.eraOf(block) - this.eraOf(this.frontier) < 2) {
      this.unlink(this.superHead, this.superTail, Math.floor(block / SUPER_BLOCKS) & SUPER_RING_MASK, event);
      this.superCount--;
    } else {
      this.unlink(this.farHead, this.farTail, 0, event);
    }
    this.free(event);
  }

  private unlink(head: Int32Array, tail: Int32Array, slot: number, event: number): void {
    const words = this.words;
    const base = event << 3;
    const next = words[base + NEXT]!;
    if (head[slot] === event) {
      // The first record's previous word is stale by design: only the head says who is first.
      head[slot] = next;
      return;
    }
    const previous = words[base + PREVIOUS]!;
    words[(previous << 3) + NEXT] = next;
    if (next === NONE) tail[slot] = previous;
    else words[(next << 3) + PREVIOUS] = previous;
  }

  private markEmpty(slot: number): void {
    const word = slot >>> 5;
    const rest = this.occupied[word]! & ~(1 << (slot & 31));
    this.occupied[word] = rest;
    if (rest === 0) this.summary[slot >>> 10]! &= ~(1 << (word & 31));
  }

  /** Moves the clock to the next event at or before `limitUs`; false when there is none. */
  private advance(limitUs: number): boolean {
    const limitBlock = Math.floor(limitUs / BLOCK_US);
    while (this.nearCount === 0) {
      if (this.size === 0 || this.blockCount + this.superCount === 0) {
        if (this.size === 0 || !this.jumpEra(limitBlock)) return false;
        continue;
      }
      if (this.frontier > limitBlock) return false;
      this.reach(this.skipEmptyBlocks(limitBlock));
    }
    const windowStart = (this.frontier - BLOCKS_IN_WINDOW) * BLOCK_US;
    const from = this.timeUs > windowStart ? this.timeUs : windowStart;
    const start = from & SLOT_MASK;
    const atUs = from + ((this.nextOccupied(start) - start) & SLOT_MASK);
    if (atUs > limitUs) return false;
    this.timeUs = atUs;
    // Coarser slots are emptied before any handler runs at the new time: a handler may insert there directly.
    const reached = Math.floor(atUs / BLOCK_US) + BLOCKS_IN_WINDOW;
    if (reached > this.frontier) this.reach(reached);
    return true;
  }

  /** The next frontier worth reaching: one block on, or the next super-block when level 1 is empty. */
  private skipEmptyBlocks(limitBlock: number): number {
    if (this.blockCount > 0) return this.frontier + 1;
    const nextSuper = (Math.floor(this.frontier / SUPER_BLOCKS) + 1) * SUPER_BLOCKS;
    return Math.max(this.frontier + 1, Math.min(nextSuper, limitBlock + 1));
  }

  /** Moves the frontier forward, emptying each coarse slot that it passes into level 0 in order. */
  private reach(target: number): void {
    while (this.frontier < target) {
      const inSuper = this.frontier & (SUPER_BLOCKS - 1);
      const toBoundary = SUPER_BLOCKS - inSuper;
      const block = this.frontier;
      if (this.blockCount === 0) {
        this.frontier += Math.min(toBoundary, target - block);
      } else {
        this.frontier++;
        this.blockCount -= this.pour(this.blockHead, block & BLOCK_RING_MASK);
      }
      if ((this.frontier & (SUPER_BLOCKS - 1)) === 0) this.enterSuper(Math.floor(this.frontier / SUPER_BLOCKS));
    }
  }

  private enterSuper(current: number): void {
    if ((current & (ERA_SUPERS - 1)) === 0) this.pour(this.farHead, 0);
    const slot = (current + 1) & SUPER_RING_MASK;
    if (this.superHead[slot] !== NONE) this.superCount -= this.pour(this.superHead, slot);
  }

  /** Only far events are left: move the frontier to the super-block before the first of them. */
  private jumpEra(limitBlock: number): boolean {
    let first = MAX_TIME_US;
    for (let event = this.farHead[0]!; event !== NONE; event = this.words[(event << 3) + NEXT]!) {
      if (this.times[event << 2]! < first) first = this.times[event << 2]!;
    }
    const block = Math.floor(first / BLOCK_US);
    if (block > limitBlock) return false;
    this.frontier = Math.max(this.frontier, Math.floor(block / SUPER_BLOCKS) * SUPER_BLOCKS);
    this.pour(this.farHead, 0);
    return true;
  }

  /** Re-inserts a list in its order; each record lands on a finer level, or on the far list again. */
  private pour(head: Int32Array, slot: number): number {
    let poured = 0;
    let event = head[slot]!;
    head[slot] = NONE;
    while (event !== NONE) {
      const next = this.words[(event << 3) + NEXT]!;
      this.insert(event, this.times[event << 2]!);
      event = next;
      poured++;
    }
    return poured;
  }

  /** The first occupied slot at or after `start`, around the ring. Level 0 must not be empty. */
  private nextOccupied(start: number): number {
    let word = start >>> 5;
    const here = this.occupied[word]! & (-1 << (start & 31));
    if (here !== 0) return (word << 5) + lowestBit(here);
    let group = word >>> 5;
    const after = (word & 31) === 31 ? 0 : this.summary[group]! & (-1 << ((word & 31) + 1));
    if (after !== 0) word = (group << 5) + lowestBit(after);
    else {
      do group = (group + 1) & (this.summary.length - 1);
      while (this.summary[group] === 0);
      word = (group << 5) + lowestBit(this.summary[group]!);
    }
    return (word << 5) + lowestBit(this.occupied[word]!);
  }

  private linkFree(from: number, to: number): void {
    for (let event = to - 1; event >= from; event--) {
      const base = event << 3;
      this.words[base + KIND_WORD] = FREE_KIND;
      // Not from 0: the handle 0, a usual way to say none, must not name the first event.
      this.words[base + GENERATION] = 1;
      this.words[base + NEXT] = this.freeHead;
      this.freeHead = event;
    }
  }

  private grow(): number {
    const before = this.capacity;
    if (before * 2 > INDEX_BITS_FACTOR) {
      throw new SimulationError(
        'queue-full',
        `${before} events are pending, expected at most ${INDEX_BITS_FACTOR / 2}`,
        {
          pending: before,
        },
      );
    }
    const buffer = new ArrayBuffer(before * 2 * RECORD * 4);
    const words = new Int32Array(buffer);
    words.set(this.words);
    this.words = words;
    this.times = new Float64Array(buffer);
    this.payloads = this.payloads.concat(new Array<unknown>(before).fill(undefined));
    this.capacity = before * 2;
    this.linkFree(before, this.capacity);
    return this.freeHead;
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
