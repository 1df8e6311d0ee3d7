import { mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { QUICK } from '../properties/corpus/stack.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

const cancelled = {
  ...QUICK,
  nodes: 4,
  seed: '0',
  for: '3m15s',
  defects: ['quic-connecting-dropped'],
  plan: { version: 1, actions: [{ atUs: 120_000_000, kind: 'act', peer: 2, act: 'cancel-dial' }] },
};

const folder = mkdtempSync(join(tmpdir(), 'quicksoak-explain-'));

test.before('a folder with a scenario', async () => {
  await writeFile(join(folder, 'cancelled.json'), JSON.stringify(cancelled));
  await writeFile(join(folder, 'clean.json'), JSON.stringify({ ...cancelled, defects: [] }));
});
test.after.always('the folder goes', () => rm(folder, { recursive: true, force: true }));

test('explain prints the story and the sentences, and writes the same as data', async (t) => {
  const words = ['explain', 'cancelled.json', '--place', 'half-open', '--node', 'p2', '--out', 'why.json'];
  const { code, stdout, stderr } = await quicksoak(words, { cwd: folder });
  t.is(code, 0, stderr);
  t.regex(stdout, /half-open quic\.half-open of p2 about p\d/);
  t.regex(stdout, /2m +plan +act cancel-dial p2/);
  t.regex(stdout, /The shortest prefix that leaves it has 1 of 1 action, the last act cancel-dial p2 at 2m/);
  const written = JSON.parse(await readFile(join(folder, 'why.json'), 'utf8')) as Record<string, unknown>;
  t.like(written, { kind: 'explained', seed: '0', ended: null, prefix: { count: 1, of: 1 } });
  const { found, story, summary } = written as { found: { leak: object }; story: object[]; summary: string[] };
  t.like(found.leak, { site: 'quic.half-open', owner: 2, life: 1, bornUs: 120_000_000 });
  t.true(story.length >= 3);
  t.is(summary.length, 3);
  for (const sentence of summary) t.true(stdout.includes(sentence));
});

test('explain --json prints one object, and one sentence says that there is nothing to explain', async (t) => {
  const { code, stdout } = await quicksoak(['explain', 'clean.json', '--json'], { cwd: folder });
  t.is(code, 2);
  t.like(JSON.parse(stdout), { kind: 'nothing', why: 'no property broke', broken: [], summary: [] });
  const told = await quicksoak(['explain', 'clean.json'], { cwd: folder });
  t.is(told.code, 2);
  t.is(told.stderr, 'quicksoak: nothing to explain: no property broke\n');
});

test('explain that runs out of time says so with exit code 4', async (t) => {
  const { code, stdout } = await quicksoak(['explain', 'cancelled.json', '--max-wall', '1ms'], { cwd: folder });
  t.is(code, 4);
  t.regex(stdout, /stopped: --max-wall ran out/);
});

test('mistakes are refused in one sentence', async (t) => {
  const refused = [
    [],
    ['no-such-scenario'],
    ['no-such-file.json'],
    ['qs1-nonsense'],
    ['cancelled.json', '--node', 'px'],
    ['cancelled.json', '--property', 'tasks-finsh'],
    ['cancelled.json', '--out', join(folder, 'no', 'such', 'folder.json')],
  ];
  await assertMistakes(
    t,
    refused.map((words) => [['explain', ...words]]),
    { cwd: folder },
  );
});

test('explain that is interrupted shows what is known, with exit code 130', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['explain', 'gossip-send-arm-disabled', '--seed', '0'], {
    onOutput: (child) => child.kill('SIGINT'),
  });
  t.is(code, 130);
  t.regex(stderr, /^quicksoak: interrupted, showing what is known so far; again to quit at once\n$/);
  t.regex(stdout, /\ninterrupted\n$/);
});
