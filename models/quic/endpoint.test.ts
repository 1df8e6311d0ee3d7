import test from 'ava';
import { METER } from '../../sim/meters.ts';
import { AddressMap } from './addresses.ts';
import { Connection } from './connection.ts';
import { probeTimeoutUs } from './outbox.ts';
import { dial, MS, QuicWorld, SECOND, valueOf } from './quic.test.fixture.ts';

/** Parts of what an endpoint exposes that must be empty when nothing is left. */
function leftAt({ endpoint }: { endpoint: { expose(): Record<string, unknown> } }): unknown {
  const { connections, remotes, incoming } = endpoint.expose() as {
    connections: Map<number, unknown>;
    remotes: Map<unknown, unknown>;
    incoming: unknown[];
  };
  return [connections.size, remotes.size, incoming.length];
}

test('a dial to a peer that is down times out, and leaves nothing', (t) => {
  const world = new QuicWorld();
  const client = world.start(0);
  const task = world.spawn(client, dial(client, world.peer(1)));
  world.pass(SECOND - 1);
  t.false(task.isFinished);
  world.pass(1);
  t.deepEqual(valueOf(task), { kind: 'failed', reason: 'timed-out' });
  t.is(world.simulation.meters.counts[METER.dials], 1);
  t.is(world.simulation.meters.counts[METER.dialsFailed], 1);
  t.deepEqual(world.kinds(), ['task']);
  world.pass(11 * SECOND);
  t.deepEqual([world.kinds(), leftAt(client), world.simulation.pendingCount], [[], [0, 0, 0], 0]);
  t.deepEqual(world.lost, []);
});

test('a dial finds a peer that comes up while it is tried again', (t) => {
  const world = new QuicWorld({ network: { connectTimeoutUs: 5 * SECOND } });
  const client = world.start(0);
  const task = world.spawn(client, dial(client, world.peer(1)));
  world.pass(500 * MS);
  world.start(1);
  world.pass(SECOND);
  t.true(valueOf(task) instanceof Connection);
});

test('a dropped dial is gone at once, and the other side with the next packet', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  for (const afterUs of [0, 5 * MS, 10 * MS, 15 * MS]) {
    const connecting = world.at(client, () => client.endpoint.connect(server.peer, 'test'));
    world.pass(afterUs);
    world.at(client, () => connecting.drop());
    t.deepEqual(world.kinds(client), ['task'], 'the actor of the remote');
    world.pass(10 * MS);
    t.deepEqual(world.kinds(server), ['task']);
    world.pass(20 * MS);
  }
  world.pass(11 * SECOND);
  t.deepEqual(
    [world.kinds(), leftAt(client), leftAt(server), world.simulation.pendingCount],
    [[], [0, 0, 0], [0, 0, 0], 0],
  );
  t.deepEqual(server.accepted, []);
});

test('a dial dropped when its handshake has just been done is closed', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connecting = world.at(client, () => client.endpoint.connect(server.peer, 'test'));
  world.pass(20 * MS);
  t.is(client.endpoint.connectionsTo(server.peer), 1);
  world.at(client, () => connecting.drop());
  world.pass(SECOND);
  t.is(world.reason(server.accepted[0]!)?.by, 'remote');
  t.deepEqual(world.kinds(), ['task', 'task']);
});

test('a dial dropped after its connection was taken changes nothing', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connecting = world.at(client, () => client.endpoint.connect(server.peer, 'test'));
  world.pass(SECOND);
  const connection = world.now(connecting.handshake()) as Connection;
  world.at(client, () => connecting.drop());
  t.false(connection.isClosed);
});

test('a client or a server killed mid-handshake leaves nothing on the other side', (t) => {
  for (const [killedIndex, atUs] of [
    [0, 5],
    [0, 15],
    [0, 22],
    [1, 5],
    [1, 15],
  ] as const) {
    const world = new QuicWorld();
    const nodes = [world.start(0), world.start(1)];
    const task = world.spawn(nodes[0]!, dial(nodes[0]!, nodes[1]!.peer));
    world.pass(atUs * MS);
    world.kill(nodes[killedIndex]!);
    const left = nodes[1 - killedIndex]!;
    world.pass(1100 * MS);
    if (killedIndex === 1) t.deepEqual(valueOf(task)?.constructor === Connection, atUs === 15);
    world.pass(22 * SECOND);
    t.deepEqual(
      [world.kinds(), leftAt(left), world.simulation.pendingCount],
      [[], [0, 0, 0], 0],
      `${killedIndex} at ${atUs}`,
    );
  }
});

test('a server that gives a handshake up tells the client, which may take it for done', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const task = world.spawn(client, dial(client, server.peer));
  world.pass(15 * MS);
  // The client has the flight and is through; its Finished is on its way for longer than the server waits.
  world.network.cuts.hold(0, 1);
  world.pass(900 * MS);
  const connection = valueOf(task);
  t.true(connection instanceof Connection && !connection.isClosed);
  world.pass(200 * MS);
  t.true(connection instanceof Connection && connection.isClosed);
  t.deepEqual(server.accepted, []);
});

test('a fresh incarnation knows nothing of the connections of the one before', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.kill(server);
  const again = world.start(1);
  world.connect(client, 1);
  t.is(client.endpoint.connectionsTo(again.peer), 2);
  world.send(client, connection.openUni(), ['for the dead']);
  world.pass(10 * SECOND);
  t.deepEqual(again.heard, []);
  t.is(world.reason(connection)?.by, 'idle');
  t.deepEqual(world.lost, [], 'the other connection lives');
  t.is(client.endpoint.connectionsTo(again.peer), 1);
});

test('an endpoint closes gracefully: its connections are closed, dials given up, and nothing is left', (t) => {
  const world = new QuicWorld();
  const [client, server, third] = [world.start(0), world.start(1), world.start(2)];
  const connection = world.connect(client, 1);
  world.connect(third, 0);
  const pending = world.spawn(client, dial(client, world.peer(7)));
  world.send(client, connection.openUni(), ['last words']);
  const closed = world.close(client);
  t.deepEqual(valueOf(pending), { kind: 'failed', reason: 'closed' });
  world.pass(20 * MS - 1);
  t.false(closed.isFinished);
  world.pass(1);
  t.true(closed.isFinished);
  t.deepEqual(world.kinds(client), []);
  t.is(client.executor.tasks.size, 0, 'accepting has ended too');
  t.deepEqual(server.heard, ['p0: last words', 'p0 closed']);
  t.deepEqual([leftAt(client), client.endpoint.addresses.forward.size], [[0, 0, 0], 0]);
  const late = world.spawn(server, dial(server, client.peer));
  world.pass(SECOND);
  t.deepEqual(valueOf(late), { kind: 'failed', reason: 'refused' });
  t.deepEqual(valueOf(world.spawn(client, dial(client, server.peer))), { kind: 'failed', reason: 'closed' });
  world.pass(11 * SECOND);
  t.deepEqual(world.kinds(), []);
  t.is(world.ledger.errorCount, 0);
});

test('an endpoint waits three probe timeouts for a peer that does not answer its close, and no longer', (t) => {
  for (const half of ['dead', 'silent', 'cut'] as const) {
    const world = new QuicWorld();
    const [client, server] = [world.start(0), world.start(1)];
    world.connect(client, 1);
    if (half === 'dead') world.kill(server);
    else if (half === 'cut') world.network.cuts.partition('cut', [[0], [1]], false);
    else t.true(world.at(server, () => server.endpoint.act('stop-answering', { on: true })));
    const closed = world.close(client);
    world.pass(3 * probeTimeoutUs(10 * MS) - 1);
    t.false(closed.isFinished);
    world.pass(1);
    t.true(closed.isFinished);
    t.deepEqual(world.kinds(client), []);
  }
});

test('mapped addresses are kept for 64 remotes, least recently used and not in use first', (t) => {
  const world = new QuicWorld();
  const peers = Array.from({ length: 100 }, (_none, index) => world.peer(index));
  const map = new AddressMap(true);
  const used = new Set([peers[0], peers[1]]);
  const inUse = (peer: (typeof peers)[number]): boolean => used.has(peer);
  for (const peer of peers.slice(0, 64)) map.use(peer, inUse);
  const address = map.use(peers[2]!, inUse);
  for (const peer of peers.slice(64, 67)) map.use(peer, inUse);
  t.is(map.forward.size, 64);
  t.is(map.reverse.size, 64);
  for (const kept of [0, 1, 2, 6, 66]) t.true(map.forward.has(peers[kept]!), `p${kept}`);
  for (const gone of [3, 4, 5]) t.false(map.forward.has(peers[gone]!), `p${gone}`);
  t.is(map.reverse.get(address), peers[2]);
  for (const peer of peers) used.add(peer);
  for (const peer of peers) map.use(peer, inUse);
  t.deepEqual([map.forward.size, map.reverse.size], [64, 64], 'also when all are in use');
});

test('acts say whether they change anything', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const act = (name: string, args = {}): boolean => world.at(client, () => client.endpoint.act(name, args));
  for (const name of ['change-path', 'reset-stream', 'abort-driver', 'cancel-dial', 'nonsense'])
    t.false(act(name), name);
  t.false(act('stop-reading', { on: false }));
  t.true(act('stop-reading', { on: true }));
  t.false(act('stop-reading', { on: true }));
  t.true(act('stop-answering', { on: true }));
  const pending = world.spawn(client, dial(client, server.peer));
  t.false(act('cancel-dial', { peer: 7 }));
  t.true(act('cancel-dial', { peer: 1 }));
  t.deepEqual(valueOf(pending), { kind: 'failed', reason: 'closed' });
  const connection = world.connect(client, 1);
  t.false(act('reset-stream'));
  const stream = connection.openUni();
  world.send(client, stream, ['one']);
  world.pass(SECOND);
  t.true(act('reset-stream', { peer: 1 }));
  t.deepEqual(valueOf(world.send(client, stream, ['two'])), ['stopped']);
  t.true(act('change-path'));
  t.true(act('abort-driver', { peer: 1 }));
  world.pass(30 * SECOND);
  t.deepEqual(server.heard, ['p0: one', 'p0 reset']);
  t.deepEqual(world.kinds(), []);
});

test('a node that stops reading holds its writers back, and goes on where it stopped', (t) => {
  const world = new QuicWorld({ config: { streamWindowBytes: 1000 } });
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  const write = world.send(
    client,
    connection.openUni(),
    Array.from({ length: 20 }, (_none, place) => `m${place}`),
  );
  world.at(server, () => server.endpoint.act('stop-reading', { on: true }));
  world.pass(60 * SECOND);
  t.deepEqual(server.heard, []);
  t.false(write.isFinished);
  t.false(connection.isClosed, 'the transport itself answers');
  world.at(server, () => server.endpoint.act('stop-reading', { on: false }));
  world.pass(SECOND);
  t.true(write.isFinished);
  t.is(server.heard.length, 20);
  t.is(server.heard[19], 'p0: m19');
});

test('an actor serves a remote until ten seconds after its last connection', (t) => {
  const world = new QuicWorld();
  const [client] = [world.start(0), world.start(1)];
  const actors = (): number => [...world.ledger.openEntries({ owner: client, site: 'quic.remote-actor' })].length;
  for (let round = 0; round < 3; round++) {
    const connection = world.connect(client, 1);
    world.at(client, () => connection.close('bye'));
    world.pass(9 * SECOND);
    t.is(actors(), 1);
  }
  t.is(world.simulation.tasks.of('quic.remote-actor').spawned, 2, 'one on each side all the time');
  world.pass(2 * SECOND);
  t.is(actors(), 0);
});
