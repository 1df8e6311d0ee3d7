import test from 'ava';
import fc from 'fast-check';
import { METER } from '../../sim/meters.ts';
import { GossipWorld, LOOP_SITE, MS, SECOND } from './gossip.test.fixture.ts';
import type { GossipNode } from './gossip.test.fixture.ts';

/** Two neighbours at rest, the one with the smaller index having dialled. */
function pair(options: ConstructorParameters<typeof GossipWorld>[0] = {}): [GossipWorld, GossipNode, GossipNode] {
  const world = new GossipWorld(options);
  const [one, other] = [world.start(0), world.start(1)];
  world.join(one, 1);
  world.pass(SECOND);
  return [world, one, other];
}

test('a join dials once, and both sides come to send on the one connection', (t) => {
  const [world, one, other] = pair();
  t.deepEqual(world.unsettled(one, other), []);
  t.deepEqual(world.open('task', LOOP_SITE), ['p0 > p1', 'p1 > p0']);
  const id = world.broadcast(other, 'hello');
  world.pass(SECOND);
  t.deepEqual(one.heard, [id]);
});

test('a peer that the protocol gives up has its connection closed at once, and both loops end', (t) => {
  const [world, one, other] = pair();
  world.tell(one, { kind: 'close-topic' });
  world.pass(SECOND);
  t.deepEqual(world.open('task', LOOP_SITE), []);
  t.deepEqual([one.openTo(other.peer), other.openTo(one.peer)], [[], []]);
  t.deepEqual([one.entry(other.peer), other.entry(one.peer)], [undefined, undefined]);
  t.deepEqual(other.gossip.neighbours(), []);
});

test('a peer that is removed while it hears nothing is given the finish window, and no more', (t) => {
  const [world, one, other] = pair();
  world.network.cuts.blackHole(1, true);
  world.broadcast(one, 'into the void');
  world.tell(one, { kind: 'close-topic' });
  world.pass(4 * SECOND);
  t.is(one.entry(other.peer), undefined);
  t.deepEqual(world.open('task', LOOP_SITE), ['p0 > p1', 'p1 > p0']);
  world.pass(2 * SECOND);
  t.deepEqual(world.open('task', LOOP_SITE), ['p1 > p0']);
  t.deepEqual(one.openTo(other.peer), []);
});

test('a superseded connection is read to its end: nothing that was under way on it is lost', (t) => {
  const [world, one, other] = pair({ network: { latency: { kind: 'fixed', us: 100 * MS } } });
  world.pass(SECOND);
  const sent: string[] = [];
  t.true(world.at(one, () => one.gossip.dialAgain()));
  let most = 0;
  for (let step = 0; step < 40; step++) {
    sent.push(world.broadcast(other, `message ${step}`));
    world.pass(25 * MS);
    most = Math.max(most, one.openTo(other.peer).length, other.openTo(one.peer).length);
  }
  world.pass(SECOND);
  t.is(most, 2);
  t.deepEqual(one.heard, sent);
  t.deepEqual(world.unsettled(one, other), []);
  t.deepEqual(world.open('task', LOOP_SITE), ['p0 > p1', 'p1 > p0']);
  t.deepEqual(world.lost, []);
});

test('both sides may dial again: they keep the connection that the smaller index dialled', (t) => {
  for (const again of [0, 1]) {
    const [world, one, other] = pair();
    const [first] = one.openTo(other.peer);
    const dialler = again === 0 ? one : other;
    world.at(dialler, () => dialler.gossip.dialAgain());
    world.pass(SECOND);
    t.deepEqual(world.unsettled(one, other), []);
    const [kept] = one.openTo(other.peer);
    t.is(kept!.side, 'client');
    t.is(kept === first, again === 1);
  }
});

const startUs = fc.integer({ min: 0, max: 400 * MS });

test('a symmetric dial settles on one connection, whoever sees which first', (t) => {
  let crossed = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1 * MS, max: 150 * MS }),
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 * MS })),
      startUs,
      startUs,
      fc.array(fc.record({ atUs: fc.integer({ min: 0, max: 900 * MS }), node: fc.nat(1) }), { maxLength: 3 }),
      (latencyUs, jitterUs, firstUs, secondUs, again) => {
        const world = new GossipWorld({ network: { latency: { kind: 'fixed', us: latencyUs }, jitterUs } });
        const nodes = [world.start(0), world.start(1)] as const;
        const { simulation } = world;
        simulation.at(firstUs, () => world.join(nodes[0], 1));
        simulation.at(secondUs, () => world.join(nodes[1], 0));
        for (const { atUs, node } of again) {
          simulation.at(atUs, () => world.at(nodes[node]!, () => nodes[node]!.gossip.dialAgain()));
        }
        world.pass(SECOND);
        if (nodes[0].endpoint.connectionsTo(nodes[1].peer) > 1) crossed++;
        world.pass(9 * SECOND);
        t.deepEqual(world.unsettled(...nodes), []);
        const ids = nodes.map((node, place) => world.broadcast(node, `from ${place}`));
        world.pass(SECOND);
        t.deepEqual([nodes[0].heard, nodes[1].heard], [[ids[1]], [ids[0]]]);
        t.deepEqual(world.open('task', LOOP_SITE), ['p0 > p1', 'p1 > p0']);
      },
    ),
    { seed: 7, numRuns: 250 },
  );
  t.true(crossed > 20, `${crossed}`);
});

test('three nodes that all dial each other settle on one connection per pair', (t) => {
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 1 * MS, max: 80 * MS }),
      fc.integer({ min: 0, max: 80 * MS }),
      fc.array(startUs, { minLength: 6, maxLength: 6 }),
      (minUs, spreadUs, startsUs) => {
        const latency = { kind: 'uniform', minUs, maxUs: minUs + spreadUs } as const;
        const world = new GossipWorld({ network: { latency }, seed: `${minUs}` });
        const nodes = [world.start(0), world.start(1), world.start(2)];
        for (const [place, [one, other]] of pairs.entries()) {
          world.simulation.at(startsUs[place * 2]!, () => world.request(nodes[one]!, other));
          world.simulation.at(startsUs[place * 2 + 1]!, () => world.request(nodes[other]!, one));
        }
        world.pass(10 * SECOND);
        for (const [one, other] of pairs) t.deepEqual(world.unsettled(nodes[one]!, nodes[other]!), []);
        const id = world.broadcast(nodes[2]!, 'to all');
        world.pass(SECOND);
        t.deepEqual(
          nodes.map(({ heard }) => heard),
          [[id], [id], []],
        );
      },
    ),
    { seed: 8, numRuns: 120 },
  );
});

test('a peer that was killed and is back is taken at once, although its dead connection lingers', (t) => {
  for (const index of [0, 1]) {
    const [world, one, other] = pair();
    const [victim, survivor] = index === 0 ? [one, other] : [other, one];
    world.kill(victim);
    world.pass(200 * MS);
    const back = world.start(index);
    world.join(back, survivor.peer.index);
    world.pass(SECOND);
    t.deepEqual(back.gossip.neighbours(), [survivor.peer]);
    const id = world.broadcast(survivor, 'welcome');
    world.pass(SECOND);
    t.deepEqual(back.heard, [id]);
    t.is(survivor.openTo(back.peer).length, 2);
    world.pass(12 * SECOND);
    t.deepEqual(world.unsettled(back, survivor), []);
    t.deepEqual(world.lost, []);
  }
});

test('a peer that does not read is let go, and the actor serves others meanwhile', (t) => {
  const world = new GossipWorld({ quic: { streamWindowBytes: 4_000, connectionWindowBytes: 4_000 } });
  const [one, slow, other] = [world.start(0), world.start(1), world.start(2)];
  world.request(one, 1, 2);
  world.pass(SECOND);
  t.deepEqual(one.gossip.neighbours()!.map(String).toSorted(), ['p1', 'p2']);
  world.at(slow, () => slow.endpoint.act('stop-reading', { on: true }));
  const sent = Array.from({ length: 200 }, (_, count) => {
    const id = world.broadcast(one, `${count} ${'x'.repeat(400)}`);
    world.pass(20 * MS);
    return id;
  });
  world.pass(SECOND);
  t.true(world.lost.includes('p0 lost p1'), world.lost.join());
  t.deepEqual(one.gossip.neighbours()!.map(String), ['p2']);
  t.deepEqual(other.heard, sent);
});

test('a dial that fails is told to the protocol and leaves nothing', (t) => {
  const world = new GossipWorld();
  const node = world.start(0);
  world.kill(world.start(1));
  world.join(node, 1);
  world.pass(500 * MS);
  t.is(node.entry(world.peer(1))?.kind, 'pending');
  t.deepEqual(world.open('half-open'), ['p0 > p1']);
  world.pass(1 * SECOND);
  t.deepEqual(world.lost, ['p0 lost p1']);
  t.is(node.entry(world.peer(1)), undefined);
  t.deepEqual([world.open('half-open'), world.open('buffer')], [[], []]);
  t.deepEqual(world.open('task', 'gossip.dial'), []);
  const revived = world.start(1);
  world.join(node, 1);
  world.pass(SECOND);
  t.deepEqual(world.unsettled(node, revived), []);
});

test('a connection task that is aborted counts as a lost peer, and the actor goes on', (t) => {
  const [world, one, other] = pair();
  t.true(world.at(one, () => one.gossip.abortChild()));
  world.pass(100 * MS);
  t.true(world.lost.includes('p0 lost p1'));
  t.is(world.simulation.tasks.panicCount, 0);
  world.join(one, 1);
  world.pass(SECOND);
  t.deepEqual(world.unsettled(one, other), []);
});

test('a quit ends within the finish window, also when nobody answers', (t) => {
  const [world, one] = pair();
  world.network.cuts.blackHole(1, true);
  const ended = world.quit(one);
  world.pass(100 * MS);
  t.false(ended());
  world.pass(5 * SECOND);
  t.true(ended());
  t.deepEqual(world.open('task', LOOP_SITE), ['p1 > p0']);
  t.deepEqual(one.openTo(world.peer(1)), []);
});

test('with gossip-mutual-join-drops-both two that dial each other at once end without a connection', (t) => {
  const world = new GossipWorld({ defects: { 'gossip-mutual-join-drops-both': true } });
  const [one, other] = [world.start(0), world.start(1)];
  world.request(one, 1);
  world.request(other, 0);
  world.pass(5 * SECOND);
  t.deepEqual([one.gossip.neighbours(), other.gossip.neighbours()], [[], []]);
});

test('with gossip-mutual-join-drops-both what waited for a half-open dial goes over the connection that came in', (t) => {
  const world = new GossipWorld({
    defects: { 'gossip-mutual-join-drops-both': true },
    network: { latency: { kind: 'fixed', us: 100 * MS } },
  });
  const [one, other] = [world.start(0), world.start(1)];
  world.request(other, 0);
  world.pass(150 * MS);
  world.request(one, 1);
  world.pass(5 * SECOND);
  t.deepEqual(world.unsettled(one, other), []);
  t.deepEqual([world.open('buffer'), world.open('half-open')], [[], []]);
  t.deepEqual(world.lost, []);
});

test('with gossip-refuse-while-old-lingers a peer that is back is not taken before the idle timeout', (t) => {
  const [world, one, other] = pair({ defects: { 'gossip-refuse-while-old-lingers': true } });
  world.kill(one);
  world.pass(200 * MS);
  const back = world.start(0);
  world.request(back, 1);
  world.pass(2 * SECOND);
  t.deepEqual(back.gossip.neighbours(), []);
  t.deepEqual(other.openTo(back.peer).length, 1);
});

test('with gossip-join-always-dials each join begins a handshake, whether linked or still dialling', (t) => {
  for (const [defects, expected] of [
    [{}, 1],
    [{ 'gossip-join-always-dials': true }, 5],
  ] as const) {
    const world = new GossipWorld({ defects });
    const [one, other] = [world.start(0), world.start(1)];
    const join = (): void => world.tell(one, { kind: 'request-joins', peers: [other.peer] });
    for (let asked = 0; asked < 3; asked++) join();
    world.pass(SECOND);
    for (let asked = 0; asked < 2; asked++) join();
    world.pass(SECOND);
    t.is(world.simulation.meters.counts[METER.joinDials], expected);
    t.is(world.simulation.meters.counts[METER.dials], expected);
  }
});
