// Figures that the incidents take from a record, as text for a table.
// Invariant: read from the record alone; what a run does not have is told as such, never as zero.
import type { MeterName } from '../../sim/meters.ts';
import { METER } from '../../sim/meters.ts';
import type { TaskSite } from '../../sim/tasks/account.ts';
import { bucketOf } from '../soak/ledger-look.ts';
import type { SoakRecord, TimelineSample } from '../soak/record.ts';

/** Bytes of a megabyte, as the reports count them. */
export const MB = 1_000_000;

/** A stretch of a run; microseconds, both ends included. */
export interface Window {
  readonly fromUs: number;
  readonly untilUs: number;
}

/** The first and the last sample of the timeline within a window. */
export interface WindowEnds {
  readonly first: TimelineSample;
  readonly last: TimelineSample;
  readonly seconds: number;
}

/** The ends of a window; undefined when the run has no two samples in it. */
export function endsOf({ timeline }: SoakRecord, { fromUs, untilUs }: Window): WindowEnds | undefined {
  const within = timeline.filter(({ atUs }) => atUs >= fromUs && atUs <= untilUs);
  const [first, last] = [within[0], within.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  return { first, last, seconds: (last.atUs - first.atUs) / 1_000_000 };
}

/** What is told of a run that is too short for a figure. */
export const TOO_SHORT = '(run too short)';

/** What a meter gained per second of a window, over all nodes. */
export function ratePerSecond(ends: WindowEnds, meter: MeterName): number {
  return gained(ends, meter) / ends.seconds;
}

/** What a meter gained in a window. */
export function gained({ first, last }: WindowEnds, meter: MeterName): number {
  return last.meters[METER[meter]]! - first.meters[METER[meter]]!;
}

/** Cores that all nodes together kept busy in a window. */
export function coresOver({ first, last, seconds }: WindowEnds): number {
  return (last.cpuUs - first.cpuUs) / 1_000_000 / seconds;
}

/** The tasks of a site; all zero for one that never ran. */
export function siteOf({ tasks }: SoakRecord, name: string): Pick<TaskSite, 'spawned' | 'open' | 'reclaimed'> {
  return tasks.sites.find(({ site }) => site === name) ?? { spawned: 0, open: 0, reclaimed: 0 };
}

/** Open ledger entries of a kind and site when the run ended. */
export function openEntries({ ledger }: SoakRecord, kind: string, site: string): number {
  return ledger?.sites.find((one) => one.kind === kind && one.site === site)?.open ?? 0;
}

/** Modelled heap of one node by bucket, at the end of the last calm; undefined when the node did not run then. */
export function heapOfPeer({ calms }: SoakRecord, peerIndex: number): ReadonlyMap<string, number> | undefined {
  const calm = calms.at(-1);
  const place = calm?.census.nodes.findIndex((node) => node.peerIndex === peerIndex) ?? -1;
  if (calm === undefined || place < 0) return undefined;
  const bytesByBucket = new Map<string, number>();
  for (const [name, { bytes }] of calm.resources.entries[place]!.eachSite()) {
    const bucket = bucketOf(name.slice(name.indexOf(' ') + 1));
    bytesByBucket.set(bucket, (bytesByBucket.get(bucket) ?? 0) + bytes);
  }
  return bytesByBucket;
}

/** The sum of all buckets. */
export function totalBytes(heap: ReadonlyMap<string, number>): number {
  let bytes = 0;
  for (const one of heap.values()) bytes += one;
  return bytes;
}

/** Modelled heap over all nodes at one sample. */
export function heapAt({ heapBytes }: TimelineSample): number {
  return totalBytes(heapBytes);
}

/** A number to so many decimals, without needless zeros. */
export function shownNumber(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
