// Interned texts, looked up by their bytes: names that come on every line of a log are made into strings once.
// Invariant: equal bytes give the same number; the table never grows beyond its cap.

const FIRST_ARENA = 1 << 12;
const FIRST_SLOTS = 1 << 10;
/** Most texts kept. */
export const MOST_TEXTS = 200_000;
/** Longest text kept, in bytes; as long as a name may be. */
const MOST_BYTES = 256;

/** See the file's head. Texts are of ASCII. */
export class TextTable {
  /** Open addressing: the number of a text and one more, or 0; at most half of them are taken. */
  private slots = new Int32Array(FIRST_SLOTS);
  private readonly texts: string[] = [];
  private readonly starts: number[] = [0];
  private arena = new Uint8Array(FIRST_ARENA);

  /** @param known - Texts that get the numbers from 0 on. */
  constructor(known: readonly string[]) {
    for (const text of known) this.add(text);
  }

  /** The number of the text at `bytes[start, end)`; -1 when it is new and there is no room for it. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > MOST_BYTES) return -1;
    const { slots } = this;
    const last = slots.length - 1;
    let slot = hashOf(bytes, start, end) & last;
    for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
      if (this.isAt(held - 1, bytes, start, length)) return held - 1;
      slot = (slot + 1) & last;
    }
    if (this.texts.length >= MOST_TEXTS) return -1;
    return this.keep(slot, String.fromCharCode(...bytes.subarray(start, end)), bytes.subarray(start, end));
  }

  /** The text of a number. */
  text(number: number): string {
    return this.texts[number]!;
  }

  private add(text: string): void {
    const bytes = new TextEncoder().encode(text);
    const number = this.texts.length;
    const given = this.numberOf(bytes, 0, bytes.length);
    // The caller's own string is kept, as engines compare it by reference.
    if (given === number) this.texts[number] = text;
  }

  private isAt(number: number, bytes: Uint8Array, start: number, length: number): boolean {
    const { arena, starts } = this;
    const from = starts[number]!;
    if (starts[number + 1]! - from !== length) return false;
    for (let at = 0; at < length; at++) if (arena[from + at] !== bytes[start + at]) return false;
    return true;
  }

  private keep(slot: number, text: string, bytes: Uint8Array): number {
    const from = this.starts.at(-1)!;
    const until = from + bytes.length;
    if (until > this.arena.length) {
      const wider = new Uint8Array(Math.max(until, this.arena.length * 2));
      wider.set(this.arena);
      this.arena = wider;
    }
    this.arena.set(bytes, from);
    this.starts.push(until);
    const number = this.texts.push(text) - 1;
    this.slots[slot] = number + 1;
    if (this.texts.length * 2 > this.slots.length) this.widen();
    return number;
  }

  private widen(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const last = slots.length - 1;
    for (let number = 0; number < this.texts.length; number++) {
      let slot = hashOf(this.arena, this.starts[number]!, this.starts[number + 1]!) & last;
      while (slots[slot] !== 0) slot = (slot + 1) & last;
      slots[slot] = number + 1;
    }
    this.slots = slots;
  }
}

/** FNV-1a, with its upper bits folded in. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
