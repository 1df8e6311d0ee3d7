// quicksoak inspect: a node's state at a virtual time, what its last event changed, and its next event.
// Invariant: the run is the scenario's own; what is left out of the print is counted, and --full leaves out nothing.
import type { Command } from 'commander';
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import type { OpenTask } from '../../sim/tasks/open-tasks.ts';
import { changesData, describeChanges } from '../../sim/recording/change.ts';
import { UNLIMITED, describeState, stateData } from '../../sim/recording/describe.ts';
import type { ShowLimits } from '../../sim/recording/describe.ts';
import { inspection } from '../../properties/soak/inspect.ts';
import type { AbsentNode, InspectedEvent, InspectedNode, Span } from '../../properties/soak/inspect.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import { EXIT } from '../exit-codes.ts';
import { headerText } from '../format/header.ts';
import { borderless } from '../format/verdicts.ts';
import { addScenarioOptions, peerIndex } from '../options.ts';
import { catalogueOf } from '../own-parts.ts';
import type { ScenarioFlags } from '../options.ts';
import { refuseHosted } from '../hosted-choice.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { takeSteps } from '../steps.ts';
import { columns, complain, paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface InspectFlags extends ScenarioFlags {
  readonly peer?: number;
  /** Microseconds. */
  readonly at?: number;
  readonly json?: boolean;
  readonly full?: boolean;
}

/** Short enough for a state to fit a screen or two. */
const BRIEF: ShowLimits = { items: 12, characters: 24 };

const HELP = `
Examples:
  $ quicksoak inspect --seed 7 --peer 3 --at 12m30s
  $ quicksoak inspect qs1-ACEwCIl-NA7kI-iLyNarVipWsgISqakpSlZK5kq1OkpJSlbRsbUA --peer 3 --at 12m30s --json

Exit codes: 0 shown, 2 bad usage or input, 130 interrupted.`;

/** Adds the command `inspect`. */
export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .summary("show a node's state at a virtual time, and what an event changed")
    .description(
      "Runs a scenario in recording mode and shows one node's state at a virtual time, what the last event before it changed, and the next event.",
    )
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)')
    // Not commander's way to require, which asks for one after the other.
    .option('--peer <index>', 'the peer, such as 7 or p7 (required)', peerIndex('--peer'))
    .option('--at <time>', 'virtual time, such as 12m30s (required)', (text: string) =>
      parseDuration(text, '--at', { allowZero: true }),
    );
  addScenarioOptions(command)
    .option('--full', 'print everything, however long (--json always does)')
    .option('--json', 'print one JSON object and nothing else')
    .addHelpText('after', HELP)
    .action(inspect);
}

async function inspect(argument: string | undefined, flags: InspectFlags): Promise<void> {
  const { peer, at } = momentOf(flags);
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  refuseHosted(scenario, catalogue, 'inspect');
  const soak = resolveScenario(scenario, where, catalogue);
  const label = flags.json === true ? undefined : 'recording';
  const node = await takeSteps(inspection(soak, peer, at), label, (share) => share);
  if (node === undefined) {
    complain(`interrupted before ${formatDuration(at)} was reached`);
    process.exitCode = EXIT.interrupted;
    return;
  }
  if (flags.json === true) {
    const about = { version: VERSION, seed: soak.seed, peer, atUs: at };
    process.stdout.write(jsonText({ ...about, ...dataOf(node), scenario }));
    return;
  }
  print(`${headerText(soak.header)}\n`);
  const width = columns === undefined ? {} : { width: columns };
  const limits: ShowLimits = { ...(flags.full === true ? UNLIMITED : BRIEF), ...width };
  print(linesOf(`p${peer}`, at, node, limits).join('\n'));
}

/**
 * Whom to inspect, and when.
 *
 * @throws {InputError} `missing-value` that names all that is missing.
 */
function momentOf({ peer, at }: InspectFlags): { peer: number; at: number } {
  if (peer !== undefined && at !== undefined) return { peer, at };
  const received = peer === undefined ? (at === undefined ? 'neither --peer nor --at' : 'no --peer') : 'no --at';
  const expected = 'expected the peer and the virtual time to show, such as --peer 3 --at 12m30s';
  throw new InputError('missing-value', `inspect: received ${received}, ${expected}`);
}

function dataOf(node: InspectedNode | AbsentNode): object {
  if (!node.running) return { running: false, lives: node.lives.map(spanData) };
  const { incarnation, life, state, tasks, last, next } = node;
  return {
    running: true,
    incarnation,
    life: spanData(life),
    state: stateData(state),
    ...(tasks === undefined ? {} : { tasks: tasks.map(taskData) }),
    last: { number: last.number, ...eventData(last) },
    next: next === undefined ? null : eventData(next),
  };
}

function spanData({ fromUs, untilUs }: Span): object {
  return { fromUs, untilUs: untilUs ?? null };
}

function eventData({ atUs, input, changes }: InspectedEvent): object {
  return { atUs, input, ...(changes === undefined ? {} : { changes: changesData(changes) }) };
}

function taskData({ subject, ...task }: OpenTask): object {
  return { ...task, subject: subject === undefined ? null : String(subject) };
}

function linesOf(peer: string, atUs: number, node: InspectedNode | AbsentNode, limits: ShowLimits): string[] {
  const at = formatDuration(atUs);
  if (!node.running) {
    const lives = node.lives.map((life) => `  ran ${spanText(life)}`);
    const ran =
      lives.length === 0 ? ['  it did not run in this run: its plan named it, and the action was inert'] : lives;
    return [paint.bold(`${peer} was not running at ${at}`), ...ran];
  }
  const { incarnation, life, state, tasks, last, next } = node;
  const nextLines = next === undefined ? ['  none before the run ends'] : eventLines(next, limits);
  return [
    paint.bold(`${peer} at ${at}`) + paint.dim(`, incarnation ${incarnation} of the run, ran ${spanText(life)}`),
    ...describeState(state, limits, '  '),
    '',
    ...(tasks === undefined ? [] : [...taskLines(tasks), '']),
    paint.bold('last event') + paint.dim(`, number ${last.number} of this life`),
    ...eventLines(last, limits),
    '',
    paint.bold('next event'),
    ...nextLines,
  ];
}

/** The open tasks by spawn path, oldest first. */
function taskLines(tasks: readonly OpenTask[]): string[] {
  const rows = tasks
    .toSorted((a, b) => a.bornUs - b.bornUs)
    .map(({ path, subject, ageUs, standing }) => [
      path.replaceAll('/', ' / '),
      subject === undefined ? '' : String(subject),
      formatDuration(ageUs),
      standing,
    ]);
  return [
    paint.bold(`${tasks.length} open tasks`),
    ...borderless(['spawn path', 'serves', 'age', 'standing'], rows, 2, 2)
      .split('\n')
      .map((line) => `  ${line}`),
  ];
}

function eventLines({ atUs, input, changes }: InspectedEvent, limits: ShowLimits): string[] {
  if (changes === undefined) return [`  ${paint.cyan(input)} at ${formatDuration(atUs)}`];
  const changed = changes.length === 0 ? [paint.dim('changed nothing')] : describeChanges(changes, limits);
  return [`  ${paint.cyan(input)} at ${formatDuration(atUs)}`, ...changed.map((line) => `    ${line}`)];
}

function spanText({ fromUs, untilUs }: Span): string {
  const from = `from ${formatDuration(fromUs)}`;
  return untilUs === undefined ? `${from} on` : `${from} until ${formatDuration(untilUs)}`;
}
