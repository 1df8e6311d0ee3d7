// A small world of nodes that have nothing but an endpoint, for the tests of the transport.
// Invariant: what a test does to a node happens in an event of its own, with all ready tasks polled after it.
import { Ledger } from '../../sim/ledger/ledger.ts';
import { parseInput } from '../../sim/input.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Simulation } from '../../sim/simulation.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, TaskBody } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { Connection } from './connection.ts';
import { QUIC_COSTS, quicConfigSchema } from './contract.ts';
import type { CloseReason, QuicConfig, QuicDefects, QuicNote } from './contract.ts';
import { Endpoint } from './endpoint.ts';
import type { RecvStream } from './recv-stream.ts';
import type { QuicPacket } from './wire.ts';

/** One virtual second and millisecond. */
export const SECOND = 1_000_000;
export const MS = 1000;

/** The cost table of the fixture's nodes. */
const COSTS = costTable({ ...QUIC_COSTS, poll: 1 });

/** How a {@link QuicWorld} is set up. */
export interface QuicWorldOptions {
  readonly seed?: string;
  readonly network?: Partial<NetworkConfig>;
  readonly config?: Partial<QuicConfig>;
  readonly defects?: QuicDefects;
  readonly note?: QuicNote;
}

/** A node that accepts every connection, and reads all streams of those that it accepts. */
export class QuicNode extends TaskNode {
  endpoint!: Endpoint;
  readonly accepted: Connection[] = [];
  /** Everything read, in order, as `<from>: <message>`. */
  readonly heard: string[] = [];

  override receive(_from: number, message: unknown): void {
    this.endpoint.receive(message as QuicPacket);
  }

  override expose(): Record<string, unknown> {
    return { quic: this.endpoint.expose() };
  }

  /** Accepts until the endpoint is closed. */
  *serve(reads: boolean): TaskBody<void> {
    for (;;) {
      const connection = yield* this.endpoint.accept();
      if (connection === undefined) return;
      this.accepted.push(connection);
      if (reads) this.read(connection);
    }
  }

  /** Reads all streams that the other side of a connection opens. */
  read(connection: Connection): void {
    this.executor.spawn('test.streams', this.readStreams(connection), { subject: connection.remote });
  }

  private *readStreams(connection: Connection): TaskBody<void> {
    for (;;) {
      const stream = yield* connection.acceptUni();
      if (stream === undefined) return;
      this.executor.spawn('test.reader', this.readStream(connection, stream), { subject: connection.remote });
    }
  }

  private *readStream(connection: Connection, stream: RecvStream): TaskBody<void> {
    try {
      for (;;) {
        const read = yield* stream.read();
        if (read.kind === 'data') this.heard.push(`${connection.remote}: ${String(read.message)}`);
        else {
          this.heard.push(`${connection.remote} ${read.kind}`);
          return;
        }
      }
    } finally {
      stream.drop();
    }
  }
}

/** See the file's head. */
export class QuicWorld {
  readonly simulation: Simulation;
  readonly ledger: Ledger;
  readonly network: Network;
  /** Nodes that were told that a remote is gone, as `p0 lost p1`. */
  readonly lost: string[] = [];
  private readonly options: QuicWorldOptions;

  constructor(options: QuicWorldOptions = {}) {
    this.options = options;
    this.simulation = new Simulation({ seed: options.seed ?? 'quic' });
    this.ledger = this.simulation.ledger = new Ledger(this.simulation);
    this.simulation.costs = new CostAccount(COSTS);
    const latency = { kind: 'fixed', us: 10 * MS } as const;
    const network = parseInput(networkConfigSchema, { latency, ...options.network }, 'test', 'bad-network');
    this.network = new Network(this.simulation, network);
    this.simulation.observer = { toldClosed: (node, peer) => this.lost.push(`${node.peer} lost ${peer}`) };
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  peer(index: number): PeerId {
    return this.simulation.peers.intern(index);
  }

  /** Starts an incarnation. */
  start(index: number, reads = true): QuicNode {
    const { simulation, network, options } = this;
    const peer = this.peer(index);
    const random = simulation.streams.stream(`node/${index}/${peer.incarnations + 1}`);
    const node = new QuicNode(random, network.clockOf(peer));
    node.simulation = simulation;
    const config = parseInput(quicConfigSchema, options.config ?? {}, 'test', 'bad-quic');
    simulation.attach(node, peer);
    const { defects = {}, note } = options;
    node.endpoint = new Endpoint(node, { network, config, defects, costs: COSTS, ...(note && { note }) });
    node.executor.spawn('test.serve', node.serve(reads));
    node.executor.drain();
    return node;
  }

  kill(node: QuicNode): void {
    this.simulation.detach(node, 'killed');
    node.executor.end();
  }

  /** Lets virtual time pass. */
  pass(us: number): void {
    this.simulation.run({ untilUs: this.nowUs + us });
  }

  /** Runs a body as a task of the node. */
  spawn<T>(node: QuicNode, body: TaskBody<T>): TaskHandle<T> {
    const task = node.executor.spawn('test.task', body);
    node.executor.drain();
    return task;
  }

  /** Does something to a node, and polls what it made ready. */
  at<T>(node: QuicNode, act: () => T): T {
    const result = act();
    node.executor.drain();
    return result;
  }

  /** A handshaken connection from `from` to the node of peer `to`. */
  connect(from: QuicNode, to: number): Connection {
    const task = this.spawn(from, dial(from, this.peer(to)));
    this.pass(2 * SECOND);
    const connection = valueOf(task);
    if (!(connection instanceof Connection)) throw new Error(`no connection to p${to}: ${JSON.stringify(connection)}`);
    return connection;
  }

  /** Writes messages of `bytes` each on a stream; the result of each write. */
  send(
    node: QuicNode,
    stream: { write(message: unknown, bytes: number): Future<string> },
    messages: readonly string[],
    bytes = 100,
  ): TaskHandle<string[]> {
    return this.spawn(
      node,
      (function* () {
        const results: string[] = [];
        for (const message of messages) results.push(yield* stream.write(message, bytes));
        return results;
      })(),
    );
  }

  /** The value of a future that has one now, and undefined for one that is pending. */
  now<T>(future: Future<T>): T | undefined {
    let value: T | Pending = PENDING;
    value = future.poll({ wake: () => {}, spend: () => true, achieve: () => {} });
    future.drop();
    return value === PENDING ? undefined : value;
  }

  /** Closes an endpoint; the task ends when that is done. */
  close(node: QuicNode): TaskHandle<void> {
    return this.spawn(
      node,
      (function* () {
        yield* node.endpoint.close();
      })(),
    );
  }

  /** Kinds of the transport's open entries, sorted. */
  kinds(node?: QuicNode): string[] {
    const all = [...this.ledger.openEntries(node === undefined ? {} : { owner: node })];
    return all.flatMap(({ kind, site }) => (site.startsWith('quic.') ? [kind] : [])).sort();
  }

  /** Why a connection is closed; undefined while it is not. */
  reason(connection: Connection): CloseReason | undefined {
    return this.now(connection.closed());
  }
}

/** Dials once; drops the dial when it is done with it. */
export function* dial(node: QuicNode, to: PeerId): TaskBody<unknown> {
  const connecting = node.endpoint.connect(to, 'test');
  try {
    return yield* connecting.handshake();
  } finally {
    connecting.drop();
  }
}

/** What a task that ended gave. */
export function valueOf<T>(task: TaskHandle<T>): T | undefined {
  let value: T | undefined;
  if (task.isFinished) task.onEnd((result) => (value = result.kind === 'finished' ? result.value : undefined));
  return value;
}
