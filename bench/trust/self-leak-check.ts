// `npm run self-leak`: a thousand soaks in one process, and whether its heap and counts return to where they were.
// Invariant: it ends with 1 if any figure grows, or if any simulation or world of a soak that is over is still held.
import { parseArgs } from 'node:util';
import { integerFlag, script } from './arguments.ts';
import { plainTable, print } from './print.ts';
import { growthOf, SelfLeakWatch, shortSoak } from './self-leak.ts';
import type { Remains } from './self-leak.ts';

const USAGE = `usage: npm run self-leak -- [options]

  --seeds <count>  soaks, of all models in turns (default: 1000)
  --every <count>  soaks between two measurements (default: 25)
  --help

Exit codes: 0 nothing grows, 1 something does, 2 bad usage.`;

await script(main);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      every: { type: 'string', default: '25' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(USAGE);
  const every = integerFlag('--every', values.every, 1, 100_000);
  const seeds = integerFlag('--seeds', values.seeds, 10 * every, 1_000_000);
  const began = process.cpuUsage();
  const series: Remains[] = [];
  const watch = new SelfLeakWatch();
  for (let index = 0; index < seeds; index++) {
    watch.run(shortSoak(index));
    if ((index + 1) % every === 0) series.push(await watch.measure());
  }
  const { user, system } = process.cpuUsage(began);
  print(seriesTable(series));
  print('');
  process.exitCode = verdict(series) ? 0 : 1;
  print(`${seeds} soaks, ${((user + system) / 1e6).toFixed(0)} s of processor time`);
}

function seriesTable(series: readonly Remains[]): string {
  const rows = series.map(({ soaks, heapKiB, simulations, worlds, resources, contexts }) => {
    return [soaks, heapKiB.toFixed(0), simulations, worlds, resources, contexts];
  });
  return plainTable(['soaks', 'heap KiB', 'simulations', 'worlds', 'resources', 'contexts'], rows);
}

/** Prints the slope of each figure; true when none grows and nothing is held. */
function verdict(series: readonly Remains[]): boolean {
  const growths = growthOf(series);
  const rows = growths.map(({ name, first, last, growth }) => {
    const { slope, lowerBound, grows, why } = growth;
    return [
      name,
      first.toFixed(0),
      last.toFixed(0),
      perThousand(slope),
      perThousand(lowerBound),
      grows ? 'grows' : 'holds',
      why,
    ];
  });
  print(plainTable(['figure', 'first', 'last', 'per 1000 soaks', 'at least', '', 'why'], rows));
  const held = Math.max(...series.map(({ simulations, worlds }) => simulations + worlds));
  if (held > 0) print(`${held} simulations and worlds of soaks that were over were still held`);
  return held === 0 && growths.every(({ growth }) => growth.judged && !growth.grows);
}

function perThousand(slope: number): string {
  return (slope * 1_000).toPrecision(3);
}
