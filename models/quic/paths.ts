// The paths of one connection by id: the one in use, and those abandoned that packets under way may still name.
// Invariant (clean): an abandoned id is forgotten 3 PTO after it was abandoned (multipath QUIC, closing a path).

/** See the file's head. */
export class Paths {
  /** The path in use. */
  current = 0;
  /** Abandoned ids, oldest first, and when each is forgotten, in virtual microseconds. */
  readonly abandoned = new Map<number, number>();
  private readonly keepUs: number;

  /** @param keepUs - How long an abandoned id is kept; Infinity for ever. */
  constructor(keepUs: number) {
    this.keepUs = keepUs;
  }

  /** Moves to a path; false when it is no newer than the one in use. */
  moveTo(path: number, nowUs: number): boolean {
    if (path <= this.current) return false;
    this.abandoned.set(this.current, nowUs + this.keepUs);
    this.current = path;
    return true;
  }

  /** When the next abandoned id is forgotten; Infinity when none will be. */
  get dueUs(): number {
    for (const atUs of this.abandoned.values()) return atUs;
    return Infinity;
  }

  /** Forgets those that are due. */
  expire(nowUs: number): void {
    for (const [path, atUs] of this.abandoned) {
      if (atUs > nowUs) return;
      this.abandoned.delete(path);
    }
  }
}
