// quicksoak ablate as a user meets it, and --defect wherever a scenario is chosen.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { AblationReport } from './commands/ablate.ts';
import type { SoakReport } from './result.ts';
import { assertMistakes, assertRefused, quicksoak, quicksoakEach } from './quicksoak.test.fixture.ts';

const TOPICS = 'peer-topics-not-pruned';
const TIMEOUT = 'hyparview-data-kept-on-neighbor-timeout';
const ABLATE = ['ablate', '--nodes', '8', '--set', 'waves=5', '--seed', 'leak'] as const;

test.serial('an ablation prints the matrix, the pair and the fixes, and ends with 0 when all off holds', async (t) => {
  const { code, stdout, stderr } = await quicksoak([...ABLATE, '--defect', `${TOPICS},${TIMEOUT}`]);
  t.is(code, 0);
  t.is(stderr, '');
  t.regex(stdout, /^quicksoak \d+\.\d+\.\d+\n/);
  t.regex(stdout, /\ndefect +residue- +collections-\n +bounded +plateau\n/);
  t.regex(stdout, /\npeer-topics-not-pruned +✗ ✗ +✗ ✗\n/);
  t.regex(stdout, /\nall on +✗ +✗\nall off +✓ +✓\n/);
  t.regex(stdout, /: 3 red cells of four\n +residue-bounded: fixing one alone leaves it broken, by the other\n/);
  t.regex(stdout, /\nhyparview-data-kept-on-neighbor-timeout +residue-bounded, collections-plateau /);
  t.regex(stdout, /after peer-topics-not-pruned: residue-bounded is still red/);
  t.regex(stdout, /\nall off: (\d+) of \1 held {2}4 runs in [^\n]+\n$/);
  t.false(stdout.includes('\u001b'));
});

test.serial('an ablation as data is what --out writes, and its scenario can be run again', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const words = [...ABLATE, '--defect', TOPICS, '--json', '--out', 'ablation.json'];
  const { code, stdout } = await quicksoak(words, { cwd });
  t.is(code, 0);
  t.is(await readFile(join(cwd, 'ablation.json'), 'utf8'), stdout);
  const report = JSON.parse(stdout) as AblationReport;
  t.like(report, { seed: 'leak', ok: true, ended: null, defects: [TOPICS] });
  const soak = await quicksoak(['soak', 'ablation.json', '--once', '--json'], { cwd });
  t.is((JSON.parse(soak.stdout) as SoakReport).digest, report.cells[1]!.digest);
  assertRefused(t, await quicksoak(['repro', 'ablation.json'], { cwd }), 'repro of an ablation');
  await rm(cwd, { recursive: true });
});

test.serial('a scenario that is red with all off ends with 1', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  // Peer 3 runs: the rejoin is asked for and never takes effect.
  const plan = { version: 1, actions: [{ atUs: 40_000_000, kind: 'rejoin', peer: 3 }] };
  await writeFile(join(cwd, 'inert.json'), JSON.stringify({ nodes: 4, seed: 's', plan, defects: [TOPICS] }));
  const { code, stdout } = await quicksoak(['ablate', 'inert.json'], { cwd });
  t.is(code, 1);
  t.regex(stdout, /\nall off: 1 of \d+ broke /);
  await rm(cwd, { recursive: true });
});

test.serial('an interrupted ablation shows what was run and ends with 130', async (t) => {
  t.timeout(60_000);
  const { code, stdout, stderr } = await quicksoak(
    ['ablate', '--nodes', '100', '--set', 'waves=500', '--seed', 'x', '--defect', TOPICS],
    { onOutput: (child) => child.kill('SIGINT') },
  );
  t.is(code, 130);
  t.regex(stderr, /^quicksoak: interrupted/);
  t.regex(stdout, /interrupted; all off was not run to its end/);
});

test.serial('a spent budget ends an ablation with 4', async (t) => {
  const { code, stdout } = await quicksoak([...ABLATE, '--defect', TOPICS, '--max-events', '2000']);
  t.is(code, 4);
  t.regex(stdout, /--max-events ran out/);
});

test.serial('what cannot be ablated is refused in a sentence', async (t) => {
  await assertMistakes(t, [
    [['ablate'], 'without defects'],
    [['ablate', '--defect', 'none'], 'without defects'],
    [['ablate', '--defect', `none,${TOPICS}`], 'none together with'],
    [['ablate', '--defect', 'peer-topic-not-pruned'], 'did you mean "peer-topics-not-pruned"'],
    [['ablate', TOPICS, '--pair', TOPICS], '--pair'],
    [['ablate', TOPICS, '--pair', `${TOPICS}+${TIMEOUT}`], `unknown defect "${TIMEOUT}"`],
    [['ablate', 'swram'], 'did you mean "swarm"'],
  ]);
});

test.serial('--defect replaces those of the scenario wherever a scenario is chosen', async (t) => {
  const small = ['--nodes', '4', '--set', 'waves=1', '--seed', 's'];
  const commands = [
    ['soak', TOPICS, '--once'],
    ['check-determinism', TOPICS],
    ['inspect', TOPICS, '--peer', '0', '--at', '10s'],
  ];
  const two = [TIMEOUT, 'plumtree-lazy-queue-kept'];
  const choices = [
    { flags: [], defects: [TOPICS] },
    { flags: ['--defect', two.join(', '), '--defect', TIMEOUT], defects: two },
    { flags: ['--defect', 'none'], defects: [] },
  ];
  const runs = commands.flatMap((command) => choices.map(({ flags, defects }) => ({ command, flags, defects })));
  const lines = runs.map(({ command, flags }) => [...command, ...flags, ...small, '--json']);
  for (const [index, { stdout, stderr }] of (await quicksoakEach(lines)).entries()) {
    const { scenario } = JSON.parse(stdout) as { scenario: { defects: unknown } };
    t.deepEqual(scenario.defects, runs[index]!.defects, `${lines[index]!.join(' ')}: ${stderr}`);
  }
  await assertMistakes(
    t,
    commands.map((command) => [[...command, '--defect', TIMEOUT, '--defect', 'none'], 'none']),
  );
});
