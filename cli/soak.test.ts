// The command as a user meets it: verdicts, JSON, digests, exit codes, signals.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { SoakReport } from './result.ts';
import { quicksoak, quicksoakEach } from './quicksoak.test.fixture.ts';

/** A run of a second or less. */
const SMALL = ['soak', '--nodes', '6', '--set', 'waves=1', '--once'] as const;
/** A run that nobody waits for. */
const LONG = ['soak', '--seed', 'long', '--nodes', '100', '--set', 'waves=500'] as const;
const NO_STACK = /\n\s+at /;

test.serial('a soak that holds prints header, verdicts and the line to paste, and ends with 0', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['soak', '--seed', 'a b', '--nodes', '6', '--set', 'waves=2']);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /^quicksoak \d+\.\d+\.\d+\n/);
  for (const text of ['seed "a b"', '6 nodes', 'profile kill-respawn', 'network: ', 'defects: none'])
    t.true(stdout.includes(text), text);
  t.regex(stdout, /^✓ {2}deterministic +[0-9a-f]{16} twice/m);
  t.regex(stdout, /\nreproduce: npx quicksoak repro qs\d+-[\w-]+\n$/);
  t.false(stdout.includes('\u001b'));
});

test.serial('a soak with a leak names path, slope and growth, and its last line is the one to paste', async (t) => {
  const { code, stdout } = await quicksoak([
    'soak',
    '--seed',
    'leak',
    '--nodes',
    '8',
    '--once',
    '--defect',
    'peer-topics-not-pruned',
  ]);
  t.is(code, 1);
  t.regex(stdout, /✗ residue-bounded broke, first at \w+/);
  t.regex(stdout, /peerTopics\S* {2}\+\d\S* per departure\n +departures( +\d+)+\n +mentions( +\d+)+\n/);
  t.regex(stdout, /\nnpx quicksoak repro qs\d+-[\w-]+\n$/);
});

test.serial('--json prints one object and nothing else', async (t) => {
  const words = ['soak', '--seed', 'leak', '--nodes', '8', '--defect', 'peer-topics-not-pruned', '--json'];
  const { code, stdout, stderr } = await quicksoak([
    ...words,
    '--property',
    'residue-bounded',
    '--property',
    'deterministic',
  ]);
  const report = JSON.parse(stdout) as SoakReport;
  t.is(code, 1);
  t.is(stderr, '');
  t.is(report.seed, 'leak');
  t.regex(report.digest, /^[0-9a-f]{16}$/);
  t.false(report.ok);
  t.is(report.cutShort, null);
  t.true(report.events > 0 && report.endUs > 0 && report.header.length > 0);
  t.regex(report.repro ?? '', /^npx quicksoak repro \S+$/);
  t.deepEqual(report.scenario.defects, ['peer-topics-not-pruned']);
  t.deepEqual(
    report.properties.map(({ name, ok }) => [name, ok]),
    [
      ['residue-bounded', false],
      ['deterministic', true],
    ],
  );
  const [residue] = report.properties;
  t.deepEqual(Object.keys(residue ?? {}).toSorted(), [
    'bound',
    'evidence',
    'figure',
    'firstBrokenUs',
    'judged',
    'name',
    'ok',
  ]);
  t.true((residue?.evidence[0]?.data['slopePerDeparture'] as number) > 0.5);
  t.true(Array.isArray(residue?.evidence[0]?.data['mentions']));
});

test.serial('two processes give equal digests, and another seed gives another', async (t) => {
  const digestOf = async (seed: string): Promise<string> => {
    const { stdout } = await quicksoak([...SMALL, '--seed', seed, '--json']);
    const report = JSON.parse(stdout) as SoakReport;
    t.is(report.seed, seed);
    t.true(report.ok);
    return report.digest;
  };
  const digests: string[] = [];
  for (const seed of ['0', '1', '', '🙂']) digests.push(await digestOf(seed));
  t.is(new Set(digests).size, 4);
  t.is(await digestOf('🙂'), digests[3] ?? '');
});

test.serial('without a seed a fresh one is drawn and printed', async (t) => {
  const seeds = await Promise.all(
    [0, 1].map(async () => JSON.parse((await quicksoak([...SMALL, '--json'])).stdout).seed as string),
  );
  t.not(seeds[0], seeds[1]);
  for (const seed of seeds) t.regex(seed, /^[a-z0-9]{8}$/);
});

test.serial('a spent budget ends with 4 and prints what was seen', async (t) => {
  const events = await quicksoak([...SMALL, '--max-events', '5000', '--json']);
  t.is(events.code, 4);
  const report = JSON.parse(events.stdout) as SoakReport;
  t.is(report.cutShort, 'events-spent');
  t.is(report.events, 5000);
  t.false(report.ok);
  t.is(report.repro, null);
  const wall = await quicksoak([...LONG, '--max-wall', '500ms']);
  t.is(wall.code, 4);
  t.regex(wall.stdout, /\nstopped: --max-wall ran out; /);
});

test.serial('a broken property wins over a spent budget', async (t) => {
  const { code, stdout } = await quicksoak([
    ...LONG,
    '--nodes',
    '8',
    '--defect',
    'peer-topics-not-pruned',
    '--max-events',
    '100000',
    '--json',
  ]);
  t.is((JSON.parse(stdout) as SoakReport).cutShort, 'events-spent');
  t.is(code, 1);
});

test.serial(
  'an interruption prints the verdicts so far and ends with 130, also when the signal comes twice at once',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
    const out = join(folder, 'out.json');
    const { code, stdout, stderr } = await quicksoak([...LONG, '--out', out], {
      onOutput: (child) =>
        setTimeout(() => {
          child.kill('SIGINT');
          setTimeout(() => child.kill('SIGINT'), 20);
        }, 1200),
    });
    t.is(code, 130, stderr);
    t.regex(stderr, /^quicksoak: interrupted, [^\n]+\n$/);
    t.regex(stdout, /\n✓ {2}ledger-balanced /);
    t.regex(stdout, /\ninterrupted; \d+ of \d+ held/);
    t.is((JSON.parse(await readFile(out, 'utf8')) as SoakReport).cutShort, 'interrupted');
    t.deepEqual(await readdir(folder), ['out.json']);
    await rm(folder, { recursive: true });
  },
);

test.serial('flags win over a scenario file, and --out writes what --json prints', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const file = {
    name: 'mine',
    seed: 'file',
    nodes: 6,
    defects: ['peer-topics-not-pruned'],
    profile: { name: 'restart', params: { waves: 1, keep: 3 } },
  };
  await writeFile(join(folder, 'mine.json'), `\uFEFF${JSON.stringify(file)}`);
  const words = [
    'soak',
    'mine.json',
    '--seed',
    'flag',
    '--nodes',
    '7',
    '--defect',
    'none',
    '--set',
    'keep=2',
    '--once',
  ];
  const { code, stdout } = await quicksoak([...words, '--json', '--out', 'out.json'], { cwd: folder });
  t.is(code, 0);
  t.is(await readFile(join(folder, 'out.json'), 'utf8'), stdout);
  const { scenario, digest } = JSON.parse(stdout) as SoakReport;
  t.is(scenario.name, 'mine');
  t.is(scenario.seed, 'flag');
  t.is(scenario.nodes, 7);
  t.deepEqual(scenario.defects, []);
  t.deepEqual(scenario.profile, { name: 'restart', params: { waves: 1, keep: 2 } });
  const again = await quicksoak(['soak', 'out.json', '--once', '--json'], { cwd: folder });
  t.is((JSON.parse(again.stdout) as SoakReport).digest, digest);
  t.deepEqual((await readdir(folder)).toSorted(), ['mine.json', 'out.json']);
  await rm(folder, { recursive: true });
});

test.serial('plans and traces are read from files, also from those that a scenario file names', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const plan = { version: 1, actions: [{ atUs: 40_000_000, kind: 'kill', peer: 4 }] };
  await writeFile(join(folder, 'plan.json'), JSON.stringify(plan));
  await writeFile(join(folder, 'some.avt'), '# two nodes\nn1 2 0 10 20 50\nn2 1 0 30\n');
  await writeFile(join(folder, 'by-plan.json'), '{"seed": "s", "nodes": 6, "plan": "plan.json"}');
  const trace = '{"seed": "s", "nodes": 6, "profile": {"name": "trace", "params": {"trace": "some.avt", "waves": 1}}}';
  await writeFile(join(folder, 'by-trace.json'), trace);
  const lines = [
    ['--seed', 's', '--nodes', '6', '--plan', 'plan.json'],
    ['by-plan.json'],
    ['--seed', 's', '--nodes', '6', '--trace', 'some.avt', '--set', 'waves=1'],
    ['by-trace.json'],
  ].map((words) => ['soak', ...words, '--once', '--json']);
  const ran = await quicksoakEach(lines, { cwd: folder });
  const [planned, byPlan, traced, byTrace] = ran.map(({ stdout }) => JSON.parse(stdout) as SoakReport);
  t.true(planned!.header.some((line) => line.includes('plan of 1 action,')));
  t.is(byPlan!.digest, planned!.digest);
  t.true(traced!.header.some((line) => line.includes('trace of 2 nodes')));
  t.is(byTrace!.digest, traced!.digest);
  await rm(folder, { recursive: true });
});

test.serial('a run that is too large for a token is reproduced from the file of --out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const actions = Array.from({ length: 400 }, (_, index) => ({
    atUs: 40_000_000 + ((index * 7_919_777) % 5_000_000),
    kind: 'respawn',
    peer: 3 + (index % 3),
    fresh: 1000 + ((index * 7_919) % 1009),
  }));
  await writeFile(join(folder, 'plan.json'), JSON.stringify({ version: 1, actions }));
  const words = ['soak', '--nodes', '6', '--seed', 's', '--plan', 'plan.json', '--once'];
  const without = await quicksoak(words, { cwd: folder });
  t.regex(without.stdout, /\nreproduce: too large for a line: [^\n]+--save[^\n]+\n$/);
  const written = await quicksoak([...words, '--out', 'my run.json'], { cwd: folder });
  t.regex(written.stdout, /\nreproduce: npx quicksoak repro 'my run\.json'\n$/);
  const again = await quicksoak(['repro', 'my run.json'], { cwd: folder });
  t.is(again.code, written.code, again.stderr);
  t.regex(again.stdout, /\nreproduced: /);
  await rm(folder, { recursive: true });
});

test.serial('a reader that goes away is no error', async (t) => {
  const { code, stderr } = await quicksoak([...SMALL, '--seed', '1'], { onOutput: (child) => child.stdout?.destroy() });
  t.is(code, 0);
  t.is(stderr, '');
});

(existsSync('/dev/full') ? test.serial : test.serial.skip)('a full disk is told in a sentence', async (t) => {
  const { code, stderr } = await quicksoak([...SMALL, '--out', '/dev/full']);
  t.is(code, 2);
  t.regex(stderr, /^quicksoak: \/dev\/full: cannot be written: no space left on device\n$/);
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const list = spawnSync('sh', ['-c', '"$0" "$1" list >/dev/full', process.execPath, main], { encoding: 'utf8' });
  t.is(list.status, 2);
  t.notRegex(list.stderr, NO_STACK);
});

test.serial('list names everything, for people and as data', async (t) => {
  const [text, whole, section] = await quicksoakEach([['list'], ['list', '--json'], ['list', 'defects', '--json']]);
  const { code, stdout } = text!;
  t.is(code, 0);
  for (const name of [
    'swarm',
    'peer-topics-not-pruned',
    'iroh-gossip#146',
    'kill-respawn',
    'ratePerSecond',
    'residue-bounded',
    '130',
  ]) {
    t.true(stdout.includes(name), name);
  }
  const data = JSON.parse(whole!.stdout) as Record<string, unknown[]>;
  t.deepEqual(Object.keys(data), [
    'version',
    'scenarios',
    'incidents',
    'models',
    'defects',
    'profiles',
    'properties',
    'exit-codes',
  ]);
  t.true(data['defects']!.length >= 9);
  const one = JSON.parse(section!.stdout) as object;
  t.deepEqual(Object.keys(one), ['version', 'defects']);
});

test.serial('help and version are printed on standard output', async (t) => {
  const lines = [[], ['--help'], ['help', 'soak'], ['soak', '--help'], ['--version']];
  for (const { code, stdout, stderr } of await quicksoakEach(lines)) {
    t.is(code, 0);
    t.is(stderr, '');
    t.true(stdout.length > 5);
  }
});

test.serial('the tour catches the leak, shows the fixed run green and ends with the line to paste', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['tour']);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /✗ tasks-finish broke/);
  t.regex(stdout, /loops alive, per node/);
  t.regex(stdout, /per departure/);
  t.regex(stdout, /(\d+) of \1 held/);
  t.regex(stdout, /\nnpx quicksoak repro qs\d+-[\w-]+\n$/);
});
