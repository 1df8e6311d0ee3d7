import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

function scratch(): string {
  return mkdtempSync(join(tmpdir(), 'quicksoak-'));
}

test('a run is exported to a file, twice the same, and the file is told with what to do with it', async (t) => {
  const folder = scratch();
  const file = join(folder, 'log.txt');
  const words = ['export', 'shiviz', 'swarm', '--seed', '7', '--nodes', '5', '--from', '1s', '--to', '4s', '--out'];
  const { code, stdout, stderr } = await quicksoak([...words, file]);
  t.is(code, 0, stderr);
  t.regex(stdout, /log\.txt: \d+ events of 5 hosts, 1s to 4s \(digest [\da-f]{16} by then\)\nupload it in ShiViz/);
  await quicksoak([...words, join(folder, 'again.txt')]);
  t.is(readFileSync(join(folder, 'again.txt'), 'utf8'), readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
});

test('standard output takes an export and nothing else', async (t) => {
  const words = ['export', 'dot', 'swarm', '--seed', '7', '--nodes', '5', '--at', '4s', '--out', '-'];
  const { code, stdout, stderr } = await quicksoak(words);
  t.is(code, 0, stderr);
  t.true(stdout.startsWith('digraph "swarm, seed \\"7\\"" {\n') && stdout.endsWith('}\n'), stdout);
});

test('a token is exported as the run that it stands for', async (t) => {
  const soak = await quicksoak([
    'soak',
    'swarm',
    '--seed',
    '7',
    '--nodes',
    '4',
    '--set',
    'waves=1',
    '--once',
    '--json',
  ]);
  const { repro } = JSON.parse(soak.stdout) as { repro: string };
  const token = repro.split(' ').at(-1)!;
  const csv = ['--to', '3s', '--out', '-'];
  const byToken = await quicksoak(['export', 'csv', token, ...csv]);
  const byName = await quicksoak(['export', 'csv', 'swarm', '--seed', '7', '--nodes', '4', '--set', 'waves=1', ...csv]);
  t.is(byToken.code, 0, byToken.stderr);
  t.true(byToken.stdout.startsWith('seconds,nodes_live,'));
  t.is(byToken.stdout, byName.stdout);
});

test('what does not fit together is refused in one sentence, and no file is left', async (t) => {
  const folder = scratch();
  const file = join(folder, 'out');
  const refused = [
    [],
    ['otlp', 'swarm'],
    ['otlp', 'swarm', '--at', '3s', '--out', file],
    ['dot', 'swarm', '--at', '3s', '--to', '4s', '--out', file],
    ['otlp', 'swarm', '--epoch', '2026-13-01', '--out', file],
    ['otlp', 'swarm', '--from', '5s', '--to', '5s', '--out', file],
    ['csv', 'swarm', '--every', '1us', '--out', file],
    ['csv', 'swarm', '--out', join(folder, 'missing', 'out')],
  ];
  await assertMistakes(t, [
    ...refused.map((words) => [['export', ...words]] as const),
    [['export', 'dot', 'swarm', '--at', '99h', '--out', file], /^quicksoak: --at: received/],
  ]);
  t.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});

test('an export that is interrupted leaves the file as it was', async (t) => {
  const folder = scratch();
  const file = join(folder, 'trace.json');
  writeFileSync(file, 'before');
  const { code, stderr } = await quicksoak(['export', 'chrome', 'long-soak', '--seed', '7', '--out', file], {
    onOutput: (child) => setTimeout(() => child.kill('SIGINT'), 300),
  });
  t.is(code, 130, stderr);
  t.regex(stderr, /^quicksoak: interrupted, so that nothing is written\n$/);
  t.is(readFileSync(file, 'utf8'), 'before');
  t.deepEqual(readdirSync(folder), ['trace.json']);
  rmSync(folder, { recursive: true });
});

test('a budget of real time ends an export with exit code 4', async (t) => {
  const folder = scratch();
  const words = ['export', 'chrome', 'long-soak', '--seed', '7', '--max-wall', '200ms', '--out', join(folder, 'a')];
  t.is((await quicksoak(words)).code, 4);
  t.false(existsSync(join(folder, 'a')));
  rmSync(folder, { recursive: true });
});
