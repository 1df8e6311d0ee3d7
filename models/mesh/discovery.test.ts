import test from 'ava';
import * as v from 'valibot';
import { METER } from '../../sim/meters.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import { Rig } from '../../sim/tasks/rig.test.fixture.ts';
import { DiscoveredPeers, DiscoveryDomain } from './discovery.ts';
import type { Announcement } from './discovery.ts';

const SECOND = 1_000_000;

function announcement(rig: Rig, index: number, epoch: number, leaves = false): Announcement {
  return { kind: 'announcement', peer: rig.simulation.peers.intern(index), epoch, asks: false, leaves };
}

function listening(): { rig: Rig; discovered: DiscoveredPeers; changes: () => string } {
  const rig = new Rig();
  const discovered = new DiscoveredPeers(rig.node);
  let told: string[] = [];
  discovered.onChange = (isNews) => told.push(`${isNews ? 'news' : 'lost'} at ${discovered.peers.size}`);
  const changes = (): string => {
    const text = told.join(', ');
    told = [];
    return text;
  };
  return { rig, discovered, changes };
}

test('a peer is news when it is new or in a new life, and else only heard of again', (t) => {
  const { rig, discovered, changes } = listening();
  const discoveries = (): number => rig.simulation.meters.counts[METER.discoveries]!;
  discovered.hear(announcement(rig, 5, 2));
  t.deepEqual([changes(), discoveries()], ['news at 0', 1]);
  rig.runFor(SECOND);
  discovered.hear(announcement(rig, 5, 2));
  t.deepEqual([...discovered.peers.values()], [{ epoch: 2, seenUs: SECOND }]);
  discovered.hear(announcement(rig, 5, 1));
  t.deepEqual([changes(), discoveries()], ['', 1], 'a late announcement of a former life');
  discovered.hear(announcement(rig, 5, 3));
  t.deepEqual([changes(), discoveries()], ['news at 1', 2]);
  t.is(discovered.peers.get(rig.simulation.peers.intern(5))!.epoch, 3);
});

test('a peer that says goodbye is forgotten at once, one that says nothing when its announcement has expired', (t) => {
  const { rig, discovered, changes } = listening();
  const names = (): string[] => [...discovered.peers.keys()].map(String);
  for (const index of [2, 3]) discovered.hear(announcement(rig, index, index));
  rig.runFor(SECOND);
  discovered.hear(announcement(rig, 4, 4));
  t.is(changes(), 'news at 0, news at 1, news at 2');
  for (const index of [2, 9]) discovered.hear(announcement(rig, index, 2, true));
  t.is(changes(), 'lost at 3');
  t.deepEqual(names(), ['p3', 'p4']);
  discovered.expire(SECOND);
  t.deepEqual(names(), ['p3', 'p4']);
  rig.runFor(1);
  discovered.expire(SECOND);
  t.deepEqual(names(), ['p4']);
  t.is(changes(), 'lost at 2');
});

test('an announcement reaches every other running node, and an answer only the one that asked', (t) => {
  const first = new Rig({ peer: 1 });
  const { simulation } = first;
  const rigs = [first, new Rig({ simulation, peer: 2 }), new Rig({ simulation, peer: 3 })];
  const gone = new Rig({ simulation, peer: 4 });
  const latency = { kind: 'fixed', us: 20_000 } as const;
  const domain = new DiscoveryDomain(new Network(simulation, v.parse(networkConfigSchema, { latency })));
  const heard: string[] = [];
  for (const rig of rigs) {
    rig.node.onReceive = (message) => {
      const { peer, epoch, asks, leaves } = message as Announcement;
      heard.push(`${rig.node.peer} of ${peer}/${epoch} asks ${asks} leaves ${leaves}`);
    };
  }
  gone.kill();
  domain.announce(first.node, { asks: true });
  simulation.run({ untilUs: SECOND });
  t.deepEqual(heard.splice(0), ['p2 of p1/1 asks true leaves false', 'p3 of p1/1 asks true leaves false']);
  domain.answer(rigs[2]!.node, first.node.peer);
  simulation.run({ untilUs: 2 * SECOND });
  t.deepEqual(heard.splice(0), ['p1 of p3/3 asks false leaves false']);
});

test('a node asks again after 1, 2 and 4 seconds, until it hears of somebody', (t) => {
  for (const [hearsAtUs, expected] of [
    [0.5 * SECOND, []],
    [3.5 * SECOND, [1, 3]],
    [60 * SECOND, [1, 3, 7]],
  ] as const) {
    const { rig, discovered } = listening();
    const asked: number[] = [];
    rig.spawn(
      'test.ask',
      discovered.askUntilHeard(rig.executor, 8 * SECOND, () => asked.push(rig.nowUs / SECOND)),
    );
    rig.runFor(hearsAtUs);
    discovered.hear(announcement(rig, 5, 2));
    rig.runFor(60 * SECOND);
    t.deepEqual(asked, expected);
  }
});
