// `npm run bench`: runs each case in a process of its own, and prints a table, or JSON with `--json`.
// Invariant: timings are printed, never asserted; they vary with the machine, digests do not.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { CASES } from './cases.ts';
import type { BenchCase, CaseResult } from './cases.ts';
import { microBench } from './micro.ts';

const USAGE = `usage: npm run bench -- [--all] [--only <text>] [--json] [--list]

  --all          also the cases that take minutes
  --only <text>  only cases whose name contains the text
  --json         print JSON
  --list         name the cases`;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      case: { type: 'string' },
    },
  });
  if (values.help) return print(USAGE);
  if (values.case !== undefined) return print(JSON.stringify(await runHere(values.case)));
  const wanted = CASES.filter(({ name, long }) =>
    values.only === undefined ? values.all || !long : name.includes(values.only),
  );
  if (values.list) return print(wanted.map(({ name, summary }) => `${name}: ${summary}`).join('\n'));
  const micro = values.only === undefined || 'micro'.includes(values.only) ? await microBench() : [];
  const results = wanted.map((one) => runApart(one));
  if (values.json) return print(JSON.stringify({ node: process.version, micro, results }, undefined, 2));
  const microTable = new Table({ head: ['micro', 'ns per call', '± %'] });
  for (const { name, nanoseconds, percent } of micro)
    microTable.push([name, nanoseconds.toFixed(1), percent.toFixed(1)]);
  if (micro.length > 0) print(microTable.toString());
  const table = new Table({
    head: ['case', 'M events/s', 'events', 'seconds', 'cpu s', 'virtual / wall', 'peak MiB', 'notes', 'digest'],
  });
  for (const result of results) table.push(rowOf(result));
  print(table.toString());
}

function rowOf(result: CaseResult): string[] {
  const notes = Object.entries(result.notes).map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`);
  return [
    result.name,
    (result.eventsPerSecond / 1e6).toFixed(2),
    String(result.events),
    result.seconds.toFixed(1),
    result.cpuSeconds.toFixed(1),
    result.acceleration.toPrecision(3),
    String(Math.round(result.peakMiB)),
    notes.join('\n'),
    result.digest,
  ];
}

async function runHere(name: string): Promise<CaseResult> {
  const found = CASES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no case is named ${name}`);
  const result = await found.run();
  return { name, ...result, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

/** A fresh process per case: no case inherits another's compiled code, heap or feedback. */
function runApart({ name, heapMiB }: BenchCase): CaseResult {
  const script = fileURLToPath(import.meta.url);
  const child = spawnSync(process.execPath, [`--max-old-space-size=${heapMiB}`, script, '--case', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`case ${name} ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as CaseResult;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
