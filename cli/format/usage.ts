// What a run used, for people: tasks, heap, CPU, each only when the model has it.
// Invariant: compact; what is left out of a list is counted.
import { counted } from '../../sim/counted.ts';
import type { CpuUsage, FrameUsage, HeapUsage, RunUsage, TaskUsage } from '../../properties/usage/usage.ts';
import { paint } from '../terminal.ts';
import { shownQuantity } from './quantity.ts';
import { borderless } from './verdicts.ts';
import { indented } from './indented.ts';

/** Sites and buckets listed. */
const MOST_LISTED = 8;
const INDENT = 2;

/**
 * What a run used as text, without a newline at its end; empty when the model has none of it.
 *
 * @param cores - Of the host that CPU is told as a share of; default: no such share is told.
 */
export function usageText({ tasks, heap, cpu, frames }: RunUsage, cores?: number): string {
  return [
    ...(tasks.length === 0 ? [] : [taskBlock(tasks)]),
    ...(heap === undefined ? [] : [heapBlock(heap)]),
    ...(cpu === undefined ? [] : [cpuBlock(cpu, frames, cores)]),
  ].join('\n\n');
}

function taskBlock(tasks: readonly TaskUsage[]): string {
  const rows = tasks
    .slice(0, MOST_LISTED)
    .map(({ site, spawned, finished, open, overdue }) => [
      paint.cyan(site),
      String(spawned),
      String(finished),
      String(open),
      overdue === 0 ? '0' : paint.red(String(overdue)),
    ]);
  return block('tasks', borderless(['site', 'spawned', 'finished', 'open', 'overdue'], rows, 5, INDENT), tasks.length);
}

function heapBlock({ firstBytes, lastBytes, buckets }: HeapUsage): string {
  const row = (name: string, first: number, last: number): string[] => [
    name,
    shownQuantity(first, 'bytes'),
    shownQuantity(last, 'bytes'),
  ];
  const rows = buckets.slice(0, MOST_LISTED).map((one) => row(paint.cyan(one.bucket), one.firstBytes, one.lastBytes));
  const total = row('total', firstBytes, lastBytes);
  const table = borderless(['bucket', 'first calm', 'last calm'], [...rows, total], 3, INDENT);
  return block('heap by bucket', table, buckets.length);
}

function cpuBlock(cpu: CpuUsage, frames: readonly FrameUsage[], cores: number | undefined): string {
  const host =
    cores === undefined ? '' : `; ${shownQuantity(cpu.cores / cores, '%')} of a host of ${counted(cores, 'core')}`;
  const busiest = cpu.busiest === undefined ? '' : ` (${cpu.busiest})`;
  const figures = `${shownQuantity(cpu.cores, '')} cores in all${host}; per node ${shownQuantity(cpu.meanShare, '%')} of a core, at most ${shownQuantity(cpu.maxShare, '%')}${busiest}`;
  const rows = frames.map(({ frame, share, count, under }) => [
    shownQuantity(share, '%'),
    paint.cyan(frame),
    counted(count, 'time'),
    paint.dim(under.length === 0 ? '' : `under ${under.join(' / ')}`),
  ]);
  const table = rows.length === 0 ? '' : `\n${indented(borderless(['', 'frame', '', ''], rows, 3, INDENT))}`;
  return `${paint.bold('cpu')}  ${figures}${table}`;
}

function block(title: string, table: string, count: number): string {
  const left = count - MOST_LISTED;
  const rest = left > 0 ? `\n  ${paint.dim(`and ${left} more; --json shows all`)}` : '';
  return `${paint.bold(title)}\n${indented(table)}${rest}`;
}
