// quicksoak corpus: every reported defect, red with it and green without, in the least scenario that shows it.
// Invariant: a defect counts as caught when the runs with it break a property of its row and the runs without break none.
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { causeText } from '../../properties/causes.ts';
import { corpusNamed } from '../../properties/corpus/corpus.ts';
import type { CorpusEntry } from '../../properties/corpus/corpus.ts';
import { planEndUs } from '../../sim/churn/plan.ts';
import { formatDuration } from '../../sim/duration.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { JobResult } from '../../properties/sweep/job.ts';
import { EXIT } from '../exit-codes.ts';
import { corpusText } from '../format/corpus.ts';
import { addOutputOptions, addSeedOption, wholeNumber } from '../options.ts';
import type { OutputFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { MOST_JOBS, SoakPool } from '../pool/soak-pool.ts';
import type { JobOutcome } from '../pool/soak-pool.ts';
import { Progress } from '../progress.ts';
import { jsonText } from '../result.ts';
import { onSignals } from '../signals.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface CorpusFlags extends OutputFlags {
  readonly seed?: string;
  readonly reported?: boolean;
  readonly jobs?: number;
}

/** What was found of one defect, as `--json` prints it. */
export interface CorpusRow {
  readonly defect: string;
  readonly source: string;
  readonly layer: string;
  readonly trigger: string;
  /** Of the scenario that was run. */
  readonly nodes: number;
  readonly actions: number;
  readonly length: string;
  /** What must break with the defect. */
  readonly expected: readonly string[];
  /** What broke with it, and where; empty when nothing did, or the run was not made. */
  readonly causes: readonly string[];
  /** Names of the properties that broke without it; empty when all held. */
  readonly brokenWithout: readonly string[];
  /** Red with it as expected, and green without. */
  readonly caught: boolean;
  /** Why a run was not made to its end; null when both were. */
  readonly trouble: string | null;
}

/** What `--json` prints. */
interface CorpusReport {
  readonly version: string;
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly rows: readonly CorpusRow[];
}

const HELP = `
Each defect has a scenario shrunk to the least that shows it: few actions, few nodes, little time. --reported runs the
churn that its report names instead, which is longer and shows more.

Examples:
  $ quicksoak corpus
  $ quicksoak corpus peer-topics-not-pruned gossip-send-arm-disabled --reported
  $ quicksoak corpus --json --out corpus.json

Exit codes: 0 every defect is caught, 1 one is not, 2 bad usage or input, 130 interrupted.`;

/** Adds the command `corpus`. */
export function addCorpusCommand(program: Command): void {
  const command = program
    .command('corpus')
    .summary('run every reported defect, red with it and green without')
    .description('Runs the corpus of reported defects: each with its switch on, and with it off.')
    .argument('[defects...]', 'ids of defects (default: all)')
    .option('--reported', 'run the churn of the report instead of the shrunk plan')
    .option('--jobs <count>', 'processes to use (default: one per core)', wholeNumber('--jobs', 1, MOST_JOBS));
  addOutputOptions(addSeedOption(command, "each case's own")).addHelpText('after', HELP).action(runCorpus);
}

async function runCorpus(defects: readonly string[], flags: CorpusFlags): Promise<void> {
  const entries = corpusNamed(defects);
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  const quiet = flags.json === true;
  try {
    const { rows, interrupted } = await rowsOf(entries, flags, quiet ? undefined : 'corpus');
    const ok = rows.length === entries.length && rows.every(({ caught }) => caught);
    process.exitCode = interrupted ? EXIT.interrupted : ok ? EXIT.held : EXIT.broken;
    const report: CorpusReport = { version: VERSION, ok, interrupted, rows };
    const text = jsonText(report);
    if (quiet) process.stdout.write(text);
    else print(corpusText(rows));
    out?.write(text);
  } finally {
    out?.discard();
  }
}

async function rowsOf(
  entries: readonly CorpusEntry[],
  flags: CorpusFlags,
  label: string | undefined,
): Promise<{ rows: CorpusRow[]; interrupted: boolean }> {
  const pool = new SoakPool({ jobs: flags.jobs ?? availableParallelism() });
  const progress = label === undefined ? undefined : new Progress(label);
  let interrupted = false;
  const release = onSignals(() => {
    interrupted = true;
    complain('interrupted, showing what was run so far; again to quit at once');
    void pool.close();
  });
  let done = 0;
  try {
    const made = await Promise.all(
      entries.map(async (entry) => {
        const row = await rowOf(entry, flags, pool);
        progress?.update(++done / entries.length, entry.defect);
        return row;
      }),
    );
    const rows = interrupted ? made.filter(({ trouble }) => trouble === null) : made;
    return { rows, interrupted };
  } finally {
    progress?.stop();
    release();
    await pool.close();
  }
}

async function rowOf(entry: CorpusEntry, { reported = false, seed }: CorpusFlags, pool: SoakPool): Promise<CorpusRow> {
  const { defect, also = [], about, trigger } = entry;
  const input = reported ? entry.scenario : entry.shrunk;
  const expected = reported ? entry.breaks : entry.shrunkBreaks;
  const scenario = parseScenario({ ...input, name: defect, ...(seed === undefined ? {} : { seed }) }, defect);
  const { plan, endUs, nodes } = resolveScenario(scenario, defect);
  const [red, green] = await Promise.all(
    [[defect, ...also], []].map((defects) => pool.run({ scenario: { ...scenario, defects }, where: defect })),
  );
  const [withIt, without] = [resultOf(red!), resultOf(green!)];
  const broke = withIt?.verdicts.filter(({ ok }) => !ok).map(({ name }) => name) ?? [];
  const brokenWithout = without?.verdicts.filter(({ ok }) => !ok).map(({ name }) => name) ?? [];
  return {
    defect,
    source: about.source,
    layer: about.layer,
    trigger,
    nodes,
    actions: plan.actions.length,
    length: formatDuration(Math.max(endUs, planEndUs(plan, 0))),
    expected,
    causes: withIt?.causes.map(causeText) ?? [],
    brokenWithout,
    caught: without !== undefined && brokenWithout.length === 0 && expected.every((name) => broke.includes(name)),
    trouble: troubleOf(red!) ?? troubleOf(green!) ?? null,
  };
}

function resultOf(outcome: JobOutcome): JobResult | undefined {
  return outcome.kind === 'done' ? outcome.result : undefined;
}

function troubleOf(outcome: JobOutcome): string | undefined {
  switch (outcome.kind) {
    case 'done':
      return undefined;
    case 'hung':
      return `no answer after ${formatDuration(Math.round(outcome.afterMs * 1000))}`;
    case 'died':
    case 'refused':
      return outcome.message;
  }
}
