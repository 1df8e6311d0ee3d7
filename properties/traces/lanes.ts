// Lanes: threads of a trace, each with one thing on it at a time.
// Invariant: what is put on a lane begins after what was on it before has ended.

/** A thread. */
export interface Lane {
  readonly tid: number;
  /** Within its group, from 1. */
  readonly number: number;
  /** When it was given back, in microseconds; Infinity while something is on it. */
  freeUs: number;
}

/** See the file's head. */
export class Lanes {
  private readonly groups = new Map<string, Lane[]>();
  private next: number;

  /** @param firstTid - Of the first lane; no other thread may have it or one above it. */
  constructor(firstTid: number) {
    this.next = firstTid;
  }

  /** The first lane of the group that was free before `fromUs`, or a new one. */
  take(pid: number, group: string, fromUs: number): { readonly lane: Lane; readonly isNew: boolean } {
    const name = `${pid} ${group}`;
    let lanes = this.groups.get(name);
    if (lanes === undefined) this.groups.set(name, (lanes = []));
    const found = lanes.find(({ freeUs }) => freeUs < fromUs);
    if (found !== undefined) {
      found.freeUs = Infinity;
      return { lane: found, isNew: false };
    }
    const lane = { tid: this.next++, number: lanes.length + 1, freeUs: Infinity };
    lanes.push(lane);
    return { lane, isNew: true };
  }
}
