// quicksoak power: how likely a canary of so much churn, time, nodes and seeds is to find a defect.
// Invariant: where results go is proved before the first run; the same analysis writes the same files, however many runs go
// on at once and however long they take.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { parseRates, parseTimes, powerPlan, powerRunCount, soughtDefects } from '../../properties/power/plan.ts';
import type { PowerPlan } from '../../properties/power/plan.ts';
import { powerCsv, powerReport } from '../../properties/power/report.ts';
import type { PowerReport } from '../../properties/power/report.ts';
import { gainOf, refuseUnsearchable } from '../../properties/power/search.ts';
import type { Gain, SearchOrder, SearchResult } from '../../properties/power/search.ts';
import { MOST_NODES } from '../../properties/soak/scenario.ts';
import { parseSeedRange, seedsOf } from '../../properties/sweep/plan.ts';
import type { SeedRange } from '../../properties/sweep/plan.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { planLines, powerText, searchText } from '../format/power.ts';
import { addOutputOptions, addSeedOption, collect, useOption, wholeNumber } from '../options.ts';
import type { OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf } from '../own-parts.ts';
import { MOST_JOBS, SoakPool } from '../pool/soak-pool.ts';
import { Progress } from '../progress.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { onSignals } from '../signals.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { PowerWork } from '../work/power.ts';

interface PowerFlags extends Omit<ScenarioFlags, 'nodes' | 'for'>, OutputFlags {
  readonly rate?: readonly number[];
  /** Microseconds. */
  readonly for?: readonly number[];
  readonly nodes?: readonly number[];
  readonly seeds?: SeedRange;
  readonly jobs?: number;
  readonly evolve?: number;
  readonly csv?: string;
}

/** What `--json` prints, and `--out` writes. */
export interface PowerFile extends PowerReport {
  readonly version: string;
  /** Of the seeds: what stands before the slash. */
  readonly seed: string;
  readonly interrupted: boolean;
}

/** The same with `--evolve`. */
export interface SearchFile {
  readonly version: string;
  readonly seed: string;
  readonly interrupted: boolean;
  readonly defect: string;
  readonly runs: number;
  /** Null when not one search was done. */
  readonly gain: Gain | null;
  readonly searches: readonly SearchResult[];
}

const USUAL_SEED = '0';
const USUAL_SEEDS: SeedRange = { from: 0, to: 19 };
const USUAL_SEARCHES: SeedRange = { from: 0, to: 2 };
/** Most runs of one arm of a search. */
const MOST_EVOLVED = 10_000;
/** Tells how steep a run is; loaded by the processes of the pool as a module of one's own is. */
const STEEPNESS_MODULE = fileURLToPath(new URL('../../properties/power/steepness.js', import.meta.url));

const HELP = `
Each defect is looked for by itself, in every cell of rate, time and nodes, with the same seeds; the run of the same seed
without it must hold, else nothing counts as found. --for is the whole virtual time, as a canary has it: bootstrap, churn and
calms. Where the profile's own waves do not fit, three smaller ones are laid out, then fewer; where no calm fits, churn goes
on to the end, and next to nothing can be judged. A scenario with a plan is cut off at the time, and --rate leaves out acts.

--evolve searches one cell for plans that show one defect: as many drawn at random as evolved toward steeper growth of what
is left behind, in as many searches as --seeds says (default: 3), and tells what the evolution gained.

Examples:
  $ quicksoak power peer-topics-not-pruned
  $ quicksoak power gossip-send-arm-disabled --for 30s,30m --seeds 40 --csv power.csv
  $ quicksoak power swarm --defect all --rate 0.1,0.5,2 --for 5m,30m,2h --nodes 12,40
  $ quicksoak power hyparview-data-kept-on-neighbor-timeout --rate 0.1 --for 15m --evolve 80

Exit codes: 0 done, whatever was found, 2 bad usage or input, 130 interrupted: what was done so far is told.`;

/** Adds the command `power`. */
export function addPowerCommand(program: Command): void {
  const command = program
    .command('power')
    .summary('how likely a canary is to find a defect')
    .description('Tells the probability that a run finds a defect, against churn rate, time, nodes and seeds.')
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)')
    .option(
      '--defect <id>',
      "defects to look for, in place of the scenario's own (repeatable, or a,b); all for all",
      items,
    )
    .option(
      '--rate <list>',
      "churn per virtual second, such as 0.1,0.5 (default: the scenario's own, and a tenth)",
      rates,
    )
    .option('--for <list>', 'virtual times of the whole run (default: 30s,5m,15m,30m)', times)
    .option('--nodes <list>', "nodes at the start, such as 12,40 (default: the scenario's own)", nodeCounts)
    .option('--seeds <count|from..to>', 'how many seeds, or which (default: 20)', (text: string) =>
      parseSeedRange(text, '--seeds'),
    )
    .option('--evolve <runs>', 'search for a plan, with so many runs', wholeNumber('--evolve', 1, MOST_EVOLVED))
    .option('--jobs <count>', 'runs at once (default: one a core)', wholeNumber('--jobs', 1, MOST_JOBS))
    .option('--profile <name>', 'how churn is drawn; "quicksoak list profiles" shows all')
    .option('--set <parameter=value>', 'a parameter of the profile, such as maxDown=5s (repeatable)', collect)
    .option('--trace <file.avt>', 'availability trace, for the profile trace')
    .option('--plan <file.json>', 'explicit churn plan, instead of a profile')
    .option('--config <key=value>', "a value of the model's configuration, dotted keys (repeatable)", collect)
    .option('--property <name>', 'judge by this property only (repeatable)', collect)
    .addOption(useOption());
  addOutputOptions(addSeedOption(command, USUAL_SEED))
    .option('--csv <file>', 'write a row for each defect and cell')
    .addHelpText('after', HELP)
    .action(power);
}

async function power(argument: string | undefined, flags: PowerFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { defect, rate, for: timesUs, nodes, seed = USUAL_SEED, seeds, evolve, ...others } = flags;
  const { scenario, where } = scenarioOrTokenFrom(argument, others, catalogue);
  const defects = soughtDefects(scenario, defect, where, catalogue);
  const range = seeds ?? (evolve === undefined ? USUAL_SEEDS : USUAL_SEARCHES);
  const grid = {
    ...(rate === undefined ? {} : { rates: rate }),
    ...(timesUs === undefined ? {} : { timesUs }),
    ...(nodes === undefined ? {} : { nodes }),
  };
  const plan = powerPlan(scenario, { grid, defects, seeds: seedsOf(seed, range) }, where, catalogue);
  if (evolve !== undefined) {
    refuseMany(plan, flags);
    refuseUnsearchable(searchOrder(plan, seed, { where, evolve }), catalogue);
  }
  const files = new PowerFiles(flags);
  try {
    if (flags.json !== true) print(`${headerText(planLines(plan, { where, evolve, jobs: jobsOf(flags) }))}\n`);
    if (evolve === undefined) await runGrid(plan, { where, seed, flags, files });
    else await runSearches(plan, { where, seed, flags, files, evolve });
  } finally {
    files.discard();
  }
}

interface Going {
  readonly where: string;
  readonly seed: string;
  readonly flags: PowerFlags;
  readonly files: PowerFiles;
}

async function runGrid(plan: PowerPlan, { where, seed, flags, files }: Going): Promise<void> {
  const jobs = Math.min(jobsOf(flags), powerRunCount(plan));
  const { made, interrupted } = await withPool(flags, { jobs, use: absolutePaths(flags.use) }, (work, onProgress) =>
    work.grid(plan, { where, jobs, onProgress }),
  );
  const report = powerReport(plan, made);
  const text = jsonText({ version: VERSION, seed, interrupted, ...report } satisfies PowerFile);
  if (flags.json === true) process.stdout.write(text);
  else print(powerText(report));
  files.out?.write(text);
  files.csv?.write(powerCsv(report));
}

async function runSearches(
  plan: PowerPlan,
  { where, seed, flags, files, evolve }: Going & { evolve: number },
): Promise<void> {
  const orders = plan.seeds.map((one) => searchOrder(plan, one, { where, evolve }));
  const use = [...absolutePaths(flags.use), STEEPNESS_MODULE];
  const searching = await catalogueOf(use);
  const { made, interrupted } = await withPool(flags, { jobs: jobsOf(flags), use }, (work, onProgress) =>
    work.searches(orders, searching, onProgress),
  );
  const file: SearchFile = {
    version: VERSION,
    seed,
    interrupted,
    defect: plan.defects[0]!.id,
    runs: evolve,
    gain: made.length === 0 ? null : gainOf(made),
    searches: made,
  };
  const text = jsonText(file);
  if (flags.json === true) process.stdout.write(text);
  else print(searchText(file, plan.cells[0]!));
  files.out?.write(text);
}

function searchOrder(
  { cells, defects }: PowerPlan,
  seed: string,
  { where, evolve }: { where: string; evolve: number },
): SearchOrder {
  return { cell: cells[0]!, defect: defects[0]!, seed, runs: evolve, where };
}

async function withPool<Made>(
  flags: PowerFlags,
  { jobs, use }: { jobs: number; use: readonly string[] },
  make: (work: PowerWork, onProgress: (share: number) => void) => Promise<Made>,
): Promise<{ made: Made; interrupted: boolean }> {
  const pool = new SoakPool({ jobs, use });
  const work = new PowerWork(pool);
  const progress = flags.json === true ? undefined : new Progress('power');
  const release = onSignals(() => {
    progress?.stop();
    complain('interrupted, showing what was run so far; again to quit at once');
    work.end();
  });
  try {
    const made = await make(work, (share) => progress?.update(share));
    const { interrupted } = work;
    process.exitCode = interrupted ? EXIT.interrupted : EXIT.held;
    return { made, interrupted };
  } finally {
    progress?.stop();
    await pool.close();
    release();
  }
}

function jobsOf({ jobs = Math.min(MOST_JOBS, availableParallelism()) }: PowerFlags): number {
  return jobs;
}

/** A search is of one cell and one defect. */
function refuseMany({ cells, defects }: PowerPlan, { csv }: PowerFlags): void {
  if (cells.length !== 1 || defects.length !== 1) {
    const message = `--evolve: received ${cells.length} cells and ${defects.length} defects, expected one of each, by one value of --rate, --for, --nodes and --defect`;
    throw new InputError('too-many-cells', message, { cells: cells.length, defects: defects.length });
  }
  if (csv !== undefined) {
    throw new InputError(
      'contradiction',
      '--csv: received it with --evolve, expected one of the two, as a search has no table',
    );
  }
}

/** The files that an analysis is written to: each is taken before the first run. */
class PowerFiles {
  readonly csv: OutputFile | undefined;
  readonly out: OutputFile | undefined;

  constructor({ csv, out }: PowerFlags) {
    if (csv !== undefined && csv === out) {
      throw new InputError('bad-out', `received ${csv} for two files, expected a file of its own for each`, { csv });
    }
    this.csv = csv === undefined ? undefined : new OutputFile(csv, '--csv');
    try {
      this.out = out === undefined ? undefined : new OutputFile(out);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Gives up whatever has not been written. */
  discard(): void {
    this.csv?.discard();
    this.out?.discard();
  }
}

function rates(text: string): number[] {
  return parseRates(text, '--rate');
}

function times(text: string): number[] {
  return parseTimes(text, '--for');
}

function nodeCounts(text: string): number[] {
  return text.split(',').map((item) => wholeNumber('--nodes', 2, MOST_NODES)(item.trim()));
}

function items(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...text.split(',').map((item) => item.trim())];
}
