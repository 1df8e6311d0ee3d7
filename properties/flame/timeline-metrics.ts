// The metrics of a run's timeline, by name, as a tripwire watches them.
// Invariant: a level is taken as it stands, a total as its growth per virtual second since the sample before.
import { InputError } from '../../sim/errors.ts';
import { unknownName } from '../../sim/input.ts';
import { METER_NAMES } from '../../sim/meters.ts';
import type { TimelineSample } from '../soak/record.ts';
import type { TripwireSample } from './tripwire.ts';

const LEVELS = ['live', 'connections', 'halfOpen', 'tasks', 'heapBytes'] as const;
const RATES = ['cpuCores', 'busiestCores', 'departuresPerSecond', 'spawnsPerSecond'] as const;
const METRICS: readonly string[] = [...LEVELS, ...RATES, ...METER_NAMES.map(rateName)];
/** Which buckets there are shows only when a model has run. */
const BUCKET_PREFIX = 'heapBytes.';

/**
 * Refuses a metric that no run has.
 *
 * @param where - The place of the name; opens an error's message.
 * @throws {InputError} `unknown-metric` with the known names and the nearest.
 */
export function refuseUnknownMetric(metric: string, where: string): void {
  if (METRICS.includes(metric) || metric.startsWith(BUCKET_PREFIX)) return;
  throw unknownName('metric', metric, [...METRICS, `${BUCKET_PREFIX}<bucket>`], where);
}

/**
 * The samples of a timeline as a tripwire takes them.
 *
 * Levels: `live`, `connections`, `halfOpen`, `tasks`, `heapBytes` and `heapBytes.<bucket>`. Rates since the sample
 * before, which the first sample lacks: `cpuCores` (over all nodes) and `busiestCores` (of one node) in seconds of CPU
 * per second; per second `departuresPerSecond`, `spawnsPerSecond`, and each meter, such as `joinsPerSecond`.
 *
 * @throws {InputError} `no-cost-readings` when a sample has no reading of the cost account: the model charges no CPU, or
 * the run was not told to keep readings.
 */
export function tripwireSamples(timeline: readonly TimelineSample[]): TripwireSample[] {
  return timeline.map((sample, place) => {
    const { atUs, cost: reading } = sample;
    if (reading === undefined) {
      const message = `tripwire: received a run without readings of CPU at ${atUs} us, expected one that keeps them, of a model that charges CPU`;
      throw new InputError('no-cost-readings', message, { atUs });
    }
    return { atUs, metrics: { ...levelsOf(sample), ...ratesOf(timeline[place - 1], sample) }, reading };
  });
}

function rateName(meter: string): string {
  return `${meter}PerSecond`;
}

function levelsOf({
  liveCount,
  connections,
  halfOpen,
  tasks,
  heapBytes,
}: TimelineSample): Record<(typeof LEVELS)[number], number> {
  const buckets: Record<string, number> = {};
  let bytes = 0;
  for (const [bucket, bucketBytes] of heapBytes) {
    buckets[BUCKET_PREFIX + bucket] = bucketBytes;
    bytes += bucketBytes;
  }
  return { live: liveCount, connections, halfOpen, tasks, heapBytes: bytes, ...buckets };
}

function ratesOf(before: TimelineSample | undefined, sample: TimelineSample): Readonly<Record<string, number>> {
  const spanUs = sample.atUs - (before?.atUs ?? sample.atUs);
  if (before === undefined || spanUs === 0) return {};
  const perSecond = (growth: number): number => (growth * 1e6) / spanUs;
  const rates: Record<(typeof RATES)[number], number> = {
    cpuCores: (sample.cpuUs - before.cpuUs) / spanUs,
    busiestCores: sample.busiestUs / spanUs,
    departuresPerSecond: perSecond(sample.departures - before.departures),
    spawnsPerSecond: perSecond(sample.tasksSpawned - before.tasksSpawned),
  };
  const meterRates: Record<string, number> = {};
  for (const [index, name] of METER_NAMES.entries()) {
    meterRates[rateName(name)] = perSecond(sample.meters[index]! - before.meters[index]!);
  }
  return { ...rates, ...meterRates };
}
