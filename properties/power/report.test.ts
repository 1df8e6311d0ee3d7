// What counts as found, and what follows from how often.
import test from 'ava';
import fc from 'fast-check';
import { BUILT_IN } from '../catalogue.ts';
import { parseScenario } from '../soak/scenario.ts';
import { runJob } from '../sweep/job.ts';
import type { JobResult } from '../sweep/job.ts';
import type { JobOutcome } from '../sweep/outcome.ts';
import {
  parseRates,
  parseTimes,
  powerJob,
  powerPlan,
  powerRunCount,
  powerRunNumber,
  powerRunOf,
  soughtDefects,
} from './plan.ts';
import type { PowerPlan } from './plan.ts';
import { powerCsv, powerReport, runsFor } from './report.ts';

const LEAK = 'peer-topics-not-pruned';

function planOf(times: string, { defects = [LEAK], seedCount = 3, rates = [1] } = {}): PowerPlan {
  const scenario = parseScenario({ nodes: 12 }, 'test');
  const sought = soughtDefects(scenario, defects, 'test', BUILT_IN);
  const seeds = Array.from({ length: seedCount }, (_, seed) => `power/${seed}`);
  const grid = { rates, timesUs: parseTimes(times, '--for') };
  return powerPlan(scenario, { grid, defects: sought, seeds }, 'test', BUILT_IN);
}

/** A result in which this broke, with evidence at `where`; nothing broke without it. */
function result(where?: string): JobOutcome {
  const broke = where !== undefined;
  const verdict = { name: 'residue-bounded', ok: !broke, judged: true, figure: '', bound: '', evidence: '' };
  const done: JobResult = {
    seed: '',
    digest: '0'.repeat(16),
    eventCount: 1,
    endUs: 1,
    cutShort: null,
    verdicts: [verdict],
    causes: broke ? [{ property: 'residue-bounded', where }] : [],
    causeEvidence: broke ? [''] : [],
    metrics: {},
  };
  return { kind: 'done', result: done };
}

test('runs and their numbers are one to one', (t) => {
  const plan = planOf('5m,15m', { defects: [LEAK, 'plumtree-lazy-queue-kept'], rates: [0.1, 1] });
  const numbers = Array.from({ length: powerRunCount(plan) }, (_, run) => powerRunNumber(plan, powerRunOf(plan, run)));
  t.deepEqual(numbers, [...numbers.keys()]);
  t.is(numbers.length, 2 * 2 * 3 * 3);
});

test('a find needs evidence at the fault, and the same run without the defect to hold', (t) => {
  const plan = planOf('15m', { seedCount: 6 });
  const pairs: [JobOutcome, JobOutcome][] = [
    [result(), result('gossip.peerTopics[*]')],
    [result(), result('somewhere else')],
    [result('anything'), result('gossip.peerTopics[*]')],
    [result(), result()],
    [result(), { kind: 'died', message: 'out of memory' }],
    [result(), result('gossip.peerTopics[*]')],
  ];
  const report = powerReport(plan, new Map(pairs.flat().entries()));
  const [row] = report.defects[0]!.rows;
  t.like(row, { seedCount: 5, foundCount: 2, elsewhereCount: 1, falseAlarmCount: 1, unfinishedCount: 1 });
  t.is(row!.probability, 0.4);
  t.is(row!.property, 'residue-bounded');
  t.like(report.controls, { runCount: 6, brokeCount: 1, causes: ['residue-bounded: anything'] });
  t.deepEqual(report.troubles, ['died: out of memory']);
});

test('a report does not depend on the order in which runs come, and tells what there is so far', (t) => {
  const plan = planOf('5m,15m', { seedCount: 4 });
  const outcomes = Array.from({ length: powerRunCount(plan) }, (_, run): [number, JobOutcome] => {
    return [run, result(run % 2 === 1 && run % 3 === 0 ? 'peerTopics' : undefined)];
  });
  const expected = powerReport(plan, new Map(outcomes));
  fc.assert(
    fc.property(fc.shuffledSubarray(outcomes, { minLength: outcomes.length }), (shuffled) => {
      t.deepEqual(powerReport(plan, new Map(shuffled)), expected);
    }),
    { seed: 2, numRuns: 20 },
  );
  const part = powerReport(plan, new Map(outcomes.slice(0, 5)));
  t.deepEqual(
    part.defects[0]!.rows.map(({ seedCount }) => seedCount),
    [1, 1],
  );
});

test('the least cell is that of the least time, and a cheaper one needs several seeds', (t) => {
  const plan = planOf('5m,15m,30m,2h', { seedCount: 2 });
  const found = (cell: number, seed: number): boolean => cell >= 3 || (cell >= 2 && seed === 0);
  const outcomes = Array.from({ length: powerRunCount(plan) }, (_, run): [number, JobOutcome] => {
    const { seed, cell, defect } = powerRunOf(plan, run);
    return [run, result(defect !== undefined && found(cell, seed) ? 'peerTopics' : undefined)];
  });
  const [power] = powerReport(plan, new Map(outcomes)).defects;
  t.is(power!.least?.for, '2h');
  // Five runs of half an hour are longer than one of two hours.
  t.is(power!.rows[2]!.runsFor95, 5);
  t.is(power!.cheaper, null);
});

test('so many runs miss less than 1 time in 20, and one less does not', (t) => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (probability) => {
      const runs = runsFor(probability)!;
      t.true((1 - probability) ** runs <= 0.05 + 1e-9);
      if (runs > 1) t.true((1 - probability) ** (runs - 1) > 0.05);
    }),
    { seed: 3, numRuns: 200 },
  );
  t.is(runsFor(0), null);
  t.is(runsFor(0.95), 1);
  t.is(runsFor(0.5), 5);
});

test('a known leak is found more often in more time', (t) => {
  const plan = planOf('30s,15m,30m', { seedCount: 2 });
  const outcomes = new Map<number, JobOutcome>();
  for (let run = 0; run < powerRunCount(plan); run++) {
    outcomes.set(run, { kind: 'done', result: runJob(powerJob(plan, run, 'test'), BUILT_IN) });
  }
  const report = powerReport(plan, outcomes);
  const counts = report.defects[0]!.rows.map(({ foundCount }) => foundCount);
  t.is(counts[0], 0);
  t.true(counts[1]! <= counts[2]!);
  t.is(counts[2], 2);
  t.is(report.controls.brokeCount, 0);
  const lines = powerCsv(report).split('\r\n');
  t.is(lines.length, 5);
  t.regex(lines[1]!, /^peer-topics-not-pruned,12,1,30s,30000000,0,/);
});

test('what is no list of rates, times or defects is refused, and so is an absurd grid', (t) => {
  for (const text of ['', '0', '-1', '1,', 'fast', '1e7', '0.5,,1']) {
    t.throws(() => parseRates(text, '--rate'), { code: 'bad-rate' }, text);
  }
  t.throws(() => parseTimes('5m,', '--for'), { code: 'bad-duration' });
  const scenario = parseScenario({}, 'test');
  t.throws(() => soughtDefects(scenario, undefined, 'test', BUILT_IN), { code: 'no-defects' });
  t.throws(() => soughtDefects(scenario, ['peer-topics'], 'test', BUILT_IN), { code: 'unknown-defect' });
  t.true(soughtDefects(scenario, ['all'], 'test', BUILT_IN).length > 5);
  t.throws(() => planOf('5m,10m', { seedCount: 30_000 }), { code: 'too-many-runs' });
});

test('a partner without which a defect does not show is switched on with it, and is not looked for by itself', (t) => {
  const scenario = parseScenario(
    { model: 'mesh', defects: ['gossip-join-always-dials', 'app-join-every-tick'] },
    'test',
  );
  const [only, ...others] = soughtDefects(scenario, undefined, 'test', BUILT_IN);
  t.deepEqual(only!.defects, ['gossip-join-always-dials', 'app-join-every-tick']);
  t.is(others.length, 0);
});
