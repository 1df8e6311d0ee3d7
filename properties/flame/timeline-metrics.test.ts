import test from 'ava';
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { InputError } from '../../sim/errors.ts';
import { METER, METER_NAMES } from '../../sim/meters.ts';
import type { TimelineSample } from '../soak/record.ts';
import { refuseUnknownMetric, tripwireSamples } from './timeline-metrics.ts';
import { tripped } from './tripwire.ts';

const account = new CostAccount(costTable({ connect: 500_000 }));

function sampleAt(atUs: number, figures: Partial<TimelineSample> = {}): TimelineSample {
  return {
    atUs,
    liveCount: 19,
    calm: false,
    departures: 0,
    meters: new Float64Array(METER_NAMES.length),
    heapBytes: new Map(),
    connections: 0,
    halfOpen: 0,
    tasks: 0,
    open: new Map(),
    spanBytes: 0,
    tasksSpawned: 0,
    tasksEnded: 0,
    cpuUs: account.totalUs,
    busiestUs: 0,
    busiest: undefined,
    cost: account.read(),
    ...figures,
  };
}

test('levels are taken as they stand, totals as growth per second', (t) => {
  const meters = new Float64Array(METER_NAMES.length);
  meters[METER.joins] = 6480;
  const heapBytes = new Map([
    ['quic', 3],
    ['gossip', 4],
  ]);
  const [first, second, third] = tripwireSamples([
    sampleAt(0, { connections: 5, halfOpen: 2, tasks: 3 }),
    sampleAt(2e6, { meters, heapBytes, cpuUs: 3e6, busiestUs: 1e6, departures: 4, tasksSpawned: 10 }),
    sampleAt(2e6),
  ]);
  t.deepEqual(first?.metrics, { live: 19, connections: 5, halfOpen: 2, tasks: 3, heapBytes: 0 });
  t.like(second?.metrics, {
    heapBytes: 7,
    'heapBytes.quic': 3,
    'heapBytes.gossip': 4,
    cpuCores: 1.5,
    busiestCores: 0.5,
    departuresPerSecond: 2,
    spawnsPerSecond: 5,
    joinsPerSecond: 3240,
    dialsPerSecond: 0,
  });
  t.deepEqual(Object.keys(third!.metrics), Object.keys(first!.metrics));
});

test('every metric of a sample is known before a run, and no other but that of a bucket', (t) => {
  const samples = tripwireSamples([sampleAt(0), sampleAt(1e6, { heapBytes: new Map([['quic', 3]]) })]);
  for (const metric of Object.keys(samples[1]!.metrics)) t.notThrows(() => refuseUnknownMetric(metric, 'wire'), metric);
  for (const metric of ['busyCores', '', 'heapBytes ', 'joins', 'toString', '__proto__']) {
    const refusal = t.throws(() => refuseUnknownMetric(metric, 'wire'), {
      instanceOf: InputError,
      code: 'unknown-metric',
    });
    t.true(refusal.message.startsWith('wire: unknown metric '));
  }
});

test('a tripwire on a timeline captures where CPU went', (t) => {
  const timeline = [0, 0, 3, 0, 0].map((connects, second) => {
    if (connects > 0) account.charge(account.row('mesh.tick'), 0, connects);
    return sampleAt(second * 1e6);
  });
  const wire = { metric: 'cpuCores', side: 'above', threshold: 1 } as const;
  t.like(tripped(tripwireSamples(timeline), wire, { reach: 1 }), {
    alarmUs: 2e6,
    value: 1.5,
    fromUs: 1e6,
    toUs: 3e6,
    stacks: [{ stack: ['mesh.tick', 'connect'], us: 1.5e6, count: 3 }],
  });
});

test('a timeline without readings of CPU is refused', (t) => {
  t.throws(() => tripwireSamples([sampleAt(0, { cost: undefined })]), {
    instanceOf: InputError,
    code: 'no-cost-readings',
  });
  t.deepEqual(tripwireSamples([]), []);
});
