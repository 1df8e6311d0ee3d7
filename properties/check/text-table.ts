// Interned texts, looked up by their bytes: names that come on every line of a log are made into strings once.
// Invariant: equal bytes give the same number; the table never grows beyond its cap.

const FIRST_ARENA = 1 << 16;
const SLOTS = 1 << 19;
/** Most texts kept; well below the slots, so that probing stays short. */
export const MOST_TEXTS = 200_000;
/** Longest text kept, in bytes; as long as a name may be. */
const MOST_BYTES = 256;

/** See the file's head. Texts are of ASCII. */
export class TextTable {
  private readonly slots = new Int32Array(SLOTS);
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
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (let held = this.slots[slot]!; held !== 0; held = this.slots[slot]!) {
      if (this.isAt(held - 1, bytes, start, length)) return held - 1;
      slot = (slot + 1) & (SLOTS - 1);
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
    return number;
  }
}
