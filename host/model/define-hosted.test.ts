import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import * as v from 'valibot';
import { Simulation } from '../../sim/simulation.ts';
import { Network } from '../../sim/network/network.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { takeCensus } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import type { Drain } from '../hosted-simulation.ts';
import { defineHosted, isHosted } from './define-hosted.ts';
import type { HostedModel } from './define-hosted.ts';
import { members } from './member.test.fixture.ts';

interface Driven {
  readonly simulation: Simulation;
  readonly world: ReturnType<HostedModel['build']>;
}

/** A world of a model with so many nodes started, to be finished by whoever asks. */
function worldOf<Config>(model: HostedModel<Config>, nodes: number, config: unknown = {}, drain?: Drain): Driven {
  const simulation = new Simulation({ seed: 'hosted' });
  // Kept by the simulation that it hosts.
  void new HostedSimulation({ seed: 'hosted', ...(drain === undefined ? {} : { drain }) }, simulation);
  const network = new Network(simulation, v.parse(networkConfigSchema, {}));
  const world = model.build({
    simulation,
    network,
    config: v.parse(model.configSchema, config),
    defects: new Set(),
    nodes,
    contacts: [0, 1],
  });
  simulation.at(0, () => {
    for (let index = 0; index < nodes; index++) world.start(simulation.peers.intern(index));
  });
  return { simulation, world };
}

async function run({ simulation, world }: Driven, untilUs: number): Promise<string> {
  await world.advance!({ untilUs });
  return simulation.digest.hex;
}

test.serial('the digest is the same by ticks, by immediates, and in one go', async (t) => {
  const digests: string[] = [];
  for (const drain of ['tick', 'immediate'] as const) {
    const driven = worldOf(members, 6, {}, drain);
    digests.push(await run(driven, 20_000_000));
    driven.world.finish!();
  }
  digests.push(
    await new Promise<string>((resolve) => {
      globalThis.setImmediate(() => {
        const { simulation, world } = worldOf(members, 6);
        simulation.run({ untilUs: 20_000_000 });
        world.finish!();
        resolve(simulation.digest.hex);
      });
    }),
  );
  t.is(new Set(digests).size, 1, digests.join());
  t.true(isHosted(members));
});

test.serial(
  'a run in one go is refused where nothing can be drained: in a microtask, and with immediates',
  async (t) => {
    await setImmediate();
    for (const drain of ['tick', 'immediate'] as const) {
      const { simulation, world } = worldOf(members, 2, {}, drain);
      t.throws(() => simulation.run({ untilUs: 1_000_000 }), { code: 'not-drained' }, drain);
      world.finish!();
    }
  },
);

test.serial('a peer that left is found in live state by its name, at the path where it is', async (t) => {
  const driven = worldOf(members, 5, { version: 'leaky' });
  const { simulation, world } = driven;
  simulation.at(3_000_000, () => world.kill(simulation.peers.intern(4).node!));
  await run(driven, 40_000_000);
  const retention = new RetentionRules([]);
  const census = takeCensus({
    nowUs: simulation.nowUs,
    nodes: simulation.running(),
    retention,
    walker: (classes) => world.walker!(classes),
  });
  world.finish!();
  t.deepEqual(
    [...census.residueTotals()].map(([path, { nodeCount, example }]) => [path, nodeCount, example]),
    [['member.expired[key]', 4, 'member.expired[key "p4"]']],
  );
  t.is(census.sizeTotals().get('member.heard')?.largest, 3);
});

test.serial('a graceful stop runs as an event of the node, and ends when its promise has settled', async (t) => {
  const driven = worldOf(members, 4);
  const { simulation, world } = driven;
  const node = simulation.peers.intern(3);
  simulation.at(5_000_000, () => world.stop(node.node!));
  await run(driven, 5_200_000);
  t.true(node.departed);
  const [first] = simulation.running();
  t.deepEqual(first!.neighbours()?.map(String).toSorted(), ['p1', 'p2']);
  world.finish!();
});

test.serial(
  'what is thrown, rejected, refused, and never settles is told as a panic with node, time and place',
  async (t) => {
    const faulty = defineHosted({
      name: 'faulty',
      summary: 'goes wrong in every way',
      longestTimerUs: 1_000_000,
      boot: async (node) => {
        if (node.index === 1) setTimeout(() => void JSON.parse('{'), 1000);
        if (node.index === 2) setTimeout(() => void Promise.reject(new RangeError('too far')), 2000);
        if (node.index === 3) setTimeout(() => void crypto.subtle.digest('SHA-256', new Uint8Array(1)), 3000);
        if (node.index === 4) await new Promise(() => {});
        if (node.index === 5) node.send('nobody', {});
      },
    });
    const driven = worldOf(faulty, 6);
    await run(driven, 100_000_000);
    driven.world.finish!();
    const { panics } = driven.simulation.tasks;
    t.deepEqual(
      panics.map(({ owner, site, atUs }) => `${owner} ${site} ${atUs}`),
      [
        'p5 unhandled rejection 0',
        'p1 uncaught exception 1000000',
        'p2 unhandled rejection 2000000',
        'p3 refused call 3000000',
        'p4 start that never settles 0',
      ],
    );
    t.regex(panics[0]!.message, /^TypeError: send: received "nobody", expected what a peer/);
    t.regex(panics[1]!.message, /SyntaxError.*define-hosted\.test/);
    t.regex(panics[2]!.stack!, /define-hosted\.test/);
  },
);

test.serial('a target is loaded on virtual time, once, and a world without it is refused', async (t) => {
  let loads = 0;
  let loadedMs = 0;
  const loaded = defineHosted({
    name: 'loaded',
    summary: 'is imported first',
    longestTimerUs: 0,
    load: () => {
      loads++;
      loadedMs = Date.now();
      return Promise.resolve({ answer: 42 });
    },
    boot: (_node, { answer }) => ({ answer }),
  });
  t.throws(() => worldOf(loaded, 2), { code: 'not-loaded' });
  await loaded.load!();
  await loaded.load!();
  t.is(loads, 1);
  t.is(loadedMs, Date.UTC(2025, 0, 1));
  const driven = worldOf(loaded, 2);
  await run(driven, 1);
  t.deepEqual([...driven.simulation.running()][0]!.expose(), { answer: 42 });
  driven.world.finish!();
  const broken = defineHosted({
    name: 'broken',
    summary: 'cannot be imported',
    longestTimerUs: 0,
    // oxlint-disable-next-line import/no-dynamic-require -- the types know no such package
    load: () => import(String('no-such-package-anywhere')),
    boot: () => undefined,
  });
  await t.throwsAsync(broken.load!(), { code: 'import-failed', message: /no-such-package-anywhere/ });
});

test.serial('a timer that a module sets while it is imported runs in every run of the thread', async (t) => {
  const state = { cleaned: 0, once: 0 };
  const cleaning = defineHosted({
    name: 'cleaning',
    summary: 'has a timer of its module',
    longestTimerUs: 1_000_000,
    load: () => {
      setInterval(() => state.cleaned++, 1000);
      setTimeout(() => state.once++, 500);
      clearTimeout(setTimeout(() => t.fail(), 10));
      return Promise.resolve(state);
    },
    boot: () => undefined,
  });
  await cleaning.load!();
  const digests: string[] = [];
  for (const count of [1, 2]) {
    const driven = worldOf(cleaning, 2);
    digests.push(await run(driven, 3_500_000));
    driven.world.finish!();
    t.deepEqual(state, { cleaned: 3 * count, once: count });
  }
  t.is(digests[0], digests[1]);
});

test('a declaration that cannot be is refused in one sentence', (t) => {
  const right = { name: 'a', summary: 'b', longestTimerUs: 0, boot: () => undefined };
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{ name: 'a b' }, /name: received "a b"/],
    [{ boot: 1 }, /boot: received 1, expected a function/],
    [{ stop: 'x' }, /stop: received string, expected a function/],
    [{ onMessage: () => {} }, /unknown field "onMessage"/],
    [{ longestTimerUs: -1 }, /longestTimerUs: received -1/],
  ];
  for (const [change, expected] of wrong) {
    t.throws(() => defineHosted({ ...right, ...change }), { code: 'bad-model', message: expected });
  }
});
