import test from 'ava';
import fc from 'fast-check';
import { ChatterWorld } from '../network/chatter.test.fixture.ts';
import type { Chatter } from '../network/chatter.test.fixture.ts';
import { ChurnDriver } from './driver.ts';
import { sortedPlan } from './plan.ts';
import type { ChurnAction } from './plan.ts';

interface Driven {
  readonly world: ChatterWorld;
  readonly driver: ChurnDriver;
  /** Runs to a time and says who is up, as `index/incarnation`. */
  readonly upAt: (atUs: number) => string[];
}

function driven(nodes: number, actions: readonly ChurnAction[], prepare?: (world: ChatterWorld) => void): Driven {
  const world = new ChatterWorld();
  prepare?.(world);
  const driver = new ChurnDriver(world.simulation, world, sortedPlan(actions));
  driver.startAll(nodes, 0);
  driver.schedule();
  const upAt = (atUs: number): string[] => {
    world.simulation.run({ untilUs: atUs });
    return [...world.simulation.running()].map(({ peer }) => `${peer.index}/${peer.incarnations}`).toSorted();
  };
  return { world, driver, upAt };
}

function tallyOf({ driver }: Driven, kind: string): string {
  const { asked, applied } = driver.tallies.get(kind) ?? { asked: 0, applied: 0 };
  return `${applied} of ${asked}`;
}

test('the first nodes start one by one, from now on', (t) => {
  const world = new ChatterWorld();
  const driver = new ChurnDriver(world.simulation, world, sortedPlan([]));
  world.runFor(5);
  driver.startAll(3, 100);
  const born: number[] = [];
  world.runFor(1_000);
  for (const { bornUs } of world.simulation.running()) born.push(bornUs);
  t.deepEqual(born, [5, 105, 205]);
  t.is(driver.arrivals, 3);
  new ChurnDriver(world.simulation, world, sortedPlan([])).startAll(0, 100);
  world.runFor(1_000);
  t.is(world.simulation.live.length, 3);
});

test('start begins a fresh identity, and is inert for one that exists or existed', (t) => {
  const all = driven(1, [
    { atUs: 10, kind: 'start', peer: 5 },
    { atUs: 20, kind: 'start', peer: 5 },
    { atUs: 30, kind: 'start', peer: 0 },
    { atUs: 40, kind: 'kill', peer: 5 },
    { atUs: 50, kind: 'start', peer: 5 },
  ]);
  t.deepEqual(all.upAt(35), ['0/1', '5/1']);
  t.deepEqual(all.upAt(100), ['0/1']);
  t.is(tallyOf(all, 'start'), '1 of 4');
  t.is(all.driver.applied, 2);
  t.is(all.driver.arrivals, 2);
  t.is(all.driver.departures, 1);
});

test('kill falls silent, stop says goodbye, and both are inert for whoever is down or unknown', (t) => {
  const all = driven(4, [
    { atUs: 100_000, kind: 'kill', peer: 1 },
    { atUs: 100_000, kind: 'stop', peer: 2 },
    { atUs: 100_001, kind: 'kill', peer: 1 },
    { atUs: 100_001, kind: 'stop', peer: 1 },
    { atUs: 100_001, kind: 'kill', peer: 9 },
  ]);
  all.upAt(0);
  all.world.send(0, 1, 'hi');
  all.world.send(0, 2, 'hi');
  t.deepEqual(all.upAt(200_000), ['0/1', '3/1']);
  t.deepEqual(
    all.world.node(0).heard.map(({ what }) => what),
    ['p2 closed'],
  );
  t.is(tallyOf(all, 'kill'), '1 of 3');
  t.is(tallyOf(all, 'stop'), '1 of 2');
  t.is(all.driver.departures, 2);
});

test('rejoin starts an identity again that was up before, and no other', (t) => {
  const all = driven(2, [
    { atUs: 10, kind: 'stop', peer: 1 },
    { atUs: 20, kind: 'rejoin', peer: 1 },
    { atUs: 30, kind: 'rejoin', peer: 1 },
    { atUs: 30, kind: 'rejoin', peer: 7 },
  ]);
  t.deepEqual(all.upAt(15), ['0/1']);
  t.deepEqual(all.upAt(100), ['0/1', '1/2']);
  t.is(tallyOf(all, 'rejoin'), '1 of 3');
});

test('restart brings the same identity back after its time down, whatever else the plan asks for meanwhile', (t) => {
  const all = driven(2, [
    { atUs: 10, kind: 'restart', peer: 1, downUs: 100 },
    { atUs: 20, kind: 'rejoin', peer: 1 },
    { atUs: 30, kind: 'start', peer: 1 },
    { atUs: 40, kind: 'restart', peer: 1, downUs: 5 },
    { atUs: 50, kind: 'kill', peer: 1 },
    { atUs: 300, kind: 'restart', peer: 1, downUs: 0, graceful: true },
  ]);
  const peer = all.world.peer(1);
  t.deepEqual(all.upAt(109), ['0/1']);
  t.deepEqual(all.upAt(110), ['0/1', '1/2']);
  t.deepEqual(all.upAt(300), ['0/1', '1/3']);
  t.is(all.world.peer(1), peer);
  t.is(tallyOf(all, 'restart'), '2 of 3');
  t.is(all.driver.applied, 2);
  t.is(all.driver.departures, 0);
  t.is(all.driver.arrivals, 4);
});

test('respawn kills, and begins a fresh identity at once or later', (t) => {
  const all = driven(3, [
    { atUs: 10, kind: 'respawn', peer: 1, fresh: 10 },
    { atUs: 20, kind: 'respawn', peer: 2, fresh: 11, downUs: 50 },
    { atUs: 30, kind: 'start', peer: 11 },
  ]);
  t.deepEqual(all.upAt(10), ['0/1', '10/1', '2/1']);
  t.deepEqual(all.upAt(69), ['0/1', '10/1']);
  t.deepEqual(all.upAt(70), ['0/1', '10/1', '11/1']);
  t.is(tallyOf(all, 'start'), '0 of 1', 'the fresh identity was about to begin');
  t.is(all.driver.departures, 2);
  t.is(all.driver.arrivals, 5);
});

test('respawn is inert when its peer is down, or its fresh identity has lived', (t) => {
  const all = driven(3, [
    { atUs: 10, kind: 'kill', peer: 2 },
    { atUs: 20, kind: 'respawn', peer: 1, fresh: 2 },
    { atUs: 30, kind: 'respawn', peer: 1, fresh: 0 },
    { atUs: 40, kind: 'respawn', peer: 2, fresh: 12 },
  ]);
  t.deepEqual(all.upAt(100), ['0/1', '1/1']);
  t.is(tallyOf(all, 'respawn'), '0 of 3');
});

test('a graceful restart waits for a stop that takes longer than the time down', (t) => {
  const all = driven(
    2,
    [
      { atUs: 1_000_000, kind: 'restart', peer: 1, downUs: 10_000, graceful: true },
      { atUs: 1_100_000, kind: 'stop', peer: 1 },
    ],
    (world) => {
      world.stopUs = 5_000_000;
    },
  );
  t.deepEqual(all.upAt(5_999_999), ['0/1', '1/1']);
  t.deepEqual(all.upAt(6_200_000), ['0/1', '1/2']);
  t.is(tallyOf(all, 'restart'), '1 of 1');
  t.is(tallyOf(all, 'stop'), '0 of 1', 'it was stopping already');
});

test('a slow stop counts as one departure, also when a kill cuts it short', (t) => {
  const all = driven(
    3,
    [
      { atUs: 10, kind: 'stop', peer: 1 },
      { atUs: 20, kind: 'stop', peer: 1 },
      { atUs: 30, kind: 'kill', peer: 1 },
    ],
    (world) => {
      world.stopUs = 1_000;
    },
  );
  t.deepEqual(all.upAt(25), ['0/1', '1/1', '2/1']);
  t.deepEqual(all.upAt(30), ['0/1', '2/1']);
  all.upAt(5_000);
  t.is(tallyOf(all, 'stop'), '1 of 2');
  t.is(tallyOf(all, 'kill'), '1 of 1');
  t.is(all.driver.departures, 1);
});

test('a node that takes its time to stop is told of, since it was told first, until it has ended', (t) => {
  const all = driven(
    3,
    [
      { atUs: 10, kind: 'stop', peer: 1 },
      { atUs: 20, kind: 'stop', peer: 1 },
      { atUs: 20, kind: 'stop', peer: 2 },
      { atUs: 30, kind: 'kill', peer: 2 },
    ],
    (world) => {
      world.stopUs = 1_000;
    },
  );
  const stopping = (): [string, number][] =>
    [...all.driver.stopping()].map(([node, sinceUs]) => [String(node.peer), sinceUs]);
  all.upAt(25);
  t.deepEqual(stopping(), [
    ['p1', 10],
    ['p2', 20],
  ]);
  all.upAt(35);
  t.deepEqual(stopping(), [['p1', 10]]);
  all.upAt(2_000);
  t.deepEqual(stopping(), []);
});

test('actions of one moment take effect in list order, and late ones at once', (t) => {
  const world = new ChatterWorld();
  world.runFor(1_000);
  const driver = new ChurnDriver(
    world.simulation,
    world,
    sortedPlan([
      { atUs: 10, kind: 'start', peer: 1 },
      { atUs: 10, kind: 'kill', peer: 1 },
      { atUs: 10, kind: 'rejoin', peer: 1 },
    ]),
  );
  driver.schedule();
  world.runFor(0);
  t.is(driver.applied, 3);
  t.is(world.peer(1).incarnations, 2);
});

test('an act is handed to the model, and counted under its own name', (t) => {
  const all = driven(2, [
    { atUs: 10, kind: 'act', peer: 1, act: 'nod' },
    { atUs: 20, kind: 'act', peer: 1, act: 'shout', args: { loud: true } },
    { atUs: 30, kind: 'act', peer: 8, act: 'nod' },
  ]);
  all.upAt(100);
  t.deepEqual(all.world.node(1).acts, ['nod']);
  t.is(tallyOf(all, 'act:nod'), '1 of 2');
  t.is(tallyOf(all, 'act:shout'), '0 of 1');
});

test('partition and heal cut and mend the network, by name or all', (t) => {
  const all = driven(3, [
    { atUs: 100_000, kind: 'heal' },
    { atUs: 100_000, kind: 'partition', groups: [[], [1]], name: 'east' },
    { atUs: 100_000, kind: 'partition', groups: [[0], [2]], oneWay: true },
    { atUs: 300_000, kind: 'heal', name: 'west' },
    { atUs: 300_000, kind: 'heal', name: 'east' },
    { atUs: 400_000, kind: 'heal' },
  ]);
  const { world } = all;
  all.upAt(200_000);
  world.send(0, 1, 'east');
  world.send(0, 2, 'down');
  all.upAt(250_000);
  world.send(2, 0, 'up');
  all.upAt(350_000);
  const heard = (index: number): string[] => world.node(index).heard.map(({ atUs, what }) => `${atUs} ${what}`);
  t.deepEqual([heard(0), heard(1), heard(2)], [[], ['310000 p0 says east'], ['210000 p0 says down']]);
  all.upAt(500_000);
  t.deepEqual(heard(0), ['410000 p2 says up']);
  t.is(tallyOf(all, 'partition'), '2 of 2');
  t.is(tallyOf(all, 'heal'), '2 of 4');
  t.deepEqual([...world.network.asked], ['partition']);
  t.is(world.network.fired.partition, 2);
});

test('a partition that takes the place of another lets go of what that kept back', (t) => {
  const all = driven(3, [
    { atUs: 0, kind: 'partition', groups: [[], [1]] },
    { atUs: 300_000, kind: 'partition', groups: [[], [2]] },
  ]);
  all.upAt(100_000);
  all.world.send(0, 1, 'kept');
  all.upAt(400_000);
  t.deepEqual(all.world.node(1).heard, [{ atUs: 310_000, what: 'p0 says kept' }]);
});

test('a partition closes idle links across it', (t) => {
  const all = driven(2, [{ atUs: 100_000, kind: 'partition', groups: [[], [1]] }]);
  all.upAt(0);
  all.world.send(0, 1, 'hi');
  all.upAt(30_000_000);
  t.deepEqual(
    all.world.node(0).heard.map(({ atUs, what }) => `${atUs} ${what}`),
    ['10100000 p1 closed'],
  );
});

test('hold and release park and deliver; black-hole swallows while it is on', (t) => {
  const all = driven(3, [
    { atUs: 0, kind: 'hold', from: 0, to: 1 },
    { atUs: 0, kind: 'hold', from: 0, to: 1 },
    { atUs: 0, kind: 'release', from: 1, to: 0 },
    { atUs: 0, kind: 'black-hole', peer: 2, on: true },
    { atUs: 0, kind: 'black-hole', peer: 2, on: true },
    { atUs: 500_000, kind: 'release', from: 0, to: 1 },
    { atUs: 600_000, kind: 'black-hole', peer: 2, on: false },
    { atUs: 600_000, kind: 'black-hole', peer: 2, on: false },
  ]);
  all.upAt(100_000);
  all.world.send(0, 1, 'parked');
  all.world.send(0, 2, 'swallowed');
  all.upAt(2_000_000);
  t.deepEqual(all.world.node(1).heard, [{ atUs: 510_000, what: 'p0 says parked' }]);
  t.deepEqual(all.world.node(2).heard, [{ atUs: 610_000, what: 'p0 says swallowed' }]);
  t.is(tallyOf(all, 'hold'), '1 of 2');
  t.is(tallyOf(all, 'release'), '1 of 2');
  t.is(tallyOf(all, 'black-hole'), '2 of 4');
  t.deepEqual([...all.world.network.asked], ['hold', 'black-hole']);
});

test('an identity is forgotten at the last action that names it, once it is down', (t) => {
  const all = driven(4, [
    { atUs: 10, kind: 'kill', peer: 1 },
    { atUs: 20, kind: 'kill', peer: 2 },
    { atUs: 30, kind: 'respawn', peer: 3, fresh: 9 },
    { atUs: 40, kind: 'restart', peer: 0, downUs: 1_000 },
    { atUs: 50, kind: 'black-hole', peer: 2, on: true },
  ]);
  const known = (atUs: number): number[] => {
    all.upAt(atUs);
    return [0, 1, 2, 3, 9].filter((index) => all.world.simulation.peers.find(index) !== undefined);
  };
  t.deepEqual(known(0), [0, 1, 2, 3]);
  t.deepEqual(known(20), [0, 2, 3]);
  t.deepEqual(known(30), [0, 2, 9]);
  t.deepEqual(known(45), [0, 2, 9]);
  t.deepEqual(known(60), [0, 9]);
  t.deepEqual(known(2_000), [0, 9]);
});

test('an identity that takes its time to stop is forgotten when it is down', (t) => {
  const all = driven(
    3,
    [
      { atUs: 10, kind: 'stop', peer: 1 },
      { atUs: 20, kind: 'stop', peer: 0 },
      { atUs: 5_000, kind: 'act', peer: 2, act: 'nod' },
    ],
    (world) => {
      world.stopUs = 1_000;
    },
  );
  all.upAt(2_000);
  t.is(all.world.simulation.peers.size, 3);
  all.upAt(6_000);
  t.is(all.world.simulation.peers.size, 1);
});

test('a long plan of respawns leaves the directory at its size', (t) => {
  const nodes = 20;
  const actions = Array.from({ length: 20_000 }, (_, n): ChurnAction => {
    return { atUs: n * 1_000, kind: 'respawn', peer: n, fresh: n + nodes };
  });
  const all = driven(nodes, actions);
  all.upAt(100_000_000);
  t.is(all.driver.departures, 20_000);
  t.is(all.world.simulation.peers.size, nodes);
  t.is(all.world.simulation.live.length, nodes);
});

const peerIndex = fc.nat({ max: 7 });
const action: fc.Arbitrary<ChurnAction> = fc
  .tuple(
    fc.nat({ max: 3_000_000 }),
    fc.constantFrom('start', 'stop', 'kill', 'restart', 'respawn', 'rejoin', 'black-hole', 'act'),
    peerIndex,
    peerIndex,
    fc.nat({ max: 500_000 }),
    fc.boolean(),
  )
  .map(([atUs, kind, peer, other, downUs, flag]): ChurnAction => {
    if (kind === 'restart') return { atUs, kind, peer, downUs, graceful: flag };
    if (kind === 'respawn') return { atUs, kind, peer, fresh: other + 4, downUs: flag ? downUs : 0 };
    if (kind === 'black-hole') return { atUs, kind, peer, on: flag };
    if (kind === 'act') return { atUs, kind, peer, act: 'nod' };
    return { atUs, kind, peer };
  });

test('any plan, and any plan with actions taken out, runs through; counts agree with what ran', (t) => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), fc.boolean(), (actions, slow) => {
      const all = driven(4, actions, (world) => {
        world.stopUs = slow ? 300_000 : 0;
      });
      all.upAt(10_000_000);
      const { driver, world } = all;
      const live = world.simulation.live.length;
      const restarts = driver.tallies.get('restart')?.applied ?? 0;
      const asked = [...driver.tallies.values()].reduce((sum, tally) => sum + tally.asked, 0);
      // A kill of a node that was stopping for good, or that a restart brings back, is no departure of its own.
      const gone = driver.arrivals - live;
      if (asked !== actions.length) return false;
      if (gone > driver.departures + restarts || (!slow && gone !== driver.departures + restarts)) return false;
      return [...world.simulation.running()].every(({ peer }) => world.simulation.peers.find(peer.index) === peer);
    }),
    { seed: 7, numRuns: 500 },
  );
  t.pass();
});

test('a plan has one digest', (t) => {
  const actions = fc.sample(fc.array(action, { minLength: 30, maxLength: 60 }), { seed: 3, numRuns: 1 })[0]!;
  const digests = [0, 1].map(() => {
    const all = driven(4, actions, (world) => {
      world.onStart = (node: Chatter) => {
        const other = world.simulation.live[0]!;
        if (other !== node) world.links.send(node, other.peer, 'hello');
      };
    });
    all.upAt(20_000_000);
    return all.world.simulation.digest.hex;
  });
  t.is(digests[0], digests[1]);
});
