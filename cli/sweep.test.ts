// quicksoak sweep as a user meets it.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseXml } from '../properties/flame/xml.test.fixture.ts';
import type { SweepFile } from './commands/sweep.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

const MISHAPS = fileURLToPath(new URL('./pool/mishaps.test.fixture.js', import.meta.url));
const QUIET = ['--nodes', '4', '--profile', 'none', '--for', '6m', '--jobs', '1'] as const;
const FILES = ['--csv', 's.csv', '--runs', 'r.csv', '--junit', 'j.xml', '--out', 'o.json'] as const;

async function inFolder(use: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  await use(cwd);
  await rm(cwd, { recursive: true });
}

async function written(cwd: string): Promise<string[]> {
  return Promise.all(['s.csv', 'r.csv', 'j.xml', 'o.json'].map((name) => readFile(join(cwd, name), 'utf8')));
}

test.serial('a grid gives the same files over one process and over two, and its runs are those of soak', async (t) => {
  const words = ['sweep', ...QUIET, '--seeds', '3', '--vary', 'shuffleInterval=5s,60s', '--seed', 'grid', ...FILES];
  await inFolder(async (cwd) => {
    const one = await quicksoak(words, { cwd });
    t.is(one.code, 0, one.stderr);
    t.regex(one.stdout, /\nshuffleInterval=5s +[\d.]+ ± [\d.]+ /);
    t.regex(one.stdout, /\ndifference +against shuffleInterval=5s, seed by seed/);
    t.regex(one.stdout, /\n6 of 6 runs held  6 runs in [^\n]+\n$/);
    const files = await written(cwd);
    const two = await quicksoak([...words, '--jobs', '2'], { cwd });
    t.is(two.code, 0, two.stderr);
    t.deepEqual(await written(cwd), files);

    const report = JSON.parse(files[3]!) as SweepFile;
    t.like(report, { seed: 'grid', ended: null, plannedCount: 6, seedCount: 3, findings: [] });
    t.deepEqual(report.runs['seed'], ['grid/0', 'grid/0', 'grid/1', 'grid/1', 'grid/2', 'grid/2']);
    t.deepEqual(report.runs['config.hyparview.shuffleIntervalUs']!.slice(0, 2), [5_000_000, 60_000_000]);
    const soak = await quicksoak(
      [
        'soak',
        ...QUIET.slice(0, 6),
        '--seed',
        'grid/1',
        '--once',
        '--json',
        '--config',
        'hyparview.shuffleIntervalUs=60s',
      ],
      { cwd },
    );
    t.is<unknown, unknown>((JSON.parse(soak.stdout) as { digest: string }).digest, report.runs['digest']?.[3]);
  });
});

test.serial('shards together run what one sweep does', async (t) => {
  const words = ['sweep', ...QUIET, '--seeds', '2..4', '--json'];
  const runsOf = async (...more: string[]): Promise<string[]> => {
    const { stdout } = await quicksoak([...words, ...more]);
    const { seed, digest } = (JSON.parse(stdout) as SweepFile).runs as { seed: string[]; digest: string[] };
    return seed.map((one, place) => `${one} ${digest[place]}`);
  };
  const whole = await runsOf();
  t.deepEqual([...(await runsOf('--shard', '1/2')), ...(await runsOf('--shard', '2/2'))].toSorted(), whole);
  t.deepEqual(await runsOf('--shard', '4/4'), []);
});

test.serial('findings are grouped, each with a line that runs it again, and the exit code is 1', async (t) => {
  await inFolder(async (cwd) => {
    const words = [
      'sweep',
      'peer-topics-not-pruned',
      '--nodes',
      '8',
      '--set',
      'waves=4',
      '--seeds',
      '2',
      '--jobs',
      '1',
    ];
    const { code, stdout } = await quicksoak([...words, '--junit', 'j.xml'], { cwd });
    t.is(code, 1);
    t.regex(stdout, /\n2 of 2 runs broke /);
    t.regex(
      stdout,
      /\n✗ residue-bounded: peerTopics\[key\]\n  2 of 2 runs, 100% \(34\.2% to 100%\); first with seed 0\/0\n  \S/,
    );
    const lines = stdout.split('\n').filter((line) => line.startsWith('npx quicksoak repro '));
    t.is(lines.length, stdout.split('\n✗ ').length - 1);
    const again = await quicksoak(['repro', lines[0]!.split(' ').at(-1)!], { cwd });
    t.is(again.code, 1, again.stderr);
    const junit = await readFile(join(cwd, 'j.xml'), 'utf8');
    const root = parseXml(junit.slice(junit.indexOf('\n') + 1));
    t.is(root.attributes.get('failures'), '2');
    t.true(root.children[0]!.children[0]!.children[0]!.text.includes(lines[0]!));

    const first = await quicksoak([...words, '--stop-after', '1', '--json'], { cwd });
    t.is(first.code, 1);
    const report = JSON.parse(first.stdout) as SweepFile;
    t.like(report, { ended: 'found' });
    t.is(report.runs['seed']!.length, 1);
  });
});

test.serial('a run that dies is told with its seed, and the others are done', async (t) => {
  const own = ['sweep', 'mishaps', '--use', MISHAPS, ...QUIET, '--seeds', '3'];
  const died = await quicksoak([...own, '--config', 'mishap=exit', '--config', 'seeds=["0/1"]']);
  t.is(died.code, 4, died.stderr);
  t.is(died.stderr, '');
  t.regex(died.stdout, /\n1 of 3 did not come to their end /);
  t.regex(died.stdout, /\n✗ died: ended its process with exit code 7\n  1 of 3 runs, [^\n]+; first with seed 0\/1\n$/);
  const refused = await quicksoak([...own, '--config', 'mishap=throw', '--config', 'seeds=["0/1"]', '--json']);
  t.is(refused.code, 2, refused.stderr);
  const { runs, findings } = JSON.parse(refused.stdout) as SweepFile;
  t.deepEqual(runs['outcome'], ['held', 'refused', 'held']);
  t.like(findings, [{ firstSeed: '0/1', token: null }]);
});

test.serial('an interrupted sweep tells what was done, and ends with 130', async (t) => {
  const own = ['sweep', 'mishaps', '--use', MISHAPS, ...QUIET, '--seeds', '5'];
  const { code, stdout, stderr } = await quicksoak([...own, '--config', 'mishap=hang', '--config', 'seeds=["0/1"]'], {
    // The header is there before the first run: the second never ends.
    onOutput: (child) => void setTimeout(() => child.kill('SIGINT'), 4000),
  });
  t.is(code, 130);
  t.regex(stderr, /^quicksoak: interrupted/);
  t.regex(stdout, /\ninterrupted; \d of \d runs? held  \d of 5 runs in /);
});

test.serial('a spent budget ends with 4', async (t) => {
  const spent = await quicksoak(['sweep', ...QUIET, '--seeds', '2', '--max-events', '100']);
  t.is(spent.code, 4);
  t.regex(spent.stdout, /\n2 of 2 did not come to their end /);
  const own = ['sweep', 'mishaps', '--use', MISHAPS, ...QUIET, '--seeds', '2', '--config', 'mishap=hang'];
  const late = await quicksoak([...own, '--max-wall', '2s']);
  t.is(late.code, 4);
  t.regex(late.stdout, /stopped: --max-wall ran out; 0 of 0 runs held  0 of 2 runs/);
});

test.serial('what cannot be swept is refused in a sentence', async (t) => {
  const cases: readonly (readonly string[])[] = [
    ['--seeds', '0'],
    ['--jobs', '0'],
    ['--hang-after', '30d'],
    ['--csv', 'same', '--runs', 'same'],
    ['--csv', '/nowhere/at/all.csv'],
    ['--seeds', '1000000', '--vary', 'nodes=2,3'],
  ];
  await assertMistakes(
    t,
    cases.map((words) => [['sweep', ...words]]),
  );
});
