// quicksoak sweep: many seeds, and every combination of parameters, over many processes.
// Invariant: where results go is proved before the first run; the same sweep writes the same files, however many runs go
// on at once and however long they take.
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { counted } from '../../sim/counted.ts';
import { InputError } from '../../sim/errors.ts';
import { parseDuration } from '../../sim/duration.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import { csvOf } from '../../properties/sweep/csv.ts';
import type { FindingGroup } from '../../properties/sweep/groups.ts';
import { tokenOfRun } from '../../properties/sweep/groups.ts';
import { junitOf } from '../../properties/sweep/junit.ts';
import { MOST_RUNS, parseSeedRange, parseShard, runCount, scenarioOf, seedsOf } from '../../properties/sweep/plan.ts';
import type { SeedRange, Shard, SweepPlan } from '../../properties/sweep/plan.ts';
import { summaryColumns, sweepReport } from '../../properties/sweep/report.ts';
import type { SweepReport } from '../../properties/sweep/report.ts';
import { runColumns, summaryOf } from '../../properties/sweep/summary.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { shellWord } from '../format/outcome.ts';
import { findingsText, sweepOutcome, sweepTables } from '../format/sweep.ts';
import { addBudgetOptions, addOutputOptions, addScenarioOptions, collect, wholeNumber } from '../options.ts';
import type { BudgetFlags, OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf, useText } from '../own-parts.ts';
import { MOST_TIMER_MS } from '../pool/slot.ts';
import { HANG_MS, MOST_JOBS, SoakPool } from '../pool/soak-pool.ts';
import { Progress } from '../progress.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { onSignals } from '../signals.ts';
import { complain, print } from '../terminal.ts';
import { cellsOf } from '../vary.ts';
import { VERSION } from '../version.ts';
import { Sweep } from '../work/sweep.ts';
import type { SweepEnd, SweptRuns } from '../work/sweep.ts';

interface SweepFlags extends ScenarioFlags, BudgetFlags, OutputFlags {
  readonly seeds?: SeedRange;
  readonly vary?: readonly string[];
  readonly jobs?: number;
  readonly shard?: Shard;
  readonly stopAfter?: number;
  readonly twice?: boolean;
  /** Milliseconds. */
  readonly hangAfter?: number;
  readonly metric?: readonly string[];
  readonly csv?: string;
  readonly runs?: string;
  readonly junit?: string;
}

/** What `--json` prints, and `--out` writes. */
export interface SweepFile extends SweepReport {
  readonly version: string;
  /** Of the seeds: what stands before the slash. */
  readonly seed: string;
  /** Why it ended before its last run; null when it did not. */
  readonly ended: SweepEnd | null;
}

const USUAL_SEED = '0';
const USUAL_SEEDS: SeedRange = { from: 0, to: 99 };

const HELP = `
Run k has the seed <seed>/k, so --seeds 1000 is --seeds 0..999, and quicksoak soak with --seed 0/17 is one of its runs.
Every combination of --vary is a cell, and all cells have the same seeds, so that each is compared with the first seed by
seed: the mean difference, and its 95% interval by Student's t. A key is a field of the scenario (model, nodes, for,
profile, defects as a+b or none, contacts, startInterval), of its network or workload (network.lossShare), a parameter of
its profile as --set has it (rate), or of the model's configuration (hyparview.shuffleInterval). The end of a name will do: shuffleInterval.

A finding is what broke and where, whichever peers showed it; or how runs die, hang or are refused. --stop-after counts
different findings in the order of the runs. A shard takes every n-th seed, with all cells.

Examples:
  $ quicksoak sweep mesh --seeds 1000 --for 10m --jobs 2
  $ quicksoak sweep --vary shuffleInterval=5s,30s,60s --vary nodes=20,200 --seeds 30 --csv summary.csv --runs runs.csv
  $ quicksoak sweep mesh --vary model=mesh,hub --seeds 50
  $ quicksoak sweep my-scenario.json --seeds 500 --stop-after 1
  $ quicksoak sweep my-scenario.json --seeds 5000 --shard 2/8 --junit shard-2.xml --json

Exit codes: 0 all held, 1 a property broke in a run, 2 bad usage or input, or a run was refused, 4 a budget ran out, or a
run died or hung, 130 interrupted: what was done so far is told. 1 wins over 2 and 4, and 2 over 4.`;

/** Adds the command `sweep`. */
export function addSweepCommand(program: Command): void {
  const command = program
    .command('sweep')
    .summary('run a scenario with many seeds and parameters')
    .description('Runs a scenario with many seeds, for every combination of parameters, over many processes.')
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)')
    .option('--seeds <count|from..to>', 'how many seeds, or which (default: 100)', (text: string) =>
      parseSeedRange(text, '--seeds'),
    )
    .option('--vary <key=value,value,...>', 'run with each of these values; repeated, with every combination', collect)
    .option('--jobs <count>', 'runs at once (default: one a core)', wholeNumber('--jobs', 1, MOST_JOBS))
    .option('--shard <i/n>', 'run every n-th seed only, beginning with the i-th', (text: string) =>
      parseShard(text, '--shard'),
    )
    .option(
      '--stop-after <count>',
      'stop once so many different findings have come up',
      wholeNumber('--stop-after', 1, 1_000_000),
    )
    .option('--twice', 'make each run twice, so that the property deterministic is judged')
    .option(
      '--hang-after <duration>',
      `end a run that gives no result in so much real time (default: ${HANG_MS / 60_000}m)`,
      hangMs,
    );
  addOutputOptions(addBudgetOptions(addScenarioOptions(command, USUAL_SEED)))
    .option('--metric <name>', 'show this metric in the tables (repeatable)', collect)
    .option('--csv <file>', 'write every metric by cell: mean, spread, and paired differences from the first cell')
    .option('--runs <file.csv>', 'write every metric of every run')
    .option('--junit <file>', 'write a JUnit report: a suite by cell, a test by seed')
    .addHelpText('after', HELP)
    .action(sweep);
}

async function sweep(argument: string | undefined, flags: SweepFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  // The seed is that of the sweep: the scenario's own takes no part.
  const { seed = USUAL_SEED, ...others } = flags;
  const { scenario, where } = scenarioOrTokenFrom(argument, others, catalogue);
  const cells = cellsOf(scenario, where, flags.vary ?? [], catalogue);
  const plan: SweepPlan = { cells, seeds: seedsOf(seed, flags.seeds ?? USUAL_SEEDS, flags.shard) };
  refuseTooMany(plan);
  const files = new SweepFiles(flags);
  try {
    if (flags.json !== true && runCount(plan) > 0) {
      const { header } = resolveScenario(scenarioOf(plan, 0), where, catalogue);
      print(`${headerText([...header, ...planLines(plan, flags)])}\n`);
    }
    const startMs = performance.now();
    const swept = await sweepWithProgress(plan, where, flags);
    const wallMs = performance.now() - startMs;
    process.exitCode = codeOf(swept);
    const report = sweepReport(plan, swept.runs);
    const text = jsonText({ version: VERSION, seed, ended: swept.ended ?? null, ...report } satisfies SweepFile);
    if (flags.json === true) process.stdout.write(text);
    else printSweep(plan, swept, report, { flags, wallMs });
    files.out?.write(text);
    files.csv?.write(csvOf(summaryColumns(plan, summaryOf(plan, swept.runs))));
    files.runs?.write(csvOf(runColumns(plan, swept.runs)));
    files.junit?.write(
      junitOf(plan, swept.runs, {
        name: `quicksoak ${scenario.name}`,
        repro: (run) => lineOf(tokenOfRun(plan, run), flags),
      }),
    );
  } finally {
    files.discard();
  }
}

async function sweepWithProgress(plan: SweepPlan, where: string, flags: SweepFlags): Promise<SweptRuns> {
  const jobs = jobsOf(plan, flags);
  const pool = new SoakPool({ jobs, use: absolutePaths(flags.use), hangMs: flags.hangAfter ?? HANG_MS });
  const progress = flags.json === true ? undefined : new Progress('sweeping');
  const going = new Sweep(
    {
      plan,
      where,
      jobs,
      job: {
        twice: flags.twice === true,
        ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
      },
      ...(flags.stopAfter === undefined ? {} : { stopAfter: flags.stopAfter }),
      ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
      onProgress: (share) => progress?.update(share),
    },
    pool,
  );
  const removeSignals = onSignals(() => {
    progress?.stop();
    complain('interrupted, showing what was run so far; again to quit at once');
    going.end('interrupted');
  });
  try {
    return await going.run();
  } finally {
    progress?.stop();
    await pool.close();
    removeSignals();
  }
}

function printSweep(
  plan: SweepPlan,
  { runs, ended }: SweptRuns,
  report: SweepReport,
  { flags, wallMs }: { flags: SweepFlags; wallMs: number },
): void {
  const { cells, findings, plannedCount } = report;
  if (runs.length > 0) {
    print(`${sweepTables({ cells, summary: summaryOf(plan, runs), metrics: flags.metric ?? [] })}\n`);
  }
  const cut = ended === undefined ? '' : ENDED_TEXT[ended];
  print(sweepOutcome(cells, runs, { cut, plannedCount, wallMs }));
  if (findings.length > 0) print(`\n${findingsText(findings, cells, (group) => lineOfGroup(group, flags))}`);
}

const ENDED_TEXT: Readonly<Record<SweepEnd, string>> = {
  interrupted: 'interrupted',
  'wall-spent': 'stopped: --max-wall ran out',
  found: 'stopped by --stop-after',
};

function lineOfGroup(group: FindingGroup, flags: SweepFlags): string | undefined {
  const line = lineOf(group.token ?? undefined, flags);
  if (line !== undefined || group.finding.kind !== 'broke') return line;
  return `  too large for a line: quicksoak soak with --seed ${shellWord(group.firstSeed)} and --out <file>, then npx quicksoak repro <file>`;
}

function lineOf(token: string | undefined, { use }: SweepFlags): string | undefined {
  return token === undefined ? undefined : `npx quicksoak repro ${token}${useText(use)}`;
}

/** Runs at once. */
function jobsOf(plan: SweepPlan, { jobs = Math.min(MOST_JOBS, availableParallelism()) }: SweepFlags): number {
  return Math.max(1, Math.min(jobs, runCount(plan)));
}

function planLines(plan: SweepPlan, flags: SweepFlags): string[] {
  const { cells, seeds } = plan;
  const { shard } = flags;
  const names = Object.keys(cells[0]!.values);
  const part = shard === undefined ? '' : `, shard ${shard.index} of ${shard.of}`;
  const varied =
    names.length === 0 ? '' : `; the first of ${counted(cells.length, 'cell')}; varied: ${names.join(', ')}`;
  return [
    `sweep: ${counted(seeds.length, 'seed')}, ${seeds[0]} to ${seeds.at(-1)}${part}, ${jobsOf(plan, flags)} at once${varied}`,
  ];
}

/** A broken property wins over a mistake, a mistake over a spent budget, and an interruption over all. */
function codeOf({ runs, ended }: SweptRuns): number {
  if (ended === 'interrupted') return EXIT.interrupted;
  const outcomes = runs.map(({ outcome }) => outcome);
  const broken = outcomes.flatMap((one) => (one.kind === 'done' ? one.result.verdicts.filter(({ ok }) => !ok) : []));
  if (broken.some(({ name }) => name !== 'deterministic')) return EXIT.broken;
  if (broken.length > 0) return EXIT.notDeterministic;
  if (outcomes.some(({ kind }) => kind === 'refused')) return EXIT.usage;
  const isWhole = outcomes.every((one) => one.kind === 'done' && one.result.cutShort === null);
  return isWhole && ended !== 'wall-spent' ? EXIT.held : EXIT.budgetSpent;
}

/** The files that a sweep is written to: each is taken before the first run. */
class SweepFiles {
  readonly csv: OutputFile | undefined;
  readonly runs: OutputFile | undefined;
  readonly junit: OutputFile | undefined;
  readonly out: OutputFile | undefined;

  constructor({ csv, runs, junit, out }: SweepFlags) {
    const paths = [csv, runs, junit, out].filter((path) => path !== undefined);
    const twice = paths.find((path, place) => paths.indexOf(path) !== place);
    if (twice !== undefined) {
      throw new InputError('bad-out', `received ${twice} for two files, expected a file of its own for each`, {
        twice,
      });
    }
    try {
      this.csv = csv === undefined ? undefined : new OutputFile(csv, '--csv');
      this.runs = runs === undefined ? undefined : new OutputFile(runs, '--runs');
      this.junit = junit === undefined ? undefined : new OutputFile(junit, '--junit');
      this.out = out === undefined ? undefined : new OutputFile(out);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Gives up whatever has not been written. */
  discard(): void {
    for (const file of [this.csv, this.runs, this.junit, this.out]) file?.discard();
  }
}

function refuseTooMany(plan: SweepPlan): void {
  const runs = runCount(plan);
  if (runs <= MOST_RUNS) return;
  const message = `--seeds: received ${plan.seeds.length} seeds for ${plan.cells.length} cells, which is ${runs} runs, expected at most ${MOST_RUNS}`;
  throw new InputError('too-many-runs', message, { runs });
}

function hangMs(text: string): number {
  const ms = Math.ceil(parseDuration(text, '--hang-after') / 1000);
  if (ms <= MOST_TIMER_MS) return ms;
  throw new InputError('bad-duration', `--hang-after: received ${text}, expected at most 24d`, { text });
}
