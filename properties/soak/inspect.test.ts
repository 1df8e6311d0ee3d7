import test from 'ava';
import { inspection } from './inspect.ts';
import type { AbsentNode, InspectedNode } from './inspect.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import { runSoak } from './run.ts';

function at(atUs: number, peer = 3): InspectedNode | AbsentNode {
  const plan = { version: 1, actions: [{ atUs: 8_000_000, kind: 'kill', peer: 3 }] };
  const soak = resolveScenario(parseScenario({ model: 'mesh', seed: 'inspect', nodes: 5, for: '20s', plan }, 'test'));
  const steps = inspection(soak, peer, atUs);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

test('a node of tasks shows what it exposes, its open tasks by path, and the events around the time', (t) => {
  const node = at(6_000_000);
  if (!node.running) return t.fail('it runs until the plan kills it');
  t.deepEqual(Object.keys(node.state as object), ['quic', 'gossip', 'mesh', 'telemetry']);
  const paths = node.tasks!.map(({ path }) => path);
  t.true(paths.includes('gossip.actor'));
  t.true(paths.some((path) => path.endsWith('mesh.connection/mesh.frame-reader')));
  t.true(node.tasks!.every(({ ageUs, bornUs }) => ageUs + bornUs === 6_000_000));
  t.true(node.last.atUs <= 6_000_000);
  t.is(node.last.changes, undefined);
  t.true(node.next!.atUs > 6_000_000);
  t.is(node.life.untilUs, 8_000_000);
});

test('a node of tasks that does not run at the time is told with its lives', (t) => {
  t.deepEqual(at(9_000_000), { running: false, lives: [{ fromUs: 30_000, untilUs: 8_000_000 }] });
});

test('the same time shows the same node', (t) => {
  t.deepEqual(JSON.stringify(at(4_000_000, 2)), JSON.stringify(at(4_000_000, 2)));
  const soak = resolveScenario(
    parseScenario({ model: 'mesh', nodes: 4, for: '5s', plan: { version: 1, actions: [] } }, 'test'),
  );
  t.is(runSoak(soak, { observe: false }).digest, runSoak(soak).digest);
});
