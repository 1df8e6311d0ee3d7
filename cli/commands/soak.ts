// quicksoak soak: runs a scenario and judges every property.
// Invariant: where results go is proved before the run begins; with --json nothing else is printed on standard output.
import type { Command } from 'commander';
import { exitCodeOf } from '../exit-codes.ts';
import { evidenceText } from '../format/evidence.ts';
import { headerText } from '../format/header.ts';
import { rowsText } from '../format/incidents.ts';
import { outcomeLine, shellWord } from '../format/outcome.ts';
import { usageText } from '../format/usage.ts';
import { verdictTable } from '../format/verdicts.ts';
import { MAX_JSON_BYTES } from '../input-file.ts';
import { addBudgetOptions, addOutputOptions, addRunFileOptions, addScenarioOptions, wholeNumber } from '../options.ts';
import type { BudgetFlags, OutputFlags, RunFileFlags, ScenarioFlags } from '../options.ts';
import { Progress } from '../progress.ts';
import { modelNamed } from '../../models/registry.ts';
import { coresOf } from '../../properties/incidents/report.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import { jsonText, reportOf } from '../result.ts';
import { RunFiles } from '../run-files.ts';
import { absolutePaths, catalogueOf, useText } from '../own-parts.ts';
import { scenarioFrom } from '../scenario-choice.ts';
import { workInThread } from '../thread.ts';
import type { JudgedRun, SoakOrder } from '../work/soak.ts';
import { complain, paint, print } from '../terminal.ts';

interface SoakFlags extends ScenarioFlags, BudgetFlags, OutputFlags, RunFileFlags {
  readonly once?: boolean;
  readonly cores?: number;
}

const MOST_CORES = 1_000_000;

const HELP = `
A scenario file is JSON with any of: name, model, seed, nodes, for, config, defects, network, profile {name, params},
plan, contacts, workload, properties. Flags win over it. A repro file, or what --out wrote, does as well.

Examples:
  $ quicksoak soak                                            the scenario swarm, a fresh seed
  $ quicksoak soak --seed 7 --nodes 50 --for 1h               as large and as long as you like
  $ quicksoak soak --defect peer-topics-not-pruned            with a reported leak switched on
  $ quicksoak soak --profile restart --set maxDown=2s --set waves=12
  $ quicksoak soak --trace skype.avt --set layout=as-is --set speed=60
  $ quicksoak soak my-scenario.json --json --out result.json
  $ quicksoak soak my-scenario.json --heap heap.csv --timeline run.csv
  $ quicksoak soak stuck-loops --html report.html             a report to look at, one file for a browser
  $ quicksoak soak stuck-loops --svg timeline.svg --svg topology@3m25s=mesh.svg

Exit codes: 0 held, 1 a property broke, 2 bad usage or input, 3 not deterministic, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `soak`. */
export function addSoakCommand(program: Command): void {
  const command = program
    .command('soak')
    .summary('run a scenario and judge every property')
    .description('Runs a scenario under churn, twice, and judges every property.')
    .argument('[scenario]', 'name of a scenario, or a JSON file (default: swarm)');
  addRunFileOptions(addOutputOptions(addBudgetOptions(addScenarioOptions(command))))
    .option(
      '--cores <count>',
      'tell CPU as a share of a host of so many cores as well (default: the host of the incident)',
      wholeNumber('--cores', 1, MOST_CORES),
    )
    .option('--once', 'run once only: the property deterministic is not judged')
    .addHelpText('after', HELP)
    .action(soak);
}

async function soak(argument: string | undefined, flags: SoakFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioFrom(argument, flags, catalogue);
  const files = new RunFiles(flags, modelNamed(scenario.model, where, catalogue.models));
  try {
    const run = await soakWithProgress(
      {
        scenario,
        where,
        use: absolutePaths(flags.use),
        twice: flags.once !== true,
        outputs: files.outputs,
        ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
        ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
      },
      { quiet: flags.json === true },
    );
    process.exitCode = exitCodeOf(run.verdicts, run.cutShort);
    const { text, line } = reportText(scenario, run, files.report?.path ?? flags.save, flags.use);
    const cores = flags.cores ?? coresOf(scenario.name);
    if (flags.json === true) process.stdout.write(text);
    else printRun(run, line ?? noLine(run, scenario), cores);
    files.report?.write(text);
    files.write(run.outputs);
  } finally {
    files.discard();
  }
}

/** Soaks with the header printed first and a progress bar, both unless `quiet`. */
export async function soakWithProgress(order: SoakOrder, { quiet }: { quiet: boolean }): Promise<JudgedRun> {
  let progress: Progress | undefined;
  try {
    return await workInThread('soak', order, {
      onHeader: (header) => {
        if (quiet) return;
        print(`${headerText(header)}\n`);
        progress = new Progress('soaking');
      },
      onProgress: (share) => progress?.update(share),
      onInterrupt: () => {
        progress?.stop();
        complain('interrupted, judging what was seen so far; again to quit at once');
      },
    });
  } finally {
    progress?.stop();
  }
}

/**
 * Prints the verdict table, the evidence, what the run used, and the outcome; the last line is `lastLine`.
 *
 * @param cores - Of the host that CPU is told as a share of; default: no such share is told.
 */
export function printRun(run: JudgedRun, lastLine: string, cores?: number): void {
  const broke = run.verdicts.some(({ ok }) => !ok);
  print(`${verdictTable(run.verdicts)}\n`);
  if (broke) print(`${evidenceText(run.verdicts)}\n`);
  const usage = usageText(run.usage, cores);
  if (usage !== '') print(`${usage}\n`);
  if (run.rows.length > 0) print(`${rowsText(run.rows)}\n`);
  print(outcomeLine(run));
  print(broke && run.cutShort === undefined ? lastLine : `${paint.dim('reproduce:')} ${lastLine}`);
}

/** The JSON report and the line that reproduces it: by token, or else by a file that is being written. */
function reportText(
  scenario: Scenario,
  run: JudgedRun,
  path: string | undefined,
  use: readonly string[] | undefined,
): { text: string; line: string | undefined } {
  const byFile = path !== undefined && run.cutShort === undefined ? shellWord(path) : undefined;
  const what = run.token ?? byFile;
  const line = what === undefined ? undefined : `npx quicksoak repro ${what}${useText(use)}`;
  const text = jsonText(reportOf(scenario, run, line));
  if (run.token !== undefined || line === undefined || Buffer.byteLength(text) <= MAX_JSON_BYTES) return { text, line };
  return { text: jsonText(reportOf(scenario, run, undefined)), line: undefined };
}

/** What to do when there is no line to paste. */
function noLine(run: JudgedRun, { seed }: Scenario): string {
  if (run.cutShort !== undefined) return `the same command with --seed ${shellWord(seed)}, and time to reach its end`;
  return 'too large for a line: run it with --save <file>, then npx quicksoak repro <file>';
}
