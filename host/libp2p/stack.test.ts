import test from 'ava';
import type { Connection } from './connection.ts';
import { ECHO, inWorld, readAll, write } from './stack-node.test.fixture.ts';

/** One release of each dialect. */
const RELEASES = ['17.1.1', '10.1.0'];

interface Opened {
  stream?: { status: string; close(): Promise<void>; abort(error: Error): void };
  error?: Error;
  settledMs?: number;
}

/** Asks for a stream, and tells what became of it. */
function open(connection: Connection, protocols: string[] = [ECHO], signal?: AbortSignal): Opened {
  const opened: Opened = {};
  connection.newStream(protocols, signal === undefined ? {} : { signal }).then(
    (stream) => Object.assign(opened, { stream, settledMs: performance.now() }),
    (error: unknown) => Object.assign(opened, { error, settledMs: performance.now() }),
  );
  return opened;
}

for (const version of RELEASES) {
  test.serial(`${version}: bytes go both ways over a stream, one latency apart, and its end is told`, async (t) => {
    await inWorld(version, async (world) => {
      const [a, b] = [world.start(0), world.start(1)];
      const connection = await world.connect(a, b);
      t.deepEqual([a.told, b.told], [['+p1'], ['+p0']]);
      const read: string[] = [];
      let opened: Opened = {};
      await world.run(130, a, () => (opened = open(connection, ['/unknown', ECHO])));
      t.is(opened.settledMs, 1120);
      await world.run(139, a, () => {
        write(opened.stream, 'hello');
        void readAll(opened.stream, read);
      });
      t.deepEqual(b.taken[0]!.read, []);
      await world.run(141);
      t.is(b.taken[0]!.read[0], 'hello');
      await world.run(200, b, () => write(b.taken[0]!.stream, 'back'));
      t.is(read[0], 'back');
      await world.run(300, a, () => void opened.stream!.close());
      await world.run(400, b, () => void b.taken[0]!.stream.close());
      t.deepEqual(b.taken[0]!.read, ['hello', 'end']);
      t.is(read.at(-1), 'end');
      t.deepEqual([connection.streams, b.stack.connectionsTo(a.peer)[0]!.streams], [[], []]);
      t.deepEqual(world.host.evidence.list(), []);
    });
  });

  test.serial(`${version}: no connection is left half open, whoever ends it and however`, async (t) => {
    await inWorld(version, async (world) => {
      const a = world.start(0);
      const ends: [string, (b: ReturnType<typeof world.start>, connection: Connection) => void, number][] = [
        ['closed here', (_b, connection) => a.perform('close', () => connection.close()), 100],
        ['aborted here', (_b, connection) => a.perform('abort', () => connection.abort(new Error('enough'))), 100],
        ['closed there', (b) => b.perform('close', () => b.stack.close()), 100],
        ['stopped', (b) => b.end('stopped'), 100],
        ['killed', (b) => b.end('killed'), 11_000],
        [
          'cut off',
          (b) => {
            world.network.cuts.blackHole(b.peer.index, true);
            world.links.cutBegan(world.host.simulation.running());
          },
          11_000,
        ],
      ];
      for (const [index, [how, end, withinMs]] of ends.entries()) {
        const b = world.start(index + 1);
        const connection = await world.connect(a, b);
        let opened: Opened = {};
        const startMs = world.host.simulation.nowUs / 1000;
        await world.run(startMs + 100, a, () => (opened = open(connection)));
        end(b, connection);
        await world.run(startMs + 100 + withinMs);
        t.is(connection.status, 'closed', how);
        t.not(opened.stream!.status, 'open', how);
        t.deepEqual(a.told.splice(0), [`+${b.peer}`, `-${b.peer}`], how);
        t.deepEqual([...a.stack.connected, ...a.channels, ...a.links.keys()], [], how);
        if (b.running) {
          t.deepEqual(b.told, ['+p0', '-p0'], how);
          t.deepEqual([...b.stack.connected, ...b.channels], [], how);
          t.not(b.taken[0]!.stream.status, 'open', how);
          t.regex(b.taken[0]!.read.join(), /^(end|StreamResetError|StreamAbort\w*|ConnectionClosedError)$/, how);
        }
      }
      t.deepEqual(world.host.evidence.list(), []);
    });
  });

  test.serial(
    `${version}: newStream rejects when the peer is gone, speaks nothing asked for, or never answers`,
    async (t) => {
      await inWorld(version, async (world) => {
        const a = world.start(0);
        const settle = async (
          index: number,
          disturb: (b: ReturnType<typeof world.start>) => void,
          protocols?: string[],
          signal?: () => AbortSignal,
        ): Promise<[string | undefined, number]> => {
          const b = world.start(index);
          const connection = await world.connect(a, b);
          const startMs = world.host.simulation.nowUs / 1000;
          disturb(b);
          let opened: Opened = {};
          await world.run(startMs + 30_000, a, () => (opened = open(connection, protocols, signal?.())));
          t.is(opened.stream, undefined);
          return [opened.error?.name, Math.floor(opened.settledMs! - 1000 - startMs)];
        };
        t.deepEqual(await settle(1, () => {}, ['/other']), ['UnsupportedProtocolError', 20]);
        t.deepEqual(await settle(2, (b) => b.end('killed')), ['ConnectionClosedError', 1000]);
        t.deepEqual(await settle(3, (b) => b.end('stopped')), ['ConnectionClosedError', 10]);
        t.deepEqual(await settle(4, (b) => world.network.cuts.hold(b.peer.index, 0)), ['TimeoutError', 10_000]);
        t.deepEqual(
          await settle(
            5,
            () => {},
            undefined,
            () => AbortSignal.timeout(5),
          ),
          ['AbortError', 5],
        );
        const connection = await world.connect(a, world.start(6));
        let opened: Opened = {};
        await world.run(world.host.simulation.nowUs / 1000 + 1000, a, () => {
          void connection.close();
          opened = open(connection);
        });
        t.is(opened.error?.name, 'ConnectionClosedError');
        t.deepEqual(world.host.evidence.list(), []);
      });
    },
  );

  test.serial(
    `${version}: a stream that newStream gives out is open, although the other side resets it at once`,
    async (t) => {
      await inWorld(version, async (world) => {
        const [a, b] = [world.start(0), world.start(1)];
        const connection = await world.connect(a, b);
        const statuses: string[] = [];
        // The other side answers and resets in one event.
        const take = (...args: unknown[]): void => {
          const [first] = args as [{ abort?(error: Error): void; stream?: { abort(error: Error): void } }];
          (first.stream ?? (first as { abort(error: Error): void })).abort(new Error('no'));
        };
        await world.run(200, b, () =>
          b.stack.registrar.unhandle(ECHO).then(() => b.stack.registrar.handle(ECHO, take)),
        );
        let stream: { status: string } | undefined;
        await world.run(300, a, async () => {
          stream = (await connection.newStream([ECHO])) as { status: string };
          statuses.push(stream.status);
        });
        t.deepEqual(statuses, ['open']);
        t.is(stream!.status, 'reset');
        t.deepEqual(connection.streams, []);
      });
    },
  );

  test.serial(`${version}: two nodes that dial each other at once have two connections, and meet once`, async (t) => {
    await inWorld(version, async (world) => {
      const [a, b] = [world.start(0), world.start(1)];
      await world.run(10);
      a.perform('dial', () => a.stack.connect(b.peer));
      b.perform('dial', () => b.stack.connect(a.peer));
      await world.run(200);
      t.deepEqual([a.stack.connectionsTo(b.peer).length, b.stack.connectionsTo(a.peer).length], [2, 2]);
      t.deepEqual(a.told, ['+p1', '+p1']);
      await world.run(300, a, () => void a.stack.connectionsTo(b.peer)[0]!.close());
      t.is(b.stack.connectionsTo(a.peer).length, 1);
      t.is(a.told.length, 2);
      await world.run(400, a, () => void a.stack.connectionsTo(b.peer)[0]!.close());
      t.deepEqual([a.told.at(-1), b.told.at(-1)], ['-p1', '-p0']);
    });
  });

  test.serial(
    `${version}: what is written is a copy, and what one node is told it is told in its own event`,
    async (t) => {
      await inWorld(version, async (world) => {
        const [a, b] = [world.start(0), world.start(1)];
        const connection = await world.connect(a, b);
        const bytes = Buffer.from('as sent');
        await world.run(200, a, async () => {
          const stream = (await connection.newStream(ECHO)) as {
            send?(data: Uint8Array): void;
            sink(of: Uint8Array[]): void;
          };
          if (stream.send === undefined) stream.sink([bytes]);
          else stream.send(bytes);
          queueMicrotask(() => queueMicrotask(() => setTimeout(() => bytes.fill(0), 0)));
        });
        t.is(b.taken[0]!.read[0], 'as sent');
      });
    },
  );
}

test.serial('an identity depends on seed and peer alone, and each peer has an address of its own', async (t) => {
  const names: string[][] = [];
  for (let run = 0; run < 2; run++) {
    await inWorld('17.1.1', async (world) => {
      world.start(0);
      world.start(70_000);
      await world.run(10);
      names.push([...world.names.keys()]);
    });
  }
  t.deepEqual(names[0], names[1]);
  t.is(new Set(names[0]).size, 2);
  t.regex(names[0]![0]!, /^12D3KooW/);
});
