// quicksoak incidents: reports from production run here, what was reported beside what was measured.
// Invariant: a figure that is off is no failure of the command; interrupted, it prints the incidents that were done.
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { incidentsNamed } from '../../properties/incidents/report.ts';
import type { IncidentReport } from '../../properties/incidents/report.ts';
import type { CutShort } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { incidentsMarkdown, incidentText } from '../format/incidents.ts';
import { CUT_SHORT_TEXT } from '../format/outcome.ts';
import { addOutputOptions, addSeedOption, addWallOption } from '../options.ts';
import type { OutputFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { Progress } from '../progress.ts';
import { jsonText } from '../result.ts';
import { workInThread } from '../thread.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';
import type { IncidentsOrder, PlayedIncidents } from '../work/incidents.ts';

interface IncidentsFlags extends OutputFlags {
  readonly seed?: string;
  readonly maxWall?: number;
  readonly markdown?: boolean;
}

/** What `--json` prints. */
export interface Incidents {
  readonly version: string;
  /** Why it ended early; null when it did not. */
  readonly ended: CutShort | null;
  readonly wallMs: number;
  readonly reports: readonly IncidentReport[];
}

const HELP = `
An incident is a scenario as well: "quicksoak soak <incident>" runs it as it was reported, and --defect none without its
defects. A figure is exact (a count), calibrated (its costs were fitted to the report) or predicted (nothing was fitted).

Examples:
  $ quicksoak incidents                          all
  $ quicksoak incidents join-storm --seed 7
  $ quicksoak incidents --markdown               one table, for a document

Exit codes: 0 done, 2 bad usage or input, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `incidents`. */
export function addIncidentsCommand(program: Command): void {
  const command = program
    .command('incidents')
    .summary('run the incidents, reported beside measured')
    .description('Runs reports from production, as reported and fixed, and prints reported beside measured.')
    .argument('[names...]', 'names of incidents (default: all)');
  addOutputOptions(addWallOption(addSeedOption(command, "each incident's own")))
    .option('--markdown', 'print one table in Markdown and nothing else')
    .addHelpText('after', HELP)
    .action(incidents);
}

async function incidents(names: readonly string[], flags: IncidentsFlags): Promise<void> {
  const { json = false, markdown = false } = flags;
  if (json && markdown) {
    throw new InputError('contradiction', '--markdown: received it with --json, expected one of the two');
  }
  const count = incidentsNamed(names).length;
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  try {
    const quiet = json || markdown;
    if (!quiet) print(headerText([`incidents: ${count}`]));
    const order: IncidentsOrder = {
      names,
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
    };
    const { reports, cutShort, wallMs } = await played(order, quiet);
    process.exitCode =
      cutShort === 'interrupted' ? EXIT.interrupted : cutShort === undefined ? EXIT.held : EXIT.budgetSpent;
    const ended = cutShort ?? null;
    const text = jsonText({ version: VERSION, ended, wallMs: Math.round(wallMs), reports } satisfies Incidents);
    if (json) process.stdout.write(text);
    else if (markdown) print(incidentsMarkdown(reports));
    if (cutShort !== undefined && !json) {
      const done = reports.filter((report) => !report.cutShort).length;
      complain(`${CUT_SHORT_TEXT[cutShort]}: ${done} of ${count} incidents done`);
    }
    out?.write(text);
  } finally {
    out?.discard();
  }
}

async function played(order: IncidentsOrder, quiet: boolean): Promise<PlayedIncidents> {
  let progress = quiet ? undefined : new Progress('running');
  try {
    return await workInThread('incidents', order, {
      onPart: (report) => {
        if (quiet) return;
        progress?.stop();
        print(`\n${incidentText(report)}`);
        progress = new Progress('running');
      },
      onProgress: (share) => progress?.update(share),
    });
  } finally {
    progress?.stop();
  }
}
