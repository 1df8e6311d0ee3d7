// Key figures of a run: the few numbers that tell two runs of one scenario apart.
// Invariant: read from the record alone; a figure that the model cannot give is left out, never zero.
import { METER } from '../../sim/meters.ts';
import type { SoakRecord } from '../soak/record.ts';

/** One figure of a run. */
export interface KeyFigure {
  readonly name: string;
  /** Unit of `value`, such as `bytes`; empty for a count. */
  readonly unit: string;
  readonly value: number;
}

/** The key figures of a run, in the order to show them. */
export function keyFigures(record: SoakRecord): KeyFigure[] {
  const { ledger, meters } = record;
  const sites = ledger?.sites ?? [];
  const connections = sites.filter(({ kind }) => kind === 'connection');
  return [
    ...(connections.length === 0 ? [] : [count('open connections', sumOf(connections.map(({ open }) => open)))]),
    count('dials', meters[METER.dials]!),
    count('joins', meters[METER.joins]!),
  ];
}

function count(name: string, value: number): KeyFigure {
  return { name, unit: '', value };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
