// The flags that say which scenario to run, shared by every command that runs one.
// Invariant: a flag's value is checked when it is parsed or merged, and a refusal opens with the flag's name.
import { Option } from 'commander';
import type { Command } from 'commander';
import { MAX_PEER_INDEX } from '../sim/churn/plan.ts';
import { parseDuration } from '../sim/duration.ts';
import { InputError } from '../sim/errors.ts';
import { shown } from '../sim/input.ts';
import { PICTURES } from '../properties/pictures/picture.ts';
import { MOST_NODES } from '../properties/soak/scenario.ts';

/** Longest seed, as a scenario has it. */
const MOST_SEED_CHARACTERS = 1000;

/** What {@link addScenarioOptions} parses; a flag that was not given is absent. */
export interface ScenarioFlags {
  readonly seed?: string;
  readonly nodes?: number;
  readonly for?: string;
  readonly profile?: string;
  /** `parameter=value`, in the order given. */
  readonly set?: readonly string[];
  /** Path of an AVT file. */
  readonly trace?: string;
  /** Path of a plan. */
  readonly plan?: string;
  /** Ids, or `none`, in the order given. */
  readonly defect?: readonly string[];
  /** `key=value`, in the order given. */
  readonly config?: readonly string[];
  readonly property?: readonly string[];
  /** Path of a file of costs. */
  readonly costs?: string;
  /** Paths of modules with models and properties of one's own. */
  readonly use?: readonly string[];
}

/** What {@link addBudgetOptions} parses. */
export interface BudgetFlags {
  readonly maxEvents?: number;
  /** Microseconds. */
  readonly maxWall?: number;
}

/** What {@link addOutputOptions} parses. */
export interface OutputFlags {
  readonly json?: boolean;
  readonly out?: string;
}

/**
 * Adds the flags that choose and change a scenario; `scenarioFrom` reads them.
 *
 * @param usualSeed - What is taken without `--seed`.
 */
export function addScenarioOptions(command: Command, usualSeed = 'a fresh one, printed'): Command {
  return addSeedOption(command, usualSeed)
    .option('--nodes <count>', `nodes at the start, 2 to ${MOST_NODES}`, wholeNumber('--nodes', 2, MOST_NODES))
    .option(
      '--for <duration>',
      'virtual time to simulate, such as 30m or 1h30m (default: what the waves need)',
      duration('--for'),
    )
    .option('--profile <name>', 'how churn is drawn; "quicksoak list profiles" shows all')
    .option('--set <parameter=value>', 'a parameter of the profile, such as rate=2 or maxDown=5s (repeatable)', collect)
    .option('--trace <file.avt>', 'availability trace, for the profile trace')
    .option('--plan <file.json>', 'explicit churn plan, instead of a profile')
    .option(
      '--defect <id>',
      "reported faults to switch on, in place of the scenario's own (repeatable, or a,b); none switches all off",
      collectItems,
    )
    .option('--config <key=value>', "a value of the model's configuration, dotted keys (repeatable)", collect)
    .option('--costs <file.json>', "microseconds of CPU by frame, in place of those of the model's cost table")
    .option('--property <name>', 'judge by this property only (repeatable)', collect)
    .addOption(useOption());
}

/** `--use`, for every command that runs a scenario; `catalogueOf` reads it. */
export function useOption(): Option {
  return new Option(
    '--use <module>',
    'a JavaScript module that exports models or properties of your own, which scenarios may then name (repeatable)',
  ).argParser(collect);
}

/** What {@link addRunFileOptions} parses. */
export interface RunFileFlags {
  readonly flame?: readonly string[];
  /** As `parseTripwire` reads it. */
  readonly tripwire?: string;
  readonly heap?: string;
  readonly timeline?: string;
  readonly events?: string;
  readonly save?: string;
  readonly html?: string;
  /** As `parsePicture` reads them, in the order given. */
  readonly svg?: readonly string[];
}

/** Adds the flags that write a run to files besides its report. */
export function addRunFileOptions(command: Command): Command {
  return command
    .option(
      '--flame <file>',
      'write a flame graph of simulated CPU: .folded, .speedscope.json, .pb.gz or .svg (repeatable)',
      collect,
    )
    .option(
      '--tripwire <metric>',
      'show only the time around the first alarm in --flame, such as "busiestCores > 0.5" or "heapBytes > 1e6"',
    )
    .option('--heap <file>', 'write retained heap by bucket over virtual time: .csv or .json')
    .option('--timeline <file.csv>', 'write every sample of the run over virtual time')
    .option('--events <file>', 'write the run as an event log, which check reads: .jsonl or .jsonl.gz')
    .option(
      '--html <file.html>',
      'write a report to look at: one file that holds the run and the explorer, to be opened in a browser',
    )
    .option(
      '--svg <picture>',
      `write a picture: timeline.svg, or <picture>=<file.svg> with one of ${PICTURES.join(', ')}; topology@3m25s=<file.svg> (repeatable)`,
      collect,
    )
    .option('--save <file.json>', 'write a repro file: plan, seed, digest and verdicts, to be kept beside your tests');
}

/**
 * Adds `--seed`.
 *
 * @param usual - What is taken without it.
 */
export function addSeedOption(command: Command, usual: string): Command {
  return command.option('--seed <text>', `root seed: any text, the empty one included (default: ${usual})`, seed);
}

/** Adds the flags that bound a run; one that is spent ends it early, with exit code 4. */
export function addBudgetOptions(command: Command): Command {
  const most = Number.MAX_SAFE_INTEGER;
  command.option(
    '--max-events <count>',
    'stop after so many events (exit code 4)',
    wholeNumber('--max-events', 1, most),
  );
  return addWallOption(command);
}

/** Adds `--max-wall`; when it is spent, work ends early, with exit code 4. */
export function addWallOption(command: Command): Command {
  return command.option(
    '--max-wall <duration>',
    'stop after so much real time, such as 90s (exit code 4)',
    (text: string) => parseDuration(text, '--max-wall'),
  );
}

/** Adds the flags that say where results go. */
export function addOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON object and nothing else')
    .option('--out <file>', 'write the JSON object to a file as well');
}

/** A parser for a flag that may be repeated: keeps every value in order. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** As {@link collect}, where commas separate the items of one value. */
function collectItems(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, ...value.split(',').map((item) => item.trim())];
}

/**
 * A parser for a flag that takes a whole number between `least` and `most`, both included.
 *
 * @throws {InputError} `bad-number`, from the parser.
 */
export function wholeNumber(flag: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const message = `${flag}: received ${shown(text)}, expected a whole number between ${least} and ${most}`;
    throw new InputError('bad-number', message, { flag, received: text });
  };
}

/**
 * A parser for a flag that takes a peer, as `7` or `p7`.
 *
 * @throws {InputError} `bad-number`, from the parser.
 */
export function peerIndex(flag: string): (text: string) => number {
  return (text) => {
    const digits = /^p?(\d{1,9})$/.exec(text)?.[1];
    const index = digits === undefined ? Number.NaN : Number(digits);
    if (index <= MAX_PEER_INDEX) return index;
    const message = `${flag}: received ${shown(text)}, expected the index of a peer, such as 7 or p7`;
    throw new InputError('bad-number', message, { received: text });
  };
}

function seed(text: string): string {
  if (text.length <= MOST_SEED_CHARACTERS) return text;
  const message = `--seed: received ${text.length} characters, expected at most ${MOST_SEED_CHARACTERS}`;
  throw new InputError('bad-seed', message, { length: text.length });
}

/** A parser for a flag that takes a duration; the text is kept as it is. */
function duration(flag: string): (text: string) => string {
  return (text) => {
    parseDuration(text, flag);
    return text;
  };
}

/**
 * Splits `key=value` at the first `=`.
 *
 * @throws {InputError} `bad-pair` when there is no `=` or no key.
 */
export function keyAndValue(flag: string, text: string): [key: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  throw new InputError('bad-pair', `${flag}: received ${shown(text)}, expected a name, "=" and a value`, {
    flag,
    text,
  });
}
