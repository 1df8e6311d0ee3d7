// The virtual time of every event of a run, by its number: which event stood at a moment, without running there.
// Invariant: times are kept without a gap from the first event on, and never change: every repetition has the same.

const FIRST_CAPACITY = 65_536;
/** Most events whose times are kept: 64 MB. What comes after is found by running there. */
const MOST_EVENTS = 8_000_000;

/** See the file's head. */
export class EventTimes {
  /** Events whose times are kept. */
  count = 0;
  private times = new Float64Array(FIRST_CAPACITY);

  /** Tells of an event; only the one after the last that is kept is new. */
  note(number: number, atUs: number): void {
    if (number !== this.count + 1 || number > MOST_EVENTS) return;
    if (this.count === this.times.length) {
      const longer = new Float64Array(this.times.length * 2);
      longer.set(this.times);
      this.times = longer;
    }
    this.times[this.count++] = atUs;
  }

  /** Number of the last event at or before `atUs`; undefined when it may be one that is not kept. */
  numberAt(atUs: number): number | undefined {
    if (this.count === 0 || this.times[this.count - 1]! <= atUs) return undefined;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.times[middle]! <= atUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
