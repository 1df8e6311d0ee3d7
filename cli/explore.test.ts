import { createServer, request } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { SHRUNK } from '../properties/corpus/shrunk.ts';
import { unpackRuns } from '../properties/view/run-file.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

function ask(url: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] ?? '' }),
      );
    });
    asked.on('error', reject).end();
  });
}

test('explore serves the page on this machine alone, until it is interrupted', async (t) => {
  t.timeout(60_000);
  const answers: Answer[] = [];
  let address = '';
  let outside: unknown;
  const ran = await quicksoak(['explore', 'stuck-loops', '--seed', '1', '--port', '0'], {
    onOutput: (child, text) => {
      void (async () => {
        address = /http\S+/.exec(text)?.[0] ?? '';
        const url = address.replace(/#.*/, '');
        try {
          answers.push(await ask(url), await ask(`${url}../../etc/passwd`), await ask(url, { method: 'POST' }));
          answers.push(await ask(url, { headers: { host: 'evil.example' } }));
          const other = Object.values(networkInterfaces())
            .flat()
            .find((one) => one?.family === 'IPv4' && !one.internal);
          if (other !== undefined) outside = await ask(url.replace('127.0.0.1', other.address)).catch(() => 'refused');
          else outside = 'refused';
        } finally {
          child.kill('SIGINT');
        }
      })();
    },
  });
  t.is(ran.code, 0, ran.stderr);
  t.regex(address, /^http:\/\/127\.0\.0\.1:\d+\/#run=stuck-loops&seed=1$/);
  t.like(answers[0], { status: 200, type: 'text/html; charset=utf-8' });
  t.true(answers[0]!.text.includes("default-src 'none'"));
  t.deepEqual(
    answers.slice(1).map(({ status }) => status),
    [404, 405, 403],
  );
  t.is(outside, 'refused');
});

test('explore refuses what it cannot show', async (t) => {
  t.timeout(60_000);
  const taken = createServer();
  await new Promise<void>((resolve) => {
    taken.listen(0, '127.0.0.1', resolve);
  });
  const { port } = taken.address() as AddressInfo;
  const refused = [
    ['no-such-scenario'],
    ['qs1-broken'],
    ['--port', '70000'],
    ['--port', String(port)],
    ['--use', './mine.js'],
    ['qs1-AAAA', '--seed', '2'],
  ];
  await assertMistakes(
    t,
    refused.map((words) => [['explore', ...words]]),
  );
  taken.close();
});

test('soak writes a report and pictures beside what it prints', async (t) => {
  t.timeout(60_000);
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    const scenario = { ...SHRUNK['peer-topics-not-pruned']!.scenario, defects: ['peer-topics-not-pruned'] };
    await writeFile(join(folder, 'leak.json'), JSON.stringify(scenario));
    const flags = [
      '--html',
      'report.html',
      '--svg',
      'timeline.svg',
      '--svg',
      'topology@7m=mesh.svg',
      '--svg',
      'flame.svg',
    ];
    const ran = await quicksoak(['soak', 'leak.json', '--json', ...flags], { cwd: folder });
    t.is(ran.code, 1, ran.stderr);
    t.regex(ran.stderr, /^quicksoak: --svg: this run has nothing to show as flame, so that no picture is written\n$/);
    const { digest } = JSON.parse(ran.stdout) as { digest: string };
    const html = await readFile(join(folder, 'report.html'), 'utf8');
    const [data] = unpackRuns(/id="run-data">([^<]*)</.exec(html)![1]!);
    t.is(data!.digest, digest);
    t.is(data!.findings.length, 1);
    t.true(html.length < 1_500_000, `${html.length} characters`);
    t.regex(await readFile(join(folder, 'timeline.svg'), 'utf8'), /^<svg /);
    t.regex(await readFile(join(folder, 'mesh.svg'), 'utf8'), /at 7m/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('soak refuses a picture that there is none of, before it runs', async (t) => {
  const refused = [
    ['--svg', 'timelines.svg'],
    ['--svg', 'heap=heap.png'],
    ['--svg', 'topology@never=a.svg'],
    ['--html', 'report.txt'],
    ['--html', '/no/such/folder/report.html'],
  ];
  await assertMistakes(
    t,
    refused.map((flags) => [['soak', 'swarm', ...flags]]),
  );
});
