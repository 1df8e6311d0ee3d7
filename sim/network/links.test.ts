import test from 'ava';
import fc from 'fast-check';
import { METER } from '../meters.ts';
import type { PeerId } from '../peer.ts';
import { ChatterWorld } from './chatter.test.fixture.ts';
import type { Chatter, NetworkInput } from './chatter.test.fixture.ts';

const LATENCY_US = 10_000;
const CONNECT_US = 1_000_000;
const IDLE_US = 10_000_000;

function whatOf(node: Chatter): string[] {
  return node.heard.map(({ atUs, what }) => `${atUs}: ${what}`);
}

test('a message arrives one latency later, and the answer takes the same link', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  b.onHeard = () => world.send(1, 0, 'pong');
  world.send(0, 1, 'ping');
  world.runFor(1_000_000);
  t.deepEqual(whatOf(b), ['10000: p0 says ping']);
  t.deepEqual(whatOf(a), ['20000: p1 says pong']);
  t.is(a.links.get(b.peer), b.links.get(a.peer));
  t.deepEqual([...(a.connections() ?? [])], [b.peer]);
  t.is(world.simulation.meters.counts[METER.dials], 1);
  t.is(world.simulation.meters.counts[METER.messagesSent], 2);
  t.is(world.simulation.meters.counts[METER.messagesDelivered], 2);
  t.deepEqual(world.discrepancies(), []);
});

test('a close arrives one latency and 1 us later, after everything in flight', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'one');
  world.send(0, 1, 'two');
  world.close(0, 1);
  world.runFor(1_000_000);
  t.deepEqual(whatOf(b), ['10000: p0 says one', '10000: p0 says two', '10001: p0 closed']);
  t.deepEqual(whatOf(a), []);
  t.is(world.links.liveLinkCount, 1, 'a look at the link that came too late is pending');
  world.runFor(IDLE_US);
  t.is(world.links.liveLinkCount, 0);
  t.deepEqual(world.discrepancies(), []);
});

test('a close waits for what jitter and loss have delayed', (t) => {
  const world = new ChatterWorld({ jitterUs: 500_000, lossShare: 0.5 });
  const [, b] = world.startAll(2) as [Chatter, Chatter];
  for (let n = 0; n < 20; n++) world.send(0, 1, String(n));
  world.close(0, 1);
  world.runFor(10 * 60_000_000);
  const last = b.heard.at(-1)!;
  t.is(last.what, 'p0 closed');
  t.is(b.heard.length, 21);
  t.is(last.atUs, b.heard.at(-2)!.atUs + 1);
});

test('a message keeps its sender though the news before it makes the node open links until records are searched for', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  const others = Array.from({ length: 200 }, (_, index) => world.peer(index + 2));
  world.send(1, 0, 'first life');
  world.runFor(50_000);
  world.kill(b);
  const again = world.start(b.peer);
  world.send(1, 0, 'second life');
  world.runFor(1_000);
  // Its side of the new link is over, and the other has not heard of it: only the message that is handled holds it.
  world.kill(again);
  a.onHeard = () => {
    a.onHeard = undefined;
    for (const { index } of others) world.send(0, index, 'help');
  };
  world.runFor(100_000);
  t.deepEqual(
    a.heard.map(({ what }) => what),
    ['p1 says first life', 'p1 closed', 'p1 says second life'],
  );
  world.runFor(10 * IDLE_US);
  t.is(world.links.liveLinkCount, 0);
  t.deepEqual(world.discrepancies(), []);
});

test('what a cut keeps back of a node that has ended is lost with it, however it ended', (t) => {
  for (const how of ['kill', 'stop'] as const) {
    const world = new ChatterWorld();
    const [a, b] = world.startAll(2) as [Chatter, Chatter];
    world.blackHole(1, true);
    world.send(1, 0, 'never heard');
    world.runFor(100_000);
    world[how](b);
    world.runFor(3 * IDLE_US);
    world.blackHole(1, false);
    world.runFor(3 * IDLE_US);
    t.deepEqual(whatOf(a), [], how);
    t.is(world.links.liveLinkCount, 0, how);
    t.deepEqual(world.discrepancies(), [], how);
  }
});

test('what is in flight when a side closes is still delivered to it', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hello');
  world.runFor(50_000);
  world.send(1, 0, 'late');
  world.runFor(5_000);
  world.close(0, 1);
  world.runFor(100_000);
  t.deepEqual(whatOf(a), ['60000: p1 says late']);
  t.deepEqual(whatOf(b), ['10000: p0 says hello', '65001: p0 closed']);
  t.deepEqual(world.discrepancies(), []);
});

test('a dial to a peer that is down closes after the connect timeout', (t) => {
  const world = new ChatterWorld();
  const a = world.start(world.peer(0));
  world.send(0, 1, 'anyone?');
  world.send(0, 1, 'hello?');
  world.runFor(IDLE_US);
  t.deepEqual(whatOf(a), [`${CONNECT_US}: p1 closed`]);
  t.is(world.simulation.meters.counts[METER.dialsFailed], 1);
  t.deepEqual(world.discrepancies(), []);
});

test('a dial to a peer that dies before it hears of it closes after the connect timeout', (t) => {
  for (const how of ['kill', 'stop'] as const) {
    const world = new ChatterWorld();
    const [a, b] = world.startAll(2) as [Chatter, Chatter];
    world.send(0, 1, 'hello');
    world.runFor(4_000);
    world[how](b);
    world.runFor(IDLE_US);
    t.deepEqual(whatOf(a), [`${4_000 + CONNECT_US}: p1 closed`]);
    t.is(world.simulation.meters.counts[METER.dialsFailed], 1);
    t.deepEqual(world.discrepancies(), []);
  }
});

test('a silent kill shows after the idle timeout, and sooner to a side that sends', (t) => {
  const world = new ChatterWorld();
  const [a, b, c] = world.startAll(3) as [Chatter, Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.send(2, 1, 'hi');
  world.runFor(100_000);
  world.kill(b);
  world.runFor(50_000);
  world.send(2, 1, 'still there?');
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), [`${100_000 + IDLE_US}: p1 closed`]);
  t.deepEqual(whatOf(c), [`${150_000 + CONNECT_US}: p1 closed`]);
  t.is(world.simulation.meters.counts[METER.dialsFailed], 0);
  t.deepEqual(world.discrepancies(), []);
});

test('a graceful stop tells every peer, whoever dialled', (t) => {
  const world = new ChatterWorld();
  const [a, b, c] = world.startAll(3) as [Chatter, Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.send(1, 2, 'hi');
  world.runFor(100_000);
  world.stop(b);
  world.runFor(100_000);
  t.deepEqual(whatOf(a), ['110001: p1 closed']);
  t.deepEqual(whatOf(c), ['10000: p1 says hi', '110001: p1 closed']);
  t.deepEqual(world.discrepancies(), []);
  t.is(
    world.ledger.summary().sites.reduce((sum, { leakedAtStop }) => sum + leakedAtStop, 0),
    0,
  );
});

test('a message sent just before a kill still arrives, and the link then idles out', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'last words');
  world.kill(a);
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(b), ['10000: p0 says last words', `${LATENCY_US + IDLE_US}: p0 closed`]);
  t.deepEqual(world.discrepancies(), []);
});

test('a restart closes the old link before the first message of the new life', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  world.kill(b);
  world.runFor(1_000);
  world.start(world.peer(1));
  world.send(1, 0, 'back');
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), ['111000: p1 closed', '111000: p1 says back']);
  t.deepEqual([...a.links.keys()], [world.peer(1)]);
  t.deepEqual(world.discrepancies(), []);
});

test('a peer that is back resets the link of its former life within a round trip', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  world.kill(b);
  const again = world.start(world.peer(1));
  world.send(0, 1, 'lost');
  world.runFor(100_000);
  t.deepEqual(whatOf(a), ['120000: p1 closed']);
  world.send(0, 1, 'found');
  world.runFor(100_000);
  t.deepEqual(whatOf(again), ['210000: p0 says found']);
  world.runFor(IDLE_US);
  t.deepEqual(world.discrepancies(), []);
});

test('two nodes that dial each other at once end up with one link, and neither is told of a close', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'a1');
  world.send(1, 0, 'b1');
  world.send(0, 1, 'a2');
  world.runFor(15_000);
  world.send(0, 1, 'a3');
  world.send(1, 0, 'b2');
  world.runFor(1_000_000);
  t.deepEqual(whatOf(a), ['10000: p1 says b1', '25000: p1 says b2']);
  t.deepEqual(whatOf(b), ['10000: p0 says a1', '10000: p0 says a2', '25000: p0 says a3']);
  t.is(a.links.get(b.peer), b.links.get(a.peer));
  t.deepEqual(world.discrepancies(), []);
});

test('a simultaneous dial keeps the order of what a cut kept back', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.partition([[1], [0]], true);
  world.send(0, 1, 'a1');
  world.send(1, 0, 'b1');
  world.runFor(20_000);
  world.send(0, 1, 'a2');
  world.heal();
  world.runFor(1_000_000);
  t.deepEqual(whatOf(a), ['10000: p1 says b1']);
  t.deepEqual(whatOf(b), ['30000: p0 says a1', '30000: p0 says a2']);
  t.deepEqual(world.discrepancies(), []);
});

test('the close of an old link does not touch a newer one', (t) => {
  const world = new ChatterWorld({ jitterUs: 100_000 }, 'old and new');
  const [, b] = world.startAll(2) as [Chatter, Chatter];
  for (let round = 0; round < 50; round++) {
    world.send(0, 1, `round ${round}`);
    world.runFor(300_000);
    world.close(0, 1);
    world.send(0, 1, `again ${round}`);
    world.runFor(300_000);
    t.is(world.node(0).links.get(world.peer(1)), b.links.get(world.peer(0)), `round ${round}`);
    world.close(0, 1);
    world.runFor(300_000);
  }
  t.is(b.heard.filter(({ what }) => what.includes('says')).length, 100);
  t.is(b.heard.filter(({ what }) => what.includes('closed')).length, 100);
  world.runFor(IDLE_US);
  t.deepEqual(world.discrepancies(), []);
});

test('a link refused in favour of a newer one does not stay half open', (t) => {
  // Peer 0 dials 1, and 1 dials 0 and closes, before either hears of the other.
  for (const jitterUs of [0, 60_000]) {
    for (let seed = 0; seed < 30; seed++) {
      const world = new ChatterWorld({ jitterUs }, String(seed));
      world.startAll(2);
      world.send(0, 1, 'hi');
      world.send(1, 0, 'hi');
      world.close(1, 0);
      world.runFor(2 * IDLE_US);
      t.deepEqual(world.discrepancies(), [], `seed ${seed}`);
    }
  }
});

test('a partition that heals in time delays messages and closes nothing', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'before');
  world.runFor(100_000);
  world.partition([[0], [1]]);
  world.send(0, 1, 'one');
  world.send(1, 0, 'other');
  world.send(0, 1, 'two');
  world.runFor(500_000);
  t.is(world.network.fired.partition, 3);
  t.deepEqual(
    [...world.links.heldBack()].map(({ message }) => message),
    ['one', 'other', 'two'],
  );
  world.heal();
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(b), ['10000: p0 says before', '610000: p0 says one', '610000: p0 says two']);
  t.deepEqual(whatOf(a), ['610000: p1 says other']);
  t.is(world.network.fired.partition, 3);
  t.deepEqual(world.discrepancies(), []);
});

test('a partition closes links that send after the connect timeout, and idle ones after the idle timeout', (t) => {
  const world = new ChatterWorld();
  const [a, b, c] = world.startAll(3) as [Chatter, Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.send(0, 2, 'hi');
  world.runFor(100_000);
  world.partition([[0], [1, 2]]);
  world.send(0, 1, 'never');
  world.runFor(2 * IDLE_US);
  world.heal();
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), [`${100_000 + CONNECT_US}: p1 closed`, `${100_000 + IDLE_US}: p2 closed`]);
  t.deepEqual(whatOf(b), ['10000: p0 says hi', `${100_000 + IDLE_US}: p0 closed`]);
  t.deepEqual(whatOf(c), ['10000: p0 says hi', `${100_000 + IDLE_US}: p0 closed`]);
  t.deepEqual(world.discrepancies(), []);
});

test('a one-way partition cuts later groups off from earlier ones only', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.partition([[0], [1]], true);
  world.send(0, 1, 'down');
  world.runFor(20_000);
  world.send(1, 0, 'up');
  world.runFor(500_000);
  t.deepEqual(whatOf(b), ['10000: p0 says down']);
  t.deepEqual(whatOf(a), []);
  world.runFor(3 * IDLE_US);
  t.deepEqual(whatOf(b), ['10000: p0 says down', '1020000: p0 closed']);
  t.is(a.heard.at(-1)!.what, 'p1 closed');
  world.heal();
  world.runFor(IDLE_US);
  t.deepEqual(world.discrepancies(), []);
});

test('a dial across a partition fails after the connect timeout', (t) => {
  const world = new ChatterWorld();
  const [a] = world.startAll(2) as [Chatter, Chatter];
  world.partition([[0], [1]]);
  world.send(0, 1, 'hi');
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), [`${CONNECT_US}: p1 closed`]);
  t.is(world.simulation.meters.counts[METER.dialsFailed], 1);
  t.is(world.links.liveLinkCount, 0);
  world.heal();
  world.runFor(IDLE_US);
  t.deepEqual(world.discrepancies(), []);
});

test('a side that timed out takes nothing more of the link, and resets whoever still sends', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  world.partition([[0], [1]]);
  world.send(0, 1, 'lost');
  world.runFor(CONNECT_US + 100_000);
  world.heal();
  world.send(1, 0, 'stale');
  world.runFor(100_000);
  t.deepEqual(whatOf(a), [`${100_000 + CONNECT_US}: p1 closed`]);
  t.deepEqual(whatOf(b), ['10000: p0 says hi', '1220001: p0 closed']);
  world.runFor(IDLE_US);
  t.deepEqual(world.discrepancies(), []);
});

test('a black hole swallows both directions, and its end lets both speak again', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.blackHole(1, true);
  world.send(0, 1, 'in');
  world.send(1, 0, 'out');
  world.runFor(2 * IDLE_US);
  t.deepEqual([whatOf(a), whatOf(b)], [['1000000: p1 closed'], ['1000000: p0 closed']]);
  t.is(world.network.fired['black-hole'], 2);
  world.blackHole(1, false);
  world.send(0, 1, 'again');
  world.runFor(100_000);
  t.is(b.heard.at(-1)!.what, 'p0 says again');
  t.deepEqual(world.discrepancies(), []);
});

test('a hold parks one direction and releases it in order, closes included', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.hold(0, 1);
  for (const message of ['one', 'two', 'three']) world.send(0, 1, message);
  world.close(0, 1);
  world.send(1, 0, 'other way');
  world.runFor(3 * IDLE_US);
  t.deepEqual(whatOf(a), ['10000: p1 says other way']);
  t.deepEqual(whatOf(b), []);
  t.is(world.network.fired.hold, 4);
  world.release(0, 1);
  world.runFor(1_000_000);
  t.deepEqual(
    b.heard.map(({ what }) => what),
    ['p0 says one', 'p0 says two', 'p0 says three'],
  );
  t.deepEqual(world.discrepancies(), []);
});

test('what a hold parked survives its sender, and goes nowhere when its receiver is gone', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.send(1, 0, 'hi');
  world.runFor(100_000);
  world.hold(0, 1);
  world.hold(1, 0);
  world.send(0, 1, 'ghost');
  world.send(1, 0, 'too late');
  world.kill(a);
  world.release(0, 1);
  world.release(1, 0);
  world.runFor(3 * IDLE_US);
  t.deepEqual(
    b.heard.map(({ what }) => what),
    ['p0 says hi', 'p0 says ghost', 'p0 closed'],
  );
  t.is(world.links.liveLinkCount, 0);
  t.deepEqual(world.discrepancies(), []);
});

test('a record that is used again is not reached by what was parked on its former link', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(4) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  world.hold(0, 1);
  world.send(0, 1, 'parked');
  world.close(0, 1);
  world.kill(b);
  world.runFor(2 * IDLE_US);
  for (let n = 0; n < 100; n++) {
    world.send(2, 3, 'fresh');
    world.runFor(50_000);
    world.close(2, 3);
    world.runFor(2 * IDLE_US);
  }
  world.release(0, 1);
  world.runFor(2 * IDLE_US);
  t.true(world.node(3).heard.every(({ what }) => what === 'p2 says fresh' || what === 'p2 closed'));
  t.deepEqual(whatOf(a), []);
  t.is(world.links.liveLinkCount, 0);
});

test('a hold under a partition keeps the order of both', (t) => {
  const world = new ChatterWorld();
  const [, b] = world.startAll(2) as [Chatter, Chatter];
  world.hold(0, 1);
  world.send(0, 1, 'one');
  world.partition([[0], [1]]);
  world.send(0, 1, 'two');
  world.release(0, 1);
  world.send(0, 1, 'three');
  world.runFor(500_000);
  world.heal();
  world.runFor(500_000);
  t.deepEqual(
    b.heard.map(({ what }) => what),
    ['p0 says one', 'p0 says two', 'p0 says three'],
  );
  t.is(world.network.fired.partition, 2, 'what is kept back again is not counted again');
  t.deepEqual(world.discrepancies(), []);
});

test('a node that ends in the middle of being told is told nothing more', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  a.onHeard = (what) => {
    if (what === 'closed') world.stop(a);
  };
  world.kill(b);
  world.start(world.peer(1));
  world.send(1, 0, 'back');
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), ['110000: p1 closed']);
  t.deepEqual(whatOf(world.node(1)), ['1110000: p0 closed']);
  t.deepEqual(world.discrepancies(), []);
});

test('a node that dials anew when told keeps one link with the newcomer', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'hi');
  world.runFor(100_000);
  a.onHeard = (what, peer) => {
    if (what === 'closed') world.links.send(a, peer, 'where were you?');
  };
  world.kill(b);
  const again = world.start(world.peer(1));
  world.send(1, 0, 'back');
  world.runFor(2 * IDLE_US);
  t.deepEqual(whatOf(a), ['110000: p1 closed', '110000: p1 says back']);
  t.deepEqual(whatOf(again), ['120000: p0 says where were you?']);
  t.deepEqual(world.discrepancies(), []);
});

test('an ended node cannot send, and nobody links to itself', (t) => {
  const world = new ChatterWorld();
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.kill(a);
  t.throws(() => world.links.send(a, b.peer, 'boo'), { message: /p0 sends to p1/ });
  t.like(
    t.throws(() => world.links.send(a, b.peer, 'boo')),
    { code: 'node-ended' },
  );
  t.like(
    t.throws(() => world.links.send(b, b.peer, 'me')),
    { code: 'link-to-self' },
  );
  t.is(world.links.tableSize, 0);
});

test('sizes are asked of messages only, never of a notice', (t) => {
  const sizes: unknown[] = [];
  const world = new ChatterWorld({ bandwidthBytesPerSecond: 1_000_000 });
  (world.links as unknown as { sizeOf: (message: unknown) => number }).sizeOf = (message) => {
    sizes.push(message);
    return 100;
  };
  world.startAll(2);
  world.send(0, 1, 'hi');
  world.close(0, 1);
  world.runFor(1_000_000);
  t.deepEqual(sizes, ['hi']);
  t.is(world.simulation.meters.counts[METER.bytesSent], 100);
});

test('bandwidth queues what one node sends at once, and a fresh node in its slot starts with a free uplink', (t) => {
  const world = new ChatterWorld({ bandwidthBytesPerSecond: 1000 });
  const [a, b] = world.startAll(2) as [Chatter, Chatter];
  world.send(0, 1, 'x');
  world.send(0, 1, 'y');
  world.runFor(1_000_000);
  t.deepEqual(whatOf(b), ['110000: p0 says x', '210000: p0 says y']);
  t.is(world.network.fired.bandwidth, 1);
  const { slot } = a;
  for (let n = 0; n < 500; n++) world.send(0, 1, 'z');
  world.kill(a);
  let index = 2;
  for (; ; index++) {
    const fresh = world.start(world.peer(index));
    if (fresh.slot === slot) break;
    world.kill(fresh);
  }
  const beforeUs = world.simulation.nowUs;
  world.send(index, 1, 'w');
  world.runFor(200_000);
  const said = b.heard.find(({ what }) => what === `p${index} says w`);
  t.is(said?.atUs, beforeUs + 110_000);
});

const troubles: NetworkInput[] = [
  { jitterUs: 80_000 },
  { lossShare: 0.2 },
  { reorderShare: 0.5, jitterUs: 5_000 },
  { bandwidthBytesPerSecond: 50_000, duplicateShare: 0.3 },
  { jitterUs: 30_000, lossShare: 0.1, duplicateShare: 0.1, reorderShare: 0.2, bandwidthBytesPerSecond: 100_000 },
];

test('every direction is first in, first out, whatever the network does to single messages', (t) => {
  const schedule = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 100_000 })), { maxLength: 60 });
  fc.assert(
    fc.property(fc.constantFrom(...troubles), fc.nat(), schedule, (config, seed, sends) => {
      const world = new ChatterWorld(config, String(seed));
      const nodes = world.startAll(2);
      const sent: [string[], string[]] = [[], []];
      sends.forEach(([forth, pauseUs], n) => {
        world.send(forth ? 0 : 1, forth ? 1 : 0, String(n));
        sent[forth ? 1 : 0].push(`p${forth ? 0 : 1} says ${n}`);
        world.runFor(pauseUs);
      });
      world.runFor(30 * 60_000_000);
      for (const side of [0, 1] as const) {
        t.deepEqual(
          nodes[side]!.heard.map(({ what }) => what),
          sent[side],
        );
      }
      t.deepEqual(world.discrepancies(), []);
    }),
    { seed: 3, numRuns: 150 },
  );
});

test('100,000 dials and closes leave the table at its size', (t) => {
  const world = new ChatterWorld();
  world.startAll(10);
  for (let n = 0; n < 100_000; n++) {
    const [from, to] = [n % 10, (n * 7 + 1 + Math.floor(n / 10)) % 10];
    if (from === to) continue;
    world.send(from, to, 'x');
    world.runFor(2_000);
    world.close(from, to);
  }
  world.runFor(2 * IDLE_US);
  t.is(world.links.liveLinkCount, 0);
  t.true(world.links.tableSize < 12_000, `${world.links.tableSize} links`);
  t.deepEqual(world.discrepancies(), []);
});

test('20,000 kills with messages and looks pending leave the table at its size and hold no dead node', (t) => {
  const world = new ChatterWorld();
  world.startAll(10);
  for (let n = 0; n < 20_000; n++) {
    const index = 10 + n;
    world.kill(world.node(n));
    world.simulation.peers.forget(world.peer(n));
    world.start(world.peer(index));
    world.send(index, n + 1 + (n % 9), 'x');
    world.send(n + 1 + (n % 9), index, 'y');
    world.runFor(4_000);
  }
  t.true(world.links.tableSize < 20_000, `${world.links.tableSize} links`);
  world.runFor(2 * IDLE_US);
  t.deepEqual(world.discrepancies(), []);
  const { free } = world.links as unknown as { free: { dialler: unknown; target: unknown; targetPeer: unknown }[] };
  t.true(free.every((link) => (link.dialler ?? link.target ?? link.targetPeer) === undefined));
});

interface Step {
  readonly kind: (typeof KINDS)[number];
  readonly a: number;
  readonly b: number;
  readonly oneWay: boolean;
  readonly pauseUs: number;
}

const PEERS = 5;
const KINDS = [
  'send',
  'close',
  'kill',
  'stop',
  'start',
  'restart',
  'partition',
  'heal',
  'hold',
  'release',
  'hole',
  'fill',
] as const;

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      { weight: 12, arbitrary: fc.constant('send' as const) },
      { weight: 3, arbitrary: fc.constant('close' as const) },
      { weight: 8, arbitrary: fc.constantFrom(...KINDS) },
    ),
    a: fc.nat({ max: PEERS - 1 }),
    b: fc.nat({ max: PEERS - 1 }),
    oneWay: fc.boolean(),
    pauseUs: fc.oneof(
      fc.constantFrom(0, 1, 9_999, 10_000, 10_001, 20_000),
      fc.integer({ min: 0, max: 60_000 }),
      fc.constantFrom(500_000, 999_999, 1_000_000, 5_000_000, 10_000_001),
    ),
  }),
  { minLength: 1, maxLength: 70 },
);

/** Stamps what is sent: `serial/epoch/number`; an epoch ends when the sender closes or is told of a close. */
class Stamps {
  private readonly world: ChatterWorld;
  private readonly epochs = new Map<string, { epoch: number; next: number }>();
  /** What each incarnation has received of each sender's epoch. */
  private readonly received = new Map<string, number>();

  constructor(world: ChatterWorld) {
    this.world = world;
  }

  send(from: Chatter, to: PeerId): void {
    const state = this.of(from, to);
    this.world.links.send(from, to, `${from.serial}/${state.epoch}/${state.next++}`);
  }

  close(from: Chatter, to: PeerId): void {
    this.world.links.close(from, to);
    this.renew(from, to);
  }

  renew(node: Chatter, peer: PeerId): void {
    const state = this.of(node, peer);
    state.epoch++;
    state.next = 0;
  }

  /** Each incarnation receives a gapless beginning of each epoch, in order. */
  receive(node: Chatter, message: string): void {
    const [serial, epoch, number] = message.split('/').map(Number) as [number, number, number];
    const key = `${node.serial}<${serial}/${epoch}`;
    const expected = this.received.get(key) ?? 0;
    if (number !== expected) throw new Error(`node ${node.serial} got ${message}, expected number ${expected}`);
    this.received.set(key, number + 1);
  }

  private of(from: Chatter, to: PeerId): { epoch: number; next: number } {
    const key = `${from.serial}>${to.index}`;
    let state = this.epochs.get(key);
    if (state === undefined) {
      state = { epoch: 0, next: 0 };
      this.epochs.set(key, state);
    }
    return state;
  }
}

/** Some nodes answer, dial again when told of a close, or end over it. */
function react(world: ChatterWorld, stamps: Stamps, node: Chatter): void {
  node.onHeard = (what, peer, message) => {
    const { index } = node.peer;
    if (what === 'message') {
      stamps.receive(node, message as string);
      const number = Number((message as string).split('/')[2]);
      if (index === 0 && number % 2 === 0) stamps.send(node, peer);
      if (index === 1 && number % 3 === 2) stamps.close(node, peer);
      return;
    }
    stamps.renew(node, peer);
    if (index === 2 && node.heard.length < 30) stamps.send(node, peer);
    if (index === 3 && node.heard.length > 8) world.kill(node);
  };
}

function perform(world: ChatterWorld, stamps: Stamps, { kind, a, b, oneWay }: Step): void {
  const node = world.peer(a).node as Chatter | undefined;
  const other = (b + (a === b ? 1 : 0)) % PEERS;
  switch (kind) {
    case 'send':
      if (node !== undefined) stamps.send(node, world.peer(other));
      return;
    case 'close':
      if (node !== undefined) stamps.close(node, world.peer(other));
      return;
    case 'kill':
      if (node !== undefined) world.kill(node);
      return;
    case 'stop':
      if (node !== undefined) world.stop(node);
      return;
    case 'restart':
      if (node !== undefined) world.kill(node);
      world.start(world.peer(a));
      return;
    case 'start':
      if (node === undefined) world.start(world.peer(a));
      return;
    case 'partition':
      world.partition(oneWay ? [[other], [a]] : [[], [a, other]], oneWay, String(a % 2));
      return;
    case 'heal':
      world.heal(String(a % 2));
      return;
    case 'hold':
      world.hold(a, other);
      return;
    case 'release':
      world.release(a, other);
      return;
    case 'hole':
      world.blackHole(a, true);
      return;
    case 'fill':
      world.blackHole(a, false);
  }
}

test('links stay ordered, honest and accounted for under any schedule of faults', (t) => {
  const configs = fc.constantFrom<NetworkInput>({}, {}, { jitterUs: 40_000 }, { lossShare: 0.05, jitterUs: 15_000 });
  fc.assert(
    fc.property(configs, fc.nat(), steps, (config, seed, schedule) => {
      const world = new ChatterWorld(config, String(seed));
      const stamps = new Stamps(world);
      world.onStart = (node) => react(world, stamps, node);
      world.startAll(PEERS);
      for (const step of schedule) {
        perform(world, stamps, step);
        world.runFor(step.pauseUs);
      }
      world.heal();
      for (let a = 0; a < PEERS; a++) {
        world.blackHole(a, false);
        for (let b = 0; b < PEERS; b++) world.release(a, b);
      }
      world.runFor(30 * 60_000_000);
      const wrong = world.discrepancies();
      if (wrong.length > 0) throw new Error(wrong.join('; '));
      for (const node of world.simulation.running()) world.links.endNode(node as Chatter, 'stopped');
      world.runFor(IDLE_US);
      if (world.links.liveLinkCount !== 0 || world.ledger.openCount !== 0) throw new Error('links outlive their nodes');
    }),
    { seed: 20_240_611, numRuns: 4000 },
  );
  t.pass();
});

test('a schedule has one digest', (t) => {
  const schedule = fc.sample(steps, { seed: 5, numRuns: 1 })[0]!;
  const digests = [0, 1].map(() => {
    const world = new ChatterWorld({ jitterUs: 40_000, lossShare: 0.1 });
    const stamps = new Stamps(world);
    world.startAll(PEERS);
    for (const step of schedule) {
      perform(world, stamps, step);
      world.runFor(step.pauseUs);
    }
    return world.simulation.digest.hex;
  });
  t.is(digests[0], digests[1]);
});
