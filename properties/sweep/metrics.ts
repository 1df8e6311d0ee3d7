// The metrics of a run: every number of its record that one would plot, by a name that ends with its unit.
// Invariant: read from the record alone; every value is finite, and a metric that the run does not have is left out.
import { METER } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import type { SoakRecord, TimelineSample } from '../soak/record.ts';
import { usageOf } from '../usage/usage.ts';

/**
 * Metrics by name. A name ends with its unit: `Count`, `Bytes`, `Us` (microseconds), `Share` (0 to 1), `Ratio`, `Cores`,
 * or `PerNodeSecond` (by running node and virtual second). `heapBytes.<bucket>` is of one bucket.
 */
export type Metrics = Readonly<Record<string, number>>;

/** Totals over the whole run, by the meter that counts them. */
const TOTALS: readonly (readonly [metric: string, meter: MeterName])[] = [
  ['messageCount', 'messagesSent'],
  ['deliveredMessageCount', 'messagesDelivered'],
  ['messageBytes', 'bytesSent'],
  ['dialCount', 'dials'],
  ['failedDialCount', 'dialsFailed'],
  ['joinCount', 'joins'],
  ['redundantJoinCount', 'joinsRedundant'],
  ['discoveryCount', 'discoveries'],
  ['timerCount', 'timersFired'],
  ['broadcastCount', 'broadcasts'],
  ['deliveryCount', 'deliveries'],
  ['duplicateCount', 'duplicates'],
];

/** What is told per running node and virtual second, over the run and over the second half of its last calm. */
const RATES: readonly (readonly [metric: string, meter: MeterName])[] = [
  ['messages', 'messagesSent'],
  ['bytes', 'bytesSent'],
  ['dials', 'dials'],
  ['joins', 'joins'],
];

/**
 * The metrics of a run, in an order that depends on its model and configuration alone. A run that was cut short gives
 * those of the part that it reached.
 */
export function metricsOf(record: SoakRecord): Metrics {
  const named: (readonly [metric: string, value: number | undefined])[] = [
    ['eventCount', record.eventCount],
    ...totals(record),
    ...rates(record),
    ...deliveries(record),
    ...tasks(record),
    ...connections(record),
    ...heap(record),
    ...cpu(record),
    ...churn(record),
    ...calmFigures(record),
  ];
  return Object.fromEntries(named.filter((pair): pair is [string, number] => Number.isFinite(pair[1])));
}

type Named = (readonly [metric: string, value: number | undefined])[];

/** Those that the run counts: a model may give its messages no size. */
function counted<Pair extends readonly [string, MeterName]>(pairs: readonly Pair[], meters: Float64Array): Pair[] {
  return pairs.filter(([, meter]) => meter !== 'bytesSent' || meters[METER.bytesSent]! > 0);
}

function totals({ meters }: SoakRecord): Named {
  return counted(TOTALS, meters).map(([metric, meter]) => [metric, meters[METER[meter]]]);
}

function rates({ meters, timeline }: SoakRecord): Named {
  const nodeSeconds = nodeSecondsOf(timeline);
  if (nodeSeconds === 0) return [];
  return counted(RATES, meters).map(([metric, meter]) => [
    `${metric}PerNodeSecond`,
    meters[METER[meter]]! / nodeSeconds,
  ]);
}

/** Running nodes times seconds, over the whole run, as the timeline's samples show it. */
function nodeSecondsOf(timeline: readonly TimelineSample[]): number {
  let nodeUs = 0;
  for (const [place, { atUs, liveCount }] of timeline.entries()) {
    if (place > 0) nodeUs += liveCount * (atUs - timeline[place - 1]!.atUs);
  }
  return nodeUs / 1_000_000;
}

/** `duplicateRatio` is the relative message redundancy of Leitão et al. (Plumtree, 2007), over all broadcasts together. */
function deliveries({ meters, calms }: SoakRecord): Named {
  const delivered = meters[METER.deliveries]!;
  const watched = calms.filter(({ faulted }) => !faulted).map(({ broadcasts }) => broadcasts);
  const due = sumOf(watched.map((calm) => calm.due));
  return [
    ['duplicateRatio', delivered === 0 ? undefined : meters[METER.duplicates]! / delivered],
    ['deliveryShare', due === 0 ? undefined : sumOf(watched.map(({ reached }) => reached)) / due],
    ['slowestDeliveryUs', due === 0 ? undefined : Math.max(...watched.map(({ slowestUs }) => slowestUs))],
  ];
}

function tasks({ tasks: { sites, panicCount }, timeline }: SoakRecord): Named {
  if (sites.length === 0) return [];
  const total = (figure: (site: (typeof sites)[number]) => number): number => sumOf(sites.map(figure));
  return [
    ['taskSpawnCount', total(({ spawned }) => spawned)],
    ['openTaskCount', total(({ open }) => open)],
    ['mostOpenTaskCount', mostOf(timeline, (sample) => sample.tasks)],
    ['pollCount', total(({ polls }) => polls)],
    ['wakeCount', total(({ wakes }) => wakes)],
    ['idlePollCount', total(({ idlePolls }) => idlePolls)],
    ['panicCount', panicCount],
  ];
}

function connections({ ledger, timeline }: SoakRecord): Named {
  const sites = ledger?.sites ?? [];
  const opened = sites.filter(({ kind }) => kind === 'connection');
  const begun = sites.filter(({ kind }) => kind === 'half-open');
  const last = timeline.at(-1);
  return [
    ...(begun.length === 0 ? [] : ([['handshakeCount', sumOf(begun.map((site) => site.opened))]] as const)),
    ...(opened.length === 0
      ? []
      : ([
          ['connectionCount', sumOf(opened.map((site) => site.opened))],
          ['openConnectionCount', last?.connections],
          ['mostOpenConnectionCount', mostOf(timeline, (sample) => sample.connections)],
        ] as const)),
  ];
}

/** At the end of the last calm; buckets by name, so that runs of one model agree in the order of their metrics. */
function heap(record: SoakRecord): Named {
  const { heap: used } = usageOf(record);
  if (used === undefined) return [];
  const buckets = used.buckets.toSorted((a, b) => (a.bucket < b.bucket ? -1 : 1));
  return [
    ['heapBytes', used.lastBytes],
    ...buckets.map(({ bucket, lastBytes }) => [`heapBytes.${bucket}`, lastBytes] as const),
  ];
}

function cpu(record: SoakRecord): Named {
  const { cpu: used } = usageOf(record);
  if (used === undefined) return [];
  return [
    ['cpuUs', used.totalUs],
    ['cpuUsPerNodeSecond', used.meanShare * 1_000_000],
    ['busiestNodeCores', used.maxShare],
  ];
}

function churn({ timeline, calms, arrivals, ghostDials }: SoakRecord): Named {
  const last = timeline.at(-1);
  return [
    ['nodeCount', last?.liveCount],
    ['departureCount', last?.departures],
    ['calmCount', calms.length],
    ...(arrivals === undefined
      ? []
      : ([
          ['slowestArrivalUs', arrivals.slowestUs],
          ['lateArrivalCount', arrivals.lateCount],
        ] as const)),
    ['ghostDialCount', ghostDials.total],
  ];
}

/** What the last calm showed when it ended, and what was spent in its second half. */
function calmFigures({ calms, meters }: SoakRecord): Named {
  const calm = calms.at(-1);
  if (calm === undefined) return [];
  const { census, overlay, resources, lonely, unstopped, tail, liveCount, deadEntries } = calm;
  const residue = [...census.residueTotals().values()];
  const nodeSeconds = (liveCount * tail.lengthUs) / 1_000_000;
  const perNodeSecond = (total: number | undefined): number | undefined =>
    total === undefined || nodeSeconds === 0 ? undefined : total / nodeSeconds;
  return [
    ['residueCount', sumOf(residue.map(({ count }) => count))],
    ['residuePathCount', residue.length],
    ['departedEntryCount', sumOf([...deadEntries.values()])],
    ['overdueEntryCount', countOf(resources.overdue)],
    ['supersededConnectionCount', countOf(resources.superseded)],
    ['lonelyNodeCount', lonely.count],
    ['unstoppedNodeCount', unstopped.count],
    ['edgeCount', overlay?.edgeCount],
    ['oneSidedEdgeCount', overlay?.oneSided.length],
    ['componentCount', overlay?.components.length],
    ...counted(RATES, meters).map(
      ([metric, meter]) => [`calm.${metric}PerNodeSecond`, perNodeSecond(tail.counts[METER[meter]])] as const,
    ),
    ['calm.cpuUsPerNodeSecond', perNodeSecond(tail.cpuUs)],
  ];
}

function countOf(findings: ReadonlyMap<string, { readonly count: number }>): number {
  return sumOf([...findings.values()].map(({ count }) => count));
}

function mostOf(timeline: readonly TimelineSample[], level: (sample: TimelineSample) => number): number | undefined {
  return timeline.length === 0 ? undefined : Math.max(...timeline.map(level));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
