import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { churn, gossipsubWorld } from './gossipsub-run.test.fixture.ts';
import { STUDIED_VERSIONS } from './release.ts';

const FIXTURE = fileURLToPath(new URL('./gossipsub-run.test.fixture.js', import.meta.url));

async function inProcess(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [FIXTURE, ...args]);
  return stdout.trim();
}

for (const version of STUDIED_VERSIONS) {
  test.serial(`${version}: nodes form a mesh, and what one publishes reaches every other`, async (t) => {
    const driven = await gossipsubWorld(version, 8);
    const { simulation, world, delivered } = driven;
    await driven.until(10);
    for (const node of simulation.running()) {
      t.true(node.neighbours()!.length >= 3, `${node.peer} has ${node.neighbours()!.length} in its mesh`);
      t.true([...node.connections()!].length >= 4);
    }
    simulation.at(11_000_000, () => t.true(world.broadcast(simulation.live[3]!, 'to all')));
    await driven.until(15);
    t.deepEqual([...delivered.values()], [7]);
    const [stopped, killed] = [simulation.peers.intern(0), simulation.peers.intern(1)];
    simulation.at(15_000_000, () => {
      world.stop(stopped.node!);
      world.kill(killed.node!);
    });
    await driven.until(40);
    t.true(stopped.departed && killed.departed);
    for (const node of simulation.running()) {
      const others = [...node.neighbours()!, ...node.connections()!];
      t.false(others.includes(stopped) || others.includes(killed));
    }
    t.deepEqual(driven.finish(), []);
  });
}

test.serial(
  'a run is the same in two processes, by ticks and by immediates, and another with another seed',
  async (t) => {
    const [one, two, here] = [await inProcess('17.1.1'), await inProcess('17.1.1', 'immediate'), await churn('17.1.1')];
    t.is(one, two);
    t.is(one, here);
    const { reached, evidence } = JSON.parse(one) as { reached: number; evidence: unknown[] };
    t.true(reached > 250);
    t.deepEqual(evidence, []);
    t.not(await churn('17.1.1', 'tick', 'another'), here);
  },
);
