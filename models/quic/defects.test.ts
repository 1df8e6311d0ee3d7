import test from 'ava';
import { takeCensus } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import { parseInput } from '../../sim/input.ts';
import { quicConfigSchema, quicRetention } from './contract.ts';
import type { QuicDefects } from './contract.ts';
import { dial, MS, QuicWorld, SECOND } from './quic.test.fixture.ts';
import type { QuicWorldOptions } from './quic.test.fixture.ts';

/** Runs a story once clean and once with the defect; what it returns is to be empty for the first and not for the second. */
function bothWays<T>(defect: keyof QuicDefects, story: (options: QuicWorldOptions) => T): { clean: T; faulty: T } {
  return { clean: story({}), faulty: story({ defects: { [defect]: true } }) };
}

test('quic-connecting-dropped: a dropped dial leaves half-open connections and drivers on both sides, for ever', (t) => {
  const { clean, faulty } = bothWays('quic-connecting-dropped', (options) => {
    const world = new QuicWorld(options);
    const [client, server] = [world.start(0), world.start(1)];
    const connecting = world.at(client, () => client.endpoint.connect(server.peer, 'test'));
    world.pass(5 * MS);
    world.at(client, () => connecting.drop());
    world.pass(24 * 3600 * SECOND);
    return [world.kinds(client), world.kinds(server)];
  });
  t.deepEqual(clean, [[], []]);
  t.deepEqual(faulty, [
    ['half-open', 'task', 'task'],
    ['half-open', 'task', 'task'],
  ]);
});

test('quic-connecting-dropped: a server keeps the half-open connection of a client killed mid-handshake', (t) => {
  const { clean, faulty } = bothWays('quic-connecting-dropped', (options) => {
    const world = new QuicWorld(options);
    const [client, server] = [world.start(0), world.start(1)];
    world.spawn(client, dial(client, server.peer));
    world.pass(15 * MS);
    world.kill(client);
    world.pass(24 * 3600 * SECOND);
    return world.kinds(server);
  });
  t.deepEqual(clean, []);
  t.deepEqual(faulty, ['half-open', 'task', 'task']);
});

test('quic-connecting-dropped: a dial to a dead peer fails in time either way, and leaves its half with the defect', (t) => {
  const { clean, faulty } = bothWays('quic-connecting-dropped', (options) => {
    const world = new QuicWorld(options);
    const client = world.start(0);
    const task = world.spawn(client, dial(client, world.peer(1)));
    world.pass(SECOND);
    t.true(task.isFinished);
    t.is(world.simulation.meters.counts[4], 1);
    world.pass(3600 * SECOND);
    t.true(world.simulation.eventCount < 100);
    return world.kinds(client);
  });
  t.deepEqual(clean, []);
  t.deepEqual(faulty, ['half-open', 'task', 'task']);
});

test('quic-connecting-dropped: a dial that nobody drops works as it should, and a close takes all that is left', (t) => {
  const world = new QuicWorld({ defects: { 'quic-connecting-dropped': true } });
  const [client, server] = [world.start(0), world.start(1)];
  const connection = world.connect(client, 1);
  world.spawn(client, dial(client, world.peer(2)));
  world.pass(20 * SECOND);
  t.false(connection.isClosed);
  const closed = world.close(client);
  world.pass(SECOND);
  t.true(closed.isFinished);
  t.deepEqual(world.kinds(client), []);
  t.is(world.reason(server.accepted[0]!)?.by, 'remote');
});

test('quic-address-map-never-evicted: every remote ever seen stays, both ways', (t) => {
  const { clean, faulty } = bothWays('quic-address-map-never-evicted', (options) => {
    const world = new QuicWorld(options);
    const client = world.start(0);
    for (let index = 1; index <= 100; index++) {
      const connecting = world.at(client, () => client.endpoint.connect(world.peer(index), 'test'));
      world.at(client, () => connecting.drop());
    }
    world.pass(60 * SECOND);
    const { addresses, remotes } = client.endpoint.expose() as {
      addresses: { forward: Map<unknown, unknown>; reverse: Map<unknown, unknown> };
      remotes: Map<unknown, unknown>;
    };
    return [addresses.forward.size, addresses.reverse.size, remotes.size];
  });
  t.deepEqual(clean, [64, 64, 0]);
  t.deepEqual(faulty, [100, 100, 0]);
});

test('the address map is the one thing that is kept of departed peers, within its declared cap', (t) => {
  const { clean, faulty } = bothWays('quic-address-map-never-evicted', (options) => {
    const world = new QuicWorld(options);
    const client = world.start(0);
    for (let index = 1; index <= 100; index++) {
      const server = world.start(index);
      world.connect(client, index);
      world.kill(server);
    }
    world.pass(22 * SECOND);
    const retention = new RetentionRules(quicRetention(parseInput(quicConfigSchema, {}, 'test', 'bad-quic'), 'quic'));
    const [census] = takeCensus({ nowUs: world.nowUs, nodes: [client], retention }).nodes;
    t.deepEqual(retention.unused(), []);
    return [census!.violations.map(({ kind, path }) => `${kind} ${path}`), [...census!.residue.keys()]];
  });
  t.deepEqual(clean, [[], []]);
  t.deepEqual(faulty[0], ['cap quic.addresses.forward', 'cap quic.addresses.reverse']);
  t.deepEqual(faulty[1], ['quic.addresses.forward[key]', 'quic.addresses.reverse[*]']);
});

test('quic-abandoned-paths-kept: one id stays for each path change, on both sides', (t) => {
  const { clean, faulty } = bothWays('quic-abandoned-paths-kept', (options) => {
    const world = new QuicWorld(options);
    const [client, server] = [world.start(0), world.start(1)];
    world.connect(client, 1);
    for (let change = 0; change < 20; change++) {
      world.at(client, () => client.endpoint.act('change-path', {}));
      world.pass(SECOND);
    }
    return [client, server].map(({ endpoint }) => {
      const [connection] = (endpoint.expose()['connections'] as Map<number, { abandonedPaths: Set<number> }>).values();
      return connection!.abandonedPaths.size;
    });
  });
  t.deepEqual(clean, [0, 0]);
  t.deepEqual(faulty, [20, 20]);
});

test('quic-close-without-deadline: a close that is not answered is awaited for ever, by the endpoint too', (t) => {
  for (const half of ['silent', 'dead', 'cut'] as const) {
    const { clean, faulty } = bothWays('quic-close-without-deadline', (options) => {
      const world = new QuicWorld(options);
      const [client, server] = [world.start(0), world.start(1)];
      world.connect(client, 1);
      if (half === 'silent') world.at(server, () => server.endpoint.act('stop-answering', { on: true }));
      else if (half === 'dead') world.kill(server);
      else world.network.cuts.partition('cut', [[0], [1]], false);
      const closed = world.close(client);
      world.pass(3600 * SECOND);
      return [closed.isFinished, world.kinds(client)];
    });
    t.deepEqual(clean, [true, []], half);
    t.deepEqual(faulty, [false, ['connection', 'task', 'task']], half);
  }
});

test('quic-close-without-deadline: a close that is answered is over at once', (t) => {
  const world = new QuicWorld({ defects: { 'quic-close-without-deadline': true } });
  const client = world.start(0);
  world.start(1);
  world.connect(client, 1);
  const closed = world.close(client);
  world.pass(20 * MS);
  t.true(closed.isFinished);
  t.deepEqual(world.kinds(client), []);
});
