// The command line as a whole: its commands, and what becomes of an error.
// Invariant: a mistake of the user is one sentence on standard error and exit code 2; only our own bugs show a stack.
import { Command, CommanderError } from 'commander';
import { InputError } from '../sim/errors.ts';
import { shown, unknownName } from '../sim/input.ts';
import { EXIT } from './exit-codes.ts';
import { withShortList } from './known-names.ts';
import { complain, guardStreams } from './terminal.ts';
import { VERSION } from './version.ts';

const HELP = `
Start with:
  $ quicksoak tour                      a leak caught, the same seed without it, in seconds
  $ quicksoak soak                      judge the default scenario, with a fresh seed
  $ quicksoak list                      what can be named

Exit codes: 0 held, 1 a property broke, 2 bad usage or input, 3 not deterministic, 4 a budget ran out, 130 interrupted.`;

/** The commands in the order of the help. One that is typed is loaded alone: loading all takes longer than many a run. */
const COMMANDS: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  soak: async () => (await import('./commands/soak.ts')).addSoakCommand,
  host: async () => (await import('./commands/host.ts')).addHostCommand,
  sweep: async () => (await import('./commands/sweep.ts')).addSweepCommand,
  power: async () => (await import('./commands/power.ts')).addPowerCommand,
  list: async () => (await import('./commands/list.ts')).addListCommand,
  tour: async () => (await import('./commands/tour.ts')).addTourCommand,
  repro: async () => (await import('./commands/repro.ts')).addReproCommand,
  shrink: async () => (await import('./commands/shrink.ts')).addShrinkCommand,
  explain: async () => (await import('./commands/explain.ts')).addExplainCommand,
  explore: async () => (await import('./commands/explore.ts')).addExploreCommand,
  ablate: async () => (await import('./commands/ablate.ts')).addAblateCommand,
  incidents: async () => (await import('./commands/incidents.ts')).addIncidentsCommand,
  corpus: async () => (await import('./commands/corpus.ts')).addCorpusCommand,
  check: async () => (await import('./commands/check.ts')).addCheckCommand,
  'check-determinism': async () => (await import('./commands/check-determinism.ts')).addCheckDeterminismCommand,
  inspect: async () => (await import('./commands/inspect.ts')).addInspectCommand,
  export: async () => (await import('./commands/export.ts')).addExportCommand,
  'export-plan': async () => (await import('./commands/export-plan.ts')).addExportPlanCommand,
  figures: async () => (await import('./commands/figures.ts')).addFiguresCommand,
};

/** Codes of errors for a name that a module of `--use` may have. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'unknown-scenario',
  'unknown-model',
  'unknown-property',
  'unknown-target',
]);

/**
 * Runs the command and sets the exit code of the process.
 *
 * @param words - What was typed after the command's name.
 */
export async function runCommand(words: readonly string[]): Promise<void> {
  guardStreams();
  try {
    const program = await quicksoak(words[0]);
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = tell(hinted(error, words));
    // What such a module has left running must not keep the command from its end.
    // oxlint-disable-next-line unicorn/no-process-exit -- nothing is under way that could be lost
    if (error instanceof InputError && error.code === 'unsettled-module') process.exit();
  }
}

/** A long list of names is told in short, and what is not known may be of a module that the user forgot to name. */
function hinted(error: unknown, words: readonly string[]): unknown {
  if (!(error instanceof InputError)) return error;
  const message = withShortList(error);
  const asksUse = OWN_NAMES.has(error.code) && !words.some((word) => /^--use(=|$)/.test(word));
  const hint = asksUse ? '; a model or property of your own is known with --use <module>' : '';
  return new InputError(error.code, `${message}${hint}`, error.details);
}

/** The command line with the command of this name, or with all: an action sets `process.exitCode` or throws an {@link InputError}. */
async function quicksoak(name: string | undefined): Promise<Command> {
  const program = new Command('quicksoak')
    .description('Soaks a simulated peer-to-peer mesh under churn and judges what it leaves behind.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', HELP);
  const typed = name !== undefined && Object.hasOwn(COMMANDS, name) ? [COMMANDS[name]!] : Object.values(COMMANDS);
  for (const add of await Promise.all(typed.map((load) => load()))) add(program);
  for (const command of [program, ...program.commands]) refuseInOneSentence(command);
  return program;
}

/** Makes a command throw an {@link InputError} where commander would print and exit. */
function refuseInOneSentence(command: Command): void {
  command.configureOutput({ outputError: () => {} });
  command.showSuggestionAfterError(false);
  command.exitOverride((error) => {
    throw error.exitCode === 0 ? error : usageError(command, error);
  });
}

function usageError(command: Command, { code, message }: CommanderError): InputError {
  const name = command.parent === null ? '' : command.name();
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  if (code === 'commander.unknownOption') {
    const flags = [...command.options.flatMap(({ long }) => long ?? []), '--help'];
    const [flag = '', value] = quoted.split('=', 2);
    if (!flags.includes(flag)) return unknownName('flag', flag, flags, name === '' ? undefined : name);
    return new InputError('bad-usage', `${flag}: received ${shown(value)}, expected no value`, { flag });
  }
  if (code === 'commander.unknownCommand') {
    return unknownName('command', quoted, [...command.commands.map((one) => one.name()), 'help']);
  }
  if (code === 'commander.optionMissingArgument') {
    return new InputError('missing-value', `${quoted}: received nothing after it, expected a value`, { quoted });
  }
  const said = message.replace(/^error: /, '').replace(/\.$/, '');
  return new InputError('bad-usage', said, { code });
}

function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  if (error instanceof InputError) {
    complain(error.message);
    return error.code === 'out-of-memory' ? EXIT.budgetSpent : EXIT.usage;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`quicksoak: a bug of quicksoak; please report it with what was typed.\n${text}\n`);
  return EXIT.internal;
}
