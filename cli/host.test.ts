import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { encodeToken } from '../properties/repro/token.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import { assertMistakes, assertRefused, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake, Ran } from './quicksoak.test.fixture.ts';

const FIXTURE = fileURLToPath(new URL('./hosted.test.fixture.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'quicksoak-host-'));
const PLAN = join(folder, 'plan.json');
writeFileSync(PLAN, JSON.stringify({ version: 1, actions: [] }));

interface Report {
  readonly ok: boolean;
  readonly digest: string | null;
  readonly repro: string;
  readonly outcome?: string;
  readonly properties: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly judged: boolean;
    readonly evidence: readonly {
      readonly subject: string;
      readonly text: string;
      readonly data: { stack?: string };
    }[];
  }[];
}

/** Hosts a model of the fixture. */
function host(model: string, ...words: string[]): Promise<Ran> {
  return quicksoak(['host', model, '--use', FIXTURE, ...words]);
}

/** Two nodes, no churn, one run. */
function hostBriefly(model: string, ...words: string[]): Promise<Ran> {
  return host(model, '--nodes', '2', '--plan', PLAN, '--seed', 's', '--once', ...words);
}

function reportIn({ stdout }: Ran): Report {
  return JSON.parse(stdout) as Report;
}

test('a hosted class is judged as a model is, and its token gives the same run again', async (t) => {
  const words = ['--nodes', '6', '--for', '5m', '--seed', '7', '--config', 'version=leaky'];
  const first = await host('members', ...words);
  t.is(first.code, 1, first.stderr);
  t.regex(first.stdout, /✗ {2}residue-bounded +member\.expired\[key\]/);
  t.regex(first.stdout, /✓ {2}deterministic/);
  const line = first.stdout.trimEnd().split('\n').at(-1)!;
  const [, token] = /^npx quicksoak host (qs1-\S+) --use /.exec(line) ?? [];
  t.truthy(token, line);
  const again = await host(token!, '--once');
  t.is(again.code, 1);
  t.regex(again.stdout, /\nreproduced: digest and verdicts are as recorded\n/);
  assertRefused(t, await host(token!, '--nodes', '3'), 'a flag with a token');
});

test('heap snapshots tell what grew between two calms, and whom closures name', async (t) => {
  const words = [
    '--nodes',
    '4',
    '--for',
    '5m',
    '--seed',
    '7',
    '--config',
    'version=leaky',
    '--once',
    '--heap-snapshot',
  ];
  const { code, stdout, stderr } = await host('members', ...words, '--json');
  t.is(code, 1, stderr);
  const { heapSnapshot, digest } = JSON.parse(stdout) as {
    digest: string;
    heapSnapshot: { growth: { path: string; bytes: number }[]; hidden: unknown[] };
  };
  const grown = heapSnapshot.growth.find(({ path }) => path === 'member.expired');
  t.true(grown !== undefined && grown.bytes > 0, JSON.stringify(heapSnapshot.growth.slice(0, 5)));
  t.deepEqual(heapSnapshot.hidden, []);
  t.true(
    heapSnapshot.growth.every(({ path }) => path.startsWith('member')),
    JSON.stringify(heapSnapshot.growth),
  );
  const plain = await host('members', ...words.slice(0, -1), '--json');
  t.is(reportIn(plain).digest, digest);
});

test('several seeds are a row each, whatever their number at once', async (t) => {
  const words = ['--nodes', '2', '--plan', PLAN, '--seed', 's', '--once', '--seeds', '3', '--jobs', '2'];
  const { code, stdout } = await host('members', ...words);
  t.is(code, 0, stdout);
  t.deepEqual(stdout.match(/held {3}s\/\d/g), ['held   s/0', 'held   s/1', 'held   s/2']);
});

test('what nobody caught, and a call that is refused, break no-wedge with node, time and stack', async (t) => {
  for (const [model, said] of [
    ['throws', /^uncaught exception of p1 at 20.01s: RangeError: out of bounds/],
    ['threads', /^refused call of p1 at 20.01s: worker_threads\.Worker/],
    ['exits', /^call that ends the process of p1 at 20.01s: process\.exit\(3\)/],
  ] as const) {
    const ran = await hostBriefly(model, '--json');
    t.is(ran.code, 1, ran.stderr);
    const { ok, properties } = reportIn(ran);
    t.false(ok);
    const broken = properties.filter((verdict) => !verdict.ok);
    t.deepEqual(
      broken.map(({ name }) => name),
      ['no-wedge'],
    );
    const [found] = broken[0]!.evidence;
    t.regex(found!.text, said);
    t.regex(found!.data.stack!, /hosted\.test\.fixture/);
  }
});

test('a start that never settles breaks no-wedge', async (t) => {
  const ran = await hostBriefly('waits', '--for', '2m');
  t.is(ran.code, 1, ran.stderr);
  t.regex(ran.stdout, /start that never settles of p1 at \S+: asked for at/);
});

test('a target that does not return is ended, with its node and time', async (t) => {
  const ran = await hostBriefly('blocks', '--hang-after', '4s', '--json');
  t.is(ran.code, 1, ran.stderr);
  const { ok, digest, outcome, properties, repro } = reportIn(ran);
  t.false(ok);
  t.is(digest, null);
  t.is(outcome, 'blocked');
  t.is(properties[0]!.evidence[0]!.subject, 'p1');
  t.regex(properties[0]!.evidence[0]!.text, /in an event of p1 at 20\.\d+ s, at \S* ?\(?file:.*hosted\.test\.fixture/);
  t.regex(properties[0]!.evidence[0]!.data.stack!, /VirtualTimeout\.fire|fire \(/);
  t.regex(repro, /^npx quicksoak host blocks .*--seed s( |$)/);
});

test('what cannot be hosted is refused in one sentence', async (t) => {
  const brief = ['--nodes', '2', '--plan', PLAN, '--seed', 's', '--once'];
  const refused: readonly Mistake[] = [
    [['unimportable', ...brief], /no-such-package-anywhere/],
    [['exits-early', ...brief]],
    [['swarm'], 'swarm'],
    [['membres'], 'membres'],
    [['members', '--jobs', '2'], '--jobs'],
    [['members', '--seeds', '2', '--save', join(folder, 'x.json')], '--save'],
    [['members', '--config', 'interval=1'], 'interval'],
    // A time without room for calms.
    [['members', '--for', '1s'], /^(?!.*file:).*1s/],
  ];
  await assertMistakes(t, [
    ...refused.map(([[model, ...words], ...said]) => [['host', model!, '--use', FIXTURE, ...words], ...said] as const),
    [
      ['host', 'anything-else'],
      'anything-else',
      /Known: gossipsub@.*; a model .* of your own is known with --use <module>/,
    ],
    [['host', 'membres', '--use', FIXTURE], /^(?!.*--use).*did you mean "members"/],
  ]);
});

test('soak, sweep and shrink take a hosted model, and commands that need several runs at once refuse it', async (t) => {
  const words = [
    'members',
    '--use',
    FIXTURE,
    '--nodes',
    '4',
    '--for',
    '5m',
    '--seed',
    '7',
    '--config',
    'version=leaky',
  ];
  const soak = await quicksoak(['soak', ...words]);
  t.is(soak.code, 1, soak.stderr);
  t.regex(soak.stdout, /✓ {2}deterministic/);
  const sweep = await quicksoak(['sweep', ...words, '--seeds', '2', '--jobs', '1']);
  t.regex(sweep.stdout, /2 of 2 runs broke/, sweep.stderr);
  const shrink = await quicksoak(['shrink', ...words, '--max-runs', '4']);
  t.is(shrink.code, 1, shrink.stderr);
  await assertMistakes(
    t,
    ['explain', 'check-determinism'].map((command) => [[command, ...words], command]),
  );
});

test('a run is saved as a repro file, which host takes', async (t) => {
  const path = join(folder, 'finding.json');
  const ran = await hostBriefly('throws', '--save', path);
  t.is(ran.code, 1, ran.stderr);
  t.regex(readFileSync(path, 'utf8'), /"model": "throws"/);
  const again = await host(path, '--once');
  t.is(again.code, 1, again.stderr);
});

test('a token of what was mended since says so in the words of repro', async (t) => {
  const saved = join(folder, 'mended.json');
  const ran = await hostBriefly('members', '--save', saved);
  t.is(ran.code, 0, ran.stderr);
  const { scenario, digest } = JSON.parse(readFileSync(saved, 'utf8')) as { scenario: Scenario; digest: string };
  const again = await host(encodeToken(scenario, digest, ['no-wedge'])!, '--once');
  t.is(again.code, 0, again.stderr);
  t.regex(
    again.stdout,
    /\nthe same run, judged otherwise than recorded\n {2}no-wedge: received held, expected broke\n/,
  );
  t.regex(again.stdout, /\nfixed: everything that broke holds now, and nothing else broke\n/);
});

test('a run that is cut short is no run that held, and the line to paste has no such budget', async (t) => {
  const words = ['--nodes', '2', '--plan', PLAN, '--seed', 's', '--once', '--max-events', '20'];
  const several = await host('members', ...words, '--seeds', '1');
  t.is(several.code, 4, several.stderr);
  t.is(several.stdout, 'cut    s/0           stopped: --max-events ran out\n0 of 1 held\n');
  const one = await host('members', ...words);
  t.is(one.code, 4, one.stderr);
  t.regex(
    one.stdout,
    /\nstopped: --max-events ran out; \d+ of \d+ held  .*\nreproduce: npx quicksoak host .* --seed s\n$/,
  );
  t.notRegex(one.stdout, /--max-events 20/);
});

test('a second interruption ends a run at once whose target does not return', async (t) => {
  const words = ['--nodes', '2', '--plan', PLAN, '--seed', 's', '--once', '--use', FIXTURE, '--hang-after', '2m'];
  const { code, stdout, stderr } = await quicksoak(['host', 'blocks', ...words], {
    onOutput: (child) => {
      // The header is there a moment before the run hangs. Signals closer together are taken for one and its echo.
      setTimeout(() => child.kill('SIGINT'), 1500);
      setTimeout(() => child.kill('SIGINT'), 2200);
    },
  });
  t.is(code, 130);
  t.regex(stderr, /^quicksoak: interrupted, [^\n]*again to quit at once\n$/);
  t.notRegex(stdout, /verdict|no-wedge/);
});

test('several seeds that are interrupted say so, and those that are done keep their rows', async (t) => {
  const words = ['--nodes', '2', '--plan', PLAN, '--seed', 's', '--once', '--use', FIXTURE, '--seeds', '1000'];
  const { code, stdout, stderr } = await quicksoak(['host', 'members', ...words, '--jobs', '1'], {
    onOutput: (child) => child.kill('SIGINT'),
  });
  t.is(code, 130, stderr);
  t.regex(stderr, /^quicksoak: interrupted, /);
  t.regex(stdout, /^held {3}s\/0 +\n(.*\n)?\d of \d held\n$/);
});
