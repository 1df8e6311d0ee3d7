// Pools of processes: outcomes of jobs, and that one job's failure is no other's.
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { BUILT_IN } from '../../properties/catalogue.ts';
import { parseScenario } from '../../properties/soak/scenario.ts';
import { runJob } from '../../properties/sweep/job.ts';
import type { SoakJob } from '../../properties/sweep/job.ts';
import { SoakPool } from './soak-pool.ts';
import type { JobOutcome, SoakPoolOptions } from './soak-pool.ts';

const MISHAPS = fileURLToPath(new URL('./mishaps.test.fixture.js', import.meta.url));
const SMALL = { nodes: 4, for: '6m', profile: { name: 'none' } };

function job(seed: string, mishap?: string): SoakJob {
  const model = mishap === undefined ? {} : { model: 'mishaps', config: { mishap } };
  return { scenario: parseScenario({ ...SMALL, ...model, seed }, 'test'), where: 'test' };
}

async function withPool<Result>(options: SoakPoolOptions, use: (pool: SoakPool) => Promise<Result>): Promise<Result> {
  const pool = new SoakPool(options);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

function seedOf(outcome: JobOutcome): string {
  return outcome.kind === 'done' ? outcome.result.seed : outcome.kind;
}

test.serial('a pool gives for each job what the job gives in this process', async (t) => {
  const jobs = ['a', 'b', 'c', 'd', 'e'].map((seed) => job(seed));
  const outcomes = await withPool({ jobs: 2 }, (pool) => Promise.all(jobs.map((one) => pool.run(one))));
  for (const [place, outcome] of outcomes.entries()) {
    t.deepEqual(outcome, { kind: 'done', result: runJob(jobs[place]!, BUILT_IN) });
  }
});

test.serial('a job that ends, crashes or fills its process is told, and those around it are done', async (t) => {
  const cases: readonly (readonly [mishap: string, said: RegExp])[] = [
    ['exit', /^ended its process with exit code 7$/],
    ['late-throw', /^threw RangeError: too late$/],
    ['map', /^ran out of memory/],
    ['kill', /^its process was ended by SIGKILL$/],
  ];
  await withPool({ jobs: 1, use: [MISHAPS], heapMiB: 64 }, async (pool) => {
    const before = pool.run(job('before', 'none'));
    const outcomes = cases.map(([mishap]) => pool.run(job('bad', mishap)));
    const after = pool.run(job('after', 'none'));
    t.is(seedOf(await before), 'before');
    for (const [place, outcome] of (await Promise.all(outcomes)).entries()) {
      const [mishap, said] = cases[place]!;
      if (outcome.kind === 'died') t.regex(outcome.message, said, mishap);
      else t.fail(`${mishap}: ${outcome.kind}`);
    }
    t.is(seedOf(await after), 'after');
  });
});

test.serial('a job without an answer hangs, and its place is free again', async (t) => {
  await withPool({ jobs: 1, use: [MISHAPS], hangMs: 3000 }, async (pool) => {
    const outcomes = await Promise.all([pool.run(job('bad', 'hang')), pool.run(job('after', 'none'))]);
    t.deepEqual(outcomes[0], { kind: 'hung', afterMs: 3000 });
    t.is(seedOf(outcomes[1]), 'after');
  });
});

test.serial('a mistake of the user is refused with its code', async (t) => {
  await withPool({ jobs: 1, use: [MISHAPS] }, async (pool) => {
    const thrown = await pool.run(job('bad', 'throw'));
    t.like(thrown, { kind: 'refused', code: 'model-threw' });
    const unknown = await pool.run({ scenario: { ...job('x').scenario, model: 'swram' }, where: 'test' });
    t.like(unknown, { kind: 'refused', code: 'unknown-model' });
    t.is(seedOf(await pool.run(job('after', 'print'))), 'after');
  });
  await withPool({ jobs: 1, use: ['/nowhere.js'] }, async (pool) => {
    t.like(await pool.run(job('x')), { kind: 'refused', code: 'bad-module' });
  });
});

test.serial('a closed pool has an outcome for every job that it did not do', async (t) => {
  const pool = new SoakPool({ jobs: 1, use: [MISHAPS] });
  const pending = [pool.run(job('bad', 'hang')), pool.run(job('waits'))];
  await pool.close();
  for (const outcome of await Promise.all([...pending, pool.run(job('late'))])) {
    t.deepEqual(outcome, { kind: 'died', message: 'the pool was closed' });
  }
});

test('a pool without places, or with a time that no timer has, is refused', (t) => {
  t.throws(() => new SoakPool({ jobs: 0 }), { code: 'bad-number' });
  t.throws(() => new SoakPool({ jobs: 1, hangMs: 2 ** 31 }), { code: 'bad-number' });
});
