// Cost tables: what one occurrence of each operation of a model costs in microseconds of simulated CPU.
// Invariant: `ops`, `us` and `index` speak of the same operations in the same order, and every cost is within bounds.
import { InputError } from '../errors.ts';
import { shown, unknownName } from '../input.ts';

/** Highest cost of one occurrence, in microseconds (included). */
export const MAX_COST_US = 1e9;

/** The operations of a model and their costs. An operation's name is its path of frames, such as `join_peers/endpoint.connect`. */
export interface CostTable<Op extends string = string> {
  /** Names of the operations, in the order of their declaration. */
  readonly ops: readonly Op[];
  /** Microseconds of CPU per occurrence, by index of operation; between 0 and {@link MAX_COST_US} (included). */
  readonly us: readonly number[];
  /** Index of each operation: what {@link CostAccount.charge} takes. */
  readonly index: Readonly<Record<Op, number>>;
}

/**
 * A cost table.
 *
 * @param costsUs - Microseconds of CPU per occurrence, by operation; between 0 and {@link MAX_COST_US} (included),
 * fractions allowed. No frame between two `/` of a name may be empty.
 * @throws {InputError} `bad-costs` for a cost or a name that is out of these bounds.
 */
export function costTable<const Costs extends Readonly<Record<string, number>>>(
  costsUs: Costs,
): CostTable<keyof Costs & string> {
  const ops = Object.keys(costsUs) as (keyof Costs & string)[];
  for (const op of ops) {
    if (op.split('/').includes('')) throw badCosts('costs', op, 'a path of frames, none of them empty');
  }
  return tableOf(
    ops,
    ops.map((op) => checkedCost(costsUs[op], op, 'costs')),
  );
}

/**
 * A copy of `table` with some costs replaced; the operations and their indexes stay.
 *
 * @param overrides - Microseconds by operation, from outside: an object whose keys are all in the table.
 * @param where - The place of the overrides, such as `scenario.json: costs`; opens an error's message.
 * @throws {InputError} `bad-costs` for what is no object, an operation that the table does not have, or a cost that is
 * not a number between 0 and {@link MAX_COST_US} (included).
 */
export function overriddenCosts<Op extends string>(
  table: CostTable<Op>,
  overrides: unknown,
  where: string,
): CostTable<Op> {
  if (typeof overrides !== 'object' || overrides === null || Array.isArray(overrides)) {
    throw badCosts(where, overrides, 'an object of microseconds by frame');
  }
  const us = [...table.us];
  for (const [op, costUs] of Object.entries(overrides)) {
    const index = (table.ops as readonly string[]).indexOf(op);
    if (index === -1) {
      const { message, details } = unknownName('frame', op, table.ops, where);
      throw new InputError('bad-costs', message, details);
    }
    us[index] = checkedCost(costUs, op, where);
  }
  return tableOf(table.ops, us);
}

function tableOf<Op extends string>(ops: readonly Op[], us: readonly number[]): CostTable<Op> {
  return { ops, us, index: Object.fromEntries(ops.map((op, index) => [op, index])) as Record<Op, number> };
}

function checkedCost(costUs: unknown, op: string, where: string): number {
  if (typeof costUs === 'number' && costUs >= 0 && costUs <= MAX_COST_US) return costUs;
  const expected = `a number of microseconds between 0 and ${MAX_COST_US} (included)`;
  throw badCosts(`${where}: ${shown(op)}`, costUs, expected);
}

function badCosts(where: string, received: unknown, expected: string): InputError {
  return new InputError('bad-costs', `${where}: received ${shown(received)}, expected ${expected}`, {
    where,
    received,
    expected,
  });
}
