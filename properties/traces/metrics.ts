// The metrics of a run over virtual time: one table of families, written as OpenMetrics text or as CSV.
// Invariant: both hold the same series and values; counters never fall; a series that holds nothing at a time is 0.
// Source: OpenMetrics 1.0, text format.
import { METER, METER_NAMES } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import type { TimelineSample } from '../soak/record.ts';
import type { Soak } from '../soak/scenario.ts';
import { csvOf } from '../sweep/csv.ts';
import type { TraceListener } from './happenings.ts';
import { seconds } from './seconds.ts';
import type { TextOut } from './text-out.ts';

/** A metric family, with one series or one per label value. */
interface Family {
  /** Without the prefix and without `_total`. */
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly unit?: 'bytes' | 'seconds';
  readonly help: string;
  /** Name of the label that tells its series apart. */
  readonly label?: string;
  /** The value, or one by label value. */
  read(sample: TimelineSample): number | ReadonlyMap<string, number>;
}

const PREFIX = 'quicksoak_';

/** How each meter is called, and what it counts. */
const METERS: Readonly<Record<MeterName, Pick<Family, 'name' | 'unit' | 'help'>>> = {
  messagesSent: { name: 'messages_sent', help: 'Messages handed to the network.' },
  messagesDelivered: { name: 'messages_delivered', help: 'Messages that reached a running node.' },
  bytesSent: { name: 'sent_bytes', unit: 'bytes', help: "Bytes handed to the network, by the model's estimate." },
  dials: { name: 'dials', help: 'Connections that were begun.' },
  dialsFailed: { name: 'dials_failed', help: 'Dials that ended without an answer.' },
  timersFired: { name: 'timers_fired', help: 'Timers that fired in a running node.' },
  joins: { name: 'joins', help: 'Join calls.' },
  joinsRedundant: { name: 'joins_redundant', help: 'Join calls to a peer already joined.' },
  broadcasts: { name: 'broadcasts', help: 'Broadcasts begun.' },
  deliveries: { name: 'deliveries', help: 'First deliveries of a broadcast to a node.' },
  duplicates: { name: 'duplicates', help: 'Payloads received again.' },
  discoveries: { name: 'discoveries', help: 'Peers that discovery told a node of.' },
  joinDials: { name: 'join_dials', help: 'Dials that were begun for a join call.' },
};

const FAMILIES: readonly Family[] = [
  { name: 'nodes_live', type: 'gauge', help: 'Nodes that run.', read: ({ liveCount }) => liveCount },
  { name: 'calm', type: 'gauge', help: '1 within a calm that is measured.', read: ({ calm }) => (calm ? 1 : 0) },
  {
    name: 'departures',
    type: 'counter',
    help: 'Lives that ended and whose peer did not come back at once.',
    read: ({ departures }) => departures,
  },
  {
    name: 'connections',
    type: 'gauge',
    help: 'Open connections, each side apart.',
    read: (sample) => sample.connections,
  },
  {
    name: 'half_open',
    type: 'gauge',
    help: 'Handshakes under way, each side apart.',
    read: (sample) => sample.halfOpen,
  },
  { name: 'tasks', type: 'gauge', help: 'Open tasks.', read: ({ tasks }) => tasks },
  { name: 'tasks_spawned', type: 'counter', help: 'Tasks spawned.', read: ({ tasksSpawned }) => tasksSpawned },
  { name: 'tasks_ended', type: 'counter', help: 'Tasks that ended.', read: ({ tasksEnded }) => tasksEnded },
  {
    name: 'heap_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Modelled retained heap.',
    label: 'bucket',
    read: ({ heapBytes }) => heapBytes,
  },
  {
    name: 'cpu_seconds',
    type: 'counter',
    unit: 'seconds',
    help: 'Modelled CPU time over all nodes.',
    read: ({ cpuUs }) => secondsOf(cpuUs),
  },
  {
    name: 'busiest_node_cpu_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Most CPU time of one node since the sample before.',
    read: ({ busiestUs }) => secondsOf(busiestUs),
  },
  ...METER_NAMES.map((meter): Family => ({
    ...METERS[meter],
    type: 'counter',
    read: ({ meters }) => meters[METER[meter]]!,
  })),
];

/** One series with its values, in the order of the samples. */
interface Series {
  readonly labelValue: string | undefined;
  readonly values: readonly number[];
}

/** Writes the metrics of a run. Samples are held: families stand one after the other. */
export class MetricsWriter implements TraceListener {
  private readonly out: TextOut;
  private readonly soak: Soak;
  private readonly format: 'openmetrics' | 'csv';
  private readonly epochUs: number;
  private readonly samples: TimelineSample[] = [];
  private seriesCount = 0;

  /** @param epochUs - What virtual time 0 stands for in OpenMetrics, in microseconds since 1970. */
  constructor(out: TextOut, soak: Soak, format: 'openmetrics' | 'csv', epochUs: number) {
    this.out = out;
    this.soak = soak;
    this.format = format;
    this.epochUs = epochUs;
  }

  /** What was written, in words. */
  get tally(): string {
    return `${this.samples.length} samples of ${this.seriesCount} series`;
  }

  sampled(sample: TimelineSample): void {
    this.samples.push(sample);
  }

  finish(): void {
    if (this.format === 'csv') this.writeCsv();
    else this.writeOpenMetrics();
    this.out.flush();
  }

  private writeCsv(): void {
    const columns: Record<string, readonly (string | number)[]> = {
      seconds: this.samples.map(({ atUs }) => seconds(atUs)),
    };
    for (const family of FAMILIES) {
      for (const { labelValue, values } of this.seriesOf(family)) {
        this.seriesCount++;
        columns[labelValue === undefined ? family.name : `${family.name}.${labelValue}`] = values;
      }
    }
    this.out.add(csvOf(columns));
  }

  private writeOpenMetrics(): void {
    const { scenario, seed } = this.soak;
    const about = { scenario: scenario.name, model: scenario.model, seed };
    const labels = Object.entries(about).map(([name, value]) => `${name}="${escaped(value)}"`);
    this.out.add(`# TYPE ${PREFIX}run info\n# HELP ${PREFIX}run The run that was measured.\n`);
    this.out.add(`${PREFIX}run_info{${labels.join(',')}} 1 ${this.stamp(this.samples[0]?.atUs ?? 0)}\n`);
    for (const family of FAMILIES) this.writeFamily(family);
    this.out.add('# EOF\n');
  }

  private writeFamily(family: Family): void {
    const { type, unit, help, label } = family;
    const name = PREFIX + family.name;
    this.out.add(`# TYPE ${name} ${type}\n`);
    if (unit !== undefined) this.out.add(`# UNIT ${name} ${unit}\n`);
    this.out.add(`# HELP ${name} ${escaped(help)}\n`);
    for (const { labelValue, values } of this.seriesOf(family)) {
      this.seriesCount++;
      const labels = label === undefined || labelValue === undefined ? '' : `{${label}="${escaped(labelValue)}"}`;
      const series = `${name}${type === 'counter' ? '_total' : ''}${labels}`;
      values.forEach((value, place) => this.out.add(`${series} ${value} ${this.stamp(this.samples[place]!.atUs)}\n`));
    }
  }

  private seriesOf(family: Family): Series[] {
    const { label } = family;
    const readings = this.samples.map((sample) => family.read(sample));
    if (label === undefined) return [{ labelValue: undefined, values: readings.map(Number) }];
    const maps = readings.filter((reading) => typeof reading === 'object');
    const names = [...new Set(maps.flatMap((map) => [...map.keys()]))].toSorted();
    return names.map((labelValue) => ({ labelValue, values: maps.map((map) => map.get(labelValue) ?? 0) }));
  }

  private stamp(atUs: number): string {
    return seconds(this.epochUs + atUs);
  }
}

/** Sums of costs in microseconds, to the nanosecond: what is beyond is the error of their addition. */
function secondsOf(us: number): number {
  return Math.round(us * 1e3) / 1e9;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
