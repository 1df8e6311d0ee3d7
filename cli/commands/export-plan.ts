// quicksoak export-plan: writes a scenario's churn as a shell script for real processes, by a mapping file.
// Invariant: what the script cannot do is said on standard error and in the script; --strict refuses it.
import type { Command } from 'commander';
import { counted } from '../../sim/counted.ts';
import { formatDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { parseClusterMapping } from '../../properties/cluster/mapping.ts';
import { clusterScript, lackText } from '../../properties/cluster/script.ts';
import { resolveScenario } from '../../properties/soak/scenario.ts';
import { shellWord } from '../format/outcome.ts';
import { readJsonFile } from '../input-file.ts';
import { addScenarioOptions } from '../options.ts';
import type { ScenarioFlags } from '../options.ts';
import { OutputFile } from '../output-file.ts';
import { catalogueOf } from '../own-parts.ts';
import { scenarioOrTokenFrom } from '../repro-choice.ts';
import { complain, print } from '../terminal.ts';
import { VERSION } from '../version.ts';

interface ExportPlanFlags extends ScenarioFlags {
  readonly map?: string;
  readonly out?: string;
  readonly strict?: boolean;
}

const HELP = `
The mapping says how a simulated peer is run for real. Words may hold {{peer}} (p3), {{index}} (3), {{index+9000}},
{{directory}} and names of "vars"; those of stop, kill, pause, resume and acts {{pid}} as well; those of network
{{from.index}}, {{to.index}} and so on. A peer in "nodes" has its own in place of what "node" says.

  {
    "version": 1,
    "timeScale": 0.1,                                    real seconds that a virtual second takes (default 1)
    "directory": "cluster-run",                          logs and process numbers
    "events": "{{directory}}/churn.jsonl",               what the script did, for quicksoak check
    "graceSeconds": 5,                                   to stop at the end, before it is killed
    "node": {
      "command": ["./peer", "--port", "{{index+9000}}"], the process itself; a wrapper must exec it
      "cwd": ".", "env": { "NAME": "{{peer}}" }, "log": "{{directory}}/{{peer}}.log",
      "pidFile": "{{directory}}/{{peer}}.pid", "identity": "{{peer}}", "vars": { "ip": "10.0.0.{{index+1}}" },
      "kill": [...], "stop": [...], "pause": [...], "resume": [...]    in place of KILL, TERM, STOP, CONT
    },
    "nodes": { "p0": { "command": ["./seed"] } },
    "network": { "cut": ["iptables", "-A", "INPUT", "-s", "{{from.ip}}", "-d", "{{to.ip}}", "-j", "DROP"], "mend": [...],
                 "hold": [...], "release": [...] },      each run for an ordered pair of peers
    "pause": ["hold", "black-hole"],                     what pausing a process stands for without such a command
    "acts": { "dial-again": ["curl", "localhost:{{index+9000}}/dial/{{args.to}}"] }
  }

Examples:
  $ quicksoak export-plan finding.json --map mapping.json --out churn.sh
  $ sh churn.sh && quicksoak check cluster-run/churn.jsonl cluster-run/*.log

The script needs sh, ps, awk and a sleep that takes fractions. It ends with 0 when the plan is over, 1 when a command failed
or a process ended by itself, 130 after Ctrl-C; in each case all that it started is stopped.

Exit codes: 0 written, 2 bad usage or input, or with --strict something that cannot be carried out.`;

/** Adds the command `export-plan`. */
export function addExportPlanCommand(program: Command): void {
  const command = program
    .command('export-plan')
    .summary('write a churn plan as a script for real processes')
    .description(
      "Writes a scenario's churn as a POSIX shell script that starts, kills, stops and pauses real processes.",
    )
    .argument('<scenario>', 'token, repro file, scenario file or name');
  addScenarioOptions(command)
    .option('--map <mapping.json>', 'how peers are run for real (required)')
    .option('--out <script.sh>', 'the script to write, or - for standard output (required)')
    .option('--strict', 'refuse a plan of which something cannot be carried out, or only nearly')
    .addHelpText('after', HELP)
    .action(exportPlan);
}

async function exportPlan(argument: string, flags: ExportPlanFlags): Promise<void> {
  const { map, out } = flags;
  if (map === undefined || out === undefined) {
    const received = map === undefined ? (out === undefined ? 'neither --map nor --out' : 'no --map') : 'no --out';
    const expected = 'expected a mapping and a script to write, such as --map mapping.json --out churn.sh';
    throw new InputError('missing-value', `export-plan: received ${received}, ${expected}`);
  }
  const catalogue = await catalogueOf(flags.use);
  const { scenario, where } = scenarioOrTokenFrom(argument, flags, catalogue);
  const soak = resolveScenario(scenario, where, catalogue);
  const mapping = parseClusterMapping(readJsonFile(map), map);
  const script = clusterScript(soak, mapping, map, `quicksoak ${VERSION}`);
  const [lack] = script.lacks;
  if (flags.strict === true && lack !== undefined) {
    const message = `--strict: received a plan with ${lackText(lack)}, expected one that can be carried out as it is`;
    throw new InputError('inexpressible', message, { lacks: script.lacks });
  }
  for (const one of script.lacks) complain(lackText(one));
  if (out === '-') {
    process.stdout.write(script.text);
    return;
  }
  new OutputFile(out).write(script.text);
  const size = `${counted(script.steps, 'step')} for ${counted(script.processes, 'process', 'processes')}, ${formatDuration(script.lengthUs)}`;
  print(`${out}: ${size}\nrun it with: sh ${shellWord(out)}`);
}
