// quicksoak check-determinism: one scenario run three times, and the first event at which two runs part.
// Invariant: two runs share this process and take turns, the third has a process of its own; all are alike or it ends
// with 3, and where only digests part both sides run once more to find the event.
import type { Command } from 'commander';
import { counted } from '../../sim/counted.ts';
import {
  CHUNK_EVENTS,
  comparison,
  digestDivergence,
  firstDifference,
  laneOf,
  toldEvents,
} from '../../properties/soak/compare.ts';
import type { ComparisonProgress, DigestDivergence, Divergence } from '../../properties/soak/compare.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import { startDigestProcess, startTellingProcess } from '../digest-process.ts';
import { toldIfEnded } from '../early-end.ts';
import { EXIT } from '../exit-codes.ts';
import type { CutShort } from '../exit-codes.ts';
import { divergenceLines } from '../format/divergence.ts';
import { headerText } from '../format/header.ts';
import { CUT_SHORT_TEXT } from '../format/outcome.ts';
import { addBudgetOptions, addOutputOptions, addScenarioOptions } from '../options.ts';
import type { BudgetFlags, OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf } from '../own-parts.ts';
import { refuseHosted } from '../hosted-choice.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { Patience, takeSteps, unlessInterrupted } from '../steps.ts';
import { paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface CheckFlags extends ScenarioFlags, BudgetFlags, OutputFlags {}

/** What was found, as `--json` prints it. */
interface Check {
  readonly version: string;
  readonly seed: string;
  readonly ok: boolean;
  /** Null when the runs in this process part, or were cut short. */
  readonly digest: string | null;
  /** Events in which the runs in this process were alike. */
  readonly events: number;
  readonly interrupted: boolean;
  /** Why it ended before the runs were compared to their end; null when they were, or parted. */
  readonly cutShort: CutShort | null;
  /** Where the runs in this process part; null when they do not. */
  readonly divergence: Divergence | null;
  /** Where the run in another process parts from them; null when it does not, or was not waited for. */
  readonly otherProcess: ProcessDivergence | null;
  readonly scenario: Soak['scenario'];
}

/** Where the runs of two processes part. */
interface ProcessDivergence extends DigestDivergence {
  /** The event; null when two further runs, made to find it, did not part there, or did not come to it. */
  readonly divergence: Divergence | null;
  /** Why those two came to no end; null when they did. */
  readonly cutShort: CutShort | null;
}

const HELP = `
Examples:
  $ quicksoak check-determinism
  $ quicksoak check-determinism --seed 7 --nodes 100 --profile restart
  $ quicksoak check-determinism finding.json --max-wall 90s

Exit codes: 0 deterministic, 2 bad usage or input, 3 not deterministic, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `check-determinism`. */
export function addCheckDeterminismCommand(program: Command): void {
  const command = program
    .command('check-determinism')
    .summary('run a scenario three times and name the first difference')
    .description(
      'Runs a scenario twice in this process, in turns, and once in another, and names the first difference.',
    )
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)');
  addOutputOptions(addBudgetOptions(addScenarioOptions(command)))
    .addHelpText('after', HELP)
    .action(checkDeterminism);
}

async function checkDeterminism(argument: string | undefined, flags: CheckFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  refuseHosted(scenario, catalogue, 'check-determinism');
  const soak = resolveScenario(scenario, where, catalogue);
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  try {
    if (flags.json !== true) print(`${headerText(soak.header)}\n`);
    const check = await toldIfEnded(() => checkOf(soak, flags));
    process.exitCode = exitCodeOf(check);
    const text = jsonText(check);
    if (flags.json === true) process.stdout.write(text);
    else print(checkLines(check).join('\n'));
    out?.write(text);
  } finally {
    out?.discard();
  }
}

function exitCodeOf({ ok, cutShort }: Check): number {
  if (cutShort !== null) return cutShort === 'interrupted' ? EXIT.interrupted : EXIT.budgetSpent;
  return ok ? EXIT.held : EXIT.notDeterministic;
}

async function checkOf(soak: Soak, { maxEvents = Infinity, maxWall, json, use: paths }: CheckFlags): Promise<Check> {
  const use = absolutePaths(paths);
  const label = json === true ? undefined : 'comparing';
  const patience = new Patience(maxWall);
  const other = startDigestProcess(soak.scenario, use);
  try {
    const digests: string[] = [];
    let events = 0;
    const runs = comparison(
      () => laneOf(soak),
      () => laneOf(soak),
    );
    const onStep = ({ digest, eventCount, share }: ComparisonProgress): number => {
      digests.push(digest);
      events = eventCount;
      if (eventCount >= maxEvents && share < 1) patience.end('events-spent');
      return share;
    };
    const result = await takeSteps(runs, label, onStep, patience);
    const here = { digests, eventCount: events };
    const there = result?.kind === 'same' ? await unlessInterrupted(other.result, patience) : undefined;
    const parted = there === undefined ? undefined : digestDivergence(here, there);
    const told = parted === undefined ? undefined : await eventWhereParted(soak, use, parted, label, patience);
    const compared = result?.kind === 'diverged' || there !== undefined;
    const cutShort = compared ? null : (patience.cause ?? null);
    return {
      version: VERSION,
      seed: soak.seed,
      ok: there !== undefined && parted === undefined,
      digest: result?.kind === 'same' ? result.digest : null,
      events: result?.kind === 'diverged' ? result.divergence.index : events,
      interrupted: cutShort === 'interrupted',
      cutShort,
      divergence: result?.kind === 'diverged' ? result.divergence : null,
      otherProcess:
        parted === undefined ? null : { ...parted, divergence: told ?? null, cutShort: patience.cause ?? null },
      scenario: soak.scenario,
    };
  } finally {
    other.stop();
  }
}

/** Runs both sides once more, told event by event; undefined when they do not part there, or on an interruption. */
async function eventWhereParted(
  soak: Soak,
  use: readonly string[],
  { fromIndex, untilIndex }: DigestDivergence,
  label: string | undefined,
  patience: Patience,
): Promise<Divergence | undefined> {
  // What a message holds may differ a while before it shows in a digest.
  const stretch = { fromIndex: Math.max(0, fromIndex - CHUNK_EVENTS), untilIndex };
  const other = startTellingProcess(soak.scenario, use, stretch);
  try {
    const here = await takeSteps(toldEvents(laneOf(soak), stretch), label, (done) => done / untilIndex, patience);
    const there = here === undefined ? undefined : await unlessInterrupted(other.result, patience);
    return here === undefined || there === undefined ? undefined : firstDifference(here, there, stretch);
  } finally {
    other.stop();
  }
}

function checkLines({ cutShort, events, divergence, otherProcess, digest }: Check): string[] {
  if (cutShort !== null) {
    const why = `${CUT_SHORT_TEXT[cutShort]}${cutShort === 'interrupted' ? ':' : ';'}`;
    return [paint.yellow(`${why} the runs were alike in their first ${events} events`)];
  }
  if (divergence !== null) {
    return [
      `${paint.red('✗')} two runs in this process part`,
      ...divergenceLines(divergence).map((line) => `  ${line}`),
    ];
  }
  const alike = `${paint.green('✓')} two runs in this process: ${counted(events, 'event')}, all alike`;
  if (otherProcess === null) {
    return [alike, `${paint.green('✓')} a run in another process: the same digest`, `deterministic, digest ${digest}`];
  }
  return [
    alike,
    `${paint.red('✗')} a run in another process parts from them`,
    ...processLines(otherProcess).map((line) => `  ${line}`),
  ];
}

function processLines({ fromIndex, untilIndex, here, there, divergence, cutShort }: ProcessDivergence): string[] {
  if (divergence !== null) return divergenceLines(divergence, ['here', 'there']);
  const search = cutShort === null ? 'did not part there' : `came to no end (${CUT_SHORT_TEXT[cutShort]})`;
  return [
    `between events ${fromIndex} and ${untilIndex}; two more runs, to find the event, ${search}`,
    `digest here: ${here ?? 'none, it had ended'}; there: ${there ?? 'none, it had ended'}`,
  ];
}
