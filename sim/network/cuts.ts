// Cuts: which pairs cannot talk now, by partition, black hole or hold.
// Invariant: when nothing is cut, asking costs one comparison.

/** What stands between two peers in one direction. */
export type Obstacle = 'none' | 'partition' | 'black-hole' | 'hold';

interface Partition {
  readonly name: string;
  readonly groupOf: ReadonlyMap<number, number>;
  readonly oneWay: boolean;
}

/** The cuts in force, by peer index. */
export class Cuts {
  /** Number of cuts in force; 0 means that nobody needs to ask further. */
  active = 0;
  /** Called when a cut has ended or made room for another: for layers that send on what it kept back by themselves. */
  eased: (() => void) | undefined = undefined;

  private partitions: Partition[] = [];
  private readonly holes = new Set<number>();
  private readonly held = new Set<string>();

  /**
   * Peers of different groups cannot talk; peers not named belong to the first group.
   * With `oneWay` only messages from later groups to earlier ones are cut.
   */
  partition(name: string, groups: readonly (readonly number[])[], oneWay: boolean): void {
    const groupOf = new Map<number, number>();
    groups.forEach((group, number) => group.forEach((index) => groupOf.set(index, number)));
    this.partitions = [...this.partitions.filter((partition) => partition.name !== name), { name, groupOf, oneWay }];
    this.recount();
    // It may have taken the place of another of its name.
    this.eased?.();
  }

  /** Ends the partition of that name, or all; false when there was none. */
  heal(name: string | undefined): boolean {
    const before = this.partitions.length;
    this.partitions = name === undefined ? [] : this.partitions.filter((partition) => partition.name !== name);
    this.recount();
    this.eased?.();
    return this.partitions.length < before;
  }

  /** Makes everything to and from the peer vanish, or ends that; false when it changes nothing. */
  blackHole(index: number, on: boolean): boolean {
    const changed = this.holes.has(index) !== on;
    if (on) this.holes.add(index);
    else this.holes.delete(index);
    this.recount();
    if (!on) this.eased?.();
    return changed;
  }

  /** Parks messages of one direction; false when they are parked already. */
  hold(from: number, to: number): boolean {
    const key = `${from}>${to}`;
    const changed = !this.held.has(key);
    this.held.add(key);
    this.recount();
    return changed;
  }

  /** Ends a hold; false when there was none. */
  release(from: number, to: number): boolean {
    const changed = this.held.delete(`${from}>${to}`);
    this.recount();
    this.eased?.();
    return changed;
  }

  /** What stops a message from one peer to another now. */
  between(from: number, to: number): Obstacle {
    if (this.active === 0) return 'none';
    if (this.holes.has(from) || this.holes.has(to)) return 'black-hole';
    for (const { groupOf, oneWay } of this.partitions) {
      const first = groupOf.get(from) ?? 0;
      const second = groupOf.get(to) ?? 0;
      if (oneWay ? first > second : first !== second) return 'partition';
    }
    return this.held.size > 0 && this.held.has(`${from}>${to}`) ? 'hold' : 'none';
  }

  private recount(): void {
    this.active = this.partitions.length + this.holes.size + this.held.size;
  }
}
