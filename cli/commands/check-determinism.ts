// quicksoak check-determinism: one scenario run three times, and the first event at which two runs part.
// Invariant: two runs share this process and take turns, the third has a process of its own; all are alike or it ends with 3.
import type { Command } from 'commander';
import { comparison, digestDivergence, laneOf } from '../../properties/soak/compare.ts';
import type { Comparison, DigestDivergence, Divergence, RunDigests } from '../../properties/soak/compare.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import { startDigestProcess } from '../digest-process.ts';
import { EXIT } from '../exit-codes.ts';
import { divergenceLines } from '../format/divergence.ts';
import { headerText } from '../format/header.ts';
import { addOutputOptions, addScenarioOptions } from '../options.ts';
import type { OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf } from '../own-parts.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { takeSteps, unlessInterrupted } from '../steps.ts';
import { paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface CheckFlags extends ScenarioFlags, OutputFlags {}

/** What was found, as `--json` prints it. */
interface Check {
  readonly version: string;
  readonly seed: string;
  readonly ok: boolean;
  /** Null when the runs in this process part, or were interrupted. */
  readonly digest: string | null;
  /** Events in which the runs in this process were alike. */
  readonly events: number;
  readonly interrupted: boolean;
  /** Where the runs in this process part; null when they do not. */
  readonly divergence: Divergence | null;
  /** Where the run in another process parts from them; null when it does not, or was not waited for. */
  readonly otherProcess: DigestDivergence | null;
  readonly scenario: Soak['scenario'];
}

const HELP = `
Examples:
  $ quicksoak check-determinism
  $ quicksoak check-determinism --seed 7 --nodes 100 --profile restart
  $ quicksoak check-determinism finding.json

Exit codes: 0 deterministic, 2 bad usage or input, 3 not deterministic, 130 interrupted.`;

/** Adds the command `check-determinism`. */
export function addCheckDeterminismCommand(program: Command): void {
  const command = program
    .command('check-determinism')
    .summary('run a scenario three times and name the first difference')
    .description(
      'Runs a scenario twice in this process, in turns, and once in another, and names the first difference.',
    )
    .argument('[scenario]', 'name of a scenario, a JSON file, or a token (default: swarm)');
  addOutputOptions(addScenarioOptions(command)).addHelpText('after', HELP).action(checkDeterminism);
}

async function checkDeterminism(argument: string | undefined, flags: CheckFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  const soak = resolveScenario(scenario, where, catalogue);
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  try {
    if (flags.json !== true) print(`${headerText(soak.header)}\n`);
    const check = await checkOf(soak, absolutePaths(flags.use), flags.json === true ? undefined : 'comparing');
    process.exitCode = check.interrupted ? EXIT.interrupted : check.ok ? EXIT.held : EXIT.notDeterministic;
    const text = jsonText(check);
    if (flags.json === true) process.stdout.write(text);
    else print(checkLines(check).join('\n'));
    out?.write(text);
  } finally {
    out?.discard();
  }
}

async function checkOf(soak: Soak, use: readonly string[], label: string | undefined): Promise<Check> {
  const other = startDigestProcess(soak.scenario, use);
  try {
    const digests: string[] = [];
    let events = 0;
    const runs = comparison(
      () => laneOf(soak),
      () => laneOf(soak),
    );
    const result = await takeSteps(runs, label, ({ digest, eventCount, share }) => {
      digests.push(digest);
      events = eventCount;
      return share;
    });
    const there = result?.kind === 'same' ? await unlessInterrupted(other.digests) : undefined;
    return checkFrom(soak, result, { digests, eventCount: events }, there);
  } finally {
    other.stop();
  }
}

/** `there` is undefined when the other process was not waited for. */
function checkFrom(
  { scenario }: Soak,
  result: Comparison | undefined,
  here: RunDigests,
  there: RunDigests | undefined,
): Check {
  const divergence = result?.kind === 'diverged' ? result.divergence : undefined;
  const otherProcess = there === undefined ? undefined : digestDivergence(here, there);
  const digest = result?.kind === 'same' ? result.digest : undefined;
  return {
    version: VERSION,
    seed: scenario.seed,
    ok: there !== undefined && otherProcess === undefined,
    digest: digest ?? null,
    events: divergence?.index ?? here.eventCount,
    interrupted: there === undefined && divergence === undefined,
    divergence: divergence ?? null,
    otherProcess: otherProcess ?? null,
    scenario,
  };
}

function checkLines({ interrupted, events, divergence, otherProcess, digest }: Check): string[] {
  if (interrupted) return [paint.yellow(`interrupted: the runs were alike in their first ${events} events`)];
  if (divergence !== null) {
    return [
      `${paint.red('✗')} two runs in this process part`,
      ...divergenceLines(divergence).map((line) => `  ${line}`),
    ];
  }
  const alike = `${paint.green('✓')} two runs in this process: ${events} events, all alike`;
  if (otherProcess === null) {
    return [alike, `${paint.green('✓')} a run in another process: the same digest`, `deterministic, digest ${digest}`];
  }
  const { fromIndex, untilIndex, here, there } = otherProcess;
  return [
    alike,
    `${paint.red('✗')} a run in another process parts from them between events ${fromIndex} and ${untilIndex}`,
    `  digest here: ${here ?? 'none, it had ended'}; there: ${there ?? 'none, it had ended'}`,
  ];
}
