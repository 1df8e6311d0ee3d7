import dgram from 'node:dgram';
import dns from 'node:dns';
import os from 'node:os';
import test from 'ava';
import { withNodes } from './population.test.fixture.ts';
import type { Population } from './population.test.fixture.ts';

/** A socket of a node that tells what it receives. */
function receiver(population: Population, name: string, options: dgram.SocketOptions = { type: 'udp4' }): dgram.Socket {
  const socket = dgram.createSocket(options, (bytes, { address, port, size }) => {
    population.tell(`${name} got ${String(bytes)} (${size}) of ${address}:${port}`);
  });
  socket.on('error', ({ message }) => population.tell(`${name} ${message}`));
  return socket;
}

test.serial('a datagram arrives once, with its sender, and is answered', async (t) => {
  await withNodes(async (population) => {
    population.start(0, () => {
      const socket = receiver(population, 'zero');
      socket.on('message', (_bytes, from) => socket.send(['po', Buffer.from('ng')], from.port, from.address));
      socket.bind(6881, () => population.tell(JSON.stringify(socket.address())));
    });
    population.start(1, () => {
      const socket = receiver(population, 'one');
      socket.bind(4000);
      const text = Buffer.from('-ping-');
      socket.send(text, 1, 4, 6881, '10.0.0.1', (error, bytes) => {
        text.fill('!');
        population.tell(`sent ${String(error)} ${String(bytes)}`);
      });
    });
    t.deepEqual(await population.run(1000), [
      '0 {"address":"0.0.0.0","family":"IPv4","port":6881}',
      '0 sent null 4',
      '10 zero got ping (4) of 10.0.0.2:4000',
      '20 one got pong (4) of 10.0.0.1:6881',
    ]);
  });
});

test.serial('loss, duplication and a cut befall datagrams, and nobody is told', async (t) => {
  await withNodes(
    async (population) => {
      let received = 0;
      population.start(0, () => {
        const socket = dgram.createSocket('udp4', () => received++);
        socket.bind(1);
      });
      population.start(1, () => {
        const socket = dgram.createSocket('udp4');
        setInterval(() => socket.send('x', 1, 'p0.test'), 10);
      });
      await population.run(10_000);
      const { loss, duplicate } = population.network.fired;
      t.true(loss > 100 && duplicate > 100);
      t.true(Math.abs(received - (999 + duplicate - loss)) <= 3, `${received} ${duplicate} ${loss}`);
      const before = received;
      population.network.cuts.blackHole(0, true);
      await population.run(20_000);
      t.true(received - before <= 3);
    },
    { lossShare: 0.2, duplicateShare: 0.2 },
  );
});

test.serial('a group reaches its members, and a broadcast every port, the sender as it wishes', async (t) => {
  await withNodes(async (population) => {
    for (const index of [0, 1, 2]) {
      population.start(index, () => {
        const socket = receiver(population, `p${index}`, { type: 'udp4', reuseAddr: true });
        socket.bind(5353, () => {
          if (index < 2) socket.addMembership('224.0.0.251');
          socket.setMulticastTTL(255);
          socket.setBroadcast(true);
          socket.setMulticastLoopback(false);
          if (index === 1) setTimeout(() => socket.send('query', 5353, '224.0.0.251'), 10);
          if (index === 0) setTimeout(() => socket.send('all', 5353, '255.255.255.255'), 100);
          if (index === 0) setTimeout(() => socket.dropMembership('224.0.0.251'), 110);
          if (index === 1) setTimeout(() => socket.send('again', 5353, '224.0.0.251'), 200);
        });
      });
    }
    t.deepEqual(await population.run(1000), [
      '20 p0 got query (5) of 10.0.0.2:5353',
      '100.02 p0 got all (3) of 10.0.0.1:5353',
      '110 p1 got all (3) of 10.0.0.1:5353',
      '110 p2 got all (3) of 10.0.0.1:5353',
    ]);
  });
});

test.serial('ports are taken once, unless they are shared, and are free again once closed', async (t) => {
  await withNodes(async (population) => {
    population.start(0, () => {
      const first = receiver(population, 'first').bind(7, '127.0.0.1');
      receiver(population, 'second').bind(7);
      receiver(population, 'third').bind(7, '10.0.0.9');
      receiver(population, 'sixth', { type: 'udp6' }).bind(9);
      for (const name of ['a', 'b']) receiver(population, name, { type: 'udp4', reuseAddr: true }).bind(8);
      setTimeout(() => first.close(() => receiver(population, 'fourth').bind(7, () => population.tell('bound'))), 5);
      const closed = dgram.createSocket('udp4');
      closed.close();
      for (const call of [() => closed.address(), () => closed.send('', 1), () => closed.close()]) {
        t.throws(call, { code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
      }
      t.throws(() => dgram.createSocket('udp4').address(), { code: 'EBADF' });
      t.throws(() => dgram.createSocket('udp5' as 'udp4'), { code: 'ERR_SOCKET_BAD_TYPE' });
      t.throws(() => dgram.createSocket('udp4').send('x', 0), { code: 'ERR_SOCKET_BAD_PORT' });
      t.throws(() => first.bind(9), { code: 'ERR_SOCKET_ALREADY_BOUND' });
    });
    t.deepEqual(await population.run(1000), [
      '0 second bind EADDRINUSE: address already in use 0.0.0.0:7',
      '0 third bind EADDRNOTAVAIL: address not available 10.0.0.9:7',
      '0 sixth bind EAFNOSUPPORT: address family not supported 0.0.0.0:9',
      '5 bound',
    ]);
  });
});

test.serial('a connected socket sends without an address, and hears its peer alone', async (t) => {
  await withNodes(async (population) => {
    population.start(0, () => {
      const socket = receiver(population, 'zero');
      socket.bind(1);
      socket.on('message', (_bytes, { port, address }) => socket.send('yes', port, address));
    });
    population.start(1, () => {
      const socket = receiver(population, 'one');
      socket.bind(2);
      socket.connect(1, '10.0.0.1', () => {
        t.is(socket.remoteAddress().port, 1);
        t.throws(() => socket.send('x', 1, '10.0.0.1'), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' });
        socket.send('hi');
      });
    });
    population.start(2, () => dgram.createSocket('udp4').send('stranger', 2, '10.0.0.2'));
    t.deepEqual(await population.run(100), ['10 zero got hi (2) of 10.0.0.2:2', '20 one got yes (3) of 10.0.0.1:1']);
    t.regex(JSON.stringify(population.host.evidence.list()), /^\[\]$/);
  });
});

test.serial('names and interfaces are those of the simulation', async (t) => {
  await withNodes(
    async (population) => {
      const found: unknown[] = [];
      population.start(300, async () => {
        dns.lookup('p7.test', (...answer) => found.push(answer));
        dns.lookup('p0.test', { all: true }, (...answer) => found.push(answer));
        dns.lookup('nobody.test', (error) => found.push([error?.code, error?.syscall]));
        found.push(await dns.promises.lookup('bootstrap.example'));
        found.push(
          await dns.promises.resolve4('localhost'),
          os.hostname(),
          os.networkInterfaces()['eth0']?.[0]?.address,
        );
        await t.throwsAsync(dns.promises.lookup('p007.test'), { code: 'ENOTFOUND' });
      });
      await population.run(100);
      t.deepEqual(found, [
        [null, '10.0.0.8', 4],
        [null, [{ address: '10.0.0.1', family: 4 }]],
        ['ENOTFOUND', 'getaddrinfo'],
        { address: '10.0.0.1', family: 4 },
        ['127.0.0.1'],
        'p300.test',
        '10.0.1.47',
      ]);
    },
    {},
    { names: { 'bootstrap.example': '10.0.0.1' } },
  );
});
