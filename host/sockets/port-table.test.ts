import test from 'ava';
import { PortTable } from './port-table.ts';

test('a port is taken at one address or at all, and shared only by those who all ask for it', (t) => {
  const ports = new PortTable<string>(1);
  t.true(ports.bind({ address: '127.0.0.1', port: 1 }, 'local'));
  t.true(ports.bind({ address: '10.0.0.1', port: 1 }, 'own'));
  t.false(ports.bind({ address: '0.0.0.0', port: 1 }, 'any'));
  t.is(ports.listenerAt({ address: '10.0.0.1', port: 1 }), 'own');
  t.is(ports.listenerAt({ address: '10.0.0.2', port: 1 }), undefined);
  ports.unbind(1, 'own');
  ports.unbind(1, 'local');
  t.true(ports.bind({ address: '0.0.0.0', port: 1 }, 'any', true));
  t.false(ports.bind({ address: '10.0.0.1', port: 1 }, 'alone'));
  t.true(ports.bind({ address: '10.0.0.1', port: 1 }, 'shares', true));
  t.is(ports.listenerAt({ address: '10.0.0.1', port: 1 }), 'shares');
  t.is(ports.listenerAt({ address: '127.0.0.1', port: 1 }), 'any');
  t.deepEqual(ports.allAt(1), ['shares', 'any']);
});

test('every ephemeral port is given once, in an order that differs by life, and then none', (t) => {
  const [ports, other] = [new PortTable<number>(1), new PortTable<number>(2)];
  const given = Array.from({ length: 16_384 }, (_, user) => {
    const port = ports.freePort();
    ports.bind({ address: '0.0.0.0', port }, user);
    return port;
  });
  t.is(new Set(given).size, 16_384);
  t.true(given.every((port) => port >= 49_152 && port <= 65_535));
  t.is(ports.freePort(), 0);
  t.not(other.freePort(), given[0]!);
});
