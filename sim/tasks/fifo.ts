// A queue over a ring of places: nothing is moved or allocated while it does not grow.
// Invariant: items leave in the order in which they came, and a place that is free holds nothing.

const LEAST_PLACES = 8;
/** A ring of more places than this is given up when it runs empty: a backlog that is over keeps no memory. */
const MOST_KEPT = 4096;

/** First in, first out. */
export class Fifo<T> {
  /** The size is a power of two. */
  private places: (T | undefined)[] = new Array<undefined>(LEAST_PLACES).fill(undefined);
  private first = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(item: T): void {
    if (this.count === this.places.length) this.widen();
    const { places } = this;
    places[(this.first + this.count++) & (places.length - 1)] = item;
  }

  /** Takes the oldest; the queue must not be empty. */
  shift(): T {
    const { places, first } = this;
    const item = places[first] as T;
    places[first] = undefined;
    this.first = (first + 1) & (places.length - 1);
    if (--this.count === 0 && places.length > MOST_KEPT) this.clear();
    return item;
  }

  clear(): void {
    this.places = new Array<undefined>(LEAST_PLACES).fill(undefined);
    this.first = 0;
    this.count = 0;
  }

  /** The items, oldest first; a copy. */
  items(): T[] {
    const { places, first } = this;
    return Array.from({ length: this.count }, (_, place) => places[(first + place) & (places.length - 1)] as T);
  }

  private widen(): void {
    const items: (T | undefined)[] = this.items();
    for (let place = this.count; place < this.count * 2; place++) items.push(undefined);
    this.places = items;
    this.first = 0;
  }
}
