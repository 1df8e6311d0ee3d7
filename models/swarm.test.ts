import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { takeCensus } from '../sim/census/census.ts';
import type { PendingItem } from '../sim/census/census.ts';
import { RetentionRules } from '../sim/census/retention.ts';
import { ChurnDriver } from '../sim/churn/driver.ts';
import { churnProfile } from '../sim/churn/profiles.ts';
import { METER } from '../sim/meters.ts';
import { networkConfigSchema } from '../sim/network/config.ts';
import type { NetworkConfig } from '../sim/network/config.ts';
import { Network } from '../sim/network/network.ts';
import type { Node } from '../sim/node.ts';
import { EVENT, Simulation } from '../sim/simulation.ts';
import { swarm, swarmConfigSchema, SwarmWorld } from './swarm.ts';
import { SwarmNode } from './swarm/node.ts';
import type { NodeTimer } from './topics/contract.ts';
import { checkTopics } from './topics/state.ts';

interface Town {
  readonly simulation: Simulation;
  readonly world: SwarmWorld;
}

function build(seed: string, network: Partial<NetworkConfig> = {}, defects: string[] = []): Town {
  const simulation = new Simulation({ seed });
  const config = v.parse(swarmConfigSchema, {});
  const net = new Network(simulation, v.parse(networkConfigSchema, network));
  const world = new SwarmWorld({ simulation, network: net, config, defects: new Set(defects), contacts: [0, 1] });
  return { simulation, world };
}

function timersOf(simulation: Simulation, owner: Node): NodeTimer[] {
  const timers: NodeTimer[] = [];
  simulation.forEachPending((node, kind, payload) => {
    if (node === owner && kind === EVENT.timer) timers.push(payload as NodeTimer);
  });
  return timers;
}

/** Checks the invariants of a node's state after each of its events. */
function watch({ simulation }: Town): void {
  const config = v.parse(swarmConfigSchema, {});
  let last: Node | undefined;
  simulation.observer = {
    event: (_timeUs, node) => {
      if (last instanceof SwarmNode && last.running) checkTopics(last.currentState, config, timersOf(simulation, last));
      last = node;
    },
  };
}

test('the invariants of every layer hold after every event, under churn of every kind', (t) => {
  const profiles = ['kill-respawn', 'restart', 'graceful', 'mass-failure', 'sessions-weibull', 'partition'];
  const disturbed = { jitterUs: 30_000, lossShare: 0.02, reorderShare: 0.05, clockSkewUs: 500_000, clockDriftPpm: 200 };
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 4, max: 24 }),
      fc.constantFrom(...profiles),
      fc.boolean(),
      (seed, nodes, profile, rough) => {
        const town = build(seed, rough ? disturbed : {});
        watch(town);
        const { simulation, world } = town;
        const params = { nodes, calmUs: 20_000_000, warmupUs: 10_000_000, waves: 2 };
        const resolved = churnProfile(profile).resolve(params);
        const driver = new ChurnDriver(simulation, world, resolved.draw(simulation.streams.stream('churn')));
        driver.startAll(nodes, 10_000);
        driver.schedule();
        for (let second = 1; second * 1e6 < resolved.endUs; second++) {
          simulation.run({ untilUs: second * 1e6 });
          world.broadcast(simulation.streams.stream(`pick/${second}`).pick(simulation.live)!, `message ${second}`);
        }
        return simulation.meters.counts[METER.deliveries]! > 0;
      },
    ),
    { seed: 7, numRuns: 12 },
  );
  t.pass();
});

test('a broadcast reaches every node of a settled mesh exactly once', (t) => {
  const { simulation, world } = build('reach');
  for (let index = 0; index < 60; index++) world.start(simulation.peers.intern(index));
  simulation.run({ untilUs: 10_000_000 });
  const heard: string[] = [];
  simulation.observer = { delivered: (node) => heard.push(String(node.peer)) };
  world.broadcast(simulation.peers.find(7)!.node!, 'hello');
  simulation.run({ untilUs: 15_000_000 });
  t.is(heard.length, 59);
  t.is(new Set(heard).size, 59);
});

test('a node that stops leaves no link, timer or view entry behind', (t) => {
  const { simulation, world } = build('leave');
  for (let index = 0; index < 10; index++) world.start(simulation.peers.intern(index));
  simulation.run({ untilUs: 10_000_000 });
  const gone = simulation.peers.find(9)!;
  world.stop(gone.node!);
  simulation.run({ untilUs: 12_000_000 });
  for (const node of simulation.running()) {
    t.false(node.neighbours()!.includes(gone));
    t.false([...node.connections()!].includes(gone));
  }
  simulation.run({ untilUs: 20_000_000 });
  // A timer of the departed would be handled by a node that is gone; a payload about it, by one that should not care.
  simulation.forEachPending((node, _kind, payload) =>
    t.false(node.peer === gone || JSON.stringify(payload).includes('"p9"')),
  );
});

test('without observation a run has the digest that it has with it', (t) => {
  const digests = [false, true].map((observed) => {
    const town = build('seen');
    if (observed) watch(town);
    for (let index = 0; index < 12; index++) town.world.start(town.simulation.peers.intern(index));
    town.simulation.run({ untilUs: 30_000_000 });
    return town.simulation.digest.hex;
  });
  t.is(digests[0], digests[1]);
});

test('every declared retention is used by some run: none is stale', (t) => {
  const config = v.parse(swarmConfigSchema, {});
  const rules = new RetentionRules(swarm.retention(config));
  const { simulation, world } = build('stale');
  for (let index = 0; index < 60; index++) world.start(simulation.peers.intern(index));
  for (let step = 1; step <= 2000 && rules.unused().length > 0; step++) {
    simulation.run({ untilUs: step * 70_000 });
    const victim = step % 9 === 0 ? simulation.live[step % simulation.live.length] : undefined;
    if (victim !== undefined) world.kill(victim);
    if (step % 7 === 0) world.start(simulation.peers.intern(60 + step));
    const pending: PendingItem[] = [];
    simulation.forEachPending((node, kind, payload) => {
      if (typeof payload === 'symbol') return;
      pending.push({
        node,
        path: `pending.${kind === EVENT.timer ? 'timer' : 'message'}.${world.classOf(payload)}`,
        payload,
      });
    });
    takeCensus({ nowUs: simulation.nowUs, nodes: simulation.running(), pending, retention: rules });
  }
  t.deepEqual(
    rules.unused().map(({ path }) => path),
    [],
  );
});
