// The text of a file, handed on in pieces, so that a long run need not be held in memory.
// Invariant: the pieces, joined, are what was added, in order; none is held back after `flush`.

/** Least size of a piece, in characters. */
const PIECE = 1 << 16;

/** See the file's head. */
export class TextOut {
  private readonly write: (piece: string) => void;
  private parts: string[] = [];
  private length = 0;

  /** @param write - Takes each piece; it may throw, as when a disk is full. */
  constructor(write: (piece: string) => void) {
    this.write = write;
  }

  add(text: string): void {
    this.parts.push(text);
    this.length += text.length;
    if (this.length >= PIECE) this.flush();
  }

  flush(): void {
    if (this.length === 0) return;
    const piece = this.parts.join('');
    this.parts = [];
    this.length = 0;
    this.write(piece);
  }
}

/** A text on one line: what would break it, and other control characters, become spaces. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
