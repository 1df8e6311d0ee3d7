// An endpoint: dials, is dialled, and holds every connection of its node.
// Invariant: a connection is in its table from the first packet until it is over, and each is its remote's actor's.
import { opaque } from '../../sim/census/opaque.ts';
import { METER } from '../../sim/meters.ts';
import { trueDelayUs } from '../../sim/network/clocks.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { SiteAccount } from '../../sim/tasks/account.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { WaitList, Waiting } from '../../sim/tasks/wait-list.ts';
import { AddressMap } from './addresses.ts';
import { actOn } from './acts.ts';
import { Connecting } from './connecting.ts';
import { Connection } from './connection.ts';
import type { QuicConfig, QuicDefects, QuicNote, QuicOptions } from './contract.ts';
import { quicOps } from './cost-ops.ts';
import type { QuicOps } from './cost-ops.ts';
import { DRIVER_SITE } from './driver.ts';
import { exposeEndpoint } from './expose.ts';
import { AcceptQueue } from './queue.ts';
import { RemoteActor } from './remote.ts';
import type { Close, Hello, QuicPacket } from './wire.ts';

/** See the file's head. */
export class Endpoint {
  readonly node: TaskNode;

  // The rest is for the transport.
  readonly network: Network;
  readonly config: QuicConfig;
  readonly defects: QuicDefects;
  readonly note: QuicNote | undefined;
  readonly ops: QuicOps;
  readonly driverAccount: SiteAccount;
  /** Times of the network and the configuration, on the simulation's clock. */
  readonly connectTimeoutUs: number;
  readonly idleTimeoutUs: number;
  readonly keepAliveUs: number;
  /** Handshakes have a deadline of their own, and a dropped `Connecting` ends its handshake. */
  readonly actsOnDeadlines: boolean;
  readonly closeHasDeadline: boolean;
  readonly table = new Map<number, Connection>();
  readonly remotes = new Map<PeerId, RemoteActor>();
  readonly addresses: AddressMap;
  readonly incoming = new AcceptQueue<Connection>();
  /** Dials that their owner holds. */
  readonly dials = new Map<number, Connecting>();
  stopsReading = false;
  stopsAnswering = false;

  private lastId = 0;
  /** Driver and actor tasks that have not ended. */
  private taskCount = 0;
  private isClosing = false;
  private readonly shutdowns = new WaitList<Shutdown>();

  constructor(node: TaskNode, { network, config, defects = {}, costs, note }: QuicOptions) {
    this.node = node;
    this.network = network;
    this.config = config;
    this.defects = defects;
    this.note = note;
    this.ops = quicOps(costs);
    this.driverAccount = network.simulation.tasks.of(DRIVER_SITE);
    this.connectTimeoutUs = trueDelayUs(node.clock, network.config.connectTimeoutUs);
    this.idleTimeoutUs = trueDelayUs(node.clock, network.config.idleTimeoutUs);
    this.keepAliveUs = trueDelayUs(node.clock, config.keepAliveUs);
    this.actsOnDeadlines = !(defects['quic-connecting-dropped'] ?? false);
    this.closeHasDeadline = !(defects['quic-close-without-deadline'] ?? false);
    this.addresses = new AddressMap(!(defects['quic-address-map-never-evicted'] ?? false));
  }

  get [opaque](): boolean {
    return true;
  }

  /** Connections that are handshaken and not closed, oldest first. */
  get connections(): Iterable<Connection> {
    return [...this.table.values()].filter((connection) => connection.state === 'open');
  }

  /** How many of {@link connections} are to `remote`. */
  connectionsTo(remote: PeerId): number {
    return this.remotes.get(remote)?.openCount ?? 0;
  }

  /**
   * Begins a handshake. The owner of the result drops it when it is done with it.
   *
   * @param alpn - The protocol to speak.
   */
  connect(remote: PeerId, alpn: string): Connecting {
    const { node } = this;
    const { simulation } = node;
    simulation.meters.counts[METER.dials]!++;
    simulation.observer?.dialled?.(node, remote);
    if (this.ops.connect >= 0) node.charge(this.ops.connect);
    const connection = this.create(remote, alpn, 'client');
    const connecting = new Connecting(connection);
    if (this.isClosing) connection.fail('closed');
    else {
      this.dials.set(connection.id, connecting);
      connection.hello();
    }
    return connecting;
  }

  /** The next handshaken connection that a peer opened, in order; undefined once the endpoint is closed. */
  accept(): Future<Connection | undefined> {
    return this.incoming.next();
  }

  /** A packet arrived at the node. */
  receive(packet: QuicPacket): void {
    this.node.simulation.meters.counts[METER.messagesDelivered]!++;
    if (packet.kind === 'hello') {
      this.takeHello(packet);
      return;
    }
    const connection =
      packet.kind === 'close' && packet.of !== undefined ? this.dialOf(packet.of) : this.table.get(packet.to);
    // Of a connection that is over here: silence, as its peer learns of the end by the close or by idleness.
    connection?.take(packet);
  }

  /**
   * Closes everything; refuses what comes from now on. Ready when every peer has answered, which is waited for no longer
   * than 3 PTO of its path, and all tasks of the endpoint have ended.
   */
  close(): Future<void> {
    if (!this.isClosing) {
      this.isClosing = true;
      for (const connection of Array.from(this.table.values())) connection.close('endpoint closed');
      this.incoming.end();
      this.finishShutdown();
    }
    return new Shutdown(this);
  }

  /** The state for the census: plain data, made anew at each call. */
  expose(): Record<string, unknown> {
    return exposeEndpoint(this);
  }

  /** Performs one of {@link quicActs}; false when it changes nothing. The caller drains the executor. */
  act(act: string, args: Readonly<Record<string, number | string | boolean>>): boolean {
    return actOn(this, act, args);
  }

  // For the transport.

  /** True once {@link close} is done. */
  get isClosed(): boolean {
    return this.isClosing && this.table.size === 0 && this.taskCount === 0;
  }

  get closeWaiters(): WaitList<Shutdown> {
    return this.shutdowns;
  }

  /** The actor of a remote, started if there is none. */
  actorOf(remote: PeerId): RemoteActor {
    const address = this.addresses.use(remote, (peer) => (this.remotes.get(peer)?.connectionCount ?? 0) > 0);
    const known = this.remotes.get(remote);
    if (known !== undefined && !known.task.isFinished) return known;
    const actor = new RemoteActor(this.node, remote, address, this.config.remoteIdleUs);
    this.remotes.set(remote, actor);
    this.taskCount++;
    actor.task.onEnd(() => {
      if (this.remotes.get(remote) === actor) this.remotes.delete(remote);
      this.taskEnded();
    });
    return actor;
  }

  /** A handshake that a peer began is done. */
  established(connection: Connection): void {
    this.incoming.push(connection);
  }

  /** The remote closed a connection, or it idled out. */
  lost(connection: Connection): void {
    if (this.connectionsTo(connection.remote) > 0) return;
    this.node.simulation.observer?.toldClosed?.(this.node, connection.remote);
  }

  /** A dial is no longer its owner's. */
  disowned(id: number): void {
    this.dials.delete(id);
  }

  /** A connection is over. */
  freed(connection: Connection): void {
    this.table.delete(connection.id);
    this.dials.delete(connection.id);
    this.finishShutdown();
  }

  private create(remote: PeerId, alpn: string, side: 'client' | 'server'): Connection {
    const connection = new Connection(this, ++this.lastId, remote, alpn, side);
    this.table.set(connection.id, connection);
    this.taskCount++;
    connection.driver.onEnd(() => this.taskEnded());
    return connection;
  }

  private takeHello(hello: Hello): void {
    const connection = this.create(hello.peer, hello.alpn, 'server');
    connection.meet(hello.from, hello.fromId);
    if (this.isClosing) connection.fail('closed');
    else connection.take(hello);
  }

  /** The half-open connection that a client gave up before it knew its id here. */
  private dialOf({ from, fromId }: NonNullable<Close['of']>): Connection | undefined {
    for (const connection of this.table.values()) {
      const { side, outbox, farId } = connection;
      if (side === 'server' && outbox.far === from && farId === fromId) return connection;
    }
    return undefined;
  }

  private finishShutdown(): void {
    if (!this.isClosing || this.table.size > 0) return;
    for (const actor of this.remotes.values()) actor.task.abort();
    this.addresses.clear();
    if (this.taskCount === 0) this.shutdowns.wakeAll();
  }

  private taskEnded(): void {
    this.taskCount--;
    if (this.isClosed) this.shutdowns.wakeAll();
  }
}

class Shutdown extends Waiting<void> {
  private readonly endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    super();
    this.endpoint = endpoint;
  }

  poll(waker: Waker): void | Pending {
    if (!this.endpoint.isClosed) {
      return this.waitIn(this.endpoint.closeWaiters, waker);
    }
    if (this.hasWaited) waker.achieve();
    this.drop();
  }
}
