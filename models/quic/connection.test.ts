import test from 'ava';
import { dial, MS, QuicWorld, SECOND, valueOf } from './quic.test.fixture.ts';
import { Connection } from './connection.ts';

test('a handshake takes one round trip, and both sides have the connection', (t) => {
  const world = new QuicWorld();
  const [client, server] = [world.start(0), world.start(1)];
  const task = world.spawn(client, dial(client, server.peer));
  world.pass(20 * MS - 1);
  t.false(task.isFinished);
  world.pass(1);
  t.true(valueOf(task) instanceof Connection);
  t.is(server.accepted.length, 0);
  world.pass(10 * MS);
  const [accepted] = server.accepted;
  t.is(accepted!.remote, client.peer);
  t.is(client.endpoint.connectionsTo(server.peer), 1);
  t.is(server.endpoint.connectionsTo(client.peer), 1);
  world.pass(SECOND);
  t.deepEqual(world.entries(client).sort(), [
    'p0 connection quic.connection',
    'p0 task quic.driver',
    'p0 task quic.remote-actor',
  ]);
});
