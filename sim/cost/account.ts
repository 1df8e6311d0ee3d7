// The account of simulated CPU: how often each operation was charged to each task path, and what that cost.
// Invariant: counts only grow; a stack's microseconds are its count times the cost of its operation.
import type { CostTable } from './table.ts';

const FIRST_CAPACITY = 256;

/** What one operation cost at one place. */
export interface CostStack {
  /** Frames from the root to the leaf: those of the task path, then those of the operation. */
  readonly stack: readonly string[];
  /** Microseconds of CPU. */
  readonly us: number;
  /** Occurrences. */
  readonly count: number;
}

/** The account at one moment; take differences by {@link costBetween}. Holds only what was charged at all. */
export interface CostReading {
  readonly totalUs: number;
  /** Cells with a count above 0 (row times number of operations, plus operation), ascending. */
  readonly cells: Uint32Array;
  /** Occurrences of each of these. */
  readonly counts: Float64Array;
  /** Names that the cells refer to: those of the account, which only ever gains rows. */
  readonly frames: CostFrames;
}

/** The names of an account's rows and operations, and their costs. */
export interface CostFrames {
  readonly rows: readonly (readonly string[])[];
  readonly ops: readonly (readonly string[])[];
  /** Microseconds per occurrence, by operation. */
  readonly costUs: Float64Array;
}

/** The account of one simulation. */
export class CostAccount {
  readonly table: CostTable;
  /**
   * Microseconds charged so far. Exactly the sum of the stacks when all costs are integers; otherwise up to the
   * rounding of the additions.
   */
  totalUs = 0;

  private readonly opCount: number;
  private readonly costUs: Float64Array;
  private readonly rowByPath = new Map<string, number>();
  private readonly rows: string[][] = [];
  private readonly frames: CostFrames;
  /** Occurrences by row times number of operations, plus operation. */
  private counts: Float64Array;

  constructor(table: CostTable) {
    this.table = table;
    this.opCount = table.ops.length;
    this.costUs = Float64Array.from(table.us);
    this.frames = { rows: this.rows, ops: table.ops.map((op) => op.split('/')), costUs: this.costUs };
    this.counts = new Float64Array(FIRST_CAPACITY);
  }

  /**
   * The row of a task path, the same for equal paths: 0, 1, 2 and so on in the order first asked for. Rows live as long
   * as the account, so there must be a bounded number of paths.
   *
   * @param path - Such as `gossip.actor/gossip.connection-loop`; empty for what no task does.
   */
  row(path: string): number {
    const known = this.rowByPath.get(path);
    if (known !== undefined) return known;
    const row = this.rows.length;
    this.rowByPath.set(path, row);
    this.rows.push(path.split('/').filter((frame) => frame !== ''));
    this.makeRoom((row + 1) * this.opCount);
    return row;
  }

  /**
   * Charges an operation to a row. Allocates nothing.
   *
   * @param row - From {@link row}.
   * @param op - From the table's `index`.
   * @param times - Occurrences, 0 or more; default 1.
   * @returns The microseconds charged.
   */
  charge(row: number, op: number, times = 1): number {
    const us = this.costUs[op]! * times;
    this.counts[row * this.opCount + op]! += times;
    this.totalUs += us;
    return us;
  }

  /** What was charged so far, by row and then by operation; one entry for each pair with a count above 0. */
  stacks(): CostStack[] {
    return costBetween(undefined, this.read());
  }

  /** The account as it stands, to take differences from. */
  read(): CostReading {
    const { counts, frames, totalUs } = this;
    const cells = new Uint32Array(counts.length);
    let used = 0;
    for (let cell = 0; cell < counts.length; cell++) {
      if (counts[cell]! > 0) cells[used++] = cell;
    }
    const kept = cells.slice(0, used);
    return { totalUs, cells: kept, counts: Float64Array.from(kept, (cell) => counts[cell]!), frames };
  }

  /**
   * What was charged after `reading`, in the form of {@link stacks}.
   *
   * @param reading - Of this account.
   */
  since(reading: CostReading): CostStack[] {
    return costBetween(reading, this.read());
  }

  private makeRoom(needed: number): void {
    if (needed <= this.counts.length) return;
    const wider = new Float64Array(Math.max(needed, this.counts.length * 2));
    wider.set(this.counts);
    this.counts = wider;
  }
}

/**
 * What was charged between two readings of one account, in the form of {@link CostAccount.stacks}.
 *
 * @param earlier - Undefined for the beginning.
 * @param later - Not before `earlier`.
 */
export function costBetween(earlier: CostReading | undefined, later: CostReading): CostStack[] {
  const { rows, ops, costUs } = later.frames;
  const stacks: CostStack[] = [];
  let seen = 0;
  for (const [place, cell] of later.cells.entries()) {
    let count = later.counts[place]!;
    // A cell that was charged once stays charged, so the cells of the earlier reading are among those of the later.
    if (earlier?.cells[seen] === cell) count -= earlier.counts[seen++]!;
    if (count === 0) continue;
    const op = cell % ops.length;
    const row = (cell - op) / ops.length;
    stacks.push({ stack: [...rows[row]!, ...ops[op]!], us: count * costUs[op]!, count });
  }
  return stacks;
}
