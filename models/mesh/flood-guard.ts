// The flood guard: the origins whose broadcasts a node has received, to bound how much one of them may say.
// Invariant (clean): an origin that was not heard of for its time is forgotten.

/** See the file's head. Origins are named as they name themselves in a broadcast. */
export class FloodGuard {
  /** When each origin was last heard of, in virtual microseconds; least recent first. */
  readonly origins = new Map<string, number>();
  private readonly keepUs: number;

  /** @param keepUs - How long an origin is remembered, in microseconds; Infinity for ever. */
  constructor(keepUs: number) {
    this.keepUs = keepUs;
  }

  /** Notes a broadcast of `origin`. */
  hear(origin: string, nowUs: number): void {
    this.origins.delete(origin);
    this.origins.set(origin, nowUs);
    this.expire(nowUs);
  }

  /** Forgets whom it has not heard of for long. */
  expire(nowUs: number): void {
    for (const [other, heardUs] of this.origins) {
      if (nowUs - heardUs <= this.keepUs) break;
      this.origins.delete(other);
    }
  }
}
