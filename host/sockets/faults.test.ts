import net from 'node:net';
import test from 'ava';
import { withNodes } from './population.test.fixture.ts';
import type { Population } from './population.test.fixture.ts';

/** Node 0 listens on port 80 and answers nothing; `onSocket` sees each connection. */
function listen(population: Population, onSocket: (socket: net.Socket) => void = () => undefined): void {
  population.start(0, () => {
    const server = net.createServer((socket) => {
      socket.resume();
      socket.on('error', ({ message }) => population.tell(`server ${message}`));
      socket.on('data', (bytes) => population.tell(`server got ${String(bytes)}`));
      socket.on('close', () => population.tell('server closed'));
      onSocket(socket);
    });
    server.listen(80);
  });
}

/** Node 1 connects; `use` gets the open socket. */
function dial(population: Population, use: (socket: net.Socket) => void = () => undefined, index = 1): void {
  population.start(index, () => {
    const socket = net.connect(80, '10.0.0.1', () => {
      population.tell('open');
      use(socket);
    });
    socket.resume();
    socket.on('error', ({ message }) => population.tell(message));
    socket.on('close', () => population.tell('closed'));
  });
}

const beat = (socket: net.Socket, everyMs: number): void => {
  const timer = setInterval(() => socket.write('x'), everyMs);
  socket.on('close', () => clearInterval(timer));
};

test.serial('who writes to a machine that went down gives up after the idle timeout', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    dial(population, (socket) => setTimeout(() => socket.write('late'), 180));
    population.endAt(100, 0, 'killed');
    t.deepEqual(await population.run(60_000), ['20 open', '10200 read ETIMEDOUT', '10200.001 closed']);
    t.is(population.node(1).machine.endpoints.size, 0);
  });
});

test.serial('who only waits for a machine that went down waits for ever, as keep-alive is off', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    dial(population);
    population.endAt(100, 0, 'killed');
    t.deepEqual(await population.run(3_600_000), ['20 open']);
    t.is(population.node(1).machine.endpoints.size, 1);
  });
});

test.serial('bytes in flight to a machine that goes down are given up too', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    dial(population, (socket) => socket.write('now'));
    population.endAt(25, 0, 'killed');
    t.deepEqual(await population.run(60_000), ['20 open', '10025 read ETIMEDOUT', '10025.001 closed']);
  });
});

test.serial(
  'the kernel of a process that is killed ends its connections, and resets those with unread bytes',
  async (t) => {
    const settings = { kill: 'process' } as const;
    await withNodes(
      async (population) => {
        listen(population);
        dial(population);
        population.endAt(100, 0, 'killed');
        t.deepEqual(await population.run(60_000), ['20 open', '110.002 closed']);
      },
      {},
      settings,
    );
    await withNodes(
      async (population) => {
        listen(population, (socket) => socket.pause());
        dial(population, (socket) => socket.write('unread'));
        population.endAt(100, 0, 'killed');
        t.deepEqual(await population.run(60_000), ['20 open', '110 read ECONNRESET', '110.001 closed']);
      },
      {},
      settings,
    );
  },
);

test.serial(
  'a node that stopped refuses dials, a machine that went down lets them wait, and no address is unreachable',
  async (t) => {
    await withNodes(async (population) => {
      for (const index of [2, 3]) population.start(index, () => net.createServer().listen(80));
      population.endAt(10, 2, 'stopped');
      population.endAt(10, 3, 'killed');
      population.start(1, () => {
        setTimeout(() => {
          for (const host of ['10.0.0.3', '10.0.0.4', '10.0.9.9', '192.0.2.1']) {
            net.connect({ port: 80, host }).on('error', ({ message }) => population.tell(message));
          }
        }, 50);
      });
      t.deepEqual(await population.run(10_000), [
        '50 connect ENETUNREACH 192.0.2.1:80',
        '70 connect ECONNREFUSED 10.0.0.3:80',
        '1050 connect ETIMEDOUT 10.0.0.4:80',
        '1050 connect ETIMEDOUT 10.0.9.9:80',
      ]);
    });
  },
);

test.serial('a machine that came back resets the connections of its former life, and takes new ones', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    dial(population, (socket) => setTimeout(() => socket.write('old'), 480));
    population.endAt(100, 0, 'killed');
    population.host.simulation.at(200_000, () => listen(population));
    t.deepEqual(await population.run(600), ['20 open', '520 read ECONNRESET', '520.001 closed']);
    dial(population, (socket) => socket.end('new'), 2);
    t.deepEqual((await population.run(700)).slice(3), [
      '620 open',
      '630 server got new',
      '630.002 server closed',
      '640.001 closed',
    ]);
  });
});

test.serial('a partition keeps bytes back until it heals, and a long one ends the connection', async (t) => {
  for (const [healMs, end] of [
    [1000, ['20 open', '1010 server got a', '1010 server got b']],
    [15_000, ['20 open', '10200 read ETIMEDOUT', '10200.001 closed']],
  ] as const) {
    await withNodes(async (population) => {
      const { cuts, fired } = population.network;
      listen(population);
      dial(population, (socket) => {
        setTimeout(() => socket.write('a'), 180);
        setTimeout(() => socket.write('b'), 280);
      });
      population.host.simulation.at(100_000, () => cuts.partition('', [[0], [1]], false));
      population.host.simulation.at(healMs * 1000, () => cuts.heal(undefined));
      t.deepEqual(await population.run(20_000), [...end]);
      t.is(fired.partition, 2);
      t.is(population.sockets.stalled.size, 0);
    });
  }
});

test.serial('a dial across a partition opens when it heals in time, and times out when not', async (t) => {
  for (const [healMs, end] of [
    [500, ['520 open']],
    [5000, ['1000 connect ETIMEDOUT 10.0.0.1:80', '1000.001 closed']],
  ] as const) {
    await withNodes(async (population) => {
      const { cuts } = population.network;
      listen(population);
      cuts.partition('', [[0], [1]], false);
      population.host.simulation.at(healMs * 1000, () => cuts.heal(undefined));
      dial(population);
      t.deepEqual(await population.run(20_000), [...end]);
    });
  }
});

test.serial('a hold parks one direction for as long as it lasts, also when its sender ends', async (t) => {
  await withNodes(async (population) => {
    const { cuts, fired } = population.network;
    listen(population, (socket) => socket.write('to you'));
    dial(population, (socket) => {
      socket.on('data', (bytes) => population.tell(`client got ${String(bytes)}`));
      setTimeout(() => socket.write('held'), 180);
    });
    population.host.simulation.at(100_000, () => cuts.hold(1, 0));
    population.endAt(1000, 1, 'killed');
    population.host.simulation.at(60_000_000, () => cuts.release(1, 0));
    t.deepEqual(await population.run(70_000), ['20 open', '40 client got to you', '60010 server got held']);
    t.is(fired.hold, 1);
  });
});

test.serial('a black hole takes everything of one node', async (t) => {
  await withNodes(async (population) => {
    listen(population, (socket) => beat(socket, 1000));
    dial(population);
    population.host.simulation.at(1_500_000, () => population.network.cuts.blackHole(1, true));
    const told = await population.run(30_000);
    t.deepEqual(told, ['20 open', '12030 server read ETIMEDOUT', '12030.001 server closed']);
    t.true(population.network.fired['black-hole'] > 0);
  });
});

test.serial('loss costs time and never a byte, and bandwidth makes bytes wait', async (t) => {
  const rest = { latency: { kind: 'fixed', us: 10_000 } } as const;
  const arrivalMs = async (network: object): Promise<number> => {
    let atMs = 0;
    await withNodes(
      async (population) => {
        let bytes = 0;
        listen(population, (socket) => {
          socket.removeAllListeners('data');
          socket.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes === 2_000_000) atMs = Date.now() - population.host.epochMs;
          });
        });
        dial(population, (socket) => socket.write(Buffer.alloc(2_000_000)));
        await population.run(600_000);
      },
      { ...rest, ...network },
    );
    return atMs;
  };
  const free = await arrivalMs({});
  t.true(free > 100 && free < 500, String(free));
  t.true((await arrivalMs({ lossShare: 0.3 })) > 2 * free);
  const metered = await arrivalMs({ bandwidthBytesPerSecond: 1_000_000 });
  t.true(metered > 2000 && metered < 2800, String(metered));
});

test.serial('a reader that stops holds its writer at the window, and a kill then ends it', async (t) => {
  await withNodes(async (population) => {
    let written = 0;
    listen(population, (socket) => socket.pause());
    dial(population, (socket) => {
      const pump = (): void => {
        while (socket.write(Buffer.alloc(10_000))) written += 10_000;
      };
      socket.on('drain', pump);
      pump();
    });
    await population.run(60_000);
    t.true(written > 100_000 && written < 400_000, String(written));
    population.node(0).end('stopped');
    t.deepEqual((await population.run(90_000)).slice(1), ['60010 read ECONNRESET', '60010.001 closed']);
  });
});

test.serial('the ledger has each connection once per side, and balances when all are closed', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    for (const index of [1, 2, 3]) dial(population, (socket) => setTimeout(() => socket.end(), 1000), index);
    await population.run(500);
    t.deepEqual([...population.ledger.openEntries({ kind: 'connection' })].map(({ site }) => site).sort(), [
      ...new Array<string>(3).fill('socket.accepted'),
      ...new Array<string>(3).fill('socket.dialled'),
    ]);
    t.deepEqual(Array.from(population.node(0).machine.connections(), String), ['p1', 'p2', 'p3']);
    await population.run(5000);
    t.deepEqual(
      Array.from(population.ledger.openEntries(), ({ site }) => site),
      ['socket.listen'],
    );
    t.is(population.ledger.errorCount, 0);
    const { opened, closed } = population.ledger.summary().sites.find(({ site }) => site === 'socket.dial')!;
    t.deepEqual([opened, closed], [3, 3]);
  });
});

test.serial('a dialler that is killed in its handshake leaves nothing at the listener', async (t) => {
  await withNodes(async (population) => {
    listen(population);
    dial(population);
    population.endAt(15, 1, 'killed');
    t.deepEqual(await population.run(5000), []);
    t.is(population.node(0).machine.endpoints.size, 0);
    t.deepEqual(
      Array.from(population.ledger.openEntries(), ({ site }) => site),
      ['socket.listen'],
    );
  });
});
