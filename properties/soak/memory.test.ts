import { setFlagsFromString } from 'node:v8';
import { setImmediate } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import test from 'ava';
import type { Node } from '../../sim/node.ts';
import { startSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

for (const profile of ['kill-respawn', 'graceful']) {
  test(`a run of the mesh under ${profile} holds no node whose life is over`, async (t) => {
    const scenario = { model: 'mesh', nodes: 12, profile: { name: profile, params: { waves: 1 } } };
    const soak = resolveScenario(parseScenario(scenario, 'test'));
    const lives: WeakRef<Node>[] = [];
    const observer = { started: (node: Node) => void lives.push(new WeakRef(node)) };
    const { simulation } = startSoak(soak, { observer });
    simulation.run({ untilUs: soak.endUs });
    // What a WeakRef was made of in a job is held until that job's end.
    await setImmediate();
    collectGarbage();
    const held = lives.map((life) => life.deref()).filter((node) => node !== undefined);
    t.true(lives.length > soak.nodes + 10);
    t.deepEqual(
      held.map((node) => node.running),
      simulation.live.map(() => true),
    );
  });
}
