// quicksoak explain: the shortest prefix of a run that leaves a thing behind, what should have released it, and a story.
// Invariant: where results go is proved before the first run; with --json nothing else is printed on standard output.
import type { Command } from 'commander';
import { summaryOf } from '../../properties/explain/summary.ts';
import { propertyNamed } from '../../properties/judges/index.ts';
import { EXIT } from '../exit-codes.ts';
import { explanationText, unfinishedText } from '../format/explain.ts';
import { headerText } from '../format/header.ts';
import { CUT_SHORT_TEXT } from '../format/outcome.ts';
import { addOutputOptions, addScenarioOptions, addWallOption, peerIndex } from '../options.ts';
import type { BudgetFlags, OutputFlags, ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { absolutePaths, catalogueOf } from '../own-parts.ts';
import { Progress } from '../progress.ts';
import { refuseHosted } from '../hosted-choice.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { jsonText } from '../result.ts';
import { complain, print } from '../terminal.ts';
import { workInThread } from '../thread.ts';
import { VERSION } from '../version.ts';
import type { ExplainedRun, ExplainOrder } from '../work/explain.ts';

interface ExplainFlags extends ScenarioFlags, Pick<BudgetFlags, 'maxWall'>, OutputFlags {
  readonly node?: number;
  readonly place?: string;
}

const HELP = `
Judges the scenario, chooses one thing that it leaves behind (a task, connection, span, buffer, or a mention of a departed
peer), and runs ever longer prefixes of its churn, each continued without churn to the end of a calm, until one leaves the
thing. The story is that run's. A shrunk scenario is explained in seconds.

Examples:
  $ quicksoak explain qs1-...                                  the token that a soak or a shrink printed
  $ quicksoak explain small.json
  $ quicksoak explain gossip-send-arm-disabled --seed 1 --node p4
  $ quicksoak explain finding.json --property tasks-finish --place gossip.connection-loop

Exit codes: 0 explained, 2 bad usage or input, or nothing to explain, 4 a budget ran out, 130 interrupted.`;

/** Adds the command `explain`. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .summary('why something is left: shortest prefix, missed release, story')
    .description('Explains one thing that a run leaves behind: since when, because of what, and what still holds it.')
    .argument('<token|file>', 'token, repro file, what --out wrote, scenario file or name');
  addOutputOptions(addWallOption(addScenarioOptions(command)))
    .option('--node <peer>', 'explain something that this peer holds, such as p7', peerIndex('--node'))
    .option('--place <text>', 'explain something at a site or in a path that has this text in it')
    .addHelpText('after', HELP)
    .action(explain);
  const property = command.options.find(({ long }) => long === '--property');
  if (property !== undefined) property.description = 'explain what breaks this property (repeatable; default: any)';
}

async function explain(argument: string, flags: ExplainFlags): Promise<void> {
  const catalogue = await catalogueOf(flags.use);
  const { property: properties, ...others } = flags;
  const { scenario, where } = scenarioOrTokenFrom(argument, others, catalogue);
  refuseHosted(scenario, catalogue, 'explain');
  for (const name of properties ?? []) propertyNamed(name, '--property', catalogue.properties);
  const out = flags.out === undefined ? undefined : new OutputFile(flags.out);
  const quiet = flags.json === true;
  try {
    const order: ExplainOrder = {
      scenario,
      where,
      use: absolutePaths(flags.use),
      narrowing: {
        ...(properties === undefined ? {} : { properties }),
        ...(flags.node === undefined ? {} : { node: flags.node }),
        ...(flags.place === undefined ? {} : { place: flags.place }),
      },
      ...(flags.maxWall === undefined ? {} : { maxWallUs: flags.maxWall }),
    };
    const run = await explainedWithProgress(order, quiet);
    process.exitCode = codeOf(run);
    const text = reportText(scenario.seed, run);
    if (quiet) process.stdout.write(text);
    else tell(run);
    out?.write(text);
  } finally {
    out?.discard();
  }
}

function reportText(seed: string, { explanation, wallMs, cutShort }: ExplainedRun): string {
  const { verdicts, ...rest } = explanation;
  const broken = verdicts.filter(({ ok }) => !ok).map(({ name }) => name);
  const summary = explanation.kind === 'explained' ? summaryOf(explanation) : [];
  const about = { version: VERSION, seed, ended: cutShort ?? null, wallMs: Math.round(wallMs), broken };
  return jsonText({ ...about, ...rest, summary });
}

function tell({ explanation, cutShort }: ExplainedRun): void {
  switch (explanation.kind) {
    case 'explained':
      print(explanationText(explanation));
      return;
    case 'nothing':
      complain(`nothing to explain: ${explanation.why}`);
      return;
    case 'unfinished':
      print(unfinishedText(explanation));
      if (cutShort !== undefined) print(CUT_SHORT_TEXT[cutShort]);
  }
}

function codeOf({ explanation, cutShort }: ExplainedRun): number {
  if (cutShort === 'interrupted') return EXIT.interrupted;
  if (explanation.kind === 'explained') return EXIT.held;
  return explanation.kind === 'nothing' ? EXIT.usage : EXIT.budgetSpent;
}

async function explainedWithProgress(order: ExplainOrder, quiet: boolean): Promise<ExplainedRun> {
  let progress: Progress | undefined;
  try {
    return await workInThread('explain', order, {
      onHeader: (header) => {
        if (quiet) return;
        print(`${headerText(header)}\n`);
        progress = new Progress('explaining');
      },
      onProgress: (share) => progress?.update(share),
      onInterrupt: () => {
        progress?.stop();
        complain('interrupted, showing what is known so far; again to quit at once');
      },
    });
  } finally {
    progress?.stop();
  }
}
