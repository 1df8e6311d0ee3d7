import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { HostedSimulation } from '../hosted-simulation.ts';
import { Population } from './population.test.fixture.ts';

const COMMONJS = `
  const { connect, createServer, Socket } = require('net');
  const { createSocket } = require('node:dgram');
  const { lookup } = require('dns');
  class Own extends Socket {}
`;
const ESM = `
  import { connect, createServer, Socket } from 'net';
  import { createSocket } from 'node:dgram';
  import { lookup } from 'node:dns';
  class Own extends Socket {}
`;
const COMMON = `
  function begin(tell) {
    createServer((socket) => socket.on('data', (bytes) => tell('tcp ' + bytes))).listen(80);
    createSocket('udp4').on('message', (bytes) => tell('udp ' + bytes)).bind(81);
    connect(80, '10.0.0.1', function () { this.end('a') });
    new Socket().connect({ port: 80, host: 'localhost' }).end('b');
    new Own().connect(80).end('c');
    createSocket('udp4').send('d', 81, '10.0.0.1');
    lookup('p1.test', (error, address) => tell('name ' + address));
  }
`;

// oxlint-disable-next-line import/no-dynamic-require -- the targets are written by the tests
const load = (url: string): Promise<unknown> => import(url);

test.serial(
  'a target of either module system is given virtual sockets, whatever it took from the modules',
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'quicksoak-'));
    try {
      const commonJs = join(folder, 'target.cjs');
      const esm = join(folder, 'target.mjs');
      writeFileSync(commonJs, `${COMMONJS}${COMMON}exports.begin = begin;`);
      writeFileSync(esm, `${ESM}${COMMON}export { begin };`);
      const requireHere = createRequire(import.meta.url);
      type Target = { begin(tell: (what: string) => void): void };
      const ways: (() => Promise<Target>)[] = [
        () => Promise.resolve(requireHere(commonJs) as Target),
        () => load(pathToFileURL(esm).href) as Promise<Target>,
        () => load(pathToFileURL(commonJs).href) as Promise<Target>,
      ];
      // Twice each: what a module took while one host was installed serves the next one as well.
      for (const way of [...ways, ...ways]) {
        using population = new Population();
        const target = await way();
        population.start(0, () => target.begin((what) => population.tell(what)));
        const told = await population.run(1000);
        t.deepEqual(population.host.evidence.list(), []);
        t.deepEqual(told.map((what) => what.replace(/^\S+ /, '')).sort(), [
          'name 10.0.0.2',
          'tcp a',
          'tcp b',
          'tcp c',
          'udp d',
        ]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test.serial('code that no node runs is refused a socket, as is every node of a host without sockets', async (t) => {
  const dial = `import net from 'node:net'; net.connect(80)`;
  const listen = `import net from 'node:net'; net.createServer().listen(80)`;
  const bind = `import dgram from 'node:dgram'; dgram.createSocket('udp4')`;
  using population = new Population();
  for (const source of [dial, listen, bind]) {
    const error = await t.throwsAsync(population.host.load(`data:text/javascript,${source}`));
    t.like(error, { code: 'import-failed' });
    t.regex(error.message, /outside any node at 0 s: it opens a real socket/);
  }
});

test.serial('paths and descriptors are refused, as a virtual node has none', async (t) => {
  using population = new Population();
  const net = (await import('node:net')).default;
  population.start(0, () => {
    for (const call of [
      () => net.connect('/tmp/x'),
      () => net.createServer().listen('/tmp/x'),
      () => net.createServer().listen({ fd: 3 }),
    ]) {
      t.throws(call, { code: 'not-deterministic' });
    }
    t.throws(() => net.connect({ host: 'x' } as never), { code: 'ERR_MISSING_ARGS' });
    t.throws(() => net.connect(70_000), { code: 'ERR_SOCKET_BAD_PORT' });
  });
  await population.run(10);
});

test.serial('every module is as it was once the host is closed', async (t) => {
  const names = ['net', 'dgram', 'dns', 'http', 'os'] as const;
  const modules = await Promise.all(names.map(async (name) => (await load(`node:${name}`)) as { default: object }));
  const shapes = (): unknown[] =>
    modules.flatMap(({ default: object, ...named }) => [
      Object.entries(Object.getOwnPropertyDescriptors(object)),
      Object.entries(named),
    ]);
  const { Server } = (await import('node:net')).default;
  const prototype = Object.getOwnPropertyDescriptors(Server.prototype);
  const before = shapes();
  const host = new Population().host;
  t.notDeepEqual(shapes(), before);
  host.close();
  t.deepEqual(shapes(), before);
  t.deepEqual(Object.getOwnPropertyDescriptors(Server.prototype), prototype);
});

test.serial('sockets need an installed host', async (t) => {
  const { installSockets } = await import('./install-sockets.ts');
  const host = new HostedSimulation({ seed: '' });
  t.throws(() => installSockets(host), { code: 'not-installed' });
});
