// Splits the bytes of a log into whole lines, block by block.
// Invariant: no byte is lost or looked at twice but those of a line that spans two chunks; a line beyond the limit is never
// held.

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Longest line, in bytes: 1 MiB. */
export const MOST_LINE_BYTES = 1024 * 1024;

/** A stretch of whole lines; the last one may lack its newline when the log ends there. */
export interface LineBlock {
  readonly bytes: Uint8Array;
  /** Where its first byte stands in the log. */
  readonly offset: number;
}

/** A line that is longer than the limit; it is passed over. */
export interface LongLine {
  readonly offset: number;
  readonly length: number;
}

/** See the file's head. */
export class LineSplitter {
  private readonly most: number;
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** Bytes of a long line that were passed over so far; 0 outside one. */
  private passed = 0;
  private offset = 0;

  /** @param most - Longest line in bytes, without its newline. */
  constructor(most = MOST_LINE_BYTES) {
    this.most = most;
  }

  /** Takes the next chunk; gives blocks of whole lines and the long lines between them, in order. */
  *feed(chunk: Uint8Array): Generator<LineBlock | LongLine, void, undefined> {
    let rest = chunk;
    while (rest.length > 0) {
      const first = rest.indexOf(NEWLINE);
      if (first < 0) return this.hold(rest);
      if (this.passed > 0 || this.heldBytes + first > this.most) {
        yield this.passedOver(first);
        rest = rest.subarray(first + 1);
        continue;
      }
      const last = rest.lastIndexOf(NEWLINE);
      const until = this.longLineIn(rest, first, last);
      if (until > 0) yield this.block(rest.subarray(0, until));
      rest = rest.subarray(until);
      if (until <= last) continue;
      return this.hold(rest);
    }
  }

  /** The log is over; gives the last line if it lacks its newline. */
  *finish(): Generator<LineBlock | LongLine, void, undefined> {
    if (this.passed > 0) yield this.passedOver(0, 0);
    else if (this.heldBytes > 0) yield this.block(new Uint8Array(0));
  }

  /** Where to cut before a line within `rest` that is too long; behind the last newline when there is none. */
  private longLineIn(rest: Uint8Array, first: number, last: number): number {
    if (last - first <= this.most) return last + 1;
    for (let start = 0, end = first; ;) {
      if (end - start > this.most) return start;
      if (end === last) return last + 1;
      start = end + 1;
      end = rest.indexOf(NEWLINE, start);
    }
  }

  private hold(rest: Uint8Array): void {
    if (this.passed > 0 || this.heldBytes + rest.length > this.most) {
      this.passed += this.heldBytes + rest.length;
      this.held = [];
      this.heldBytes = 0;
      return;
    }
    // The chunk may be one that its owner uses again.
    if (rest.length > 0) this.held.push(rest.slice());
    this.heldBytes += rest.length;
  }

  private passedOver(rest: number, newline = 1): LongLine {
    const length = this.passed + this.heldBytes + rest;
    const { offset } = this;
    this.offset += length + newline;
    this.passed = 0;
    this.held = [];
    this.heldBytes = 0;
    return { offset, length };
  }

  private block(rest: Uint8Array): LineBlock {
    const { offset } = this;
    let bytes = rest;
    if (this.heldBytes > 0) {
      bytes = new Uint8Array(this.heldBytes + rest.length);
      let at = 0;
      for (const piece of [...this.held, rest]) {
        bytes.set(piece, at);
        at += piece.length;
      }
      this.held = [];
      this.heldBytes = 0;
    }
    this.offset += bytes.length;
    return { bytes, offset };
  }
}

/** The end of the line that starts at `start`: its newline, or the end of the block. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(NEWLINE, start);
  return end < 0 ? bytes.length : end;
}

/** `end` without a carriage return before it. */
export function withoutReturn(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}
