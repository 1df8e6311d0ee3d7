// `quicksoak check` as a user meets it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { CheckReport } from './commands/check.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Eight minutes of two nodes, of which one keeps a task for each dial, and a third that is killed and comes back. */
function log(leaks: boolean): string {
  const lines: object[] = [{ quicksoak: 'events', version: 1, terms: { settle: '5s', calm: '10s' } }];
  const add = (s: number, kind: string, node: string, rest: object = {}): void => {
    lines.push({ time: new Date(Date.UTC(2026, 10, 30, 20) + s * 1000).toISOString(), kind, node, ...rest });
  };
  for (const node of ['a', 'b', 'c']) add(0, 'up', node);
  for (let s = 1; s < 480; s++) {
    add(s, 'task-spawned', 'a', { id: s, site: 'net.dialer', subject: 'b' });
    if (!leaks) add(s + 0.5, 'task-finished', 'a', { id: s });
    if (s % 40 === 20) add(s, 'down', 'c');
    if (s % 40 === 22) add(s, 'up', 'c');
  }
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

let folder = '';
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quicksoak-check-'));
  await writeFile(join(folder, 'leak.jsonl'), log(true));
  await writeFile(join(folder, 'clean.jsonl.gz'), gzipSync(log(false)));
  await writeFile(join(folder, 'half.jsonl'), log(false).slice(0, -20));
  await writeFile(join(folder, 'half.jsonl.gz'), gzipSync(log(false)).subarray(0, 800));
  await writeFile(join(folder, 'no.jsonl.gz'), log(false));
  await writeFile(join(folder, 'empty.jsonl'), '');
  await writeFile(join(folder, 'other.jsonl'), '{"timestamp":"2026-11-30T20:00:00Z","level":"INFO"}\n');
  await mkdir(join(folder, 'folder'));
});
test.after.always(() => rm(folder, { recursive: true }));

test.serial('a log with a leak breaks the property, names site and growth, and ends with 1', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['check', 'leak.jsonl', '--out', 'out.json', '--junit', 'j.xml'], {
    cwd: folder,
  });
  t.is(code, 1, stderr);
  t.is(stderr, '');
  t.regex(stdout, /log leak\.jsonl: \d+ lines, \d+ events of 15 lives in 7m59s from 2026-11-30T20:00:00\.000000Z/);
  t.regex(stdout, /✗ tasks-finish broke, first at [\w.]+ after the log's first event\n {2}task net\.dialer: /);
  t.regex(stdout, /^– {2}deterministic +not judged/m);
  const report = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as CheckReport;
  const junit = await readFile(join(folder, 'j.xml'), 'utf8');
  t.regex(junit, /<testsuite name="quicksoak check leak\.jsonl" tests="16" failures="1" errors="0" skipped="14">/);
  t.regex(junit, /<testcase name="tasks-finish"[^>]*><failure type="tasks-finish" message="[^"]+">task net\.dialer: /);
  t.false(report.ok);
  t.is(report.startedAt, '2026-11-30T20:00:00.000000Z');
  t.true(report.calms.length > 10);
  t.is(report.properties.find(({ name }) => name === 'tasks-finish')?.evidence[0]?.subject, 'task net.dialer');
});

test.serial('a clean gzipped log holds, and --json prints one object and nothing else', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['check', 'clean.jsonl.gz', '--json'], { cwd: folder });
  t.is(code, 0, stderr);
  const report = JSON.parse(stdout) as CheckReport;
  t.true(report.ok);
  t.deepEqual(report.skipped, { count: 0, byCode: {}, examples: [] });
  const one = await quicksoak(['check', 'leak.jsonl', '--property', 'ledger-balanced', '--json'], { cwd: folder });
  t.is(one.code, 0);
  t.deepEqual(
    (JSON.parse(one.stdout) as CheckReport).properties.map(({ name }) => name),
    ['ledger-balanced'],
  );
});

test.serial('standard input is read as "-", and what is piped in is judged alike', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'check', '-', '--json'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(log(true));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const [code] = (await once(child, 'close')) as [number];
  t.is(code, 1);
  const file = JSON.parse((await quicksoak(['check', 'leak.jsonl', '--json'], { cwd: folder })).stdout) as CheckReport;
  t.deepEqual((JSON.parse(stdout) as CheckReport).properties, file.properties);
});

test.serial('an interruption judges what was read so far and ends with 130', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'check', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // It waits for more than it is given.
  child.stdin.write(log(false));
  // A pipe holds less than this, so that what is written has been read, and the signal is waited for.
  child.stdin.write('\n'.repeat(2 ** 21), () => child.kill('SIGINT'));
  const [code] = (await once(child, 'close')) as [number];
  t.is(code, 130, stderr);
  t.regex(stderr, /^quicksoak: interrupted, [^\n]+\n$/);
  t.regex(stdout, /\ninterrupted; \d+ of \d+ held/);
});

test.serial('what cannot be read is refused in one sentence', async (t) => {
  const refused: readonly Mistake[] = [
    [['missing.jsonl'], /missing\.jsonl: cannot be read: no such file or directory/],
    [['folder'], /folder: received a directory/],
    [['other.jsonl'], /other\.jsonl: line 1 \(byte 0\): unknown field "timestamp"; .* with --map <mapping\.json>/],
    [['empty.jsonl'], /empty\.jsonl: received 0 lines and no event/],
    [['half.jsonl'], /half\.jsonl: line \d+ \(byte \d+\): received a line that breaks off/],
    [['half.jsonl.gz'], /half\.jsonl\.gz: received gzip that breaks off/],
    [['no.jsonl.gz'], /no\.jsonl\.gz: received what is no gzip/],
    [['leak.jsonl', 'leak.jsonl'], /leak\.jsonl twice/],
    [['leak.jsonl', '--calm', 'soon'], /calm: received "soon"/],
    [['leak.jsonl', '--retain', 'x'], /--retain: received "x", expected a path/],
    [['leak.jsonl', '--property', 'task-finish'], /did you mean "tasks-finish"/],
    [['leak.jsonl', '--map', 'leak.jsonl'], /leak\.jsonl:2:1: .* to be JSON/],
  ];
  await assertMistakes(
    t,
    refused.map(([words, ...said]) => [['check', ...words], ...said]),
    { cwd: folder },
  );
});

test.serial('--lenient skips half a line or half a file, says so, and judges the rest', async (t) => {
  const half = await quicksoak(['check', 'half.jsonl', '--lenient'], { cwd: folder });
  t.is(half.code, 0, half.stderr);
  t.regex(half.stdout, /\n1 line was skipped: bad-json 1\n {2}half\.jsonl: line \d+ \(byte \d+\): /);
  const gzip = await quicksoak(['check', 'half.jsonl.gz', '--lenient', '--json'], { cwd: folder });
  t.is(gzip.code, 0, gzip.stderr);
  t.regex(gzip.stderr, /breaks off.*; what came before is judged/);
  t.true((JSON.parse(gzip.stdout) as CheckReport).events > 10);
});

test.serial('a log that gives nothing to judge by ends with 2', async (t) => {
  const { code, stdout, stderr } = await quicksoak(['check', 'clean.jsonl.gz', '--property', 'deterministic'], {
    cwd: folder,
  });
  t.is(code, 2);
  t.regex(stderr, /nothing to judge by/);
  t.regex(stdout, /– {2}deterministic/);
});

test.serial('what a soak writes with --events is judged as the soak was', async (t) => {
  const soak = ['soak', 'hub', '--seed', 'e', '--nodes', '4', '--set', 'waves=4', '--once', '--json'];
  const run = await quicksoak([...soak, '--events', 'run.jsonl.gz'], { cwd: folder });
  t.is(run.code, 0, run.stderr);
  const checked = await quicksoak(['check', 'run.jsonl.gz', '--json'], { cwd: folder });
  t.is(checked.code, 0, checked.stderr);
  const judged = (text: string): [string, boolean][] =>
    (JSON.parse(text) as CheckReport).properties
      .filter(({ name }) => name !== 'faults-fired' && name !== 'deterministic')
      .map((one) => [one.name, one.judged]);
  t.deepEqual(judged(checked.stdout), judged(run.stdout));
});

test.serial('a log without a calm says how little was judged and what helps, and ends with 2', async (t) => {
  await writeFile(join(folder, 'short.jsonl'), log(false).split('\n').slice(0, 18).join('\n'));
  const { code, stdout, stderr } = await quicksoak(['check', 'short.jsonl', '--out', 'short.json'], { cwd: folder });
  t.is(code, 2);
  t.regex(stderr, /^quicksoak: the log gives no calm to judge by[^\n]*\n$/);
  t.regex(
    stdout,
    /\nonly 1 of 16 properties judged: no calm: the log ends \d\S* .*\(--calm\)\n1 of 16 judged, none broke /,
  );
  const report = JSON.parse(await readFile(join(folder, 'short.json'), 'utf8')) as CheckReport;
  t.false(report.ok);
  t.like(report.shortfall, { judged: 1, asked: 16, calms: 0 });
  const asked = ['--property', 'ledger-balanced', '--json'];
  const judged = await quicksoak(['check', 'short.jsonl', ...asked], { cwd: folder });
  t.is(judged.code, 0, judged.stderr);
  t.is((JSON.parse(judged.stdout) as CheckReport).shortfall, null);
});

test.serial(
  'of logs whose times count from different origins both times are told, and no mapping is advised',
  async (t) => {
    await writeFile(join(folder, 'zero.jsonl'), '{"timeUs":0,"kind":"up","node":"a"}\n');
    await writeFile(join(folder, 'epoch.jsonl'), '{"timeUs":1790000000000000,"kind":"up","node":"b"}\n');
    await assertMistakes(
      t,
      [[['check', 'zero.jsonl', 'epoch.jsonl'], /^(?!.*--map)quicksoak: epoch\.jsonl: .* one origin$/m]],
      {
        cwd: folder,
      },
    );
  },
);
