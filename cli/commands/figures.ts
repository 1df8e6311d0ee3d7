// quicksoak figures: the published experiments run here, what was published beside what was measured.
// Invariant: a figure that is off is no failure of the command; interrupted, it prints the experiments that were done.
import type { Command } from 'commander';
import { experimentsNamed } from '../../properties/figures/experiments.ts';
import type { FigureReport } from '../../properties/figures/figure.ts';
import { EXIT } from '../exit-codes.ts';
import { figureText } from '../format/figures.ts';
import { headerText } from '../format/header.ts';

import type { OutputFlags } from '../options.ts';
import { addOutputOptions, wholeNumber } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { jsonText } from '../result.ts';
import { takeSteps } from '../steps.ts';
import { paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface FiguresFlags extends OutputFlags {
  readonly only?: string;
  readonly quick?: boolean;
  readonly seeds?: number;
}

/** What `--json` prints. */
export interface Figures {
  readonly version: string;
  readonly quick: boolean;
  readonly interrupted: boolean;
  readonly reports: readonly FigureReport[];
}

const MOST_SEEDS = 1000;

const HELP = `
A figure that differs from what was published by more than 15% is marked, and a note says why.

Examples:
  $ quicksoak figures --quick                    all in about 20 seconds, 1,000 nodes in place of 10,000
  $ quicksoak figures                            all, in about ten minutes
  $ quicksoak figures --only reference
  $ quicksoak figures --only overlay --seeds 4 --json

Exit codes: 0 done, 2 bad usage or input, 130 interrupted.`;

/** Adds the command `figures`. */
export function addFiguresCommand(program: Command): void {
  const command = program
    .command('figures')
    .summary('run the published experiments, published beside measured')
    .description(
      'Runs the reference scenarios and the experiments of the papers, and prints published beside measured.',
    )
    .option('--only <text>', 'only experiments whose name contains the text')
    .option('--quick', 'a tenth of the nodes, fewer seeds and steps')
    .option(
      '--seeds <count>',
      'seeds per experiment (default: 4 of the small, 1 of the large)',
      wholeNumber('--seeds', 1, MOST_SEEDS),
    );
  addOutputOptions(command).addHelpText('after', HELP).action(figures);
}

async function figures(flags: FiguresFlags): Promise<void> {
  const { only, quick = false, seeds, json = false } = flags;
  const experiments = experimentsNamed(only, '--only');
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  try {
    const scale = quick ? 'quick: a tenth of the nodes' : 'full size';
    if (!json) print(headerText([`figures: ${countOf(experiments.length)}, ${scale}`]));
    const reports: FigureReport[] = [];
    for (const [place, experiment] of experiments.entries()) {
      const label = json ? undefined : `${place + 1}/${experiments.length} ${experiment.name}`;
      const report = await takeSteps(experiment.run({ quick, seeds }), label, (share) => share);
      if (report === undefined) break;
      reports.push(report);
      if (!json) print(`\n${figureText(report)}`);
    }
    const interrupted = reports.length < experiments.length;
    process.exitCode = interrupted ? EXIT.interrupted : EXIT.held;
    const text = jsonText({ version: VERSION, quick, interrupted, reports } satisfies Figures);
    if (json) process.stdout.write(text);
    else if (interrupted)
      print(paint.yellow(`\ninterrupted: ${reports.length} of ${countOf(experiments.length)} done`));
    out?.write(text);
  } finally {
    out?.discard();
  }
}

function countOf(experiments: number): string {
  return experiments === 1 ? '1 experiment' : `${experiments} experiments`;
}
