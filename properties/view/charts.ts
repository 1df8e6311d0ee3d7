// Curves of a run over virtual time, gathered into charts of one unit each.
// Invariant: every curve is as long as the times; a chart of what the model does not have is left out.
import { METER } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import type { TimelineSample } from '../soak/record.ts';
import type { Chart, Finding, Series, TimelineView } from './run-data.ts';
import { topologyCounts } from './topology-counts.ts';
import type { TopologyTrack } from './topology.ts';

/** Curves of one chart that what broke is shown by. */
const MOST_LEAKS = 4;

/** The chart of what broke. */
export const LEAK_CHART = 'leak';

/** All charts of a timeline. */
export function timelineView(
  timeline: readonly TimelineSample[],
  track: TopologyTrack,
  findings: readonly Pick<Finding, 'what'>[] = [],
): TimelineView {
  const atUs = timeline.map((sample) => sample.atUs);
  const charts = [
    leakChart(timeline, findings),
    taskChart(timeline),
    connectionChart(timeline, track, atUs),
    rateChart('handshakes', 'Handshakes', timeline, [
      ['dials', 'dials'],
      ['failed dials', 'dialsFailed'],
      ['joins', 'joins'],
      ['joins that change nothing', 'joinsRedundant'],
    ]),
    heapChart(timeline),
    spanChart(timeline),
    cpuChart(timeline),
    rateChart('messages', 'Messages', timeline, [
      ['sent', 'messagesSent'],
      ['delivered', 'messagesDelivered'],
      ['payloads received again', 'duplicates'],
    ]),
  ].filter(({ series }) => series.some(({ values }) => values.some((value) => value !== 0)));
  return { atUs, charts };
}

/** The entries that grow, as many as there were at each moment. */
function leakChart(timeline: readonly TimelineSample[], findings: readonly Pick<Finding, 'what'>[]): Chart {
  const names = [...new Set(findings.map(({ what }) => what))];
  const known = names.filter((name) => timeline.some(({ open }) => open.has(name))).slice(0, MOST_LEAKS);
  const series = known.map((name) => curve(name, timeline, ({ open }) => open.get(name) ?? 0));
  return { id: LEAK_CHART, title: 'What is left open', unit: 'count', stacked: false, series };
}

function taskChart(timeline: readonly TimelineSample[]): Chart {
  return {
    id: 'tasks',
    title: 'Tasks: spawned against finished',
    unit: 'count',
    stacked: false,
    series: [
      curve('spawned', timeline, ({ tasksSpawned }) => tasksSpawned),
      curve('finished', timeline, ({ tasksSpawned, tasks }) => tasksSpawned - tasks),
      curve('open', timeline, ({ tasks }) => tasks),
    ],
  };
}

function connectionChart(timeline: readonly TimelineSample[], track: TopologyTrack, atUs: readonly number[]): Chart {
  const { neighbours, ghosts } = topologyCounts(track, atUs);
  return {
    id: 'connections',
    title: 'Connections against neighbours',
    unit: 'count',
    stacked: false,
    series: [
      curve('connections', timeline, ({ connections }) => connections),
      { name: 'neighbours', values: neighbours },
      { name: 'to lives that are over', values: ghosts },
      curve('half-open', timeline, ({ halfOpen }) => halfOpen),
    ],
  };
}

function heapChart(timeline: readonly TimelineSample[]): Chart {
  const buckets = [...new Set(timeline.flatMap(({ heapBytes }) => [...heapBytes.keys()]))].toSorted();
  const last = timeline.at(-1)?.heapBytes;
  const series = buckets
    .toSorted((a, b) => (last?.get(b) ?? 0) - (last?.get(a) ?? 0))
    .map((bucket) => curve(bucket, timeline, ({ heapBytes }) => heapBytes.get(bucket) ?? 0));
  return { id: 'heap', title: 'Retained heap by bucket', unit: 'bytes', stacked: true, series };
}

function spanChart(timeline: readonly TimelineSample[]): Chart {
  const series = [curve('spans and listeners', timeline, ({ spanBytes }) => spanBytes)];
  return { id: 'spans', title: 'Bytes held by open spans', unit: 'bytes', stacked: false, series };
}

function cpuChart(timeline: readonly TimelineSample[]): Chart {
  return {
    id: 'cpu',
    title: 'Simulated CPU',
    unit: 'cores',
    stacked: false,
    series: [
      rateCurve('all nodes', timeline, ({ cpuUs }) => cpuUs / 1e6),
      {
        name: 'busiest node',
        values: timeline.map(({ busiestUs, atUs }, place) => {
          const spanUs = atUs - (timeline[place - 1]?.atUs ?? atUs);
          return spanUs === 0 ? 0 : busiestUs / spanUs;
        }),
      },
    ],
  };
}

function rateChart(
  id: string,
  title: string,
  timeline: readonly TimelineSample[],
  meters: readonly (readonly [name: string, meter: MeterName])[],
): Chart {
  const series = meters.map(([name, meter]) =>
    rateCurve(name, timeline, ({ meters: counts }) => counts[METER[meter]]!),
  );
  return { id, title: `${title} per second`, unit: 'per second', stacked: false, series: nonZero(series) };
}

function curve(name: string, timeline: readonly TimelineSample[], of: (sample: TimelineSample) => number): Series {
  return { name, values: timeline.map(of) };
}

/** Growth of a total per virtual second since the sample before; 0 at the first. */
function rateCurve(name: string, timeline: readonly TimelineSample[], of: (sample: TimelineSample) => number): Series {
  const values = timeline.map((sample, place) => {
    const before = timeline[place - 1];
    const spanUs = sample.atUs - (before?.atUs ?? sample.atUs);
    return before === undefined || spanUs === 0 ? 0 : ((of(sample) - of(before)) * 1e6) / spanUs;
  });
  return { name, values };
}

function nonZero(series: readonly Series[]): Series[] {
  return series.filter(({ values }) => values.some((value) => value !== 0));
}
