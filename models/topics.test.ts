import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { RandomStreams } from '../sim/random/stream.ts';
import { SmallNetwork } from './small-network.test.fixture.ts';
import type { SmallNetworkOptions, SmallNode } from './small-network.test.fixture.ts';
import { topicsConfigSchema, topicsDefects } from './topics/contract.ts';
import type { TopicsDefects } from './topics/contract.ts';
import { messageBytes, messageKind } from './topics/packet.ts';

const config = v.parse(topicsConfigSchema, {});
const SECOND = 1_000_000;

/** A network of `count` nodes that joined through the first, settled. */
function settled(count: number, options: Partial<SmallNetworkOptions> = {}): SmallNetwork {
  const network = new SmallNetwork({ seed: 'settled', config, ...options });
  network.checks = Object.keys(options.defects ?? {}).length === 0;
  const first = network.join([]);
  for (let index = 1; index < count; index++) network.join([first]);
  network.run(20 * SECOND);
  return network;
}

const step = fc.record({
  pauseUs: fc.oneof(fc.nat(60_000), fc.nat(5 * SECOND), fc.nat(70 * SECOND)),
  action: fc.constantFrom('join', 'join', 'kill', 'stop', 'restart', 'broadcast', 'second', 'leave', 'advertise'),
  choice: fc.nat(1000),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Does what a step says to a node of its choice; nothing where it cannot. */
function perform(network: SmallNetwork, { action, choice }: Step, index: number): void {
  const { live } = network;
  const node = live[choice % live.length] as SmallNode;
  const contacts = live.filter((_, place) => (place + choice) % live.length < 3);
  const down = network.nodes.filter((each) => !each.alive && each.peer.node === undefined);
  switch (action) {
    case 'join':
      if (live.length < 16) network.join(contacts);
      return;
    case 'restart': {
      const reborn = down[choice % Math.max(1, down.length)];
      if (reborn !== undefined) network.join(contacts, 0, network.start(reborn.peer));
      return;
    }
    case 'kill':
      if (live.length > 2) network.kill(node);
      return;
    case 'stop':
      if (live.length > 2) network.stop(node);
      return;
    case 'broadcast':
      network.broadcast(node, `m${index}`);
      return;
    case 'second':
      network.join(
        contacts.filter((each) => each.state.topics.length > 1),
        1,
        node,
      );
      return;
    case 'leave':
      network.handle(node, { kind: 'leave', topic: 1 });
      return;
    case 'advertise':
      network.handle(node, { kind: 'act', act: 'advertise-only', on: choice % 2 === 0 });
  }
}

/** Everything at rest: every advertiser has given up, and the last goodbye is long past. */
function rest(network: SmallNetwork, forUs: number): void {
  for (const node of network.live) network.handle(node, { kind: 'act', act: 'advertise-only', on: false });
  network.run(forUs);
}

test('whatever happens, a calm finds symmetric views, one component, no stale link and no departed peer', (t) => {
  const schedule = fc.tuple(fc.integer({ min: 2, max: 14 }), fc.boolean(), fc.array(step, { maxLength: 60 }));
  fc.assert(
    fc.property(schedule, fc.nat(), ([count, jitters, steps], seed) => {
      const network = settled(count, { seed: `s${seed}`, jitterUs: jitters ? 20_000 : 0 });
      steps.forEach((each, index) => {
        perform(network, each, index);
        network.run(each.pauseUs);
      });
      rest(network, 15 * SECOND);
      t.deepEqual(network.oneSided(), []);
      t.deepEqual(network.oneSided(1), []);
      network.run(120 * SECOND);
      t.is(network.componentCount(), 1);
      const [sender] = network.live as [SmallNode];
      network.broadcast(sender, 'last');
      network.run(7 * SECOND);
      t.true(network.live.every((node) => node.delivered.has('last')));
      for (const node of network.live) checkAtRest(node, network);
    }),
    { seed: 20_260_101, numRuns: 60 },
  );
  t.pass();
});

function checkAtRest(node: SmallNode, network: SmallNetwork): void {
  const { topics } = node.state;
  // A shuffle tick may just have asked someone.
  const asked = topics.flatMap(({ hyparview }) => [hyparview.joining, ...hyparview.pending.map(({ peer }) => peer)]);
  const expected = [...asked, ...network.neighbours(node, 0), ...network.neighbours(node, 1)];
  const stale = [...node.links.keys()].filter((peer) => !expected.includes(peer));
  if (stale.length > 0) throw new Error(`${node.peer} keeps links to ${stale.join(' ')}`);
  for (const { hyparview, plumtree } of topics) {
    for (const peer of [...hyparview.active, ...(hyparview.peerData?.keys() ?? [])]) {
      if (peer.departed && !hyparview.passive.includes(peer)) throw new Error(`${node.peer} remembers ${peer}`);
    }
    if ((plumtree.missing?.size ?? 0) > 0) throw new Error(`${node.peer} misses a message`);
  }
}

test('a handler does the same on an immer draft as in place', (t) => {
  const schedule = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.array(step, { maxLength: 25 }));
  fc.assert(
    fc.property(schedule, ([count, steps]) => {
      const logs = [false, true].map((onDrafts) => {
        const network = settled(count, { onDrafts });
        steps.forEach((each, index) => {
          perform(network, each, index);
          network.run(each.pauseUs);
        });
        network.run(95 * SECOND);
        return network.log;
      });
      t.deepEqual(logs[1], logs[0]);
    }),
    { seed: 20_260_102, numRuns: 8 },
  );
});

test('each switch on its own runs on drafts too', (t) => {
  for (const { id } of topicsDefects) {
    const logs = [false, true].map((onDrafts) => {
      const network = settled(6, { onDrafts, defects: { [id]: true } });
      network.broadcast(network.nodes[1] as SmallNode, 'm');
      network.kill(network.nodes[2] as SmallNode);
      network.join([network.nodes[1] as SmallNode]);
      network.run(10 * SECOND);
      return network.log;
    });
    t.deepEqual(logs[1], logs[0], id);
  }
});

test('two topics share a link, which closes when the second lets it go', (t) => {
  const network = settled(2);
  const [first, second] = network.nodes as [SmallNode, SmallNode];
  network.join([], 1, first);
  network.join([first], 1, second);
  network.run(SECOND);
  const [link] = first.links.values();
  t.deepEqual(first.state.peerTopics.get(second.peer), [0, 1]);
  network.handle(second, { kind: 'leave', topic: 0 });
  network.run(SECOND);
  t.deepEqual(network.neighbours(first, 0), []);
  t.deepEqual(network.neighbours(first, 1), [second.peer]);
  t.deepEqual([...first.links.values()], [link]);
  network.handle(second, { kind: 'leave', topic: 1 });
  network.run(100_000);
  t.is(first.links.size, 0);
  t.is(second.timers.size, 0);
});

test('whoever takes a node for a member of a topic that it has left is told', (t) => {
  const network = settled(2);
  const [first, second] = network.nodes as [SmallNode, SmallNode];
  network.join([first], 1, second);
  network.run(100_000);
  t.is(first.state.topics.length, 1, 'a Join does not make its receiver enter');
  t.is(second.state.topics.length, 2);
  t.deepEqual(second.state.peerTopics.get(first.peer), [0], 'the refused topic lets go of the link');
});

test('a broadcast reaches all 100 nodes, and later ones cost next to nothing beyond the tree', (t) => {
  const network = settled(100);
  const sender = network.nodes[7] as SmallNode;
  for (let round = 0; round < 10; round++) {
    network.broadcast(sender, `m${round}`);
    network.run(5 * SECOND);
  }
  t.true(network.live.every((node) => node.delivered.size === 10));
  const before = network.live.map((node) => node.duplicates);
  network.broadcast(sender, 'last');
  network.run(5 * SECOND);
  const again = network.live.filter((node, index) => node.duplicates > (before[index] ?? 0));
  t.true(again.length < 5, `${again.length} nodes had the payload twice`);
});

test('nodes that all join at once through one contact fill their views within a few messages each', (t) => {
  const network = new SmallNetwork({ seed: 'storm', config });
  const first = network.join([]);
  for (let index = 1; index < 200; index++) network.join([first]);
  network.run(5 * SECOND);
  t.is(network.componentCount(), 1);
  t.true(network.messages < 60 * 200, `${network.messages} messages`);
  const full = network.live.filter((node) => network.neighbours(node).length === 5);
  t.true(full.length > 170, `${full.length} full views`);
});

test('joins come to an end', (t) => {
  const network = settled(30);
  const attempts = network.nodes.reduce((sum, node) => sum + node.joinAttempts, 0);
  t.is(attempts, 29);
  network.run(600 * SECOND);
  t.is(
    network.nodes.reduce((sum, node) => sum + node.joinAttempts, 0),
    attempts,
  );
});

test('six full views and two that are refused by all grow together', (t) => {
  // Eight nodes, of which six make a clique: the other two can only be let in by force.
  const network = new SmallNetwork({ seed: 'clique', config, rendezvous: false });
  const clique = Array.from({ length: 6 }, () => network.start());
  const pair = Array.from({ length: 2 }, () => network.start());
  for (const group of [clique, pair]) {
    network.join([], 0, group[0]);
    for (const node of group.slice(1)) network.join([group[0] as SmallNode], 0, node);
  }
  network.run(200 * SECOND);
  t.deepEqual(
    network.nodes.map((node) => network.neighbours(node).length),
    [5, 5, 5, 5, 5, 5, 1, 1],
  );
  const nodes = clique.map(({ peer }) => ({ peer, data: undefined }));
  const [from] = clique as [SmallNode];
  for (const node of pair) {
    const message = { topic: 0, message: { kind: 'shuffle-reply', nodes } } as const;
    network.handle(node, { kind: 'message', from: from.peer, message });
  }
  network.run(20 * SECOND);
  t.is(network.componentCount(), 2, 'low priority does not get them in');
  network.run(60 * SECOND);
  t.is(network.componentCount(), 1);
  t.deepEqual(network.oneSided(), []);
});

/** How often peer -> topics maps name departed peers, after 30 of 8 nodes were replaced and a pause. */
function departedInPeerTopics(defects: TopicsDefects): number {
  const network = settled(8, { defects });
  const choices = new RandomStreams('churn').stream('victims');
  for (let replaced = 0; replaced < 30; replaced++) {
    network.kill(choices.pick(network.live.slice(3)) as SmallNode);
    network.run(3 * SECOND);
    network.join(choices.sample(network.live, 3));
  }
  network.run(25 * SECOND);
  return network.live.flatMap((node) => [...node.state.peerTopics.keys()].filter((peer) => peer.departed)).length;
}

test('peer-topics-not-pruned keeps peers whose link broke', (t) => {
  t.is(departedInPeerTopics({}), 0);
  const kept = departedInPeerTopics({ 'peer-topics-not-pruned': true });
  t.true(kept > 25, `${kept} entries`);
});

test('plumtree-missing-unbounded lets a node that only advertises fill its neighbours', (t) => {
  for (const on of [false, true]) {
    const network = settled(4, { defects: on ? { 'plumtree-missing-unbounded': true } : {} });
    const [advertiser, ...others] = network.nodes as [SmallNode, ...SmallNode[]];
    network.handle(advertiser, { kind: 'act', act: 'advertise-only', on: true });
    network.run(60 * SECOND);
    const most = Math.max(...others.map((node) => node.state.topics[0]?.plumtree.missing?.size ?? 0));
    t.true(on ? most > 290 : most <= 1, `${most} missing messages`);
  }
});

test('a node that only advertises delivers nothing and answers no Graft', (t) => {
  const network = settled(2);
  const [advertiser, other] = network.nodes as [SmallNode, SmallNode];
  network.handle(advertiser, { kind: 'act', act: 'advertise-only', on: true });
  network.broadcast(advertiser, 'm');
  network.run(5 * SECOND);
  t.false(other.delivered.has('m'));
  network.handle(advertiser, { kind: 'act', act: 'advertise-only', on: false });
  network.broadcast(advertiser, 'n');
  network.run(SECOND);
  t.true(other.delivered.has('n'));
});

/** One-sided edges 5 s after half of `count` nodes were killed and replaced, over 6 seeds. */
function oneSidedAfterKills(count: number, defects: TopicsDefects): number {
  let edges = 0;
  for (let seed = 0; seed < 6; seed++) {
    const network = settled(count, { seed: `kills ${seed}`, defects });
    const choices = new RandomStreams(`kills ${seed}`).stream('victims');
    for (const victim of choices.sample(network.live, count / 2)) network.kill(victim);
    for (let joined = 0; joined < count / 2; joined++) network.join(choices.sample(network.live, 3));
    network.run(10 * SECOND);
    edges += network.oneSided().length;
  }
  return edges;
}

test('hyparview-pending-outlives-neighbor leaves one-sided edges after a kill of half the nodes', (t) => {
  t.is(oneSidedAfterKills(40, {}), 0);
  t.true(oneSidedAfterKills(40, { 'hyparview-pending-outlives-neighbor': true }) >= 5);
});

test('sizes are those of a compact encoding', (t) => {
  const gossip = { topic: 0, message: { kind: 'gossip', id: 'm', content: 'twelve bytes', round: 0 } } as const;
  t.is(messageBytes(gossip), 37 + 32 + 4 + 12);
  t.is(messageKind(gossip), 'gossip');
  t.is(messageBytes({ topic: 0, message: { kind: 'prune' } }), 37);
  const announcements = [
    { id: 'm', round: 0 },
    { id: 'n', round: 1 },
  ];
  t.is(messageBytes({ topic: 0, message: { kind: 'ihave', announcements } }), 37 + 2 + 2 * 34);
});

test('there are nine switches, each with a name of its own', (t) => {
  t.is(new Set(topicsDefects.map(({ id }) => id)).size, 9);
});
