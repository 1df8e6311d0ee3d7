// A number of things that a census counts as a collection of that size, without the things themselves.
// Invariant: it is always empty inside, so that modelled millions take no memory.

/** Stands for `size` things of a modelled collection. */
export class Tally extends Set<never> {
  /** How many things it stands for; an integer, 0 or more. */
  readonly count: number;

  constructor(count: number) {
    super();
    this.count = count;
  }

  override get size(): number {
    return this.count;
  }
}
