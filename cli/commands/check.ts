// quicksoak check: judges the event log of a real system by the properties that judge a simulated run.
// Invariant: it reads with bounded memory; where results go is proved before the first line is read.
import type { Command } from 'commander';
import { InputError } from '../../sim/errors.ts';
import { parseDuration } from '../../sim/duration.ts';
import { junitOfVerdicts } from '../../properties/check/junit.ts';
import { LogCheck } from '../../properties/check/log-check.ts';
import type { CheckOptions, CheckResult } from '../../properties/check/log-check.ts';
import type { LogSource } from '../../properties/check/log-source.ts';
import { parseMapping } from '../../properties/check/mapping.ts';
import type { Shortfall } from '../../properties/check/shortfall.ts';
import { parseRetain } from '../../properties/check/terms.ts';
import type { TermsInput } from '../../properties/check/terms.ts';
import { PROPERTIES, propertyNamed } from '../../properties/judges/index.ts';
import { usageOf } from '../../properties/usage/usage.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { checkHeader, checkOutcome, skippedLines } from '../format/check.ts';
import { evidenceText } from '../format/evidence.ts';
import { headerText } from '../format/header.ts';
import { usageText } from '../format/usage.ts';
import { verdictTable } from '../format/verdicts.ts';
import { readJsonFile } from '../input-file.ts';
import { openLog } from '../log-chunks.ts';
import type { LogChunks } from '../log-chunks.ts';
import { addOutputOptions, collect } from '../options.ts';
import type { OutputFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { Progress } from '../progress.ts';
import { jsonText, reportedVerdict } from '../result.ts';
import { onSignals } from '../signals.ts';
import { complain, paint, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface CheckFlags extends OutputFlags {
  readonly map?: string;
  readonly calm?: string;
  readonly settle?: string;
  readonly connectTimeout?: string;
  readonly warmUp?: string;
  readonly retain?: readonly string[];
  /** Microseconds. */
  readonly skew?: number;
  readonly lenient?: boolean;
  readonly property?: readonly string[];
  readonly junit?: string;
}

/** Clocks that are kept by NTP are no farther apart. */
const USUAL_SKEW_US = 1_000_000;
/** Time between two updates of the progress bar, in milliseconds. */
const PROGRESS_MS = 100;

const HELP = `
A log is JSON lines; the README documents every event. "-" is standard input, and what ends in .gz is decompressed.
Several logs are merged by time: one for each node, or those of the nodes and that of the script which kills them.

Examples:
  $ quicksoak check events.jsonl
  $ quicksoak check churn.jsonl node-*.jsonl.gz --calm 3m --settle 70s
  $ quicksoak check events.jsonl --retain gossip.passiveView=30 --retain 'book.peers[key]=10m'
  $ quicksoak check --map mapping.json tracing.jsonl         a log that is written otherwise
  $ quicksoak soak --events run.jsonl.gz && quicksoak check run.jsonl.gz
  $ kubectl logs mesh-0 | quicksoak check - --lenient

Exit codes: 0 held, 1 a property broke, 2 bad usage or input, or nothing to judge by, 130 interrupted.`;

/** Adds the command `check`. */
export function addCheckCommand(program: Command): void {
  const command = program
    .command('check')
    .summary("judge a real system's event log by the same properties")
    .description('Reads the event log of a real system and judges it by the properties that judge a simulated run.')
    .argument('<logs...>', 'event logs: files, or "-" for standard input')
    .option('--map <file.json>', 'how the lines of a log that is written otherwise are read as events')
    .option(
      '--calm <duration>',
      'least length of a calm (default: twice the settle time, and the longest that is retained)',
    )
    .option('--settle <duration>', 'within it what concerns a peer that is gone must have ended (default: 1m)')
    .option('--warm-up <duration>', 'nothing is measured so long after the first event (default: 0)')
    .option('--connect-timeout <duration>', 'how long a half-open connection may take (default: 10s)')
    .option(
      '--retain <path=bound>',
      'a collection that is retained on purpose, up to a cap or for a time (repeatable)',
      collect,
    )
    .option(
      '--skew <duration>',
      'how far the clock may go back from one line to the next (default: 1s)',
      (text: string) => parseDuration(text, '--skew', { allowZero: true }),
    )
    .option('--lenient', 'skip lines that cannot be read, and count them')
    .option('--property <name>', 'judge by this property only (repeatable)', collect)
    .option('--junit <file.xml>', 'write the verdicts as JUnit XML, which CI systems read');
  addOutputOptions(command).addHelpText('after', HELP).action(check);
}

async function check(names: readonly string[], flags: CheckFlags): Promise<void> {
  refuseTwice(names);
  const logCheck = new LogCheck(names, optionsOf(flags));
  const files = takenFiles(flags);
  try {
    const startMs = performance.now();
    const interrupted = await readAll(logCheck, names, flags.lenient === true).catch((error: unknown) => {
      throw hinted(error, flags);
    });
    const result = logCheck.finish();
    const wallMs = performance.now() - startMs;
    const lacking = lackingIn(result);
    const code = exitCodeOf(result.verdicts, interrupted ? 'interrupted' : undefined);
    process.exitCode = lacking !== undefined && code === EXIT.held ? EXIT.usage : code;
    const text = jsonText(reportOf(names, result, wallMs, interrupted));
    if (flags.json === true) process.stdout.write(text);
    else printResult(names, result, wallMs, interrupted);
    if (lacking !== undefined) complain(lacking);
    files.report?.write(text);
    files.junit?.write(junitOfVerdicts(`quicksoak check ${names.join(' ')}`, result.verdicts));
  } finally {
    files.report?.discard();
    files.junit?.discard();
  }
}

/** Why a log that broke nothing does not hold either; undefined for one that can be judged. */
function lackingIn({ verdicts, shortfall }: CheckResult): string | undefined {
  if (verdicts.every(({ judged }) => !judged)) {
    return 'the log gives nothing to judge by, expected events that a property is judged by';
  }
  return shortfall?.calms === 0 ? 'the log gives no calm to judge by, expected at least one' : undefined;
}

/** Who gives a log of another format finds out at its first line. */
function hinted(error: unknown, { map }: CheckFlags): unknown {
  if (!(error instanceof InputError) || error.details['line'] !== 1 || map !== undefined) return error;
  // Such a line was read.
  if (error.code === 'far-time') return error;
  const message = `${error.message}; a log that is written otherwise is read with --map <mapping.json>`;
  return new InputError(error.code, message, error.details, error);
}

function optionsOf(flags: CheckFlags): CheckOptions {
  const { map, retain = [], lenient = false, skew = USUAL_SKEW_US } = flags;
  const mapping = map === undefined ? undefined : parseMapping(readJsonFile(map), map);
  const terms: TermsInput = {
    ...(flags.calm === undefined ? {} : { calm: flags.calm }),
    ...(flags.settle === undefined ? {} : { settle: flags.settle }),
    ...(flags.warmUp === undefined ? {} : { warmUp: flags.warmUp }),
    ...(flags.connectTimeout === undefined ? {} : { connectTimeout: flags.connectTimeout }),
    retain: retain.map(parseRetain),
  };
  return {
    properties: flags.property?.map((name) => propertyNamed(name, '--property')) ?? PROPERTIES,
    flagTerms: [['flags', terms]],
    mappingTerms: mapping === undefined ? [] : [[`${map}: terms`, mapping.terms]],
    skewUs: skew,
    lenient,
    mapped: mapping?.reader,
  };
}

/** The files to write, taken before anything is read. @throws {InputError} `bad-out` for one that cannot be. */
function takenFiles({ out, junit }: CheckFlags): { report?: OutputFile; junit?: OutputFile } {
  if (out !== undefined && out === junit) {
    throw new InputError(
      'bad-out',
      `--junit: received ${junit}, which is to be written already, expected another file`,
    );
  }
  const report = out === undefined ? undefined : new OutputFile(out);
  try {
    return {
      ...(report === undefined ? {} : { report }),
      ...(junit === undefined ? {} : { junit: new OutputFile(junit, '--junit') }),
    };
  } catch (error) {
    report?.discard();
    throw error;
  }
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return;
  const what = twice === '-' ? 'standard input' : twice;
  throw new InputError('bad-usage', `check: received ${what} twice, expected each log once`, { name: twice });
}

/** Reads every log to its end, or until a signal; true when there was one. */
async function readAll(logCheck: LogCheck, names: readonly string[], lenient: boolean): Promise<boolean> {
  const logs = new Map<LogSource, LogChunks>();
  const progress = new ReadProgress(() => [...logs.values()]);
  let stopped = false;
  const removeSignals = onSignals(() => {
    stopped = true;
    complain('interrupted, judging what was read so far; again to quit at once');
    // Whoever waits for a chunk waits no longer. A race against a promise of the signal would keep every chunk.
    for (const log of logs.values()) log.close();
  });
  try {
    for (const [place, source] of logCheck.sources.entries()) logs.set(source, openLog(names[place]!));
    for (let source = logCheck.step(); source !== undefined; source = logCheck.step()) {
      const chunk = await nextOf(source, logs.get(source)!, lenient, () => stopped);
      if (stopped) break;
      if (chunk === undefined) source.end();
      else source.feed(chunk);
      progress.update();
    }
    return stopped;
  } finally {
    removeSignals();
    progress.stop();
    for (const log of logs.values()) log.close();
  }
}

/** The next chunk; a gzip file that breaks off ends there when that is to be taken. */
async function nextOf(
  source: LogSource,
  log: LogChunks,
  lenient: boolean,
  isStopped: () => boolean,
): Promise<Uint8Array | undefined> {
  try {
    return await log.next();
  } catch (error) {
    if (isStopped()) return undefined;
    if (!lenient || !(error instanceof InputError) || error.code !== 'bad-gzip' || source.line === 0) throw error;
    complain(`${error.message}; what came before is judged`);
    return undefined;
  }
}

/** A progress bar over what the logs have on disk; none for a pipe. */
class ReadProgress {
  private readonly logs: () => readonly LogChunks[];
  private bar: Progress | undefined = undefined;
  private lastMs = performance.now();

  constructor(logs: () => readonly LogChunks[]) {
    this.logs = logs;
  }

  update(): void {
    const nowMs = performance.now();
    if (nowMs - this.lastMs < PROGRESS_MS) return;
    this.lastMs = nowMs;
    const logs = this.logs();
    if (logs.some(({ size }) => size === undefined)) return;
    this.bar ??= new Progress('reading');
    const total = logs.reduce((sum, { size }) => sum + size!, 0);
    this.bar.update(total === 0 ? 1 : logs.reduce((sum, { read }) => sum + read(), 0) / total);
  }

  stop(): void {
    this.bar?.stop();
  }
}

function printResult(names: readonly string[], result: CheckResult, wallMs: number, interrupted: boolean): void {
  const { verdicts, record, notes } = result;
  print(`${headerText(checkHeader(names, result))}\n`);
  print(`${verdictTable(verdicts)}\n`);
  if (verdicts.some(({ ok }) => !ok)) print(`${evidenceText(verdicts, 0, "after the log's first event")}\n`);
  const usage = usageText(usageOf(record));
  if (usage !== '') print(`${usage}\n`);
  const told = [...skippedLines(result), ...notes];
  if (told.length > 0) print(`${told.map((line) => paint.dim(line)).join('\n')}\n`);
  if (result.shortfall !== undefined) print(paint.yellow(result.shortfall.text));
  print(checkOutcome(result, wallMs, interrupted));
}

/** What `--json` prints, and `--out` writes. */
export interface CheckReport {
  readonly version: string;
  readonly logs: readonly string[];
  /** True when no property broke, the logs gave a calm to judge by, or needed none, and were read to their ends. */
  readonly ok: boolean;
  readonly cutShort: 'interrupted' | null;
  readonly properties: readonly ReturnType<typeof reportedVerdict>[];
  readonly header: readonly string[];
  readonly lines: number;
  readonly bytes: number;
  readonly events: number;
  readonly skipped: CheckResult['skipped'];
  readonly notes: readonly string[];
  /** What few calms or none leave not judged; null when there are enough, or every property is judged. */
  readonly shortfall: Shortfall | null;
  /** Time of the first event; null when the log's clock does not count from 1970. Other times count from it. */
  readonly startedAt: string | null;
  /** Microseconds, of the last event. */
  readonly endUs: number;
  /** Of each calm that is judged, in microseconds. */
  readonly calms: readonly { readonly fromUs: number; readonly untilUs: number; readonly liveCount: number }[];
  readonly wallMs: number;
  readonly usage: ReturnType<typeof usageOf>;
}

function reportOf(names: readonly string[], result: CheckResult, wallMs: number, interrupted: boolean): CheckReport {
  const { verdicts, record, lines, bytes, events, skipped, notes, startedAt } = result;
  return {
    version: VERSION,
    logs: names,
    ok: !interrupted && verdicts.every(({ ok }) => ok) && lackingIn(result) === undefined,
    cutShort: interrupted ? 'interrupted' : null,
    properties: verdicts.map(reportedVerdict),
    header: checkHeader(names, result),
    lines,
    bytes,
    events,
    skipped,
    notes,
    shortfall: result.shortfall ?? null,
    startedAt: startedAt ?? null,
    endUs: record.endUs,
    calms: record.calms.map(({ fromUs, untilUs, liveCount }) => ({ fromUs, untilUs, liveCount })),
    wallMs: Math.round(wallMs),
    usage: usageOf(record),
  };
}
