// quicksoak host: soaks a real package, or a class of one's own, on virtual time.
// Invariant: whatever the target does, the run ends with a verdict, and the last line runs it again.
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { counted } from '../../sim/counted.ts';
import { formatDuration, parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { TARGETS } from '../../host/targets.ts';
import { compareWithExpected } from '../../properties/repro/verify.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { comparisonText } from '../format/comparison.ts';
import { evidenceText } from '../format/evidence.ts';
import { headerText } from '../format/header.ts';
import { heapText, notedText } from '../format/hosted.ts';
import { CUT_SHORT_TEXT, shellWord } from '../format/outcome.ts';
import { verdictTable } from '../format/verdicts.ts';
import { hostedChoice } from '../hosted-choice.ts';
import type { HostedChoice } from '../hosted-choice.ts';
import { runHostedSoak } from '../hosted-run.ts';
import type { HostedRunResult, LostRun } from '../hosted-run.ts';
import { addBudgetOptions, addOutputOptions, addRunFileOptions, addScenarioOptions, wholeNumber } from '../options.ts';
import type { BudgetFlags, OutputFlags, RunFileFlags, ScenarioFlags } from '../options.ts';
import { absolutePaths, useText } from '../own-parts.ts';
import { Progress } from '../progress.ts';
import { jsonText, reportOf } from '../result.ts';
import { RunFiles } from '../run-files.ts';
import { onSignals } from '../signals.ts';
import { complain, paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { printRun } from './soak.ts';

interface HostFlags extends ScenarioFlags, BudgetFlags, OutputFlags, RunFileFlags {
  readonly heapSnapshot?: boolean;
  readonly once?: boolean;
  /** Microseconds. */
  readonly hangAfter?: number;
  readonly seeds?: number;
  readonly jobs?: number;
}

const MOST_SEEDS = 10_000;
const INTERRUPTED = 'interrupted, judging what was seen so far; again to quit at once';

const HELP = `
The target is a package by name (below), a hosted model of a module of --use, a file with a scenario of either, or a token of
such a run. Nothing is installed: a target says what it needs. Each run is in a thread of its own, and the second one, by
which the property deterministic is judged, in another.

Targets: ${TARGETS.length === 0 ? 'none' : TARGETS.map(({ name, summary }) => `\n  ${name}  ${summary}`).join('')}

Examples:
  $ quicksoak host my-class --use ./my-hosted.js --nodes 20 --for 10m
  $ quicksoak host my-class --use ./my-hosted.js --config version=2 --profile restart
  $ quicksoak host my-class --use ./my-hosted.js --seeds 20 --jobs 2

Exit codes: 0 held, 1 a property broke, 2 bad usage or input, 3 not deterministic, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `host`. */
export function addHostCommand(program: Command): void {
  const command = program
    .command('host')
    .summary('soak a real package, or your own class, on virtual time')
    .description('Runs unmodified code on virtual time, under churn, and judges every property.')
    .argument('<target>', 'name of a target, of a hosted model of --use, or a token');
  addRunFileOptions(addOutputOptions(addBudgetOptions(addScenarioOptions(command))))
    .option(
      '--hang-after <duration>',
      'one event that takes so much real time is a hang (default: 10s)',
      (text: string) => parseDuration(text, '--hang-after'),
    )
    .option('--heap-snapshot', 'look into closures and private fields as well, by heap snapshots at two calms')
    .option('--once', 'run once only: the property deterministic is not judged')
    .option('--seeds <count>', 'run so many seeds, <seed>/0 and on, a row each', wholeNumber('--seeds', 1, MOST_SEEDS))
    .option('--jobs <count>', 'seeds to run at once (default: one a core)', wholeNumber('--jobs', 1, 1000))
    .addHelpText('after', HELP)
    .action(host);
}

async function host(argument: string, flags: HostFlags): Promise<void> {
  const choice = await hostedChoice(argument, flags);
  if (flags.seeds !== undefined) return hostSeeds(argument, choice, flags);
  if (flags.jobs !== undefined) throw new InputError('bad-usage', '--jobs: received it without --seeds, expected both');
  const files = new RunFiles(flags, choice.model);
  try {
    const result = await withProgress(choice, flags, files);
    process.exitCode = codeOf(result);
    const line = lineOf(argument, choice, result, flags);
    const text = jsonText(reported(choice, result, line));
    if (flags.json === true) process.stdout.write(text);
    else printResult(choice, result, line);
    files.report?.write(text);
    if (result.kind === 'judged') files.write(result.run.outputs);
  } finally {
    files.discard();
  }
}

async function withProgress(choice: HostedChoice, flags: HostFlags, files: RunFiles): Promise<HostedRunResult> {
  let progress: Progress | undefined;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const removeSignals = onSignals(() => {
    Atomics.store(stop, 0, 1);
    progress?.stop();
    complain(INTERRUPTED);
  });
  try {
    return await runHostedSoak({ ...orderOf(choice, flags, stop), outputs: files.outputs }, (told) => {
      if (told.kind === 'progress') progress?.update(told.share);
      else if (flags.json !== true) {
        print(`${headerText(told.header)}\n`);
        progress = new Progress('hosting');
      }
    });
  } finally {
    progress?.stop();
    removeSignals();
  }
}

function orderOf(
  { scenario, where }: HostedChoice,
  flags: HostFlags,
  stop: Int32Array,
): Parameters<typeof runHostedSoak>[0] {
  return {
    scenario,
    where,
    use: absolutePaths(flags.use),
    twice: flags.once !== true,
    outputs: [],
    heapSnapshot: flags.heapSnapshot === true,
    stop,
    ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
    ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
    ...(flags.hangAfter === undefined ? {} : { hangAfterUs: flags.hangAfter }),
  };
}

function codeOf(result: HostedRunResult): number {
  if (result.kind === 'judged') return exitCodeOf(result.run.verdicts, result.run.cutShort);
  return EXIT.broken;
}

/** By token, by a file that is being written, or by the words that were typed, with the seed. */
function lineOf(argument: string, choice: HostedChoice, result: HostedRunResult, flags: HostFlags): string {
  const use = useText(flags.use);
  const token = result.kind === 'judged' ? result.run.token : undefined;
  if (choice.expected !== undefined) return `npx quicksoak host ${shellWord(argument.trim())}${use}`;
  if (token !== undefined) return `npx quicksoak host ${token}${use}`;
  const path = flags.save ?? flags.out;
  if (path !== undefined && result.kind === 'judged' && result.run.cutShort === undefined) {
    return `npx quicksoak host ${shellWord(path)}${use}`;
  }
  const isCut = result.kind === 'judged' && result.run.cutShort !== undefined;
  const words = [
    ...typedWithout(isCut ? [...SEED_FLAGS, ...BUDGET_FLAGS] : SEED_FLAGS),
    '--seed',
    choice.scenario.seed,
  ];
  return ['npx quicksoak', ...words.map((word) => shellWord(word))].join(' ');
}

/** Flags that say which seeds are run, and how many at once. */
const SEED_FLAGS = ['--seed', '--seeds', '--jobs'];
/** A run that spent its budget would spend it again. */
const BUDGET_FLAGS = ['--max-events', '--max-wall'];

/** What was typed behind the command's name, without some flags and their values. */
function typedWithout(flags: readonly string[]): string[] {
  const typed = process.argv.slice(2);
  return typed.filter((word, place) => {
    const isFlag = flags.some((flag) => word === flag || word.startsWith(`${flag}=`));
    return !isFlag && !flags.includes(typed[place - 1] ?? '');
  });
}

function reported(choice: HostedChoice, result: HostedRunResult, line: string): object {
  const noted = result.kind === 'judged' ? result.noted : result.lost.noted;
  if (result.kind === 'judged')
    return { ...reportOf(choice.scenario, result.run, line), noted, heapSnapshot: result.heap ?? null };
  const { outcome, verdict, endUs, eventCount, wallMs } = result.lost;
  const { seed } = choice.scenario;
  const properties = [{ ...verdict, firstBrokenUs: verdict.firstBrokenUs ?? null }];
  const rest = { properties, endUs, events: eventCount, wallMs: Math.round(wallMs), repro: line, noted };
  return { version: VERSION, seed, digest: null, ok: false, outcome, ...rest, scenario: choice.scenario };
}

function printResult(choice: HostedChoice, result: HostedRunResult, line: string): void {
  if (result.kind === 'lost') return printLost(result.lost, line);
  const noted = notedText(result.noted);
  if (noted !== '') print(`${noted}\n`);
  if (result.heap !== undefined) print(`${heapText(result.heap)}\n`);
  if (choice.expected !== undefined) {
    const comparison = compareWithExpected(choice.expected, result.run);
    print(`${comparisonText(comparison, { edited: false, asksFixed: false })}\n`);
  }
  printRun(result.run, line);
}

function printLost({ verdict, endUs, eventCount, wallMs }: LostRun, line: string): void {
  print(`${verdictTable([verdict])}\n`);
  print(`${evidenceText([verdict])}\n`);
  const reached = `${formatDuration(endUs)} virtual in ${(wallMs / 1000).toFixed(1)} s, ${counted(eventCount, 'event')}`;
  print(`${paint.red('no verdict on the rest')}  ${paint.dim(reached)}`);
  print(line);
}

/** Many seeds, a row each, several at once. */
async function hostSeeds(argument: string, choice: HostedChoice, flags: HostFlags): Promise<void> {
  const { seeds = 1, jobs = availableParallelism() } = flags;
  const given = (['save', 'flame', 'heap', 'timeline'] as const).find((name) => flags[name] !== undefined);
  if (given !== undefined) {
    throw new InputError('contradiction', `--${given}: received it with --seeds, expected one run for a file`);
  }
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const removeSignals = onSignals(() => {
    Atomics.store(stop, 0, 1);
    complain(INTERRUPTED);
  });
  const root = choice.scenario.seed;
  const results = new Map<number, { chosen: HostedChoice; result: HostedRunResult }>();
  let next = 0;
  let shown = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < seeds && Atomics.load(stop, 0) === 0; number = next++) {
      const chosen = { ...choice, scenario: { ...choice.scenario, seed: `${root}/${number}` } };
      results.set(number, { chosen, result: await runHostedSoak(orderOf(chosen, flags, stop)) });
      for (let done = results.get(shown); done !== undefined; done = results.get(++shown)) {
        if (flags.json !== true) print(rowOf(argument, done.chosen, done.result, flags));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, work));
  } finally {
    removeSignals();
  }
  const done = [...results].toSorted(([a], [b]) => a - b).map(([, one]) => one);
  const codes = done.map(({ result }) => codeOf(result));
  process.exitCode = SEVERITY.find((code) => codes.includes(code)) ?? EXIT.held;
  const held = codes.filter((code) => code === EXIT.held).length;
  const reports = done.map(({ chosen, result }) => reported(chosen, result, lineOf(argument, chosen, result, flags)));
  if (flags.json === true) process.stdout.write(jsonText({ version: VERSION, seed: root, runs: reports }));
  else print(`${held} of ${done.length} held`);
}

/** Exit codes, the one that wins first. */
const SEVERITY = [EXIT.interrupted, EXIT.broken, EXIT.notDeterministic, EXIT.budgetSpent] as const;

function rowOf(argument: string, choice: HostedChoice, result: HostedRunResult, flags: HostFlags): string {
  const { verdicts, cutShort } =
    result.kind === 'judged' ? result.run : { verdicts: [result.lost.verdict], cutShort: undefined };
  const broke = verdicts.filter(({ ok }) => !ok);
  const seed = choice.scenario.seed.padEnd(12);
  if (broke.length === 0 && cutShort !== undefined) {
    return `${paint.yellow('cut  ')}  ${seed}  ${CUT_SHORT_TEXT[cutShort]}`;
  }
  if (broke.length === 0) return `${paint.green('held ')}  ${seed}`;
  const first = broke[0]!.evidence[0]?.text ?? broke[0]!.figure;
  const names = broke.map(({ name }) => name).join(', ');
  return `${paint.red('broke')}  ${seed}  ${names}: ${first}\n       ${lineOf(argument, choice, result, flags)}`;
}
