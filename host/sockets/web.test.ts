import http from 'node:http';
import test from 'ava';
import { Population, withNodes } from './population.test.fixture.ts';

/** What a test needs of `ws`, which has no types of its own. */
interface WebSocketLike {
  on(event: string, listener: (...args: never[]) => void): this;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

interface WebSocketModule {
  readonly WebSocket: new (url: string) => WebSocketLike;
  readonly WebSocketServer: new (options: { port: number }) => WebSocketLike & { clients: Set<WebSocketLike> };
}

test.serial('http requests are answered on virtual time, and kept connections stay with their node', async (t) => {
  await withNodes(async (population) => {
    const sockets = new Set<unknown>();
    population.start(0, () => {
      const server = http.createServer((request, response) => {
        sockets.add(request.socket);
        request.setEncoding('utf8');
        let body = '';
        request.on('data', (part: string) => {
          body += part;
        });
        request.on('end', () => response.end(`${request.method} ${request.url} ${body}`));
      });
      server.listen(8080);
    });
    for (const index of [1, 2]) {
      population.start(index, () => {
        const ask = (path: string, then: () => void): void => {
          const request = http.request(`http://p0.test:8080${path}`, { method: 'POST' }, (response) => {
            response.setEncoding('utf8');
            response.on('data', (text: string) =>
              population.tell(`p${index} ${response.statusCode} ${response.headers.date} ${text}`),
            );
            response.on('end', then);
          });
          request.end('body');
        };
        ask('/one', () => setTimeout(() => ask('/two', () => undefined), 100));
      });
    }
    const date = 'Wed, 01 Jan 2025 00:00:00 GMT';
    t.deepEqual(await population.run(1000), [
      `40.001 p1 200 ${date} POST /one body`,
      `40.001 p2 200 ${date} POST /one body`,
      `160.001 p1 200 ${date} POST /two body`,
      `160.001 p2 200 ${date} POST /two body`,
    ]);
    t.is(sockets.size, 2);
    t.deepEqual(population.host.evidence.list(), []);
  });
});

test.serial('the real ws package opens, talks and closes', async (t) => {
  await withNodes(async (population) => {
    const ws = (await population.host.load('ws')) as unknown as WebSocketModule;
    population.start(0, () => {
      const server = new ws.WebSocketServer({ port: 8080 });
      server.on('connection', (socket: WebSocketLike) => {
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          population.tell(`server ${isBinary ? data.length : String(data)}`);
          if (String(data) === 'bye') socket.close(1001, 'good bye');
          else socket.send(data);
        });
        socket.on('error', ({ code }: NodeJS.ErrnoException) => population.tell(`server ${code}`));
        socket.on('close', (code: number) => population.tell(`server closed ${code} ${server.clients.size}`));
      });
    });
    population.start(1, () => {
      const socket = new ws.WebSocket('ws://10.0.0.1:8080');
      socket.on('open', () => socket.send('hello'));
      socket.on('message', (data: Buffer) => {
        population.tell(`client ${data.length}`);
        socket.send(data.length === 5 ? Buffer.alloc(200_000) : 'bye');
      });
      socket.on('close', (code: number, reason: Buffer) => population.tell(`client closed ${code} ${String(reason)}`));
    });
    const told = await population.run(5000);
    t.deepEqual(
      told.map((what) => what.replace(/^\S+ /, '')),
      [
        'server hello',
        'client 5',
        'server 200000',
        'client 200000',
        'server bye',
        'server closed 1001 0',
        'client closed 1001 good bye',
      ],
    );
    t.deepEqual(population.host.evidence.list(), []);
    t.deepEqual(
      Array.from(population.ledger.openEntries(), ({ site }) => site),
      ['socket.listen'],
    );
  });
});

test.serial('a ws peer whose machine goes down is noticed by a heartbeat, and by that alone', async (t) => {
  await withNodes(async (population) => {
    const ws = (await population.host.load('ws')) as unknown as WebSocketModule;
    population.start(0, () => {
      const server = new ws.WebSocketServer({ port: 1 });
      server.on('connection', (socket: WebSocketLike) => {
        socket.on('close', (code: number) => population.tell(`closed ${code}, ${server.clients.size} left`));
        setTimeout(() => socket.send('beat'), 60_000);
      });
    });
    population.start(1, () => new ws.WebSocket('ws://p0.test:1'));
    population.endAt(1000, 1, 'killed');
    t.deepEqual(await population.run(59_000), []);
    t.deepEqual(await population.run(100_000), ['70030.002 closed 1006, 0 left']);
  });
});

test.serial('a run of ws is the same for a seed, and another for another', async (t) => {
  const run = async (seed: string): Promise<string> => {
    using population = new Population(
      { seed },
      { latency: { kind: 'uniform', minUs: 1000, maxUs: 50_000 }, jitterUs: 5000 },
    );
    const ws = (await population.host.load('ws')) as unknown as WebSocketModule;
    population.start(0, () => {
      const server = new ws.WebSocketServer({ port: 1 });
      server.on('connection', (socket: WebSocketLike) => {
        socket.on('message', (data: Buffer) => socket.send(data));
      });
    });
    for (let index = 1; index < 6; index++) {
      population.start(index, () => {
        const socket = new ws.WebSocket('ws://p0.test:1');
        socket.on('open', () => setInterval(() => socket.send('x'.repeat(Math.random() * 1000)), 100));
      });
    }
    await population.run(10_000);
    return population.host.simulation.digest.hex;
  };
  const first = await run('one');
  t.is(await run('one'), first);
  t.not(await run('two'), first);
});
