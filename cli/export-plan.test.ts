import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

/** Says with what it was started, and that it was told to stop. A shell, as it is there at once on a busy machine. */
const PEER = `echo started "$NAME" "$0"; trap 'echo stopping; exit 0' TERM; while :; do sleep 0.05; done`;

const MAPPING = {
  version: 1,
  timeScale: 0.05,
  directory: "it's run",
  graceSeconds: 5,
  node: { command: ['sh', '-c', PEER, '{{index+9000}}'], env: { NAME: "$({{peer}} '" } },
  nodes: { p0: { command: ['sleep', '3600'] } },
};

const S = 1_000_000;
const SCENARIO = {
  model: 'swarm',
  seed: '7',
  nodes: 4,
  plan: {
    version: 1,
    actions: [
      { atUs: 20 * S, kind: 'kill', peer: 2 },
      { atUs: 22 * S, kind: 'kill', peer: 2 },
      { atUs: 24 * S, kind: 'restart', peer: 1, downUs: 4 * S, graceful: true },
      { atUs: 26 * S, kind: 'respawn', peer: 3, fresh: 9, downUs: 2 * S },
      { atUs: 30 * S, kind: 'black-hole', peer: 0, on: true },
      { atUs: 40 * S, kind: 'black-hole', peer: 0, on: false },
      { atUs: 42 * S, kind: 'rejoin', peer: 2 },
      { atUs: 44 * S, kind: 'partition', groups: [[], [1]] },
    ],
  },
};

interface ChurnEvent {
  readonly timeMs: number;
  readonly kind: string;
  readonly node?: string;
  readonly reason?: string;
  readonly name?: string;
}

function prepared(mapping: object = MAPPING): string {
  const folder = mkdtempSync(join(tmpdir(), 'quicksoak-'));
  writeFileSync(join(folder, 'map.json'), JSON.stringify(mapping));
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify(SCENARIO));
  return folder;
}

function churnEvents(folder: string): ChurnEvent[] {
  const lines = readFileSync(join(folder, "it's run", 'churn.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.slice(1).map((line) => JSON.parse(line) as ChurnEvent);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Runs a script until it ends; `at` is told of every line that it prints. */
function runScript(
  folder: string,
  at: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn('sh', ['churn.sh'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    for (const line of parts) {
      lines.push(line);
      at(line, (signal) => child.kill(signal));
    }
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, lines }));
  });
}

/** Looks at a process for a while: T is one that a signal has stopped. */
async function watchStanding(pidFile: string, standings: Set<string>): Promise<void> {
  const pid = readFileSync(pidFile, 'utf8').trim();
  for (let look = 0; look < 40 && !standings.has('T'); look++) {
    const shown = spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim();
    standings.add(shown.slice(0, 1));
    await setTimeout(10);
  }
}

function processesOf(lines: readonly string[]): number[] {
  return lines.flatMap((line) => /start p\d+, process (\d+)$/.exec(line)?.[1] ?? []).map(Number);
}

test('a plan is carried out on real processes: started, killed, stopped, restarted, paused, and all are gone at the end', async (t) => {
  const folder = prepared();
  const { code, stdout, stderr } = await quicksoak(
    ['export-plan', 'scenario.json', '--map', 'map.json', '--for', '50s', '--out', 'churn.sh'],
    { cwd: folder },
  );
  t.is(code, 0, stderr);
  t.regex(stdout, /^churn\.sh: 14 steps for 5 processes, 2\.5s\nrun it with: sh churn\.sh\n$/);
  t.deepEqual(
    stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/:.*:.*/, '')),
    ['quicksoak', 'quicksoak'],
  );
  t.regex(stderr, /1 of kind black-hole, carried out nearly: p0 is paused/);
  t.regex(stderr, /1 of kind partition, not carried out: the mapping has no network\.cut/);
  const standings = new Set<string>();
  const ran = await runScript(folder, (line) => {
    if (line.endsWith('pause p0')) void watchStanding(join(folder, "it's run", 'p0.pid'), standings);
  });
  t.is(ran.code, 0, ran.lines.join('\n'));
  t.true(standings.has('T'), [...standings].join(' '));
  const started = processesOf(ran.lines);
  t.is(started.length, 7);
  t.false(started.some(isAlive));
  const events = churnEvents(folder);
  const told = (kind: string, node: string): number =>
    events.filter((event) => event.kind === kind && event.node === node).length;
  t.deepEqual(
    ['p0', 'p1', 'p2', 'p3', 'p9'].map((node) => [told('up', node), told('stopping', node), told('down', node)]),
    [
      [1, 1, 1],
      [2, 2, 2],
      [2, 1, 2],
      [1, 0, 1],
      [1, 1, 1],
    ],
  );
  t.deepEqual(
    events.filter(({ kind }) => kind.startsWith('fault')).map(({ kind, name }) => [kind, name]),
    [
      ['fault-began', 'pause p0'],
      ['fault-ended', 'pause p0'],
    ],
  );
  t.true(events.every(({ timeMs }, place) => place === 0 || events[place - 1]!.timeMs <= timeMs));
  t.is(
    readFileSync(join(folder, "it's run", 'p1.log'), 'utf8'),
    "started $(p1 ' 9001\nstopping\nstarted $(p1 ' 9001\nstopping\n",
  );
  t.is(readFileSync(join(folder, "it's run", 'p3.log'), 'utf8'), "started $(p3 ' 9003\n");
  t.true(ran.lines.some((line) => line.endsWith('inert: p2 does not run')));
  t.true(ran.lines.some((line) => line.includes('not carried out: {"kind":"partition"')));
  for (const name of ['p0', 'p1', 'p2', 'p9']) t.false(existsSync(join(folder, "it's run", `${name}.pid`)), name);
  rmSync(folder, { recursive: true });
});

test('a script that is interrupted stops all that it started, what is paused and what does not stop by itself too', async (t) => {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('started')";
  const folder = prepared({
    ...MAPPING,
    graceSeconds: 0,
    nodes: { p0: { command: ['sleep', '3600'] }, p1: { command: [process.execPath, '-e', stubborn] } },
  });
  await quicksoak(['export-plan', 'scenario.json', '--map', 'map.json', '--for', '10m', '--out', 'churn.sh'], {
    cwd: folder,
  });
  const { code, lines } = await runScript(folder, (line, kill) => {
    if (line.endsWith('pause p0')) kill('SIGINT');
  });
  t.is(code, 130, lines.join('\n'));
  const started = processesOf(lines);
  t.true(started.length >= 4);
  await setTimeout(50);
  t.deepEqual(started.filter(isAlive), []);
  t.is(churnEvents(folder).filter(({ kind }) => kind === 'up').length, started.length);
  t.is(churnEvents(folder).filter(({ kind }) => kind === 'down').length, started.length);
  rmSync(folder, { recursive: true });
});

test('a process that ends by itself is told, and the script ends with 1', async (t) => {
  const folder = prepared({ ...MAPPING, nodes: { p0: { command: ['sleep', '3600'] }, p1: { command: ['false'] } } });
  const plan = { version: 1, actions: [{ atUs: 10 * S, kind: 'kill', peer: 1 }] };
  writeFileSync(join(folder, 'scenario.json'), JSON.stringify({ ...SCENARIO, nodes: 2, plan }));
  await quicksoak(['export-plan', 'scenario.json', '--map', 'map.json', '--for', '14s', '--out', 'churn.sh'], {
    cwd: folder,
  });
  const { code } = await runScript(folder);
  t.is(code, 1);
  t.deepEqual(
    churnEvents(folder)
      .filter(({ node }) => node === 'p1')
      .map(({ kind, reason }) => [kind, reason]),
    [
      ['up', undefined],
      ['down', 'killed'],
    ],
  );
  rmSync(folder, { recursive: true });
});

test('what is missing or cannot be carried out with --strict is refused in one sentence', async (t) => {
  const folder = prepared();
  const base = ['export-plan', 'scenario.json', '--map', 'map.json'];
  const refused = [
    ['export-plan', 'scenario.json'],
    [...base, '--out', 'churn.sh', '--strict'],
    ['export-plan', 'scenario.json', '--map', 'scenario.json', '--out', 'churn.sh'],
  ];
  await assertMistakes(
    t,
    refused.map((words) => [words]),
    { cwd: folder },
  );
  t.false(existsSync(join(folder, 'churn.sh')));
  rmSync(folder, { recursive: true });
});

test('a script of which no process can be started gives up at once with 1', async (t) => {
  const folder = prepared({ ...MAPPING, timeScale: 1, nodes: {}, node: { command: ['./no-such-peer'] } });
  await quicksoak(['export-plan', 'scenario.json', '--map', 'map.json', '--for', '10m', '--out', 'churn.sh'], {
    cwd: folder,
  });
  const { status, stderr } = spawnSync('sh', ['churn.sh'], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  t.is(status, 1, stderr);
  t.regex(stderr, /given up: all that was started \(4\) ended by itself/);
  t.is(churnEvents(folder).filter(({ kind }) => kind === 'down').length, 4);
  rmSync(folder, { recursive: true });
});
