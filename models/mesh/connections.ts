// The application's own connections: one per neighbour, with readers, a registry by identity, and one by mesh id.
// Invariant (clean): a registered connection is open; when it is replaced or its neighbour goes, it is closed and its
// readers end; the disconnect handler takes out what the connection had put in.
import type { PeerId } from '../../sim/peer.ts';
import { block } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { TaskSet } from '../../sim/tasks/task-set.ts';
import { Connection } from '../quic/connection.ts';
import type { Endpoint } from '../quic/endpoint.ts';
import type { SendStream } from '../quic/stream.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { MESH_ALPN } from './contract.ts';
import type { MeshAppDefects } from './contract.ts';

/** What travels on the frames stream of a connection. */
type Frame =
  { readonly kind: 'hello'; readonly meshId: string } | { readonly kind: 'ping' } | { readonly kind: 'pong' };

const FRAME_BYTES = 64;

/** What the connections work with. */
export interface ConnectionsContext {
  readonly node: TaskNode;
  readonly endpoint: Endpoint;
  readonly telemetry: Telemetry;
  readonly defects: MeshAppDefects;
  readonly ops: { readonly pingSend: number; readonly pingAnswer: number };
}

/** A registered connection. */
export interface Registered {
  readonly connectionId: number;
  readonly held: Held;
}

/** Opaque to a census: what it holds stands in the ledger. */
class Held {
  readonly #connection: Connection;
  readonly #frames: SendStream;

  constructor(connection: Connection, frames: SendStream) {
    this.#connection = connection;
    this.#frames = frames;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get frames(): SendStream {
    return this.#frames;
  }
}

/** See the file's head. */
export class MeshConnections {
  /** By identity; as shipped the only place that a connection is held by. */
  readonly registry = new Map<PeerId, Registered>();
  /** By mesh id, as peers say it in their hello. */
  readonly meshIds = new Map<string, PeerId>();
  /** Peers that are dialled. */
  readonly dialling = new Set<PeerId>();
  /** The neighbours now: a dial that ends later than its neighbour's time has nobody to serve. */
  readonly neighbours = new Set<PeerId>();
  /** The tasks that run, to be aborted at the end. */
  readonly tasks = new Set<TaskHandle<void>>();
  private readonly context: ConnectionsContext;

  constructor(context: ConnectionsContext) {
    this.context = context;
  }

  /** A neighbour came up: one of the two connects, the one with the smaller index. */
  neighbourUp(peer: PeerId): void {
    this.neighbours.add(peer);
    if (this.context.node.peer.index < peer.index) this.connect(peer);
  }

  /** A neighbour went: the connection has served its purpose. */
  neighbourDown(peer: PeerId): void {
    this.neighbours.delete(peer);
    this.registry.get(peer)?.held.connection.close('no longer a neighbour');
  }

  /** Dials, unless there is a connection or a dial already. */
  connect(peer: PeerId): void {
    if (!this.registry.has(peer)) this.dial(peer);
  }

  /** Dials although there may be a connection; false while a dial to the peer runs. */
  dial(peer: PeerId): boolean {
    if (this.dialling.has(peer)) return false;
    this.dialling.add(peer);
    this.spawn('mesh.connect', this.dialOnce(peer), peer);
    return true;
  }

  /** Takes a connection that a peer opened. */
  accept(connection: Connection): void {
    this.serve(connection);
  }

  /** Sends a ping on every registered connection, each from a task of its own so that none waits for another. */
  ping(): void {
    for (const [peer, { held }] of this.registry) {
      this.context.node.charge(this.context.ops.pingSend);
      this.context.telemetry.event('info', 96);
      this.spawn('mesh.ping', pingOnce(held), peer);
    }
  }

  /** Ends all tasks and connections. */
  drop(): void {
    for (const { held } of this.registry.values()) held.connection.close('shutting down');
    for (const task of this.tasks) task.abort();
  }

  private spawn(site: string, body: TaskBody<void>, subject: PeerId): void {
    const task = this.context.node.executor.spawn(site, body, { subject });
    this.tasks.add(task);
    task.onEnd(() => this.tasks.delete(task));
  }

  private *dialOnce(peer: PeerId): TaskBody<void> {
    const connecting = this.context.endpoint.connect(peer, MESH_ALPN);
    try {
      const outcome = yield* connecting.handshake();
      if (!(outcome instanceof Connection)) return;
      if (this.neighbours.has(peer)) this.serve(outcome);
      else outcome.close('no longer a neighbour');
    } finally {
      this.dialling.delete(peer);
      connecting.drop();
    }
  }

  private serve(connection: Connection): void {
    if (connection.isClosed) return;
    const { remote } = connection;
    const before = this.registry.get(remote);
    const overwrites = this.context.defects['app-registry-overwrite'] ?? false;
    if (before !== undefined && !overwrites) before.held.connection.close('replaced by a newer connection');
    const held = new Held(connection, connection.openUni());
    this.registry.set(remote, { connectionId: connection.id, held });
    this.spawn('mesh.connection', this.connectionTask(held), remote);
  }

  /** Says hello, spawns the readers, waits for the end: the disconnect handler. */
  private *connectionTask(held: Held): TaskBody<void> {
    const { connection, frames } = held;
    const { node, telemetry } = this.context;
    const span = telemetry.span('connection_handler', { subject: connection.remote, isHandler: true });
    span.enter();
    const readers = new TaskSet<void>(node.executor);
    try {
      readers.spawn('mesh.frame-reader', this.readFrames(held), { subject: connection.remote });
      readers.spawn('mesh.bi-echo', echo(connection), { subject: connection.remote });
      const hello: Frame = { kind: 'hello', meshId: `mesh-${node.peer.index}-${node.serial}` };
      yield* select('biased', { said: block(say(frames, hello)), closed: connection.closed() });
      yield* connection.closed();
    } finally {
      frames.drop();
      connection.close('the handler has ended');
      readers.abortAll();
      this.forget(connection);
      span.close();
    }
  }

  private forget(connection: Connection): void {
    const registered = this.registry.get(connection.remote);
    if (registered?.connectionId !== connection.id) return;
    this.registry.delete(connection.remote);
    if (this.context.defects['app-mesh-id-registry-insert-only'] ?? false) return;
    for (const [meshId, peer] of this.meshIds) if (peer === connection.remote) this.meshIds.delete(meshId);
  }

  private *readFrames({ connection, frames }: Held): TaskBody<void> {
    const stream = yield* connection.acceptUni();
    if (stream === undefined) return;
    try {
      for (;;) {
        const read = yield* stream.read();
        if (read.kind !== 'data') return;
        const frame = read.message as Frame;
        if (frame.kind === 'hello') this.meshIds.set(frame.meshId, connection.remote);
        else if (frame.kind === 'ping') {
          this.context.node.charge(this.context.ops.pingAnswer);
          yield* say(frames, { kind: 'pong' });
        }
      }
    } finally {
      stream.drop();
    }
  }
}

function* say(frames: SendStream, frame: Frame): TaskBody<void> {
  yield* frames.write(frame, FRAME_BYTES);
}

/** A connection that cannot be written on is of no use: it is closed, and dialled again when it is wanted. */
function* pingOnce({ connection, frames }: Held): TaskBody<void> {
  if ((yield* frames.write({ kind: 'ping' } satisfies Frame, FRAME_BYTES)) !== 'ok') connection.close('a ping failed');
}

/** Answers whatever a peer asks on a stream of both directions. */
function* echo(connection: Connection): TaskBody<void> {
  for (;;) {
    const stream = yield* connection.acceptBi();
    if (stream === undefined) return;
    try {
      const read = yield* stream.recv.read();
      if (read.kind === 'data') yield* stream.send.write(read.message, FRAME_BYTES);
      stream.send.finish();
    } finally {
      stream.send.drop();
      stream.recv.drop();
    }
  }
}
