import test from 'ava';
import type { RunUsage } from '../../properties/usage/usage.ts';
import { shownQuantity } from './quantity.ts';
import { usageText } from './usage.ts';

const NONE: RunUsage = { tasks: [], heap: undefined, cpu: undefined, frames: [] };

test('what a model does not have is not printed', (t) => {
  t.is(usageText(NONE), '');
});

test('tasks, heap and CPU have a block each, and long lists are cut with their count', (t) => {
  const tasks = Array.from({ length: 10 }, (_, place) => ({
    site: `gossip.task-${place}`,
    spawned: 174,
    finished: 52,
    open: 122,
    overdue: place === 0 ? 107 : 0,
  }));
  const heap = {
    firstBytes: 8_100_000,
    lastBytes: 42_900_000,
    buckets: [{ bucket: 'telemetry', firstBytes: 2_000_000, lastBytes: 29_200_000 }],
  };
  const cpu = { totalUs: 1e9, cores: 28, meanShare: 0.0712, maxShare: 1.5, busiest: 'p7' };
  const frames = [{ frame: 'endpoint.connect', us: 9e8, count: 3240, share: 0.9, under: ['node', 'join_peers'] }];
  const text = usageText({ tasks, heap, cpu, frames }, 80);
  t.regex(text, /^tasks\n {2}site +spawned +finished +open +overdue\n {2}gossip\.task-0 +174 +52 +122 +107\n/);
  t.regex(text, /\n {2}and 2 more; --json shows all\n/);
  t.regex(text, /\n {2}telemetry +2 MB +29\.2 MB\n {2}total +8\.1 MB +42\.9 MB\n/);
  t.regex(
    text,
    /\ncpu {2}28 cores in all; 35% of a host of 80 cores; per node 7\.12% of a core, at most 150% \(p7\)\n/,
  );
  t.regex(text, /\n {2}90% +endpoint\.connect +3240 times +under node \/ join_peers$/);
  t.notRegex(usageText({ ...NONE, cpu }), /host/);
});

test('quantities are scaled, and counts are not', (t) => {
  t.deepEqual(
    [
      shownQuantity(0, 'bytes'),
      shownQuantity(999, 'bytes'),
      shownQuantity(1234, 'bytes'),
      shownQuantity(1e9, 'bytes'),
      shownQuantity(1_500_000, 'us'),
      shownQuantity(0.356, '%'),
      shownQuantity(12_345_678, ''),
      shownQuantity(3, 'hops'),
    ],
    ['0 bytes', '999 bytes', '1.23 kB', '1 GB', '1.5 s', '35.6%', '12345678', '3 hops'],
  );
});
