// The files that a soak writes besides its report, as a user meets them.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';

test.serial('heap and timeline are written beside the report, whole or not at all', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const soak = ['soak', '--nodes', '4', '--set', 'waves=1', '--seed', 's', '--once'];
  const written = await quicksoak([...soak, '--heap', 'heap.json', '--timeline', 'run.csv', '--out', 'out.json'], {
    cwd,
  });
  t.is(written.code, 0, written.stderr);
  const heap = JSON.parse(await readFile(join(cwd, 'heap.json'), 'utf8')) as { buckets: string[]; samples: object[] };
  const lines = (await readFile(join(cwd, 'run.csv'), 'utf8')).trimEnd().split('\n');
  t.true(lines[0]!.startsWith('atUs,liveCount,calm,'));
  t.is(lines.length - 1, heap.samples.length);
  t.deepEqual((await readdir(cwd)).toSorted(), ['heap.json', 'out.json', 'run.csv']);
  const refused: readonly Mistake[] = [
    [['--heap', 'new.csv', '--timeline', 'absent/run.csv'], '--timeline absent/run.csv: cannot be written'],
    [['--heap', 'new.txt'], '.csv or .json'],
    [['--events', 'new.json'], 'ends in .jsonl or .jsonl.gz'],
    [['--heap', 'new.csv', '--timeline', 'new.csv'], 'to be written already'],
    [['--flame', 'new.svg'], 'no cost table'],
    [['--costs', 'heap.json'], 'expected a model that charges CPU time'],
    [['--cores', '0'], '--cores'],
    [['--tripwire', 'cpuCores > 1'], 'without --flame'],
    [['--flame', 'new.svg', '--tripwire', 'busyCores > 1'], '--tripwire: unknown metric "busyCores"'],
  ];
  await assertMistakes(
    t,
    refused.map(([flags, ...said]) => [[...soak, ...flags], ...said]),
    { cwd },
  );
  t.deepEqual((await readdir(cwd)).toSorted(), ['heap.json', 'out.json', 'run.csv']);
  await rm(cwd, { recursive: true });
});
