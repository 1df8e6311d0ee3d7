import test from 'ava';
import * as v from 'valibot';
import { CostAccount } from '../../sim/cost/account.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { PROXY_FRAMES, TLS_PROXY_COSTS } from './contract.ts';
import type { ProxyPacket, TlsRecord } from './contract.ts';
import type { Socket } from './socket.ts';
import { Sockets } from './sockets.ts';
import { TlsStream } from './stream.ts';

const DATA: TlsRecord = { kind: 'data', bytes: 100 };
const CLOSE: TlsRecord = { kind: 'close-notify', bytes: 24 };
const LATENCY_US = 10_000;

class Host extends TaskNode {
  readonly sockets: Sockets;

  constructor(simulation: Simulation, network: Network) {
    super(simulation.streams.stream('node'));
    this.sockets = new Sockets(this, network);
  }

  override receive(_from: number, message: unknown): void {
    this.sockets.receive(message as ProxyPacket);
  }
}

interface Pair {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly ledger: Ledger;
  readonly client: Host;
  readonly server: Host;
  /** The client's end, and the server's once it was accepted. */
  readonly near: Socket;
  readonly far: () => Socket;
}

/** Two nodes with a connection that is handshaken when the first second is over. */
function connect(): Pair {
  const simulation = new Simulation({ seed: 'stream' });
  const latency = { kind: 'fixed', us: LATENCY_US };
  const network = new Network(simulation, v.parse(networkConfigSchema, { latency }));
  const ledger = new Ledger(simulation);
  simulation.ledger = ledger;
  simulation.costs = new CostAccount(TLS_PROXY_COSTS);
  const [client, server] = [new Host(simulation, network), new Host(simulation, network)];
  simulation.attach(client, simulation.peers.intern(0));
  simulation.attach(server, simulation.peers.intern(1));
  const near = client.sockets.dial(server.peer);
  let far: Socket | undefined;
  server.executor.spawn(
    'test.accept',
    (function* (): TaskBody<void> {
      far = yield* server.sockets.accepted.recv();
    })(),
  );
  server.executor.drain();
  simulation.run({ untilUs: 100_000 });
  near.establish();
  far!.establish();
  return { simulation, network, ledger, client, server, near, far: () => far! };
}

/** Reads at the server until the stream ends; what it read, in order. */
function readAll({ server, far }: Pair, keepsTrailer: boolean): string[] {
  const heard: string[] = [];
  const stream = new TlsStream(server, far(), keepsTrailer);
  server.executor.spawn(
    'test.reader',
    (function* (): TaskBody<void> {
      for (;;) {
        const read = yield* stream.next();
        heard.push(read.kind === 'record' ? read.record.kind : read.kind);
        if (read.kind !== 'record') return;
      }
    })(),
  );
  server.executor.drain();
  return heard;
}

function siteOf({ simulation }: Pair) {
  return simulation.tasks.summary().find(({ site }) => site === 'test.reader')!;
}

test('records arrive in order, and a close_notify ends the stream after them', (t) => {
  const pair = connect();
  const heard = readAll(pair, false);
  pair.near.send('segment', [DATA, DATA]);
  pair.near.send('segment', [DATA, CLOSE]);
  pair.near.send('fin');
  pair.simulation.run({ untilUs: 200_000 });
  t.deepEqual(heard, ['data', 'data', 'data', 'closed']);
});

test('a stream that ends without close_notify says so, and so does one that is reset', (t) => {
  for (const [end, said] of [
    ['close', 'eof'],
    ['abort', 'gone'],
  ] as const) {
    const pair = connect();
    const heard = readAll(pair, false);
    pair.near.send('segment', [DATA]);
    pair.simulation.run({ untilUs: 150_000 });
    pair.near[end]();
    pair.simulation.run({ untilUs: 200_000 });
    t.deepEqual(heard, ['data', said]);
  }
});

test('what follows a close_notify is discarded, in the same flight and in a later one', (t) => {
  const pair = connect();
  const heard = readAll(pair, false);
  pair.near.send('segment', [DATA, CLOSE, DATA]);
  pair.near.send('segment', [DATA]);
  pair.simulation.run({ untilUs: 1_000_000 });
  t.deepEqual(heard, ['data', 'closed']);
  t.is(siteOf(pair).idlePolls, 0);
});

test('with the defect a trailer makes the reader wake itself without progress until the peer is gone', (t) => {
  const pair = connect();
  const heard = readAll(pair, true);
  pair.near.send('segment', [DATA, CLOSE, DATA]);
  pair.simulation.run({ untilUs: 1_000_000 });
  t.deepEqual(heard, ['data']);
  t.true(siteOf(pair).longestIdleRun >= 100);
  pair.near.abort();
  pair.client.executor.drain();
  pair.simulation.run({ untilUs: 2_000_000 });
  t.deepEqual(heard, ['data', 'gone']);
  const { idlePolls } = siteOf(pair);
  pair.simulation.run({ untilUs: 3_000_000 });
  t.is(siteOf(pair).idlePolls, idlePolls);
});

test('with the defect a close without a trailer ends the stream as it should', (t) => {
  const pair = connect();
  const heard = readAll(pair, true);
  pair.near.send('segment', [DATA, CLOSE]);
  pair.near.send('segment', [DATA]);
  pair.simulation.run({ untilUs: 1_000_000 });
  t.deepEqual(heard, ['data', 'closed']);
});

test('a spin costs a whole core, most of it the span of a poll that finds nothing', (t) => {
  const pair = connect();
  readAll(pair, true);
  pair.near.send('segment', [CLOSE, DATA]);
  pair.simulation.run({ untilUs: 110_000 });
  const before = pair.simulation.costs!.read();
  pair.simulation.run({ untilUs: 8_110_000 });
  const stacks = pair.simulation.costs!.since(before);
  const totalUs = stacks.reduce((sum, { us }) => sum + us, 0);
  // It is charged when it is polled again, so the last hold may be missing.
  t.true(totalUs > 7_300_000 && totalUs <= 8_100_000, `${totalUs} us in eight seconds`);
  const spanUs = stacks.reduce((sum, { stack, us }) => sum + (stack.at(-1)!.startsWith('span.') ? us : 0), 0);
  t.true(spanUs > 0.7 * totalUs);
  t.deepEqual(stacks[0]!.stack.slice(0, -1), ['test.reader', ...PROXY_FRAMES.readEnter.split('/').slice(0, -1)]);
});

test('a silent peer ends a connection after the idle timeout, and an unanswered dial after the time to connect', (t) => {
  const pair = connect();
  const heard = readAll(pair, true);
  pair.near.send('segment', [CLOSE, DATA]);
  pair.simulation.run({ untilUs: 200_000 });
  pair.simulation.detach(pair.client, 'killed');
  pair.simulation.run({ untilUs: 9_000_000 });
  t.deepEqual(heard, []);
  pair.simulation.run({ untilUs: 11_000_000 });
  t.deepEqual(heard, ['gone']);
  const dialled = pair.server.sockets.dial(pair.simulation.peers.intern(0));
  pair.simulation.run({ untilUs: 11_900_000 });
  t.false(dialled.isOver);
  pair.simulation.run({ untilUs: 12_100_000 });
  t.true(dialled.isOver);
});

test('what a cut stops is sent again in order once it has healed, and its queue stands in the ledger until then', (t) => {
  const pair = connect();
  const heard = readAll(pair, false);
  pair.network.cuts.partition('', [[0], [1]], false);
  pair.near.send('segment', [DATA]);
  pair.near.send('segment', [CLOSE]);
  pair.simulation.run({ untilUs: 3_000_000 });
  t.deepEqual(heard, []);
  t.is([...pair.ledger.openEntries({ kind: 'buffer' })].length, 1);
  t.is(pair.network.fired.partition, 1);
  pair.network.cuts.heal(undefined);
  pair.simulation.run({ untilUs: 6_000_000 });
  t.deepEqual(heard, ['data', 'closed']);
  t.is([...pair.ledger.openEntries({ kind: 'buffer' })].length, 0);
});

test('a packet for a connection that a fresh incarnation does not know is answered with a reset', (t) => {
  const pair = connect();
  const { simulation, server, near, network } = pair;
  simulation.detach(server, 'killed');
  simulation.attach(new Host(simulation, network), server.peer);
  near.send('segment', [DATA]);
  t.false(near.isOver);
  simulation.run({ untilUs: simulation.nowUs + 3 * LATENCY_US });
  t.true(near.isOver);
  t.is(pair.ledger.errorCount, 0);
});

test('a socket is one entry from its beginning to its end', (t) => {
  const pair = connect();
  const open = () => [...pair.ledger.openEntries()].filter(({ kind }) => kind === 'connection' || kind === 'half-open');
  t.deepEqual(
    open().map(({ kind, site }) => `${kind} ${site}`),
    ['connection proxy.connect', 'connection proxy.accept'],
  );
  pair.near.close();
  pair.near.close();
  t.is(open().length, 1);
  pair.far().close();
  t.is(open().length, 0);
  t.is(pair.ledger.errorCount, 0);
});
