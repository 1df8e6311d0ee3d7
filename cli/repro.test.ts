// repro, check-determinism and inspect as a user meets them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { judgeSoak } from '../properties/soak/judge.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import { encodeToken, tokenOf } from '../properties/repro/token.ts';
import { sealed, serialiseRepro } from '../properties/repro/file.ts';
import type { Repro } from '../properties/repro/file.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';

const PLAN = { version: 1, actions: [{ atUs: 20_000_000, kind: 'kill', peer: 5 }] };
const SCENARIO = parseScenario({ seed: 'repro', nodes: 6, plan: PLAN, for: '60s' }, 'test');
const RESULT = judgeSoak(resolveScenario(SCENARIO));
const TOKEN = tokenOf(RESULT)!;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-repro-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('repro runs a token again, prints verdicts, and says that it is as recorded', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['repro', TOKEN]);
  t.is(stderr, '');
  t.is(code, RESULT.ok ? 0 : 1);
  t.regex(stdout, /^. {2}deterministic +[0-9a-f]{16} twice/m);
  t.regex(stdout, /\nreproduced: digest and verdicts are as recorded\n$/);
});

test('repro runs a repro file and what --out wrote', async (t) => {
  await inFolder(async (folder) => {
    const [repro, out] = [join(folder, 'repro.json'), join(folder, 'out.json')];
    await writeFile(repro, serialiseRepro(RESULT)!);
    const first = await quicksoak(['repro', repro, '--json', '--out', out]);
    const report = JSON.parse(first.stdout) as Record<string, unknown>;
    t.like(report, { seed: 'repro', digest: RESULT.record.digest, reproduced: true, outcome: 'same', differences: [] });
    t.is(await readFile(out, 'utf8'), first.stdout);
    const second = await quicksoak(['repro', out]);
    t.regex(second.stdout, /\nreproduced: digest and verdicts are as recorded\n$/);
  });
});

test('repro ends with 3 and says what differs when the digest is another', async (t) => {
  const scenario = { ...SCENARIO, properties: ['ledger-balanced'] };
  const { code, stdout } = await quicksoak(['repro', encodeToken(scenario, '0'.repeat(16), ['joins-bounded'])!]);
  t.is(code, 3);
  t.regex(stdout, /\nnot reproduced: this is another run than the recorded one\n/);
  t.regex(
    stdout,
    /\n {2}digest: received [0-9a-f]{16}, expected 0{16}\n {2}joins-bounded: received not judged, expected broke\n$/,
  );
});

test('a finding that was saved is told to be fixed, edited, or another run, and from when on', async (t) => {
  await inFolder(async (folder) => {
    const [file, edited] = [join(folder, 'finding.json'), join(folder, 'edited.json')];
    const words = ['--seed', '3', '--nodes', '6', '--set', 'waves=3', '--once', '--save', file];
    const found = await quicksoak(['soak', 'peer-topics-not-pruned', ...words]);
    t.is(found.code, 1);
    const saved = JSON.parse(await readFile(file, 'utf8')) as Repro;
    t.is((await quicksoak(['repro', file])).code, 1);
    const mended = { ...saved, scenario: { ...saved.scenario, defects: [] } };
    await writeFile(edited, JSON.stringify(sealed(mended)));
    const run = await quicksoak(['repro', edited, '--fixed']);
    t.is(run.code, 0);
    t.regex(run.stdout, /\n {2}residue-bounded: received held, expected broke\n/);
    t.regex(run.stdout, /\nfixed: everything that broke holds now, and nothing else broke\n$/);
    await writeFile(edited, JSON.stringify({ ...mended, checksum: saved.checksum }));
    const unsealed = await quicksoak(['repro', edited, '--fixed']);
    t.is(unsealed.code, 1);
    t.regex(unsealed.stdout, /\nnot fixed: the file was edited after it was written/);
    const again = await quicksoak(['repro', file, '--fixed']);
    t.is(again.code, 1);
    t.regex(again.stdout, /\nnot fixed: residue-bounded still breaks\n/);
    await writeFile(edited, JSON.stringify({ ...saved, scenario: { ...saved.scenario, seed: '4' } }));
    const other = await quicksoak(['repro', edited]);
    t.regex(other.stdout, /\n {2}the way there: received as recorded until 0s, another run at [\d.ms]+, expected/);
  });
});

test('a repro that is cut short is not compared', async (t) => {
  const { code, stdout } = await quicksoak(['repro', TOKEN, '--max-events', '500', '--json']);
  t.is(code, 4);
  t.like(JSON.parse(stdout) as unknown, { reproduced: false, outcome: 'cut-short' });
});

test('a bad token or repro file is refused in one sentence', async (t) => {
  await inFolder(async (folder) => {
    const old = join(folder, 'old.json');
    await writeFile(old, serialiseRepro(RESULT)!.replace('"version": 2', '"version": 1'));
    const scenario = join(folder, 'scenario.json');
    const stranger = join(folder, 'stranger.json');
    await writeFile(stranger, serialiseRepro(RESULT)!.replace('"peer":5', '"peer":77'));
    await writeFile(scenario, JSON.stringify(SCENARIO));
    const refused: readonly (readonly [string, RegExp])[] = [
      [TOKEN.replace('qs1-', 'qs2-'), /token: made by another version: received token version 2, expected 1/],
      [TOKEN.slice(0, -5), /token: cut short or mistyped: received \d+ characters, expected \d+/],
      [TOKEN.slice(0, 30) + (TOKEN[30] === 'A' ? 'B' : 'A') + TOKEN.slice(31), /token: mistyped/],
      ['nonsense', /received "nonsense", expected a token \(qs1-\.\.\.\) or a repro file/],
      [encodeToken({ ...SCENARIO, plan: 3 }, '0'.repeat(16))!, /token: plan: received 3, expected/],
      [old, /old\.json: made by another version: received repro file version 1, expected 2/],
      [scenario, /scenario\.json: received .* expected a repro file/],
      [stranger, /stranger\.json: plan: actions\[0\]\.peer: received 77, expected a peer that there ever is/],
    ];
    await assertMistakes(
      t,
      refused.map(([argument, sentence]) => [['repro', argument], sentence]),
    );
  });
});

test('check-determinism compares runs in two processes', async (t) => {
  const { code, stdout, stderr } = await quicksoak([
    'check-determinism',
    '--seed',
    '5',
    '--nodes',
    '6',
    '--set',
    'waves=1',
  ]);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  t.regex(stdout, /\n✓ two runs in this process: \d+ events, all alike\n✓ a run in another process: the same digest\n/);
  t.regex(stdout, /\ndeterministic, digest [0-9a-f]{16}\n$/);
});

test('check-determinism takes a token, and as JSON says its digest', async (t) => {
  const { code, stdout } = await quicksoak(['check-determinism', TOKEN, '--json']);
  t.is(code, 0);
  const { digest, eventCount } = RESULT.record;
  t.like(JSON.parse(stdout) as unknown, { ok: true, digest, events: eventCount, divergence: null, otherProcess: null });
});

test('check-determinism that is interrupted says how far the runs were alike', async (t) => {
  const { code, stdout } = await quicksoak(['check-determinism', '--seed', '5', '--set', 'waves=400'], {
    onOutput: (child) => setTimeout(() => child.kill('SIGINT'), 300),
  });
  t.is(code, 130);
  t.regex(stdout, /\ninterrupted: the runs were alike in their first \d+ events\n$/);
});

test('inspect shows state, last event with its changes, and next event', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['inspect', TOKEN, '--peer', '3', '--at', '30s']);
  t.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  t.regex(stdout, /\np3 at 30s, incarnation 4 of the run, ran from 30ms on\n {2}me: p3\n/);
  t.regex(stdout, /\n +active: \[p\d/);
  t.regex(stdout, /\nlast event, number \d+ of this life\n {2}(message|timer|link|broadcast) .* at .*\n {4}/);
  t.regex(stdout, /\nnext event\n {2}(message|timer|link|broadcast) .* at .*\n {4}/);
});

test('inspect as JSON gives the same state wherever the run came from', async (t) => {
  await inFolder(async (folder) => {
    const file = join(folder, 'repro.json');
    await writeFile(file, serialiseRepro(RESULT)!);
    const words = ['--peer', 'p3', '--at', '30s', '--json'];
    const [one, other] = await Promise.all([
      quicksoak(['inspect', TOKEN, ...words]),
      quicksoak(['inspect', file, ...words]),
    ]);
    // A file writes out the plan that a token leaves to be drawn.
    const seen = JSON.parse(other.stdout) as { scenario?: unknown };
    delete seen.scenario;
    t.like(JSON.parse(one.stdout), seen);
    const shown = JSON.parse(one.stdout) as { atUs: number; last: { atUs: number }; next: { atUs: number } };
    t.like(shown, { running: true, incarnation: 4, atUs: 30_000_000, state: { me: 'p3' } });
    t.true(shown.last.atUs <= shown.atUs && shown.next.atUs > shown.atUs);
  });
});

test('inspect of a peer that is down says when it lived', async (t) => {
  const { code, stdout } = await quicksoak(['inspect', TOKEN, '--peer', '5', '--at', '30s']);
  t.is(code, 0);
  t.regex(stdout, /\np5 was not running at 30s\n {2}ran from 50ms until 20s\n$/);
});

test('inspect refuses peers, times and flags that do not fit', async (t) => {
  const refused: readonly Mistake[] = [
    [['--peer', '99', '--at', '30s'], /received peer 99, expected one that this run starts; the last is 5/],
    [['--peer', '1', '--at', '2h'], /received time 2h, expected at most 1m, the end of the run/],
    [['--peer', '1'], /--at/],
    [['--peer', '1', '--at', '1s', '--nodes', '7'], /--nodes: received it with a token/],
  ];
  await assertMistakes(
    t,
    refused.map(([words, ...said]) => [['inspect', TOKEN, ...words], ...said]),
  );
});
