// The digest: a running 64-bit hash over every event handled.
// Invariant: it depends on nothing but the integers given to it and their order, so it is equal on every machine.

/** Two 32-bit lanes mixed with odd multipliers and rotations (after MurmurHash3's body; not cryptographic). */
export class Digest {
  private low = 0x9747b28c | 0;
  private high = 0x5bd1e995;

  /** Mixes one event: its time (an integer, 0 to 2^52) and two int32. */
  event(timeUs: number, first: number, second: number): void {
    const time = timeUs | 0;
    let low = Math.imul(this.low ^ time, 0xcc9e2d51);
    low = (((low << 15) | (low >>> 17)) + first) | 0;
    let high = Math.imul(this.high ^ second ^ (timeUs * 2 ** -32), 0x1b873593);
    high = ((high << 13) | (high >>> 19)) ^ low;
    this.low = (Math.imul(low, 5) + 0x38b34ae5) | 0;
    this.high = (high + (low >>> 7)) | 0;
  }

  /** Mixes a text, such as a note of a model, by its length and its UTF-16 code units. */
  text(text: string): void {
    this.event(text.length, -1, -1);
    for (let index = 0; index < text.length; index++) this.event(index, text.charCodeAt(index), text.length);
  }

  /** The state so far as 16 hexadecimal digits. */
  get hex(): string {
    return hex32(finish(this.high ^ Math.imul(this.low, 0x85ebca6b))) + hex32(finish(this.low ^ (this.high >>> 3)));
  }
}

function finish(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}
