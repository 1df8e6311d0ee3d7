// The timeline of a run as files: retained heap by bucket, and every sample.
// Invariant: one line or object per sample, in time order; a bucket that held nothing then is 0, never missing.
import { METER_NAMES } from '../../sim/meters.ts';
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import type { TimelineSample } from '../soak/record.ts';

/** Formats of the heap curve, by the end of a file's name. */
export type HeapFormat = 'csv' | 'json';

/**
 * The format that a file's name asks for by its ending, in either case.
 *
 * @param where - Opens an error's message.
 * @throws {InputError} `unknown-heap-format` for anything but `.csv` and `.json`.
 */
export function heapFormatOf(fileName: string, where: string): HeapFormat {
  const ending = /\.(csv|json)$/i.exec(fileName)?.[1]?.toLowerCase();
  if (ending === 'csv' || ending === 'json') return ending;
  const message = `${where}: received ${shown(fileName)}, expected a file name that ends in .csv or .json`;
  throw new InputError('unknown-heap-format', message, { received: fileName });
}

/** Retained bytes by bucket over virtual time, as the text of a file. */
export function heapText(timeline: readonly TimelineSample[], format: HeapFormat): string {
  const buckets = bucketsOf(timeline);
  const bytesOf = ({ heapBytes }: TimelineSample): number[] => buckets.map((bucket) => heapBytes.get(bucket) ?? 0);
  if (format === 'csv') {
    return csvText(
      ['atUs', 'liveCount', 'totalBytes', ...buckets.map((bucket) => `${bucket}Bytes`)],
      timeline.map((sample) => [sample.atUs, sample.liveCount, totalOf(sample), ...bytesOf(sample)]),
    );
  }
  const samples = timeline.map((sample) => ({
    atUs: sample.atUs,
    liveCount: sample.liveCount,
    totalBytes: totalOf(sample),
    bytes: Object.fromEntries(bytesOf(sample).map((bytes, place) => [buckets[place]!, bytes])),
  }));
  return `${JSON.stringify({ buckets, samples }, null, 2)}\n`;
}

/** Every sample with all that it holds, as comma-separated values; totals count from the start of the run. */
export function timelineText(timeline: readonly TimelineSample[]): string {
  const head = ['atUs', 'liveCount', 'calm', 'departures', 'connections', 'halfOpen', 'tasks'];
  const rest = ['tasksSpawned', 'tasksEnded', 'heapBytes', 'cpuUs', 'busiestUs', 'busiest'];
  return csvText(
    [...head, ...rest, ...METER_NAMES],
    timeline.map((sample) => [
      sample.atUs,
      sample.liveCount,
      sample.calm ? 1 : 0,
      sample.departures,
      sample.connections,
      sample.halfOpen,
      sample.tasks,
      sample.tasksSpawned,
      sample.tasksEnded,
      totalOf(sample),
      sample.cpuUs,
      sample.busiestUs,
      sample.busiest ?? '',
      ...sample.meters,
    ]),
  );
}

function totalOf({ heapBytes }: TimelineSample): number {
  let bytes = 0;
  for (const bucket of heapBytes.values()) bytes += bucket;
  return bytes;
}

/** By name, so that two runs have their columns in one order. */
function bucketsOf(timeline: readonly TimelineSample[]): string[] {
  return [...new Set(timeline.flatMap(({ heapBytes }) => [...heapBytes.keys()]))].toSorted();
}

function csvText(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return `${[head, ...rows].map((row) => row.map(csvCell).join(',')).join('\n')}\n`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
