// The mesh stack as a user meets it: a fault, the run without it, the files, the ablation of two that interact.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { gunzipSync } from 'fflate';
import { Profile } from 'pprof-format';
import type { SoakReport } from './result.ts';
import { assertMistakes, quicksoak } from './quicksoak.test.fixture.ts';
import type { Mistake } from './quicksoak.test.fixture.ts';

/** Runs of about a second. */
const SMALL = ['--nodes', '5', '--set', 'waves=5', '--seed', '0', '--once'] as const;

async function inFolder(work: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    await work(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

test.serial('a leak of the stack names its path, and flame graphs, heap and timeline are written', async (t) => {
  await inFolder(async (cwd) => {
    const flames = ['a.folded', 'a.speedscope.json', 'a.pb.gz', 'a.svg'];
    const files = [...flames.flatMap((name) => ['--flame', name]), '--heap', 'heap.csv', '--timeline', 'run.csv'];
    const { code, stdout } = await quicksoak(['soak', 'app-mesh-id-registry-insert-only', ...SMALL, ...files], { cwd });
    t.is(code, 1);
    t.regex(
      stdout,
      /\n✗ residue-bounded broke, first at \S+ of virtual time\n {2}mesh\.meshIds\[\*\] {2}\+\S+ per dep/,
    );
    t.regex(stdout, /such as p\d+: mesh\.meshIds\["mesh-\d+-\d+"\]/);
    const text = (name: string): Promise<string> => readFile(join(cwd, name), 'utf8');

    const folded = (await text('a.folded')).trimEnd().split('\n');
    for (const line of folded) t.regex(line, /^\S[^;]*(;[^;]+)* \d+$/);
    t.true(folded.some((line) => line.startsWith('gossip.actor;gossip.connection-loop;')));
    const totalUs = folded.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    const scope = JSON.parse(await text('a.speedscope.json')) as {
      profiles: { endValue: number; weights: number[] }[];
    };
    t.true(Math.abs(scope.profiles[0]!.weights.reduce((sum, weight) => sum + weight, 0) - totalUs) < folded.length);
    const profile = Profile.decode(gunzipSync(await readFile(join(cwd, 'a.pb.gz'))));
    t.is(profile.sample.length, folded.length);
    t.regex(await text('a.svg'), /^<svg [^]*quic\.driver[^]*<\/svg>\n?$/);

    const heap = (await text('heap.csv')).trimEnd().split('\n');
    t.true(heap[0]!.startsWith('atUs,liveCount,totalBytes,gossipBytes,'));
    const timeline = (await text('run.csv')).trimEnd().split('\n');
    t.is(timeline.length, heap.length);
    t.deepEqual((await readdir(cwd)).toSorted(), [...flames, 'heap.csv', 'run.csv'].toSorted());
  });
});

test.serial(
  'tasks that are stuck are named by their site, and with all defects off the same scenario holds',
  async (t) => {
    const stuck = ['soak', 'gossip-send-arm-disabled', ...SMALL, '--json'];
    const red = await quicksoak(stuck);
    t.is(red.code, 1);
    const report = JSON.parse(red.stdout) as SoakReport;
    const tasks = report.properties.find(({ name }) => name === 'tasks-finish')!;
    t.is(tasks.evidence[0]?.subject, 'task gossip.connection-loop');
    const green = await quicksoak([...stuck, '--defect', 'none']);
    t.is(green.code, 0, green.stderr);
    t.deepEqual((JSON.parse(green.stdout) as SoakReport).scenario.defects, []);
  },
);

test.serial('the ablation of the two halves of one fault has three red cells of four', async (t) => {
  const pair = ['gossip-send-arm-disabled', 'gossip-join-both-halves'];
  const scenario = ['--nodes', '4', '--set', 'waves=4', '--seed', '0'];
  const words = ['ablate', pair[0]!, ...scenario, '--defect', pair.join(), '--property', 'tasks-finish'];
  const { code, stdout } = await quicksoak(words);
  t.is(code, 0);
  t.regex(stdout, /: 3 red cells of four\n +tasks-finish: fixing one alone changes nothing\n/);
});

test.serial('a run of the stack is the same in another process', async (t) => {
  const words = ['app-registry-overwrite', '--nodes', '4', '--seed', '🙂', '--json'];
  const { code, stdout } = await quicksoak(['check-determinism', ...words]);
  t.is(code, 0);
  t.like(JSON.parse(stdout), { ok: true, otherProcess: null, seed: '🙂' });
});

/** Cost tables that do not fit the mesh, and what the sentence must hold. */
const COSTS: Readonly<Record<string, readonly [text: string, ...said: string[]]>> = {
  'unknown.json': ['{"endpoint.conect": 5}', 'unknown.json', '"endpoint.conect"', 'did you mean "endpoint.connect"'],
  'negative.json': ['{"tick": -1}', 'negative.json', 'tick', '-1'],
  'list.json': ['[1, 2]', 'list.json', 'an object'],
  'text.json': ['{"tick": "5"}', 'text.json', 'tick', '"5"'],
  'huge.json': ['{"tick": 1e300}', 'huge.json', 'tick'],
  'malformed.json': ['{"tick": }', 'malformed.json:1:10'],
};

test.serial('what does not fit the stack is refused in a sentence, and nothing is written', async (t) => {
  await inFolder(async (cwd) => {
    for (const [name, [text]] of Object.entries(COSTS)) await writeFile(join(cwd, name), text);
    await writeFile(join(cwd, 'inside.json'), '{"model": "mesh", "costs": {"endpoint.conect": 5}}');
    await writeFile(join(cwd, 'defect.json'), '{"model": "hub", "defects": ["app-origin-map"]}');
    await writeFile(
      join(cwd, 'act.json'),
      '{"model": "mesh", "profile": {"name": "live-rotation", "params": {"act": "rotat"}}}',
    );
    const before = (await readdir(cwd)).toSorted();
    const cases: readonly Mistake[] = [
      ...Object.entries(COSTS).map(([name, [, ...said]]) => [['mesh', '--costs', name], ...said] as const),
      [['mesh', '--costs', 'absent.json'], 'absent.json', 'no such file'],
      [['mesh', '--costs', '.'], 'directory'],
      [['inside.json'], 'inside.json: costs', 'did you mean "endpoint.connect"'],
      [
        ['mesh', '--defect', 'tls-close-notify-trailer'],
        'unknown defect "tls-close-notify-trailer"',
        'Known: quic-close-without-deadline',
        'quicksoak list defects',
      ],
      [['hub', '--defect', 'app-origin-map'], 'unknown defect "app-origin-map"'],
      [['defect.json'], 'defect.json', 'unknown defect "app-origin-map"'],
      [['act.json'], 'unknown act "rotat"', 'did you mean "rotate"'],
      [['mesh', '--config', 'gossip.sendQueueCapacity=0'], 'sendQueueCapacity', '0'],
      [['mesh', '--flame', 'a.png'], 'a.png', '.svg'],
      [['app-orgin-map'], 'unknown scenario "app-orgin-map"', 'did you mean "app-origin-map"'],
    ];
    const files = ['--out', 'out.json', '--heap', 'heap.csv'];
    await assertMistakes(
      t,
      cases.map(([words, ...said]) => [['soak', ...words, ...files], ...said]),
      { cwd },
    );
    t.deepEqual((await readdir(cwd)).toSorted(), before);
  });
});
