import test from 'ava';
import type { Connection } from './connection.ts';
import type { RecvStream } from './recv-stream.ts';
import { MS, QuicWorld, SECOND, valueOf } from './quic.test.fixture.ts';
import type { QuicNode, QuicWorldOptions } from './quic.test.fixture.ts';

interface Pair {
  readonly world: QuicWorld;
  readonly client: QuicNode;
  readonly server: QuicNode;
  readonly connection: Connection;
  readonly accepted: Connection;
}

/** Two nodes with a connection; the server reads what it accepts only when asked to. */
function pair(options: QuicWorldOptions = {}, reads = true): Pair {
  const world = new QuicWorld(options);
  const [client, server] = [world.start(0), world.start(1, reads)];
  const connection = world.connect(client, 1);
  return { world, client, server, connection, accepted: server.accepted[0]! };
}

function accept({ world, accepted }: Pair): RecvStream {
  return world.now(accepted.acceptUni())!;
}

test('messages of a stream arrive once each, in order, whatever the network does to them', (t) => {
  const network = { jitterUs: 40 * MS, lossShare: 0.2, reorderShare: 0.3, duplicateShare: 0.2 };
  const { world, client, server, connection } = pair({ network });
  const messages = Array.from({ length: 200 }, (_none, place) => `m${place}`);
  const stream = connection.openUni();
  const write = world.send(client, stream, messages);
  world.at(client, () => stream.finish());
  world.pass(10 * SECOND);
  t.is(valueOf(write)!.filter((result) => result === 'ok').length, 200);
  t.deepEqual(server.heard, [...messages.map((message) => `p0: ${message}`), 'p0 finished']);
  t.false(connection.isClosed);
});

test('a stream is seen by the other side with its first packet, and opens those before it', (t) => {
  const given = pair({}, false);
  const { world, client, connection, accepted } = given;
  const [first, second] = [connection.openUni(), connection.openUni()];
  world.pass(SECOND);
  t.is(world.now(accepted.acceptUni()), undefined);
  world.send(client, second, ['two']);
  world.pass(SECOND);
  const streams = [accept(given), accept(given)];
  t.deepEqual(
    streams.map(({ id }) => id),
    [first.id, second.id],
  );
  t.is(world.now(streams[0]!.read()), undefined);
  t.like(world.now(streams[1]!.read()), { kind: 'data', message: 'two' });
});

test('a read costs its task one poll per message that it waited for', (t) => {
  const { world, client, connection } = pair();
  const stream = connection.openUni();
  world.send(client, stream, ['first']);
  world.pass(SECOND);
  const account = world.simulation.tasks.of('test.reader');
  const before = account.polls;
  for (let message = 0; message < 10; message++) {
    world.send(client, stream, ['next']);
    world.pass(SECOND);
  }
  t.is(account.polls - before, 10);
  t.is(account.idlePolls, 0);
});

test('a stream without a reader takes one window; reading gives credit back', (t) => {
  const given = pair({ config: { streamWindowBytes: 1000 } }, false);
  const { world, client, connection } = given;
  const write = world.send(
    client,
    connection.openUni(),
    Array.from({ length: 30 }, (_none, place) => `m${place}`),
    100,
  );
  world.pass(5 * SECOND);
  const stream = accept(given);
  t.is(stream.unread.length, 10);
  for (let read = 0; read < 4; read++) t.like(world.now(stream.read()), { message: `m${read}` });
  world.pass(SECOND);
  t.is(stream.unread.length, 6, 'below half a window nothing is said');
  world.now(stream.read());
  world.pass(SECOND);
  t.is(stream.unread.length, 10);
  t.false(write.isFinished);
  for (let read = 0; read < 30; read++) {
    world.now(stream.read());
    world.pass(SECOND);
  }
  t.true(write.isFinished);
  t.true(valueOf(write)!.every((result) => result === 'ok'));
});

test('a connection without readers takes one window over all its streams', (t) => {
  const given = pair({ config: { connectionWindowBytes: 1000 } }, false);
  const { world, client, connection } = given;
  const writes = [0, 1, 2].map(() => world.send(client, connection.openUni(), Array<string>(10).fill('x'), 100));
  world.pass(5 * SECOND);
  const streams = [accept(given)];
  t.is(streams[0]!.unread.length, 10);
  t.deepEqual(
    writes.map(({ isFinished }) => isFinished),
    [true, false, false],
  );
  world.at(given.server, () => streams[0]!.stop());
  world.pass(5 * SECOND);
  t.deepEqual(
    writes.map(({ isFinished }) => isFinished),
    [true, true, false],
  );
  world.at(given.server, () => accept(given).drop());
  world.pass(5 * SECOND);
  t.true(writes[2]!.isFinished);
});

test('a message larger than the window goes when there is credit', (t) => {
  const { world, client, server, connection } = pair({
    config: { streamWindowBytes: 100, connectionWindowBytes: 100 },
  });
  const write = world.send(client, connection.openUni(), ['a', 'b', 'c', 'd'], 1000);
  world.pass(SECOND);
  t.deepEqual(valueOf(write), ['ok', 'ok', 'ok', 'ok']);
  t.is(server.heard.length, 4);
});

test('a finished stream is finished when the other side has all of it, read or not', (t) => {
  const { world, client, connection } = pair({}, false);
  const stream = connection.openUni();
  world.send(client, stream, ['one']);
  world.at(client, () => stream.finish());
  t.deepEqual(valueOf(world.send(client, stream, ['late'])), ['closed']);
  world.pass(20 * MS - 1);
  t.false(stream.isOver);
  world.pass(1);
  t.true(stream.isOver);
  t.deepEqual(world.kinds(client), ['connection', 'task', 'task']);
});

test('a reset loses what was not read, and a stop fails the writer', (t) => {
  const given = pair({}, false);
  const { world, client, connection, server } = given;
  const [reset, stopped] = [connection.openUni(), connection.openUni()];
  world.send(client, reset, ['one']);
  world.send(client, stopped, ['two']);
  world.at(client, () => reset.reset());
  world.pass(SECOND);
  const [first, second] = [accept(given), accept(given)];
  t.deepEqual(world.now(first.read()), { kind: 'reset' });
  world.at(server, () => second.drop());
  world.pass(SECOND);
  t.deepEqual(valueOf(world.send(client, stopped, ['more'])), ['stopped']);
  t.deepEqual(valueOf(world.send(client, reset, ['more'])), ['closed']);
  t.deepEqual(world.kinds(), ['connection', 'connection', 'task', 'task', 'task', 'task']);
});

test('a bidirectional stream carries both ways', (t) => {
  const { world, client, server, connection, accepted } = pair();
  const { send, recv } = connection.openBi();
  world.send(client, send, ['ping']);
  world.pass(SECOND);
  const echo = world.now(accepted.acceptBi())!;
  t.like(world.now(echo.recv.read()), { message: 'ping' });
  world.send(server, echo.send, ['pong']);
  world.pass(SECOND);
  t.like(world.now(recv.read()), { message: 'pong' });
  world.at(client, () => send.drop());
  world.at(client, () => recv.drop());
  world.at(server, () => echo.send.drop());
  world.pass(SECOND);
  t.deepEqual(world.now(echo.recv.read()), { kind: 'finished' });
  t.deepEqual(world.kinds(), ['connection', 'connection', 'task', 'task', 'task', 'task']);
});

test('a stream of a closed connection is closed, and waiting writers learn of it', (t) => {
  const given = pair({ config: { streamWindowBytes: 100 } }, false);
  const { world, client, connection } = given;
  const waiting = world.send(client, connection.openUni(), ['a', 'b'], 100);
  world.pass(SECOND);
  t.false(waiting.isFinished);
  world.at(client, () => connection.close('bye'));
  t.deepEqual(valueOf(waiting), ['ok', 'closed']);
  t.deepEqual(valueOf(world.send(client, connection.openUni(), ['c'])), ['closed']);
  world.pass(SECOND);
  const stream = accept(given);
  t.like(world.now(stream.read()), { message: 'a' }, 'what came before the close is there');
  t.deepEqual(world.now(stream.read()), { kind: 'closed' });
  t.is(world.now(given.accepted.acceptUni()), undefined);
});

test('a write or a read that is given up did nothing', (t) => {
  const given = pair({ config: { streamWindowBytes: 100 } }, false);
  const { world, client, connection } = given;
  const stream = connection.openUni();
  world.send(client, stream, ['a'], 100);
  const cancelled = world.send(client, stream, ['b'], 100);
  world.pass(SECOND);
  world.at(client, () => cancelled.abort());
  const recv = accept(given);
  t.like(world.now(recv.read()), { message: 'a' });
  t.is(world.now(recv.read()), undefined);
  world.pass(SECOND);
  t.deepEqual(valueOf(world.send(client, stream, ['c'], 100)), ['ok']);
  world.pass(SECOND);
  t.like(world.now(recv.read()), { message: 'c' });
});

test('bytes that wait to be read stand in the ledger, and those read at once never do', (t) => {
  const given = pair({}, false);
  const { world, client, connection, server } = given;
  const bytes = (): number => [...world.ledger.openEntries({ owner: server, site: 'quic.stream' })][0]!.bytes;
  world.send(client, connection.openUni(), ['a', 'b', 'c'], 500);
  world.pass(SECOND);
  t.is(bytes(), 4000 + 1500);
  const stream = accept(given);
  world.at(server, () => world.now(stream.read()));
  t.is(bytes(), 4000 + 1000);
  world.at(server, () => world.now(stream.read()));
  world.at(server, () => world.now(stream.read()));
  t.is(bytes(), 4000);
});
