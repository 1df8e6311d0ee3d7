// quicksoak tour: the main job in half a minute. A soak with a reported leak on, the same seed without it, and the line
// that reproduces the finding.
// Invariant: it ends with 0 only when the leak was caught and the fixed run held.
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { modelNamed } from '../../models/registry.ts';
import { parseScenario, scenarioNamed } from '../../properties/soak/scenario.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import { EXIT } from '../exit-codes.ts';
import { evidenceText, wrapped } from '../format/evidence.ts';
import { outcomeLine } from '../format/outcome.ts';
import { verdictTable } from '../format/verdicts.ts';
import { Progress } from '../progress.ts';
import { workInThread } from '../thread.ts';
import type { JudgedRun } from '../work/soak.ts';
import { complain, paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

const SEED = 'tour';
const NODES = 16;
const DEFECT = 'peer-topics-not-pruned';

/** Adds the command `tour`. */
export function addTourCommand(program: Command): void {
  program
    .command('tour')
    .summary('show the main job: a leak caught, the same seed fixed, the line to paste')
    .description(
      'Shows the main job: a soak with a reported leak switched on, the same seed without it, the line to paste.',
    )
    .action(tour);
}

async function tour(): Promise<void> {
  const defect = modelNamed('swarm').defects.find(({ id }) => id === DEFECT);
  if (defect === undefined) throw new InputError('unknown-defect', `the model swarm has no defect ${DEFECT}`);
  const leaking = scenario([DEFECT]);
  const fixed = scenario([]);

  print(`${paint.bold('quicksoak')} ${VERSION}: a leak that takes days to show in production, found in seconds\n`);
  say(1, `A mesh of ${NODES} nodes, killed and replaced again and again, with a reported leak switched on.`);
  remark(`${DEFECT} (${defect.source}): ${defect.summary}.`);
  const caught = await soaked(leaking);
  if (caught === undefined) return;
  print(indented(evidenceText(caught.verdicts, 3) || 'nothing broke, and the leak was not caught'));
  remark('A leak is a slope: what nodes still hold of peers that are gone grows with every one that goes.');
  print(indented(`${outcomeLine(caught)}\n`));

  say(2, 'The same seed, the same churn, without the leak.');
  const clean = await soaked(fixed);
  if (clean === undefined) return;
  print(indented(verdictTable(clean.verdicts, 3)));
  if (clean.verdicts.some(({ ok }) => !ok)) print(indented(`\n${evidenceText(clean.verdicts, 3)}`));
  print(indented(`${outcomeLine(clean)}\n`));

  const asExpected = caught.verdicts.some(({ ok }) => !ok) && clean.verdicts.every(({ ok }) => ok);
  process.exitCode = asExpected ? EXIT.held : EXIT.broken;
  if (caught.token === undefined) return;
  say(3, 'Paste this line to have the finding again, event by event, on any machine:');
  print(`npx quicksoak repro ${caught.token}`);
}

function scenario(defects: string[]): Scenario {
  const input = { ...scenarioNamed('swarm'), seed: SEED, nodes: NODES, defects };
  return parseScenario(input, 'tour');
}

/** Undefined when it was interrupted; the exit code is set then. */
async function soaked(order: Scenario): Promise<JudgedRun | undefined> {
  const { seed, nodes, defects } = order;
  const flags = defects.map((id) => ` --defect ${id}`).join('');
  print(indented(`${paint.green('$')} quicksoak soak --seed ${seed} --nodes ${nodes}${flags}\n`));
  const progress = new Progress('   soaking');
  try {
    const run = await workInThread(
      'soak',
      { scenario: order, where: 'tour' },
      { onProgress: (share) => progress.update(share) },
    );
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
