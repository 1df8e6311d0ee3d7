// quicksoak tour: the main job in half a minute. A reported incident caught, the same seed with each fix, and the line that
// reproduces the finding.
// Invariant: it ends with 0 only when the leak was caught and the fixed run held.
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { incidentsNamed } from '../../properties/incidents/report.ts';
import { parseScenario, scenarioNamed } from '../../properties/soak/scenario.ts';
import type { CutShort } from '../exit-codes.ts';
import { EXIT } from '../exit-codes.ts';
import { evidenceText, wrapped } from '../format/evidence.ts';
import { rowsText, runsText } from '../format/incidents.ts';
import { outcomeLine } from '../format/outcome.ts';
import { Progress } from '../progress.ts';
import { workInThread } from '../thread.ts';
import { complain, paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

const SEED = 'tour';
const INCIDENT = 'stuck-loops';

/** Adds the command `tour`. */
export function addTourCommand(program: Command): void {
  program
    .command('tour')
    .summary('show the main job: a reported leak caught, fixed, and the line to paste')
    .description(
      `Shows the main job on the incident ${INCIDENT}: the leak as it was reported, what each fix buys, the line to paste.`,
    )
    .action(tour);
}

async function tour(): Promise<void> {
  const [incident] = incidentsNamed([INCIDENT], 'tour');
  if (incident === undefined) throw new InputError('unknown-incident', `there is no incident ${INCIDENT}`);
  print(`${paint.bold('quicksoak')} ${VERSION}: a leak that takes days to show in production, found in seconds\n`);
  say(1, `The incident ${INCIDENT}, as it was reported: ${incident.summary}.`);
  remark(incident.story);
  const scenario = parseScenario({ ...scenarioNamed(INCIDENT), seed: SEED }, 'tour');
  const caught = await played(`soak ${INCIDENT} --seed ${SEED}`, 'soaking', (options) =>
    workInThread('soak', { scenario, where: 'tour' }, options),
  );
  if (caught === undefined) return;
  print(indented(evidenceText(caught.verdicts, 3) || 'nothing broke, and the leak was not caught'));
  remark(
    'No property knows the fault: they see tasks and connections that grow with churn at calms, and heap with them.',
  );
  print(indented(`${outcomeLine(caught)}\n`));

  say(2, 'The same seed with either defect mended, and with both.');
  const told = await played(`incidents ${INCIDENT} --seed ${SEED}`, 'running', (options) =>
    workInThread('incidents', { names: [INCIDENT], seed: SEED }, options),
  );
  const report = told?.reports[0];
  if (report === undefined) return;
  print(`${indented(rowsText(report.rows))}\n`);
  print(`${indented(runsText(report))}\n`);

  const fixed = report.runs.find(({ key }) => key === 'fixed');
  const asExpected = caught.verdicts.some(({ ok }) => !ok) && fixed?.broken.length === 0;
  process.exitCode = asExpected ? EXIT.held : EXIT.broken;
  if (caught.token === undefined) return;
  say(3, 'Paste this line to have the finding again, event by event, on any machine:');
  print(`npx quicksoak repro ${caught.token}`);
}

interface Watching {
  readonly onProgress: (share: number) => void;
}

/** Runs what `command` would run; undefined when it was interrupted, with the exit code set. */
async function played<T extends { readonly cutShort: CutShort | undefined }>(
  command: string,
  doing: string,
  work: (watching: Watching) => Promise<T>,
): Promise<T | undefined> {
  print(indented(`${paint.green('$')} quicksoak ${command}\n`));
  const progress = new Progress(`   ${doing}`);
  try {
    const run = await work({ onProgress: (share) => progress.update(share) });
    if (run.cutShort === undefined) return run;
    progress.stop();
    complain('interrupted');
    process.exitCode = EXIT.interrupted;
    return undefined;
  } finally {
    progress.stop();
  }
}

function say(step: number, text: string): void {
  print(`${paint.bold(`${step}`)}  ${paint.bold(text)}`);
}

function remark(text: string): void {
  print(
    `\n${wrapped(text, 3)
      .map((line) => `   ${paint.dim(line)}`)
      .join('\n')}\n`,
  );
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '   ');
}
