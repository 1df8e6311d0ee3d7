// quicksoak check-determinism on a model that is not deterministic: what it names.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { quicksoak } from './quicksoak.test.fixture.ts';
import type { Ran } from './quicksoak.test.fixture.ts';

/** A model whose node p3 draws the receiver of its tenth message, and all from there, by `draw` instead of by the seed. */
function moody(draw: string): string {
  return `
import { Node } from ${JSON.stringify(new URL('../sim/node.js', import.meta.url).href)};
import { swarm } from ${JSON.stringify(new URL('../models/swarm.js', import.meta.url).href)};

class Moody extends Node {
  ticks = 0;
  tick() {
    this.simulation.setTimer(this, 1_000_000, { kind: 'tick' });
  }
  onMessage() {}
  onTimer() {
    const { simulation } = this;
    const mood = this.peer.index === 3 && ++this.ticks >= 10 ? ${draw} : 0;
    const { live } = simulation;
    simulation.post(live[mood % live.length], 10_000, mood, { kind: 'mood', mood });
    this.tick();
  }
}

export const moody = {
  ...swarm,
  name: 'moody',
  build: ({ simulation, network }) => ({
    network,
    start(peer) {
      const node = new Moody();
      simulation.attach(node, peer);
      node.tick();
      return node;
    },
    stop: (node) => simulation.detach(node, 'stopped'),
    kill: (node) => simulation.detach(node, 'killed'),
    act: () => false,
    broadcast: () => false,
    classOf: ({ kind }) => kind,
  }),
};
`;
}

async function checked(draw: string, ...words: string[]): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'quicksoak-'));
  try {
    await writeFile(join(folder, 'moody.mjs'), moody(draw));
    const scenario = { model: 'moody', nodes: 6, seed: '1', profile: { name: 'none' }, for: '10m' };
    await writeFile(join(folder, 'moody.json'), JSON.stringify(scenario));
    return await quicksoak(['check-determinism', 'moody.json', '--use', 'moody.mjs', ...words], { cwd: folder });
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a handler that draws by itself is named with its event, node and both sides', async (t) => {
  const { code, stdout, stderr } = await checked('Math.floor(Math.random() * 1e9)');
  t.deepEqual({ code, stderr }, { code: 3, stderr: '' });
  t.regex(stdout, /✗ two runs in this process part\n {2}event \d+ is the first that differs: /);
  t.regex(
    stdout,
    /\n {4}first {3}at 10\.\d+s, p\d \(incarnation \d of the run\): message mood \{ kind: "mood", mood: \d+ \}\n/,
  );
  t.regex(
    stdout,
    /\n {4}second {2}at 10\.\d+s, p\d \(incarnation \d of the run\): message mood \{ kind: "mood", mood: \d+ \}\n$/,
  );
});

test('a handler that differs from process to process is named with its event, node and both sides', async (t) => {
  const { code, stdout, stderr } = await checked('process.pid');
  t.deepEqual({ code, stderr }, { code: 3, stderr: '' });
  t.regex(stdout, /✓ two runs in this process: \d+ events, all alike\n✗ a run in another process parts from them\n/);
  t.regex(stdout, /\n {2}event \d+ is the first that differs: /);
  t.regex(
    stdout,
    /\n {4}here {3}at 10\.\d+s, p\d \(incarnation \d of the run\): message mood \{ kind: "mood", mood: \d+ \}\n/,
  );
  t.regex(
    stdout,
    /\n {4}there {2}at 10\.\d+s, p\d \(incarnation \d of the run\): message mood \{ kind: "mood", mood: \d+ \}\n$/,
  );
});

test('a budget that runs out is told, with how far the runs were alike', async (t) => {
  const events = await checked('0', '--max-events', '1', '--json');
  t.is(events.code, 4);
  t.like(JSON.parse(events.stdout), { ok: false, interrupted: false, cutShort: 'events-spent', digest: null });
  const wall = await checked('0', '--max-wall', '1ms');
  t.is(wall.code, 4);
  t.regex(wall.stdout, /\nstopped: --max-wall ran out; the runs were alike in their first \d+ events\n$/);
  const enough = await checked('0', '--max-wall', '1h', '--max-events', '1000000', '--json');
  t.is(enough.code, 0);
  t.like(JSON.parse(enough.stdout), { ok: true, interrupted: false, cutShort: null });
});

test('as JSON the event is data, with the checkpoints between which digests part', async (t) => {
  const { code, stdout } = await checked('process.pid', '--json');
  t.is(code, 3);
  const check = JSON.parse(stdout) as { otherProcess: { fromIndex: number; divergence: { index: number } } };
  t.like(check, { ok: false, divergence: null, otherProcess: { divergence: { first: { payloadClass: 'mood' } } } });
  t.true(check.otherProcess.divergence.index >= check.otherProcess.fromIndex);
});
