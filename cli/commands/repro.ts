// quicksoak repro: runs a token or a repro file again, and says whether everything is as it was.
// Invariant: a broken property is told by exit code 1 whether or not the run is as it was; a run that is not, by 3.
import type { Command } from 'commander';
import { compareWithExpected } from '../../properties/repro/verify.ts';
import type { ExpectationComparison } from '../../properties/repro/verify.ts';
import type { Scenario } from '../../properties/soak/scenario.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { comparisonText } from '../format/comparison.ts';
import type { Telling } from '../format/comparison.ts';
import { evidenceText } from '../format/evidence.ts';
import { outcomeLine, shellWord } from '../format/outcome.ts';
import { verdictTable } from '../format/verdicts.ts';
import { addBudgetOptions, addOutputOptions, useOption } from '../options.ts';
import type { BudgetFlags, OutputFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf, useText } from '../own-parts.ts';
import { reproFrom } from '../repro-choice.ts';
import { jsonText, reportOf } from '../result.ts';
import type { JudgedRun } from '../work/soak.ts';
import { print } from '../terminal.ts';
import { soakWithProgress } from './soak.ts';

interface ReproFlags extends BudgetFlags, OutputFlags {
  readonly fixed?: boolean;
  readonly use?: readonly string[];
}

const HELP = `
The argument is a token (qs1-...) as a soak prints it, or a file: a repro file, or what --out wrote.

Examples:
  $ quicksoak repro qs1-ACEwCIl-NA7kI-iLyNarVipWsgISqakpSlZK5kq1OkpJSlbRsbUA
  $ quicksoak repro finding.json --json
  $ quicksoak repro finding.json --use ./my-model.js --fixed   a committed finding is to stay fixed

A finding that is there again, as recorded, ends with 1. With --fixed: 0 fixed, else 1.

Exit codes: 0 held, 1 a property broke, 2 bad usage or input, 3 the digest differs, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `repro`. */
export function addReproCommand(program: Command): void {
  const command = program
    .command('repro')
    .summary('run a token or a repro file again')
    .description('Runs a finding again, judges it, and compares digest and verdicts with what was recorded.')
    .argument('<token|file>', 'token, repro file, or what --out wrote');
  addOutputOptions(addBudgetOptions(command))
    .addOption(useOption())
    .option('--fixed', 'hold when everything that broke holds now, whether or not the run is the same')
    .addHelpText('after', HELP)
    .action(repro);
}

async function repro(argument: string, flags: ReproFlags): Promise<void> {
  await catalogueOf(flags.use); // refused before anything is written
  const { expected, where } = reproFrom(argument);
  const { scenario } = expected;
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  try {
    const run = await soakWithProgress(
      {
        scenario,
        where,
        use: absolutePaths(flags.use),
        ...(flags.maxEvents === undefined ? {} : { maxEvents: flags.maxEvents }),
        ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
      },
      { quiet: flags.json === true },
    );
    const comparison = compareWithExpected(expected, run);
    process.exitCode = flags.fixed === true ? codeWhenFixed(run, comparison) : codeOf(run, comparison);
    const line = `npx quicksoak repro ${shellWord(argument.trim())}${useText(flags.use)}`;
    const text = reportText(scenario, run, comparison, line);
    if (flags.json === true) process.stdout.write(text);
    else printRepro(run, comparison, { edited: expected.edited === true, asksFixed: flags.fixed === true });
    out?.write(text);
  } finally {
    out?.discard();
  }
}

function codeOf(run: JudgedRun, { outcome }: ExpectationComparison): number {
  const code = exitCodeOf(run.verdicts, run.cutShort);
  return code === EXIT.held && outcome === 'digest-differs' ? EXIT.notDeterministic : code;
}

/** With `--fixed` another digest is expected: what was mended runs otherwise. */
function codeWhenFixed(run: JudgedRun, { fixed }: ExpectationComparison): number {
  return run.cutShort === undefined && fixed
    ? EXIT.held
    : Math.max(EXIT.broken, exitCodeOf(run.verdicts, run.cutShort));
}

function reportText(scenario: Scenario, run: JudgedRun, comparison: ExpectationComparison, line: string): string {
  const report = reportOf(scenario, run, line);
  return jsonText({ ...report, reproduced: comparison.outcome === 'same', ...comparison });
}

function printRepro(run: JudgedRun, comparison: ExpectationComparison, telling: Telling): void {
  const broke = run.verdicts.some(({ ok }) => !ok);
  print(`${verdictTable(run.verdicts)}\n`);
  if (broke) print(`${evidenceText(run.verdicts)}\n`);
  print(outcomeLine(run));
  print(comparisonText(comparison, telling));
}
