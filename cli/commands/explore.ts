// quicksoak explore: serves the explorer's page on this machine, and says where.
// Invariant: nothing but 127.0.0.1 is listened on, nothing is opened, and the command lasts until it is interrupted.
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { looksLikeToken } from '../../properties/repro/token.ts';
import { addressOf, explorerPage } from '../explorer-page.ts';
import { serveExplorer } from '../explorer-server.ts';
import { addScenarioOptions, wholeNumber } from '../options.ts';
import type { ScenarioFlags } from '../options.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { onSignals } from '../signals.ts';
import { paint, print } from '../terminal.ts';

interface ExploreFlags extends ScenarioFlags {
  readonly port: number;
}

const DEFAULT_PORT = 7017;

const HELP = `
The page simulates in the browser: run, pause, step by events, go back, compare two runs. It asks nothing of any other place.

Examples:
  $ quicksoak explore                             the page, to set up a run in it
  $ quicksoak explore stuck-loops --seed 1        a scenario
  $ quicksoak explore qs1-AFZqQdYG...             a token, as a broken run prints one
  $ quicksoak explore --port 0                    on a port that is free

Exit codes: 0 ended by Ctrl-C, 2 bad usage or input.`;

/** Adds the command `explore`. */
export function addExploreCommand(program: Command): void {
  const command = program
    .command('explore')
    .summary('serve the explorer on this machine: see a run, step through it, compare two')
    .description("Serves the explorer's page on 127.0.0.1 until it is interrupted, and prints its address.")
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: none, to set one up in the page)')
    .option(
      '--port <number>',
      'port to listen on; 0 for one that is free',
      wholeNumber('--port', 0, 65_535),
      DEFAULT_PORT,
    );
  addScenarioOptions(command).addHelpText('after', HELP).action(explore);
}

async function explore(argument: string | undefined, flags: ExploreFlags): Promise<void> {
  const hash = hashOf(argument, flags);
  const server = await serveExplorer(explorerPage(), flags.port);
  print(`${paint.bold('explorer')} at ${paint.cyan(`${server.url}${hash === '' ? '' : `#${hash}`}`)}`);
  print(paint.dim('Ctrl-C ends it'));
  await new Promise<void>((resolve) => {
    onSignals(resolve);
  });
  await server.close();
}

/** What the address says after the #; empty when nothing was asked for. */
function hashOf(argument: string | undefined, { port: _port, use, ...given }: ExploreFlags): string {
  if (use !== undefined) {
    const message = `--use: received it, expected no module, as a page runs the models of quicksoak alone; quicksoak soak --html shows a run of yours`;
    throw new InputError('bad-usage', message, { flag: '--use' });
  }
  if (argument === undefined && Object.keys(given).length === 0) return '';
  const { scenario } = scenarioOrTokenFrom(argument, given);
  if (argument !== undefined && looksLikeToken(argument.trim())) return `run=${argument.trim()}`;
  return addressOf(scenario);
}
