import { createRequire } from 'node:module';
import test from 'ava';
import * as fc from 'fast-check';
import { seconds } from './seconds.ts';
import { exported, RUNS, soakOf } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;

const parsePrometheus = createRequire(import.meta.url)('parse-prometheus-text-format') as (text: string) => {
  readonly name: string;
  readonly metrics: readonly { readonly value: string; readonly labels?: Readonly<Record<string, string>> }[];
}[];

/** Lines of OpenMetrics 1.0, by its grammar: families in one piece each, points in the order of time, and an end. */
function readOpenMetrics(text: string): Map<string, [value: number, stamp: number][]> {
  const series = new Map<string, [number, number][]>();
  const seen = new Set<string>();
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('no end');
  let family = '';
  let type = '';
  let last = '';
  for (const line of lines) {
    const meta = /^# (TYPE|UNIT|HELP) ([a-z_]+) (.+)$/.exec(line);
    if (meta !== null) {
      const [, what, name = '', value = ''] = meta;
      if (what === 'TYPE') {
        if (seen.has(name) || !['gauge', 'counter', 'info'].includes(value)) throw new Error(line);
        seen.add(name);
        [family, type] = [name, value];
      } else if (name !== family || (what === 'UNIT' && !family.endsWith(`_${value}`))) throw new Error(line);
      continue;
    }
    const labels = String.raw`\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\}`;
    const sample = new RegExp(String.raw`^([a-z_]+)(${labels})? (\S+) (\d+(?:\.\d{1,6})?)$`).exec(line);
    if (sample === null) throw new Error(`received ${line}`);
    const [, name = '', label = '', value, stamp] = sample;
    const suffix = { gauge: '', counter: '_total', info: '_info' }[type as 'gauge'];
    if (name !== family + suffix) throw new Error(`${name} in the family ${family}`);
    const key = name + label;
    const points = series.get(key) ?? [];
    if (points.length > 0 && key !== last) throw new Error(`${key} in two pieces`);
    last = key;
    const before = points.at(-1);
    if (before !== undefined && before[1] >= Number(stamp)) throw new Error(`${key} goes back in time`);
    if (type === 'counter' && before !== undefined && before[0] > Number(value)) throw new Error(`${key} falls`);
    if (!Number.isFinite(Number(value))) throw new Error(line);
    series.set(key, [...points, [Number(value), Number(stamp)]]);
  }
  return series;
}

test('metrics of any run keep to the grammar, counters never fall, and CSV holds the same values', (t) => {
  let points = 0;
  fc.assert(
    fc.property(RUNS, fc.integer({ min: 300_000, max: 3 * SECOND_US }), ({ input, fromUs, toUs }, everyUs) => {
      const soak = soakOf(input);
      const series = readOpenMetrics(exported('openmetrics', soak, { fromUs, toUs, everyUs }).text);
      const [head = '', ...rows] = exported('csv', soak, { fromUs, toUs, everyUs }).text.trimEnd().split('\r\n');
      const table = rows.map((row) => row.split(',').map(Number));
      head.split(',').forEach((column, place) => {
        const values = table.map((row) => row[place]);
        if (column === 'seconds') return;
        const [name = '', bucket] = column.split('.');
        const key = `quicksoak_${name}`;
        const found =
          series.get(bucket === undefined ? key : `${key}{bucket="${bucket}"}`) ?? series.get(`${key}_total`) ?? [];
        points += found.length;
        if (JSON.stringify(found.map(([value]) => value)) !== JSON.stringify(values)) throw new Error(column);
      });
      if (series.size !== head.split(',').length) throw new Error(`${series.size} series`);
    }),
    { seed: 65, numRuns: 12 },
  );
  t.true(points > 1000, String(points));
});

test('a published parser reads values and labels, whatever the seed is', (t) => {
  const seed = 'a "quoted" \\ seed\nof two lines';
  const soak = soakOf({ name: 'custom', model: 'mesh', seed, nodes: 4 });
  const families = parsePrometheus(exported('openmetrics', soak, { toUs: 3 * SECOND_US }).text);
  const valueOf = (name: string): unknown => families.find((family) => family.name === name)?.metrics[0];
  t.like(valueOf('quicksoak_run_info'), { value: '1', labels: { scenario: 'custom', model: 'mesh', seed } });
  t.like(valueOf('quicksoak_nodes_live'), { value: '4' });
  t.deepEqual(
    families.find(({ name }) => name === 'quicksoak_heap_bytes')?.metrics.map(({ labels }) => labels?.['bucket']),
    ['gossip', 'quic', 'sampler', 'telemetry'],
  );
});

test('samples are taken at the start of a window, at equal distances, and at its end', (t) => {
  const soak = soakOf({ model: 'swarm', seed: '7', nodes: 4 });
  const { text, tally } = exported('csv', soak, { fromUs: 1_500_000, toUs: 6_000_001, everyUs: 2 * SECOND_US });
  const times = text.split('\r\n').map((line) => line.split(',')[0]);
  t.deepEqual(times, ['seconds', '1.5', '3.5', '5.5', '6.000001', '']);
  t.true(tally.startsWith('4 samples of '), tally);
});

test('seconds are exact', (t) => {
  t.deepEqual([0, 1, 1_500_000, 946_684_800_000_001].map(seconds), ['0', '0.000001', '1.5', '946684800.000001']);
});
