// quicksoak shrink as a user meets it.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ShrinkReport } from './commands/shrink.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';
import type { SoakReport } from './result.ts';

const TOPICS = 'peer-topics-not-pruned';
const LEAK = [TOPICS, '--nodes', '6', '--seed', 'small', '--set', 'waves=5'] as const;

test.serial('shrinking prints before and after, what is left, and last the line that reproduces it', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const { code, stdout, stderr } = await quicksoak(['shrink', ...LEAK, '--out', 'small.json'], { cwd });
  t.is(code, 1);
  t.is(stderr, '');
  t.regex(stdout, /\n {2}actions +100 +[34]\n/);
  t.regex(stdout, /\n {2}nodes +6 +[2-4]\n/);
  t.regex(stdout, /\nwhat is left to happen\n {2} +0s {2}p0 to p\d start, with peer-topics-not-pruned\n/);
  t.regex(stdout, /\n {2} +\d+m\d+s {2}p\d is killed/);
  t.regex(stdout, /\n {2}✗ (residue-bounded|collections-plateau): peerTopics/);
  const [, token] = /\nnpx quicksoak repro (qs\d+-\S+)\n$/.exec(stdout) ?? [];
  const byToken = await quicksoak(['repro', token!]);
  t.is(byToken.code, 1);
  t.regex(byToken.stdout, /reproduced: digest and verdicts are as recorded/);
  const byFile = await quicksoak(['repro', 'small.json'], { cwd });
  t.is(byFile.code, 1);
  t.regex(byFile.stdout, /reproduced: digest and verdicts are as recorded/);
  // What was lost is told with the flags that keep it.
  const [, lost, flags] =
    /\n {2}no longer: ([^\n;]+)[^\n]*\n {2}to keep the first of these instead: (.+)\n/.exec(stdout) ?? [];
  const [property, place] = lost!.split(': ');
  t.true([`--property ${property} --place ${place}`, `--place ${place}`].includes(flags!), `${lost}: ${flags}`);
  // What is as small as it gets stays as it is.
  const again = await quicksoak(['shrink', token!, '--json']);
  const report = JSON.parse(again.stdout) as ShrinkReport;
  t.is(report.steps, 0);
  t.is(report.repro, `npx quicksoak repro ${token}`);
  await rm(cwd, { recursive: true });
});

test.serial('what --out wrote shrinks, to the finding that is asked for', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const soak = await quicksoak(['soak', ...LEAK, '--once', '--json', '--out', 'found.json'], { cwd });
  const found = JSON.parse(soak.stdout) as SoakReport;
  const words = ['shrink', 'found.json', '--property', 'collections-plateau', '--place', 'peerTopics', '--json'];
  const { code, stdout } = await quicksoak(words, { cwd });
  t.is(code, 1);
  const report = JSON.parse(stdout) as ShrinkReport;
  t.true(report.causes.length > 0);
  t.true(
    report.causes.every(({ property, where }) => property === 'collections-plateau' && where.includes('peerTopics')),
  );
  t.is(report.before.events, found.events);
  t.true(report.after.actions < report.before.actions);
  t.true(report.complete);
  await rm(cwd, { recursive: true });
});

test.serial('an interrupted shrinking shows the simplest so far and ends with 130', async (t) => {
  const words = ['shrink', 'stuck-loops', '--seed', '1'];
  // The first run takes seconds: the signal comes in it, and nothing is known of it.
  const { code, stdout, stderr } = await quicksoak(words, { onOutput: (child) => child.kill('SIGINT') });
  t.is(code, 130);
  t.regex(
    stderr,
    /^quicksoak: interrupted[^\n]*\nquicksoak: interrupted before the run to shrink had reached its end\n$/,
  );
  t.notRegex(stdout, /npx quicksoak/);
});

test.serial('a budget that runs out is told, with what there is', async (t) => {
  const few = await quicksoak(['shrink', ...LEAK, '--max-runs', '3']);
  t.is(few.code, 1);
  t.regex(few.stdout, /stopped: --max-runs ran out, more may go/);
  const events = await quicksoak(['shrink', ...LEAK, '--max-events', '100']);
  t.is(events.code, 4);
  t.regex(events.stderr, /--max-events ran out before the run to shrink had reached its end/);
});

test.serial('what cannot be shrunk is refused in a sentence', async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  const short = { nodes: 4, seed: 's', plan: { version: 1, actions: [] } };
  await writeFile(join(cwd, 'clean.json'), JSON.stringify(short));
  await writeFile(
    join(cwd, 'bad-plan.json'),
    JSON.stringify({ ...short, plan: { version: 1, actions: [{ kind: 'kil' }] } }),
  );
  const found: readonly Mistake[] = [
    [['clean.json'], 'nothing to shrink: received a run in which all properties held'],
    [[...LEAK, '--property', 'no-wedge'], 'received a run that breaks residue-bounded: peerTopics'],
    [[...LEAK, '--place', 'nowhere'], 'at a place with "nowhere"'],
  ];
  const typed: readonly Mistake[] = [
    [['bad-plan.json'], 'actions[0].kind'],
    [['qs1-AAAA'], 'token'],
    [['swram'], 'did you mean "swarm"'],
    [[...LEAK, '--property', 'no-wedgie'], 'did you mean "no-wedge"'],
    [[...LEAK, '--max-runs', '0'], '--max-runs'],
    [[...LEAK, '--out', 'no/such/folder.json'], '--out'],
  ];
  await assertMistakes(
    t,
    [
      ...found.map(([words, ...said]) => [['shrink', ...words, '--json'], ...said] as const),
      ...typed.map(([words, ...said]) => [['shrink', ...words], ...said] as const),
    ],
    { cwd },
  );
  const left = await readFile(join(cwd, 'clean.json'), 'utf8');
  t.is(left, JSON.stringify(short));
  await rm(cwd, { recursive: true });
});
