// What a run used: tasks by site, retained heap by bucket, and CPU by node and frame.
// Invariant: read from the record alone, plain data; what the model does not have is empty or undefined, never zero.
import type { CostStack } from '../../sim/cost/account.ts';
import type { CalmRecord, SoakRecord, TimelineSample } from '../soak/record.ts';
import { bucketOf } from '../soak/ledger-look.ts';

/** The tasks of one site, over the whole run. */
export interface TaskUsage {
  readonly site: string;
  readonly spawned: number;
  /** Ended in whatever way but with a killed node: ran out, was aborted, panicked. */
  readonly finished: number;
  readonly open: number;
  /** Open and past their time when the last calm ended: they serve what is gone. */
  readonly overdue: number;
}

/** Retained heap of one bucket, when the first and when the last calm ended. */
export interface HeapBucket {
  readonly bucket: string;
  readonly firstBytes: number;
  readonly lastBytes: number;
}

/** Retained heap over all nodes. */
export interface HeapUsage {
  readonly firstBytes: number;
  readonly lastBytes: number;
  /** Most bytes at the end first; equal ones by name. */
  readonly buckets: readonly HeapBucket[];
}

/** Modelled CPU; a share of 1 is one core busy all the time. */
export interface CpuUsage {
  /** Microseconds, over all nodes. */
  readonly totalUs: number;
  /** Cores busy on average over the run, all nodes together. */
  readonly cores: number;
  /** Share of a core per running node, over the run. */
  readonly meanShare: number;
  /** Largest share of a core that one node took from one sample of the timeline to the next, and that node. */
  readonly maxShare: number;
  readonly busiest: string | undefined;
}

/** CPU of one frame itself, wherever it was called. */
export interface FrameUsage {
  readonly frame: string;
  readonly us: number;
  readonly count: number;
  /** Of all CPU, 0 to 1. */
  readonly share: number;
  /** The frames under which it spent most, from the root. */
  readonly under: readonly string[];
}

/** What a run used. */
export interface RunUsage {
  /** Most open first, then most spawned; empty when the model runs no task. */
  readonly tasks: readonly TaskUsage[];
  /** Undefined when nothing that was open at a calm had a size. */
  readonly heap: HeapUsage | undefined;
  /** Undefined when the model charges no CPU. */
  readonly cpu: CpuUsage | undefined;
  /** Those that spent most, at most {@link MOST_FRAMES}. */
  readonly frames: readonly FrameUsage[];
}

/** Frames listed. */
export const MOST_FRAMES = 5;

/** What a run used. */
export function usageOf(record: SoakRecord): RunUsage {
  return {
    tasks: taskUsage(record),
    heap: heapUsage(record.calms),
    cpu: cpuUsage(record),
    frames: framesOf(record.cost?.stacks ?? []).slice(0, MOST_FRAMES),
  };
}

function taskUsage({ tasks, calms }: SoakRecord): TaskUsage[] {
  const overdue = calms.at(-1)?.resources.overdue;
  return tasks.sites
    .map(({ site, spawned, finished, cancelled, panicked, open }) => ({
      site,
      spawned,
      finished: finished + cancelled + panicked,
      open,
      overdue: overdue?.get(`task ${site}`)?.count ?? 0,
    }))
    .toSorted((a, b) => b.open - a.open || b.spawned - a.spawned || compareText(a.site, b.site));
}

function heapUsage(calms: readonly CalmRecord[]): HeapUsage | undefined {
  const [first, last] = [calms[0], calms.at(-1)].map((calm) => bucketBytes(calm));
  const names = new Set([...first!.keys(), ...last!.keys()]);
  if (names.size === 0) return undefined;
  const buckets = [...names].map((bucket) => ({
    bucket,
    firstBytes: first!.get(bucket) ?? 0,
    lastBytes: last!.get(bucket) ?? 0,
  }));
  return {
    firstBytes: sumOf(buckets.map(({ firstBytes }) => firstBytes)),
    lastBytes: sumOf(buckets.map(({ lastBytes }) => lastBytes)),
    buckets: buckets.toSorted((a, b) => b.lastBytes - a.lastBytes || compareText(a.bucket, b.bucket)),
  };
}

function bucketBytes(calm: CalmRecord | undefined): Map<string, number> {
  const bytesByBucket = new Map<string, number>();
  for (const node of calm?.resources.entries ?? []) {
    for (const [name, { bytes }] of node.eachSite()) {
      if (bytes === 0) continue;
      const bucket = bucketOf(name.slice(name.indexOf(' ') + 1));
      bytesByBucket.set(bucket, (bytesByBucket.get(bucket) ?? 0) + bytes);
    }
  }
  return bytesByBucket;
}

function cpuUsage({ cost, timeline, endUs }: SoakRecord): CpuUsage | undefined {
  if (cost === undefined || endUs === 0) return undefined;
  const spans = timeline.slice(1).map((sample, place) => spanBetween(timeline[place]!, sample));
  const nodeUs = sumOf(spans.map(({ us, nodes }) => us * nodes));
  const busiest = spans.reduce((best, span) => (span.share > best.share ? span : best), NO_SPAN);
  return {
    totalUs: cost.totalUs,
    cores: cost.totalUs / endUs,
    meanShare: nodeUs === 0 ? 0 : cost.totalUs / nodeUs,
    maxShare: busiest.share,
    busiest: busiest.node,
  };
}

interface Span {
  readonly us: number;
  /** Running at its end. */
  readonly nodes: number;
  /** Of the busiest node. */
  readonly share: number;
  readonly node: string | undefined;
}

const NO_SPAN: Span = { us: 0, nodes: 0, share: 0, node: undefined };

function spanBetween(from: TimelineSample, to: TimelineSample): Span {
  const us = to.atUs - from.atUs;
  return { us, nodes: to.liveCount, share: us === 0 ? 0 : to.busiestUs / us, node: to.busiest };
}

/** Every frame that spent something itself, most first; equal ones by name. */
function framesOf(stacks: readonly CostStack[]): FrameUsage[] {
  const totalUs = sumOf(stacks.map(({ us }) => us));
  const byFrame = new Map<string, { us: number; count: number; mostUs: number; under: readonly string[] }>();
  for (const { stack, us, count } of stacks) {
    const frame = stack.at(-1);
    if (frame === undefined || us === 0) continue;
    const known = byFrame.get(frame) ?? { us: 0, count: 0, mostUs: 0, under: [] };
    known.us += us;
    known.count += count;
    if (us > known.mostUs) {
      known.mostUs = us;
      known.under = stack.slice(0, -1);
    }
    byFrame.set(frame, known);
  }
  return [...byFrame]
    .map(([frame, { us, count, under }]) => ({ frame, us, count, share: us / totalUs, under }))
    .toSorted((a, b) => b.us - a.us || compareText(a.frame, b.frame));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
