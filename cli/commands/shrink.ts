// quicksoak shrink: the smallest scenario that still shows a finding.
// Invariant: what is printed was run; where results go is proved before the first run; the last line reproduces it.
import type { Command } from 'commander';
import { propertyNamed } from '../../properties/judges/index.ts';
import type { Cause } from '../../properties/causes.ts';
import { sizeOf } from '../../properties/shrink/size.ts';
import type { ScenarioSize } from '../../properties/shrink/size.ts';
import { explicitScenario } from '../../properties/soak/explicit.ts';
import type { ExplicitScenario } from '../../properties/soak/explicit.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { CutShort } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { CUT_SHORT_TEXT, shellWord } from '../format/outcome.ts';
import { shrunkText, stepText } from '../format/shrink.ts';
import { addBudgetOptions, addScenarioOptions, wholeNumber } from '../options.ts';
import type { BudgetFlags, OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf, useText } from '../own-parts.ts';
import { Progress } from '../progress.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { workInThread } from '../thread.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';
import type { ShrinkOrder, ShrunkRun, UnseenRun } from '../work/shrink.ts';

interface ShrinkFlags extends ScenarioFlags, BudgetFlags, OutputFlags {
  readonly place?: string;
  readonly maxRuns?: number;
}

/** Longest real time unless asked otherwise, in microseconds. */
const USUAL_WALL_US = 60_000_000;
const MOST_RUNS = 1_000_000;
const NO_LINE = 'too large for a line: shrink it with --out <file>, then npx quicksoak repro <file>';

/** A size, and the events that a run of it takes. */
export interface ReportedSize extends ScenarioSize {
  readonly events: number;
}

/** What `--json` prints. */
export interface ShrinkReport {
  readonly version: string;
  readonly seed: string;
  /** Of the run that is left: 16 hexadecimal digits. */
  readonly digest: string;
  /** True when everything was tried. */
  readonly complete: boolean;
  /** Why it ended early; null when it did not, or its runs ran out. */
  readonly ended: CutShort | null;
  /** The line that reproduces what is left; null when it is too large for a line and there is no file. */
  readonly repro: string | null;
  /** What is still found, and what there was to keep. */
  readonly causes: readonly Cause[];
  readonly originalCauses: readonly Cause[];
  readonly before: ReportedSize;
  readonly after: ReportedSize;
  readonly runs: number;
  readonly steps: number;
  readonly wallMs: number;
  readonly scenario: ExplicitScenario;
}

const HELP = `
Takes a scenario that breaks a property, and takes away whatever it can while the property still breaks in the same
place: actions of the plan, defects, nodes, network faults, settings, time. Any one of the places where the scenario broke
a property will do, unless --property or --place says which. What the smaller scenario breaks without its defects as well is
not taken for their doing.

Examples:
  $ quicksoak shrink qs1-...                                   the token that a soak printed
  $ quicksoak shrink finding.json --out small.json             a repro file, to a repro file to commit
  $ quicksoak shrink stuck-loops --property tasks-finish --seed 1
  $ quicksoak shrink finding.json --place gossip.peers --max-wall 5m

Exit codes: 1 the finding is shrunk, 2 bad usage or input, or nothing to shrink, 4 a budget ran out before it was seen,
130 interrupted, with the simplest so far.`;

/** Adds the command `shrink`. */
export function addShrinkCommand(program: Command): void {
  const command = program
    .command('shrink')
    .summary('make a finding small: fewer actions, nodes, faults, less time')
    .description('Shrinks a scenario that breaks a property to the least that still breaks it in the same place.')
    .argument('[token|file]', 'token, repro file, what --out wrote, scenario file or name (default: swarm)');
  addBudgetOptions(addScenarioOptions(command))
    .option('--place <text>', 'keep a finding at a place that has this text in it, such as gossip.peers')
    .option('--max-runs <count>', 'stop after so many runs', wholeNumber('--max-runs', 1, MOST_RUNS))
    .option('--json', 'print one JSON object and nothing else')
    .option('--out <file>', 'write what is left as a repro file')
    .addHelpText('after', HELP)
    .action(shrink);
  describeAnew(command, '--property', 'keep a finding of this property (repeatable; default: of any)');
  describeAnew(command, '--max-wall', 'stop after so much real time, such as 90s (default: 1m)');
  describeAnew(command, '--max-events', 'give no run more events than this');
}

function describeAnew(command: Command, flag: string, description: string): void {
  const option = command.options.find(({ long }) => long === flag);
  if (option !== undefined) option.description = description;
}

async function shrink(argument: string | undefined, flags: ShrinkFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { property: properties, ...others } = flags;
  const { scenario, where } = scenarioOrTokenFrom(argument, others, catalogue);
  for (const name of properties ?? []) propertyNamed(name, '--property', catalogue.properties);
  const before = sizeOf(explicitScenario(resolveScenario(scenario, where, catalogue)));
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  const quiet = flags.json === true;
  try {
    const order: ShrinkOrder = {
      scenario,
      where,
      use: absolutePaths(flags.use),
      maxWallUs: flags.maxWall ?? USUAL_WALL_US,
      ...(properties === undefined ? {} : { properties }),
      ...(flags.place === undefined ? {} : { place: flags.place }),
      ...(flags.maxRuns === undefined ? {} : { maxRuns: flags.maxRuns }),
      ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
    };
    const run = await shrunkWithProgress(order, before, quiet);
    if (run.kind === 'unseen') {
      process.exitCode = tellUnseen(run.cutShort);
      return;
    }
    process.exitCode = run.cutShort === 'interrupted' ? EXIT.interrupted : EXIT.broken;
    const line = lineOf(run, out, flags.use);
    if (quiet) process.stdout.write(jsonText(reportOf(run, line)));
    else print(`${shrunkText(run)}\n${line ?? NO_LINE}`);
    out?.write(run.repro);
  } finally {
    out?.discard();
  }
}

/** Shrinks with the header printed first and a bar: how much of the first run is done, then how much of the time is used. */
async function shrunkWithProgress(
  order: ShrinkOrder,
  before: ScenarioSize,
  quiet: boolean,
): Promise<ShrunkRun | UnseenRun> {
  const startMs = performance.now();
  const wallMs = (order.maxWallUs ?? USUAL_WALL_US) / 1000;
  let progress: Progress | undefined;
  try {
    return await workInThread('shrink', order, {
      onHeader: (header) => {
        if (quiet) return;
        print(`${headerText(header)}\n`);
        progress = new Progress('shrinking');
      },
      onProgress: (share) => progress?.update(share, 'the run as it is'),
      onStep: ({ size, runs }) => {
        progress?.update(Math.min(1, (performance.now() - startMs) / wallMs), stepText(before, size, runs));
      },
      onInterrupt: () => {
        progress?.stop();
        complain('interrupted, showing the simplest so far; again to quit at once');
      },
    });
  } finally {
    progress?.stop();
  }
}

/** Tells that there was no time to see the finding; an exit code. */
function tellUnseen(cutShort: CutShort): number {
  complain(`${CUT_SHORT_TEXT[cutShort]} before the run to shrink had reached its end`);
  return cutShort === 'interrupted' ? EXIT.interrupted : EXIT.budgetSpent;
}

/** The line that reproduces what is left: by token, or else by the file that is being written. */
function lineOf(
  { token }: ShrunkRun,
  out: OutputFile | undefined,
  use: readonly string[] | undefined,
): string | undefined {
  const what = token ?? (out === undefined ? undefined : shellWord(out.path));
  return what === undefined ? undefined : `npx quicksoak repro ${what}${useText(use)}`;
}

function reportOf(run: ShrunkRun, line: string | undefined): ShrinkReport {
  const { scenario, before, after, eventsBefore, eventsAfter, causes, originalCauses, digest } = run;
  return {
    version: VERSION,
    seed: scenario.seed,
    digest,
    complete: run.complete,
    ended: run.cutShort ?? null,
    repro: line ?? null,
    causes,
    originalCauses,
    before: { ...before, events: eventsBefore },
    after: { ...after, events: eventsAfter },
    runs: run.runs,
    steps: run.steps,
    wallMs: Math.round(run.wallMs),
    scenario,
  };
}
