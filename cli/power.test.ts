// The power of a canary, as a user meets it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { PowerFile, SearchFile } from './commands/power.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

const LEAK = ['power', 'peer-topics-not-pruned', '--nodes', '6'];

test('an analysis is the same whether its runs go on alone or two at once', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'power-'));
  const texts = await Promise.all(
    ['1', '2'].map(async (jobs) => {
      const [csv, out] = [join(folder, `${jobs}.csv`), join(folder, `${jobs}.json`)];
      const words = ['--for', '30s,15m', '--rate', '1', '--seeds', '2', '--jobs', jobs, '--csv', csv, '--out', out];
      const { code, stdout, stderr } = await quicksoak([...LEAK, ...words]);
      t.is(code, 0, stderr);
      t.regex(
        stdout,
        /30s at 1\/s on 6 nodes: found 0 of 2 \(0% to 66%\); no calm fits: a calm of this model takes 2m43s/,
      );
      t.regex(stdout, /without a defect all of 4 runs held/);
      return [stdout.replace(/\d+ at once/, ''), readFileSync(csv, 'utf8'), readFileSync(out, 'utf8')];
    }),
  );
  t.deepEqual(texts[0], texts[1]);
  const { defects, controls } = JSON.parse(texts[0]![2]!) as PowerFile;
  t.is(controls.runCount, 4);
  t.deepEqual(
    defects[0]!.rows.map((row) => [row.for, row.foundCount, row.seedCount]),
    [
      ['30s', 0, 2],
      ['15m', 2, 2],
    ],
  );
  t.is(defects[0]!.least?.for, '15m');
  rmSync(folder, { recursive: true });
});

test('a search tells what evolution gained', async (t) => {
  const words = ['--for', '15m', '--rate', '0.2', '--evolve', '9', '--seeds', '1', '--json'];
  const { code, stdout, stderr } = await quicksoak([...LEAK, ...words]);
  t.is(code, 0, stderr);
  const { gain, searches, defect } = JSON.parse(stdout) as SearchFile;
  t.is(defect, 'peer-topics-not-pruned');
  t.is(searches.length, 1);
  t.is(gain!.drawn.runCount, 9);
  t.is(gain!.evolved.runCount, 9);
});

test('an interrupted analysis tells what it has', async (t) => {
  const { code, stdout, stderr } = await quicksoak([...LEAK, '--seeds', '500', '--for', '30m', '--jobs', '1'], {
    onOutput: (child) => setTimeout(() => child.kill('SIGINT'), 200),
  });
  t.is(code, 130);
  t.regex(stderr, /^quicksoak: interrupted, showing what was run so far; again to quit at once\n$/);
  t.regex(stdout, /\d+ of 2000 runs were made/);
});

const REFUSED: readonly (readonly string[])[] = [
  ['power'],
  ['power', 'swarm', '--defect', 'none'],
  ['power', 'swarm', '--defect', 'peer-topic'],
  [...LEAK, '--rate', '0'],
  [...LEAK, '--rate', '-1'],
  [...LEAK, '--rate', ''],
  [...LEAK, '--for', ''],
  [...LEAK, '--for', '5m,soon'],
  [...LEAK, '--nodes', '12,'],
  [...LEAK, '--nodes', '1'],
  [...LEAK, '--seeds', '0'],
  [...LEAK, '--seeds', '200000'],
  [...LEAK, '--evolve', '20'],
  [...LEAK, '--evolve', '20', '--for', '5m', '--rate', '1', '--csv', 'x.csv'],
  ['power', 'app-registry-overwrite', '--evolve', '5', '--for', '5m', '--rate', '1'],
  ['power', 'hyparview-pending-outlives-neighbor', '--rate', '1'],
  [...LEAK, '--csv', 'same.csv', '--out', 'same.csv'],
  [...LEAK, '--csv', '/no/such/folder/x.csv'],
];

test('what cannot be analysed is refused in one sentence', async (t) => {
  await assertMistakes(
    t,
    REFUSED.map((words) => [words]),
  );
});
