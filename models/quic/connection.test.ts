import test from 'ava';
import { METER } from '../../sim/meters.ts';
import { Connection } from './connection.ts';
import { probeTimeoutUs } from './outbox.ts';
import { dial, MS, QuicWorld, SECOND, valueOf } from './quic.test.fixture.ts';

test('a handshake takes one round trip, and both sides have the connection', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const task = world.spawn(client, dial(client, server.peer));
  t.deepEqual(world.kinds(client), ['half-open', 'task', 'task']);
  world.pass(20 * MS - 1);
  t.false(task.isFinished);
  t.deepEqual(world.kinds(server), ['half-open', 'task', 'task']);
  world.pass(1);
  t.true(valueOf(task) instanceof Connection);
  t.is(server.accepted.length, 0);
  world.pass(10 * MS);
  t.is(server.accepted[0]!.remote, client.peer);
  t.is(client.endpoint.connectionsTo(server.peer), 1);
  t.is(server.endpoint.connectionsTo(client.peer), 1);
  t.deepEqual([...server.endpoint.connections], server.accepted);
  t.deepEqual(world.kinds(client), ['connection', 'task', 'task']);
  t.deepEqual(world.kinds(server), ['connection', 'task', 'task']);
  t.is(world.simulation.meters.counts[3], 1);
});

test('two nodes may have parallel connections, each of which lives and ends by itself', (t) => {
  const world = new QuicWorld();
  const [first, second] = [world.start(0), world.start(1)];
  const connections = [world.connect(first, 1), world.connect(first, 1), world.connect(second, 0)];
  t.is(first.endpoint.connectionsTo(second.peer), 3);
  world.at(first, () => connections[0]!.close('enough'));
  world.pass(SECOND);
  t.is(first.endpoint.connectionsTo(second.peer), 2);
  t.is(second.endpoint.connectionsTo(first.peer), 2);
  t.false(connections[1]!.isClosed);
  t.deepEqual(world.lost, []);
});

test('a close is told to the other side after everything sent before it', (t) => {
  const world = new QuicWorld({ network: { jitterUs: 30 * MS } });
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  const stream = connection.openUni();
  world.send(client, stream, ['one', 'two', 'three']);
  world.at(client, () => connection.close('bye'));
  t.deepEqual(world.reason(connection), { by: 'local', reason: 'bye' });
  t.is(valueOf(world.send(client, stream, ['late']))?.[0], 'closed');
  world.pass(SECOND);
  t.deepEqual(server.heard, ['p0: one', 'p0: two', 'p0: three', 'p0 closed']);
  t.deepEqual(world.reason(server.accepted[0]!), { by: 'remote', reason: 'bye' });
  t.deepEqual(world.lost, ['p1 lost p0']);
  t.deepEqual(world.kinds(), ['task', 'task'], 'the actors of the remotes are left');
  world.pass(12 * SECOND);
  t.deepEqual(world.kinds(), []);
});

test('both sides may close at once', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.at(client, () => connection.close('mine'));
  world.at(server, () => server.accepted[0]!.close('yours'));
  world.pass(15 * SECOND);
  t.deepEqual(world.reason(connection), { by: 'local', reason: 'mine' });
  t.deepEqual(world.reason(server.accepted[0]!), { by: 'local', reason: 'yours' });
  t.deepEqual(world.kinds(), []);
});

test('a connection to a killed node ends when it has heard nothing for the idle timeout', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.kill(server);
  world.pass(10 * SECOND);
  t.deepEqual(world.reason(connection), { by: 'idle', reason: 'idle timeout' });
  t.deepEqual(world.lost, ['p0 lost p1']);
  t.is(client.endpoint.connectionsTo(server.peer), 0);
  world.pass(11 * SECOND);
  t.deepEqual(world.kinds(), []);
});

test('a keep-alive keeps an idle connection for hours, with few events', (t) => {
  const world = new QuicWorld();
  const [client] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  const { eventCount } = world.simulation;
  world.pass(3600 * SECOND);
  t.false(connection.isClosed);
  t.true(world.simulation.eventCount - eventCount <= 4 * 720 + 4, `${world.simulation.eventCount - eventCount} events`);
});

test('a keep-alive above the idle timeout keeps nothing', (t) => {
  const world = new QuicWorld({ config: { keepAliveUs: 60 * SECOND } });
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.pass(11 * SECOND);
  t.is(world.reason(connection)?.by, 'idle');
  t.is(world.reason(server.accepted[0]!)?.by, 'idle');
});

for (const [cut, cutAt] of [
  ['a partition', (world: QuicWorld) => world.network.cuts.partition('cut', [[0], [1]], false)],
  ['a black hole', (world: QuicWorld) => world.network.cuts.blackHole(1, true)],
  ['a hold', (world: QuicWorld) => world.network.cuts.hold(0, 1)],
] as const) {
  test(`${cut} that ends within the idle timeout delays and loses nothing`, (t) => {
    const world = new QuicWorld();
    const [client, server] = [world.start(0), world.start(1)];
    const connection = world.connect(client, 1);
    const stream = connection.openUni();
    world.send(client, stream, ['before']);
    world.pass(SECOND);
    cutAt(world);
    world.send(client, stream, ['during', 'it']);
    world.pass(5 * SECOND);
    t.deepEqual(server.heard, ['p0: before']);
    world.network.cuts.heal(undefined);
    world.network.cuts.blackHole(1, false);
    world.network.cuts.release(0, 1);
    t.deepEqual(server.heard, ['p0: before'], 'nothing happens by itself when it ends');
    world.pass(1500 * MS);
    world.send(client, stream, ['after']);
    world.pass(20 * SECOND);
    t.deepEqual(server.heard, ['p0: before', 'p0: during', 'p0: it', 'p0: after']);
    t.false(connection.isClosed);
    const { partition, hold, 'black-hole': blackHole } = world.network.fired;
    t.true(partition + hold + blackHole > 3);
  });
}

test('a cut that outlasts the idle timeout closes the connection on both sides, and nothing is left', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  const stream = connection.openUni();
  world.network.cuts.partition('cut', [[0], [1]], false);
  const write = world.send(client, stream, ['lost']);
  t.deepEqual(valueOf(write), ['ok']);
  world.pass(11 * SECOND);
  t.is(world.reason(connection)?.by, 'idle');
  t.is(world.reason(server.accepted[0]!)?.by, 'idle');
  world.network.cuts.heal(undefined);
  world.pass(20 * SECOND);
  t.deepEqual(server.heard, []);
  t.deepEqual(world.kinds(), []);
  t.is(world.simulation.pendingCount, 0);
});

test('a cut of one direction ends the connection on the side that hears nothing, and then on the other', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.network.cuts.hold(0, 1);
  world.pass(10 * SECOND);
  t.is(world.reason(server.accepted[0]!)?.by, 'idle');
  t.false(connection.isClosed);
  world.pass(12 * SECOND);
  t.is(world.reason(connection)?.by, 'idle');
});

test('a close across a cut is given up after three probe timeouts', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.network.cuts.partition('cut', [[0], [1]], false);
  world.at(client, () => connection.close('bye'));
  world.pass(3 * probeTimeoutUs(10 * MS) - 1);
  t.true(world.kinds(client).includes('connection'));
  world.pass(1);
  t.false(world.kinds(client).includes('connection'));
  t.false(server.accepted[0]!.isClosed);
  world.pass(30 * SECOND);
  t.is(world.reason(server.accepted[0]!)?.by, 'idle');
  t.deepEqual(world.kinds(), []);
});

test('a path change is told, and abandoned ids are forgotten after three probe timeouts', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  for (let change = 0; change < 5; change++) world.at(client, () => client.endpoint.act('change-path', {}));
  world.pass(50 * MS);
  t.is(connection.paths.current, 5);
  t.is(server.accepted[0]!.paths.current, 5);
  t.is(server.accepted[0]!.paths.abandonedIds.length, 5);
  world.pass(3 * probeTimeoutUs(10 * MS));
  t.is(connection.paths.abandonedIds.length, 0);
  t.is(server.accepted[0]!.paths.abandonedIds.length, 0);
  t.false(connection.isClosed);
});

test('a connection ends with its driver', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.at(client, () => connection.driver.abort());
  t.is(world.reason(connection)?.by, 'aborted');
  t.deepEqual(world.kinds(client), ['task']);
  world.pass(30 * SECOND);
  t.is(world.reason(server.accepted[0]!)?.by, 'idle');
  t.deepEqual(world.kinds(), []);
});

test('packets are charged to the driver, and a poll is counted for each although it has no turn', (t) => {
  const world = new QuicWorld();
  const [client] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  const before = world.simulation.tasks.of('quic.driver').polls;
  const cpuUs = client.cpuUs;
  world.send(client, connection.openUni(), ['one', 'two', 'three']);
  t.is(client.cpuUs - cpuUs - 1, 3 * 4, 'three packets, besides one poll of the writing task');
  world.pass(SECOND);
  t.is(world.simulation.tasks.of('quic.driver').polls - before, 3);
  const frames = world.simulation.costs!.stacks().map(({ stack }) => stack.join('/'));
  t.true(frames.includes('test.task/quic.driver/endpoint.connect/tls.handshake.client'));
  t.true(frames.includes('test.task/endpoint.connect'));
  t.true(frames.includes('quic.driver/endpoint.accept/tls.handshake.server'));
});

test('a long message is charged by the datagrams that it takes, and travels as one all the same', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const stream = world.connect(client, 1).openUni();
  const { counts } = world.simulation.meters;
  const spent = (bytes: number): number[] => {
    const before = [client.cpuUs, server.cpuUs, counts[METER.messagesSent]!];
    world.send(client, stream, ['message'], bytes);
    world.pass(500 * MS);
    return [client.cpuUs, server.cpuUs, counts[METER.messagesSent]!].map((now, place) => now - before[place]!);
  };
  spent(100);
  const [short, long] = [spent(1140), spent(10 * 1140 + 1)];
  t.deepEqual(
    long.map((now, place) => now - short[place]!),
    [10 * 4, 10 * 4, 0],
  );
  t.is(short[2], 1);
});

test('the note hears of every packet with what the driver carries along, and changes nothing', (t) => {
  const heard = new Map<string, number>();
  const locals = new Set<unknown>();
  const run = (world: QuicWorld): string => {
    const [client] = [world.start(0), world.start(1)];
    const body = dial(client, world.peer(1));
    world.at(client, () => {
      const task = client.executor.spawn('test.task', body) as unknown as { local: unknown };
      task.local = 'a span';
    });
    world.pass(60 * SECOND);
    return world.simulation.digest.hex;
  };
  const note = (level: string, name: string, _bytes: number, local: unknown): void => {
    heard.set(`${level} ${name}`, (heard.get(`${level} ${name}`) ?? 0) + 1);
    locals.add(local);
  };
  t.is(run(new QuicWorld({ note })), run(new QuicWorld()));
  t.is(heard.get('info handshake done'), 2);
  t.is(heard.get('debug packet sent'), heard.get('debug packet received'));
  t.deepEqual([...locals], ['a span', undefined]);
});
