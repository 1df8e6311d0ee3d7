// quicksoak export: writes what happened in a run, or in a window of it, in a standard format.
// Invariant: the file is proved before the run and written whole or not at all; the same scenario gives the same bytes.
import type { Command } from 'commander';
import { formatDuration, MAX_DURATION_US, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import { exportRun, windowOf } from '../../properties/traces/export.ts';
import type { Exported } from '../../properties/traces/export.ts';
import { EXPORT_FORMATS, exportFormat, refuseMisfits } from '../../properties/traces/formats.ts';
import type { WriterTerms } from '../../properties/traces/formats.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { refuseHosted } from '../hosted-choice.ts';
import { addScenarioOptions, addWallOption } from '../options.ts';
import type { BudgetFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { catalogueOf } from '../own-parts.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { Patience, takeSteps } from '../steps.ts';
import { complain, paint, print } from '../terminal.ts';

interface ExportFlags extends ScenarioFlags, Pick<BudgetFlags, 'maxWall'> {
  readonly out?: string;
  /** Microseconds, as all times here. */
  readonly from?: number;
  readonly to?: number;
  readonly at?: number;
  readonly every?: number;
  readonly epoch?: number;
}

/** What virtual time 0 stands for where times are dates; 0 would mean "unknown" in OTLP. */
const USUAL_EPOCH = '2000-01-01T00:00:00Z';
/** So many samples are taken of a window without `--every`, about. */
const USUAL_SAMPLES = 240;
/** Most samples of a window: they are held. */
const MOST_SAMPLES = 100_000;
const SECOND_US = 1_000_000;

const HELP = `
Formats:
${EXPORT_FORMATS.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

A window begins with what is open by then and ends with what is left open. Messages are those that the network carried:
what a fault dropped before it left is not among them.

Examples:
  $ quicksoak export chrome stuck-loops --seed 7 --to 5m --out trace.json      open it in ui.perfetto.dev
  $ quicksoak export otlp mesh --seed 7 --from 1m --to 90s --out spans.json    upload it in Jaeger
  $ quicksoak export shiviz swarm --seed 7 --nodes 5 --to 5s --out log.txt     upload it in ShiViz
  $ quicksoak export dot qs1-... --at 12m30s --out mesh.dot                    the topology at a moment
  $ quicksoak export csv swarm --seed 7 --every 10s --out - | head

Exit codes: 0 written, 2 bad usage or input, 4 a budget ran out, 130 interrupted; nothing is written then.`;

/** Adds the command `export`. */
export function addExportCommand(program: Command): void {
  const command = program
    .command('export')
    .summary('write a run as traces, metrics or topology in a standard format')
    .description('Runs a scenario once and writes what happened in it, or in a window of it, in a standard format.')
    .argument('<format>', EXPORT_FORMATS.map(({ name }) => name).join(', '))
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)');
  addWallOption(addScenarioOptions(command))
    .option('--out <file>', 'the file to write, or - for standard output (required)')
    .option('--from <time>', 'virtual time at which the window begins (default: the start)', timeFlag('--from'))
    .option('--to <time>', 'virtual time at which it ends (default: the end of the run)', timeFlag('--to'))
    .option('--at <time>', 'one moment in place of a window, of the topology', timeFlag('--at'))
    .option('--every <duration>', 'distance of the samples of metrics (default: about 240 in all)', (text: string) =>
      parseDuration(text, '--every'),
    )
    .option('--epoch <date>', `the date that virtual time 0 stands for (default: ${USUAL_EPOCH})`, dateFlag)
    .addHelpText('after', HELP)
    .action(exportScenario);
}

async function exportScenario(name: string, argument: string | undefined, flags: ExportFlags): Promise<void> {
  const format = exportFormat(name);
  const { at, every, epoch } = flags;
  refuseMisfits(format, { at: at !== undefined, every: every !== undefined, epoch: epoch !== undefined });
  if (at !== undefined && (flags.from !== undefined || flags.to !== undefined)) {
    const flag = flags.from === undefined ? '--to' : '--from';
    throw new InputError('contradiction', `--at: received it with ${flag}, expected a moment or a window`);
  }
  if (flags.out === undefined) {
    throw new InputError(
      'missing-value',
      'export: received no --out, expected the file to write, such as --out run.json',
    );
  }
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  refuseHosted(scenario, catalogue, 'export');
  const soak = resolveScenario(scenario, where, catalogue);
  const window = at === undefined ? windowOf(soak, flags.from, flags.to) : { fromUs: at, toUs: at };
  if (at !== undefined) windowOf(soak, at, undefined, '--at');
  const terms: WriterTerms = {
    ...window,
    soak,
    everyUs: format.samples ? distanceOf(window, every) : 0,
    epochUs: epoch ?? dateFlag(USUAL_EPOCH),
    isSnapshot: at !== undefined,
  };
  const out = flags.out === '-' ? undefined : new OutputFile(flags.out);
  // What is piped on must not be mixed with words.
  const isQuiet = out?.isFile !== true;
  const write = (piece: string): void => {
    if (out === undefined) process.stdout.write(piece);
    else out.append(piece);
  };
  if (!isQuiet) print(`${headerText(soak.header)}\n`);
  const patience = new Patience(flags.maxWall);
  try {
    const work = exportRun(soak, terms, (text) => format.writer(text, terms), write);
    const done = await takeSteps(work, isQuiet ? undefined : 'exporting', (share) => share, patience);
    if (done === undefined) {
      const isOver = patience.cause === 'wall-spent';
      complain(`${isOver ? 'the budget of real time is spent' : 'interrupted'}, so that nothing is written`);
      process.exitCode = isOver ? EXIT.budgetSpent : EXIT.interrupted;
      return;
    }
    out?.write('');
    if (!isQuiet) print(summaryOf(flags.out, terms, done, format.use));
  } finally {
    out?.discard();
  }
}

function summaryOf(path: string, { fromUs, toUs }: WriterTerms, { tally, digest }: Exported, use: string): string {
  const span = fromUs === toUs ? `at ${formatDuration(toUs)}` : `${formatDuration(fromUs)} to ${formatDuration(toUs)}`;
  return `${paint.bold(path)}: ${tally}, ${span} (digest ${digest} by then)\n${use}`;
}

/**
 * Distance of the samples in a window, in microseconds.
 *
 * @throws {InputError} `bad-every` when it makes too many.
 */
function distanceOf({ fromUs, toUs }: { fromUs: number; toUs: number }, every: number | undefined): number {
  const lengthUs = toUs - fromUs;
  if (every === undefined) return Math.max(1, Math.ceil(lengthUs / USUAL_SAMPLES / SECOND_US)) * SECOND_US;
  const count = Math.floor(lengthUs / every) + 1;
  if (count <= MOST_SAMPLES) return every;
  const message = `--every: received ${formatDuration(every)}, which makes ${count} samples, expected at most ${MOST_SAMPLES}`;
  throw new InputError('bad-every', message, { every, count });
}

function timeFlag(flag: string): (text: string) => number {
  return (text) => parseDuration(text, flag, { allowZero: true });
}

/** Microseconds since 1970 of a date that leaves room for the longest run. */
function dateFlag(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  const latestMs = Date.parse('2200-01-01T00:00:00Z');
  if (ms > 0 && ms * 1000 + MAX_DURATION_US < latestMs * 1000) return ms * 1000;
  const message = `--epoch: received ${shown(text)}, expected a date in UTC after 1970, such as ${USUAL_EPOCH}`;
  throw new InputError('bad-date', message, { received: text });
}
