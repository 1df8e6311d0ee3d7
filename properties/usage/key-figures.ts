// Key figures of a run: the few numbers that tell two runs of one scenario apart.
// Invariant: read from the record alone; a figure that the model cannot give is left out, never zero.
import { METER } from '../../sim/meters.ts';
import type { SoakRecord } from '../soak/record.ts';
import { usageOf } from './usage.ts';

/** One figure of a run. */
export interface KeyFigure {
  readonly name: string;
  /** Unit of `value`: `bytes`, or `%` for a share from 0 to 1; empty for a count. */
  readonly unit: string;
  readonly value: number;
}

/** The key figures of a run, in the order to show them. */
export function keyFigures(record: SoakRecord): KeyFigure[] {
  const { tasks, heap, cpu } = usageOf(record);
  const { ledger, meters } = record;
  const connections = (ledger?.sites ?? []).filter(({ kind }) => kind === 'connection');
  const figures: (KeyFigure | undefined)[] = [
    tasks.length === 0 ? undefined : figure('overdue tasks', sumOf(tasks.map(({ overdue }) => overdue))),
    tasks.length === 0 ? undefined : figure('open tasks', sumOf(tasks.map(({ open }) => open))),
    connections.length === 0 ? undefined : figure('open connections', sumOf(connections.map(({ open }) => open))),
    heap === undefined ? undefined : figure('heap', heap.lastBytes, 'bytes'),
    cpu === undefined ? undefined : figure('CPU per node', cpu.meanShare, '%'),
    figure('dials', meters[METER.dials]!),
    figure('joins', meters[METER.joins]!),
  ];
  return figures.filter((one) => one !== undefined);
}

function figure(name: string, value: number, unit = ''): KeyFigure {
  return { name, unit, value };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
