// quicksoak ablate: which switch breaks which property, which pairs mask each other, what each fix buys.
// Invariant: where results go is proved before the first run; with --json nothing else is printed on standard output.
import type { Command } from 'commander';
import type { Ablation } from '../../properties/ablation/ablation.ts';
import type { CutShort } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { ablationOutcome, ablationText } from '../format/ablation.ts';
import { headerText } from '../format/header.ts';
import { addBudgetOptions, addOutputOptions, addScenarioOptions, collect } from '../options.ts';
import type { BudgetFlags, OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf } from '../own-parts.ts';
import { Progress } from '../progress.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { workInThread } from '../thread.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';
import type { AblatedRuns, AblateOrder } from '../work/ablate.ts';

interface AblateFlags extends ScenarioFlags, BudgetFlags, OutputFlags {
  readonly pair?: readonly string[];
}

/** What `--json` prints. */
export interface AblationReport extends Ablation {
  readonly version: string;
  readonly seed: string;
  /** Why it ended early; null when it did not. */
  readonly ended: CutShort | null;
  readonly wallMs: number;
}

const HELP = `
The scenario's own defects are ablated, or those of --defect, at most 12: all off, all on, each one alone on, each one
alone off, pairs, and one fix after the other, every run with the same seed. Up to six defects every pair is run; beyond
that those of --pair, or those that may mask each other.

Examples:
  $ quicksoak ablate --defect peer-topics-not-pruned,hyparview-data-kept-on-neighbor-timeout --nodes 12
  $ quicksoak ablate my-scenario.json --seed 7 --max-wall 5m
  $ quicksoak ablate my-scenario.json --pair a-defect+another-defect --json

Exit codes: 0 all off held, 1 a property broke with all off, 2 bad usage or input, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `ablate`. */
export function addAblateCommand(program: Command): void {
  const command = program
    .command('ablate')
    .summary('run a scenario with its defects on, off, alone and in pairs')
    .description('Shows which defect breaks which property, which pairs mask each other, and what each fix buys.')
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)');
  addOutputOptions(addBudgetOptions(addScenarioOptions(command)))
    .option('--pair <a+b>', 'run this pair, instead of those that may interact (repeatable)', collect)
    .addHelpText('after', HELP)
    .action(ablate);
}

async function ablate(argument: string | undefined, flags: AblateFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  const quiet = flags.json === true;
  try {
    const order: AblateOrder = {
      scenario,
      where,
      use: absolutePaths(flags.use),
      ...(flags.pair === undefined ? {} : { pairs: flags.pair }),
      ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
      ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
    };
    const runs = await ablatedWithProgress(order, quiet);
    process.exitCode = codeOf(runs);
    const { ablation, cutShort, wallMs } = runs;
    const report: AblationReport = {
      version: VERSION,
      seed: scenario.seed,
      ended: cutShort ?? null,
      wallMs: Math.round(wallMs),
      ...ablation,
    };
    const text = jsonText(report);
    if (quiet) process.stdout.write(text);
    else print(`${ablationText(ablation)}\n\n${ablationOutcome(runs)}`);
    out?.write(text);
  } finally {
    out?.discard();
  }
}

async function ablatedWithProgress(order: AblateOrder, quiet: boolean): Promise<AblatedRuns> {
  let progress: Progress | undefined;
  try {
    return await workInThread('ablate', order, {
      onHeader: (header) => {
        if (quiet) return;
        print(`${headerText(header)}\n`);
        progress = new Progress('ablating');
      },
      onProgress: (share) => progress?.update(share),
      onInterrupt: () => {
        progress?.stop();
        complain('interrupted, showing what was run so far; again to quit at once');
      },
    });
  } finally {
    progress?.stop();
  }
}

/** A run with all off that broke wins over a spent budget, and an interruption over all. */
function codeOf({ ablation, cutShort }: AblatedRuns): number {
  if (cutShort === 'interrupted') return EXIT.interrupted;
  const allOff = ablation.cells.find(({ defects }) => defects.length === 0);
  if (allOff !== undefined && !ablation.ok) return EXIT.broken;
  return cutShort === undefined ? EXIT.held : EXIT.budgetSpent;
}
