// False alarms: many clean seeds of each model under each profile, of which none may be red.
// Invariant: a run is judged as the tests of clean runs judge it; which seeds are run depends on the flags alone.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tokenOf } from '../../properties/repro/token.ts';
import { CLEAN_MODELS, cleanProfiles, cleanScenario, wrongIn } from '../../properties/soak/clean-runs.test.fixture.ts';
import type { CleanModel } from '../../properties/soak/clean-runs.test.fixture.ts';
import { judgeSoak } from '../../properties/soak/judge.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import { integerFlag, namesFlag, ofShard, script, shardFlag } from './arguments.ts';
import { plainTable, print } from './print.ts';
import { Lane, runJobs, serveJobs } from './processes.ts';
import type { Outcome } from './processes.ts';

const USAGE = `usage: npm run clean-runs -- [options]

  --model <names>     models, separated by commas (default: all)
  --profiles <names>  profiles, separated by commas (default: all)
  --seeds <count>     seeds of each model under each profile (default: 1000)
  --from <index>      first seed (default: 0); where an interrupted run says it is to be resumed
  --whole             as many departures as the profiles have by themselves, which takes half as long again
  --jobs <count>      processes (default: 2)
  --shard <i/n>       every n-th run only
  --help

Exit codes: 0 all clean, 1 a run was red, 2 bad usage, 130 interrupted.`;

/** Small meshes are where overlays come apart, and their runs are short. */
const SIZES = [8, 9, 8, 10, 8, 12];
/** Twelve in each of eight waves: every property still has ground to judge. A trace has as many as it has. */
const DEPARTURES = 96;
/** A run takes a second; on a machine that is busy with much else it took more than a minute, and what hangs hangs for ever. */
const HANG_MS = 600_000;
/** Garbage is most of what a run leaves, and all of it is short-lived. */
const EXEC_ARGV = ['--max-semi-space-size=64'];
/** Runs between two lines of progress. */
const TOLD_EVERY = 100;

/** One run, as a process is told it. */
interface CleanJob {
  readonly model: string;
  readonly profile: string;
  readonly index: number;
  readonly departures: number | undefined;
}

/** What a process says of it. */
interface CleanResult {
  readonly nodes: number;
  /** A line each; empty for a clean run. */
  readonly wrong: readonly string[];
  /** Undefined when the run is clean, or too long for a token. */
  readonly token: string | undefined;
  /** Of processor time. */
  readonly cpuSeconds: number;
}

/** The runs of one model under one profile. */
interface Row {
  runs: number;
  red: number;
  cpuSeconds: number;
  /** How often each property was red. */
  readonly properties: Map<string, number>;
}

if (process.argv.includes('--serve')) serveJobs(runClean);
else await script(main);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: CLEAN_MODELS.map(({ name }) => name).join(',') },
      profiles: { type: 'string' },
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '0' },
      whole: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
      shard: { type: 'string', default: '1/1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE);
  const names = CLEAN_MODELS.map(({ name }) => name);
  const models = namesFlag('--model', 'model', values.model, names).map((name) => modelOf(name));
  const known = [...new Set(models.flatMap((model) => cleanProfiles(model)))];
  const profiles = values.profiles === undefined ? known : namesFlag('--profiles', 'profile', values.profiles, known);
  const from = integerFlag('--from', values.from, 0, 1e9);
  const until = from + integerFlag('--seeds', values.seeds, 1, 1e6);
  const count = integerFlag('--jobs', values.jobs, 1, 64);
  const departures = values.whole ? undefined : DEPARTURES;
  const jobs = ofShard(jobsOf(models, profiles, from, until, departures), shardFlag(values.shard));
  await runAll(jobs, count);
}

/** By seeds first, so that one number says where to resume. */
function jobsOf(
  models: readonly CleanModel[],
  profiles: readonly string[],
  from: number,
  until: number,
  departures: number | undefined,
): CleanJob[] {
  const jobs: CleanJob[] = [];
  for (let index = from; index < until; index++) {
    for (const model of models) {
      for (const profile of cleanProfiles(model)) {
        if (!profiles.includes(profile)) continue;
        jobs.push({ model: model.name, profile, index, departures: profile === 'trace' ? undefined : departures });
      }
    }
  }
  return jobs;
}

async function runAll(jobs: readonly CleanJob[], count: number): Promise<void> {
  const rows = new Map<string, Row>();
  const began = performance.now();
  let done = 0;
  let red = 0;
  let isInterrupted = false;
  const lanes = Array.from({ length: count }, () => {
    return new Lane<CleanJob, CleanResult>({
      script: fileURLToPath(import.meta.url),
      execArgv: EXEC_ARGV,
      hangMs: HANG_MS,
    });
  });
  process.on('SIGINT', () => void (isInterrupted = true));
  const wanted = (function* (): Generator<CleanJob> {
    for (const job of jobs) {
      if (isInterrupted) return;
      yield job;
    }
  })();
  await runJobs(wanted, lanes, (job, outcome) => {
    done++;
    if (note(rows, job, outcome)) red++;
    if (done % TOLD_EVERY === 0) print(progressLine(done, jobs.length, red, (performance.now() - began) / 1_000, job));
  });
  for (const lane of lanes) lane.stop();
  print(tableOf(rows));
  const seconds = (performance.now() - began) / 1_000;
  print(`${done} of ${jobs.length} runs in ${seconds.toFixed(0)} s, ${red} red`);
  if (isInterrupted) print(`interrupted: resume with --from ${jobs[Math.max(0, done - count)]?.index ?? 0}`);
  process.exitCode = isInterrupted ? 130 : red > 0 ? 1 : 0;
}

/** Takes an outcome into its row, and prints a red one; true for a red one. */
function note(rows: Map<string, Row>, job: CleanJob, outcome: Outcome<CleanResult>): boolean {
  const key = `${job.model} ${job.profile}`;
  const row: Row = rows.get(key) ?? { runs: 0, red: 0, cpuSeconds: 0, properties: new Map() };
  rows.set(key, row);
  row.runs++;
  if (outcome.kind === 'done') row.cpuSeconds += outcome.result.cpuSeconds;
  const wrong = wrongOf(outcome);
  if (wrong.length === 0) return false;
  row.red++;
  for (const line of wrong) {
    const property = line.slice(0, line.indexOf(':'));
    row.properties.set(property, (row.properties.get(property) ?? 0) + 1);
  }
  print(redLines(job, outcome, wrong).join('\n'));
  return true;
}

function wrongOf(outcome: Outcome<CleanResult>): readonly string[] {
  switch (outcome.kind) {
    case 'done':
      return outcome.result.wrong;
    case 'died':
      return [`died: ${outcome.message}`];
    case 'hung':
      return [`hung: no result after ${outcome.afterMs / 1_000} s`];
  }
}

function redLines(
  { model, profile, index, departures }: CleanJob,
  outcome: Outcome<CleanResult>,
  wrong: readonly string[],
): string[] {
  const nodes = outcome.kind === 'done' ? `, ${outcome.result.nodes} nodes` : '';
  const whole = departures === undefined && profile !== 'trace' ? ' --whole' : '';
  const token = outcome.kind === 'done' ? outcome.result.token : undefined;
  return [
    `red: ${model} under ${profile}, seed clean/${index}${nodes}`,
    ...wrong.map((line) => `  ${line}`),
    `  npm run clean-runs -- --model ${model} --profiles ${profile} --from ${index} --seeds 1${whole}`,
    ...(token === undefined ? [] : [`  npx quicksoak repro ${token}`]),
  ];
}

function progressLine(done: number, all: number, red: number, seconds: number, { index }: CleanJob): string {
  const leftMinutes = ((seconds / done) * (all - done)) / 60;
  return `${done} of ${all} runs, ${red} red, at seed ${index}; ${(seconds / done).toFixed(2)} s each, ${leftMinutes.toFixed(0)} min left`;
}

function tableOf(rows: ReadonlyMap<string, Row>): string {
  const lines = [...rows].map(([key, { runs, red, cpuSeconds, properties }]) => {
    const broken = [...properties].map(([property, count]) => `${property} ${count}`).join(', ');
    return [key, runs, red, (cpuSeconds / runs).toFixed(2), broken];
  });
  return plainTable(['model and profile', 'runs', 'red', 'cpu s each', 'properties'], lines);
}

function runClean({ model, profile, index, departures }: CleanJob): CleanResult {
  const run = {
    model: modelOf(model),
    profile,
    index,
    sizes: SIZES,
    ...(departures === undefined ? {} : { departures }),
  };
  const began = process.cpuUsage();
  const result = judgeSoak(resolveScenario(cleanScenario(run)), { twice: false });
  const wrong = wrongIn(run, result.verdicts, false);
  const token = wrong.length === 0 ? undefined : tokenOf(result);
  const { user, system } = process.cpuUsage(began);
  return { nodes: result.soak.nodes, wrong, token, cpuSeconds: (user + system) / 1e6 };
}

function modelOf(name: string): CleanModel {
  return CLEAN_MODELS.find((model) => model.name === name)!;
}
