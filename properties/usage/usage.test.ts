import { strFromU8 } from 'fflate';
import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { modelNamed } from '../../models/registry.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { householdSoak } from '../soak/household.test.fixture.ts';
import type { HouseholdFault } from '../soak/household.test.fixture.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { heapFormatOf } from './curves.ts';
import { keyFigures } from './key-figures.ts';
import { flameOutput, needsCostWindows, outputFile } from './outputs.ts';
import type { RunOutput } from './outputs.ts';
import { MOST_FRAMES, usageOf } from './usage.ts';

function household(...faults: HouseholdFault[]): SoakResult {
  const soak = householdSoak({ seed: 'usage', profile: { name: 'kill-respawn', params: { waves: 2 } } }, ...faults);
  return judgeSoak(soak, { twice: false, costWindows: true });
}

function textOf(result: SoakResult, output: RunOutput): string {
  const { content, note } = outputFile(result, output);
  if (content === undefined) return `nothing: ${note}`;
  return typeof content === 'string' ? content : strFromU8(content);
}

test('tasks that outlive the peer they serve are overdue, by site', (t) => {
  const overdueOf = (...faults: HouseholdFault[]): number =>
    usageOf(household(...faults).record).tasks.reduce((sum, { overdue }) => sum + overdue, 0);
  t.is(overdueOf(), 0);
  t.true(overdueOf('reader-stays') > 0);
});

test('spawned, finished and open tasks are told, most open first', (t) => {
  const { tasks } = usageOf(household().record);
  t.true(tasks.length >= 2);
  for (const { spawned, finished, open } of tasks) t.true(spawned >= finished + open);
  t.deepEqual(
    tasks.map(({ open }) => open),
    tasks.map(({ open }) => open).toSorted((a, b) => b - a),
  );
});

test('heap by bucket is compared between the first calm and the last, and sums up', (t) => {
  const { heap } = usageOf(household('heap-grows').record);
  t.true(heap!.lastBytes > heap!.firstBytes);
  for (const key of ['firstBytes', 'lastBytes'] as const) {
    t.is(
      heap!.buckets.reduce((sum, bucket) => sum + bucket[key], 0),
      heap![key],
    );
  }
});

test('CPU is told per node and by frame, and the frames are shares of all', (t) => {
  const { record } = household();
  const { cpu, frames } = usageOf(record);
  t.is(cpu!.totalUs, record.cost!.totalUs);
  t.true(cpu!.meanShare > 0 && cpu!.meanShare <= cpu!.maxShare);
  t.true(Math.abs(cpu!.cores / 6 - cpu!.meanShare) < cpu!.meanShare * 0.1);
  t.regex(cpu!.busiest ?? '', /^p\d+$/);
  t.true(frames.length > 0 && frames.length <= MOST_FRAMES);
  t.true(Math.abs(frames.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  t.deepEqual(
    frames.map(({ us }) => us),
    frames.map(({ us }) => us).toSorted((a, b) => b - a),
  );
});

test('a model without tasks, bytes and costs has none of it, and its key figures leave them out', (t) => {
  const scenario = parseScenario({ nodes: 4, for: '3m', plan: { version: 1, actions: [] } }, 'test');
  const { record } = judgeSoak(resolveScenario(scenario), { twice: false });
  t.deepEqual(usageOf(record), { tasks: [], heap: undefined, cpu: undefined, frames: [] });
  const names = (result: SoakResult['record']): string[] => keyFigures(result).map(({ name }) => name);
  t.deepEqual(names(record), ['open connections', 'dials', 'joins']);
  t.deepEqual(names(household('heap-grows').record).slice(0, 5), [
    'overdue tasks',
    'open tasks',
    'open connections',
    'heap',
    'CPU per node',
  ]);
});

test('curves have a line per sample, and JSON and CSV say the same', (t) => {
  const result = household('heap-grows');
  const { timeline } = result.record;
  const [head, ...lines] = textOf(result, { kind: 'heap', format: 'csv' }).trimEnd().split('\n');
  t.is(lines.length, timeline.length);
  const { buckets, samples } = JSON.parse(textOf(result, { kind: 'heap', format: 'json' }));
  t.is(head, ['atUs', 'liveCount', 'totalBytes', ...buckets.map((bucket: string) => `${bucket}Bytes`)].join(','));
  t.deepEqual(
    lines,
    samples.map((one: { atUs: number; liveCount: number; totalBytes: number; bytes: Record<string, number> }) =>
      [one.atUs, one.liveCount, one.totalBytes, ...Object.values(one.bytes)].join(','),
    ),
  );
  const all = textOf(result, { kind: 'timeline' }).trimEnd().split('\n');
  t.is(all.length, timeline.length + 1);
  t.is(new Set(all.map((line) => line.split(',').length)).size, 1);
});

test('a flame graph is of the whole run, or of the time around an alarm', (t) => {
  const result = household('cpu-creeps');
  const whole = textOf(result, { kind: 'flame', format: 'folded' });
  t.regex(whole, /^household\.\S+ \d+/m);
  const tripwire = { metric: 'busiestCores', side: 'above', threshold: 0 } as const;
  const output: RunOutput = { kind: 'flame', format: 'folded', tripwire };
  t.true(needsCostWindows([output]));
  t.false(needsCostWindows([{ kind: 'timeline' }, { kind: 'flame', format: 'svg' }]));
  const window = outputFile(result, output);
  t.regex(window.note ?? '', /^--tripwire: busiestCores was \S+ at \S+; the flame graph shows \S+ to \S+$/);
  t.not(textOf(result, output), whole);
  t.regex(textOf(result, { ...output, tripwire: { ...tripwire, threshold: 1e9 } }), /never came about/);
  t.regex(textOf(result, { ...output, tripwire: { ...tripwire, metric: 'busyCores' } }), /unknown metric "busyCores"/);
});

test('a model without costs has no flame graph, and a name without a known ending no format', (t) => {
  const code = (make: () => unknown): string | undefined => t.throws(make, { instanceOf: InputError })?.code;
  const swarm = modelNamed('swarm');
  t.is(
    code(() => flameOutput('a.svg', swarm, '--flame')),
    'no-costs',
  );
  const charging = householdSoak({}).model;
  t.is(
    code(() => flameOutput('a.png', charging, '--flame')),
    'unknown-flame-format',
  );
  t.deepEqual(flameOutput('a.svg', charging, '--flame'), { kind: 'flame', format: 'svg' });
  t.is(heapFormatOf('A.CSV', '--heap'), 'csv');
  t.is(
    code(() => heapFormatOf('csv', '--heap')),
    'unknown-heap-format',
  );
});
