// The paths of one connection by id: the one in use, and those abandoned that packets under way may still name.
// Invariant (clean): an abandoned id is forgotten 3 PTO after it was abandoned (multipath QUIC, closing a path).

/** See the file's head. */
export class Paths {
  /** The path in use. */
  current = 0;
  private readonly keepUs: number;
  /** Abandoned ids, oldest first, and when each is forgotten. Most connections never have one. */
  private abandoned: Map<number, number> | undefined = undefined;

  /** @param keepUs - How long an abandoned id is kept; Infinity for ever. */
  constructor(keepUs: number) {
    this.keepUs = keepUs;
  }

  /** Moves to a path; false when it is no newer than the one in use. */
  moveTo(path: number, nowUs: number): boolean {
    if (path <= this.current) return false;
    (this.abandoned ??= new Map()).set(this.current, nowUs + this.keepUs);
    this.current = path;
    return true;
  }

  /** Abandoned ids that are kept, oldest first. */
  get abandonedIds(): readonly number[] {
    return [...(this.abandoned?.keys() ?? [])];
  }

  /** When the next abandoned id is forgotten; Infinity when none will be. */
  get dueUs(): number {
    if (this.abandoned === undefined) return Infinity;
    for (const atUs of this.abandoned.values()) return atUs;
    return Infinity;
  }

  /** Forgets those that are due. */
  expire(nowUs: number): void {
    if (this.abandoned === undefined) return;
    for (const [path, atUs] of this.abandoned) {
      if (atUs > nowUs) return;
      this.abandoned.delete(path);
    }
  }
}
