// A connection, from the first packet of its handshake to its end.
// Invariant: its state only moves on (handshaking, open, closing, over); when it is closed its streams have ended and
// whoever waits was told; when it is over its ledger entry, driver, timer and packets are gone too.
import { opaque } from '../../sim/census/opaque.ts';
import { METER } from '../../sim/meters.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Future, Waker } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import { WaitList } from '../../sim/tasks/wait-list.ts';
import { Accounting } from './accounting.ts';
import { Closed } from './closed.ts';
import { QUIC_BYTES } from './contract.ts';
import type { CloseReason, ConnectFailure } from './contract.ts';
import { drive, DRIVER_SITE, DriverInbox } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import { Outbox } from './outbox.ts';
import { Paths } from './paths.ts';
import type { RemoteActor } from './remote.ts';
import { Schedule } from './schedule.ts';
import { Streams } from './streams.ts';
import type { BiStream } from './streams.ts';
import type { RecvStream } from './recv-stream.ts';
import type { SendStream } from './stream.ts';
import { datagramsOf, packetBytes } from './wire.ts';
import type { QuicPacket } from './wire.ts';

/** Where a connection stands. */
export type ConnectionState = 'handshaking' | 'open' | 'closing' | 'over';

/** Made by `Endpoint.connect` and `Endpoint.accept`. */
export class Connection {
  /** Stable, unique at its endpoint. */
  readonly id: number;
  readonly remote: PeerId;
  readonly alpn: string;
  readonly side: 'client' | 'server';

  // The rest of the fields is for the transport.
  readonly endpoint: Endpoint;
  readonly outbox: Outbox;
  readonly paths: Paths;
  readonly streams: Streams;
  readonly driver: TaskHandle<void>;
  readonly accounting: Accounting;
  state: ConnectionState = 'handshaking';
  /** Why the handshake failed. */
  failure: ConnectFailure | undefined = undefined;
  /** Who waits for the handshake. */
  handshakeWaker: Waker | undefined = undefined;
  closeReason: CloseReason | undefined = undefined;
  private closers: WaitList<Closed> | undefined = undefined;
  /** The other side's id; -1 while it is not known. */
  farId = -1;
  /** Number of the life at the other end, as a nonce in the handshake would tell lives apart; 0 while it is not known. */
  remoteLife = 0;

  private readonly actor: RemoteActor;
  private readonly inbox = new DriverInbox();
  private readonly schedule: Schedule;
  private readonly keepAliveUs: number;
  private owned = true;
  /** The other side may have heard of it. */
  private spoke = false;

  constructor(endpoint: Endpoint, id: number, remote: PeerId, alpn: string, side: 'client' | 'server') {
    const { node, defects, actsOnDeadlines } = endpoint;
    this.endpoint = endpoint;
    this.id = id;
    this.remote = remote;
    this.alpn = alpn;
    this.side = side;
    this.outbox = new Outbox(node, remote, endpoint.network);
    this.paths = new Paths((defects['quic-abandoned-paths-kept'] ?? false) ? Infinity : 3 * this.outbox.ptoUs);
    // The server's answer to the client's PING spares it its own, so it gives the client time to be first.
    this.keepAliveUs = endpoint.keepAliveUs + (side === 'server' ? this.outbox.ptoUs : 0);
    this.streams = new Streams(this, endpoint.config);
    this.actor = endpoint.actorOf(remote);
    this.actor.acquire();
    const options = { subject: remote, bytes: QUIC_BYTES.driver };
    this.driver = node.executor.spawn(DRIVER_SITE, drive(this, this.inbox), options);
    this.accounting = new Accounting(endpoint, remote, this.driver);
    const giveUpAtUs = node.simulation.nowUs + endpoint.connectTimeoutUs;
    this.schedule = new Schedule(node, actsOnDeadlines ? giveUpAtUs : Infinity, () => this.tick());
    this.driver.onEnd(() => this.driverEnded());
  }

  get [opaque](): boolean {
    return true;
  }

  /** True once it was closed by either side or broke; what came before can still be read. */
  get isClosed(): boolean {
    return this.closeReason !== undefined;
  }

  /** Opens a stream to the other side, which sees it with the first packet. */
  openUni(): SendStream {
    return this.streams.openUni();
  }

  /** The next stream that the other side opened; undefined once the connection is closed and none is left. */
  acceptUni(): Future<RecvStream | undefined> {
    return this.streams.acceptUni();
  }

  /** Opens a stream both ways. */
  openBi(): BiStream {
    return this.streams.openBi();
  }

  /** Like {@link acceptUni}, for streams both ways. */
  acceptBi(): Future<BiStream | undefined> {
    return this.streams.acceptBi();
  }

  /** Closes it at once for this side; the other is told after everything sent before. Harmless when it is closed. */
  close(reason: string): void {
    if (this.state === 'handshaking') this.fail('closed');
    if (this.state !== 'open') return;
    this.end({ by: 'local', reason });
    this.state = 'closing';
    // What waits for a retransmission is not waited for (RFC 9000, 10.2).
    this.outbox.discard();
    this.transmit({ kind: 'close', to: this.farId, reason, of: undefined });
    const { endpoint, schedule, outbox } = this;
    if (endpoint.closeHasDeadline) schedule.drainedAtUs = endpoint.node.simulation.nowUs + 3 * outbox.ptoUs;
    schedule.reach(schedule.drainedAtUs);
  }

  /** Why it is closed, once it is. */
  closed(): Future<CloseReason> {
    return new Closed(this);
  }

  /** Those who wait for its end. */
  get closeWaiters(): WaitList<Closed> {
    return (this.closers ??= new WaitList());
  }

  // For the endpoint and the owner of the dial.

  /** The client's first step. */
  hello(): void {
    const { node } = this.endpoint;
    this.spoke = true;
    this.transmit({ kind: 'hello', peer: node.peer, from: node, fromId: this.id, alpn: this.alpn });
  }

  /** Where the other side is, and its id. */
  meet(far: Node, farId: number): void {
    this.outbox.far = far;
    this.farId = farId;
    this.remoteLife = far.serial;
    this.spoke = true;
  }

  /** Its `Connecting` was dropped, and the connection not taken. */
  disown(): void {
    this.owned = false;
    this.endpoint.disowned(this.id);
    if (this.state === 'open') this.close('nobody wants it');
    // As shipped: `Connecting` has no destructor, so nobody is told.
    else if (this.endpoint.actsOnDeadlines) this.fail('closed');
  }

  /** A dial got no answer in time. */
  noteTimedOut(): void {
    if (this.side === 'client') this.endpoint.node.simulation.meters.counts[METER.dialsFailed]!++;
  }

  /** Ends a handshake; the other side is told if it may have heard of it and does not know. */
  fail(reason: ConnectFailure['reason']): void {
    if (this.state !== 'handshaking') return;
    this.failure = { kind: 'failed', reason };
    this.outbox.discard();
    if (reason === 'timed-out') this.noteTimedOut();
    // A server that gives up may have a client that takes the connection for established: its Finished was late.
    const isServer = this.side === 'server';
    if (this.spoke && (reason === 'closed' || (reason === 'timed-out' && isServer))) {
      const of = this.farId < 0 ? { from: this.endpoint.node, fromId: this.id } : undefined;
      this.transmit({ kind: 'close', to: this.farId, reason: 'abandoned', of });
    }
    this.end({ by: reason === 'refused' ? 'remote' : 'local', reason });
    this.free(reason);
  }

  // For what comes off the wire and from the timer.

  /** A packet came. The hot path: data is taken without a turn of the driver. */
  take(packet: QuicPacket): void {
    const { accounting, outbox, schedule } = this;
    schedule.lastHeardUs = this.endpoint.node.simulation.nowUs;
    accounting.packetReceived(datagramsOf(packet));
    outbox.heard();
    switch (packet.kind) {
      case 'data':
      case 'credit':
      case 'fin':
      case 'fin-ack':
      case 'reset':
      case 'stop':
        accounting.driverWoken();
        if (this.state === 'open') this.streams.take(packet);
        return;
      case 'ping':
        accounting.driverWoken();
        if (this.state === 'open') this.transmit({ kind: 'ack', to: this.farId });
        return;
      case 'ack':
        accounting.driverWoken();
        return;
      default:
        this.inbox.push(packet);
    }
  }

  /** A turn of the driver for one packet. */
  process(packet: QuicPacket): void {
    switch (packet.kind) {
      case 'hello':
        this.accounting.charge(this.endpoint.ops.server);
        this.transmit({ kind: 'flight', to: this.farId, from: this.endpoint.node, fromId: this.id });
        return;
      case 'flight':
        // As shipped nobody polls the handshake of a dropped `Connecting` on, and nobody ends it.
        if (this.state !== 'handshaking' || !this.owned) return;
        this.meet(packet.from, packet.fromId);
        this.accounting.charge(this.endpoint.ops.client);
        this.transmit({ kind: 'finished', to: this.farId });
        this.establish();
        this.handshakeWaker?.wake();
        return;
      case 'finished':
        if (this.state !== 'handshaking') return;
        this.establish();
        this.endpoint.established(this);
        return;
      case 'path':
        if (this.state !== 'open') return;
        this.movePath(packet.path);
        this.transmit({ kind: 'path-ack', to: this.farId, path: packet.path });
        return;
      case 'close':
        this.takeClose(packet.reason);
        break;
      default:
    }
  }

  /** Sends a packet of an open connection. */
  send(packet: QuicPacket): void {
    if (this.state === 'open') this.transmit(packet);
  }

  /** Moves to a new path, and tells the other side. */
  changePath(): void {
    const path = this.paths.current + 1;
    this.movePath(path);
    this.transmit({ kind: 'path', to: this.farId, path });
  }

  private establish(): void {
    this.state = 'open';
    this.schedule.handshakeAtUs = Infinity;
    this.endpoint.disowned(this.id);
    this.outbox.measured();
    this.actor.openCount++;
    this.accounting.established(this.alpn);
    this.arm();
  }

  private takeClose(reason: string): void {
    if (this.state === 'handshaking') {
      this.fail('refused');
      return;
    }
    if (this.state === 'open') {
      this.outbox.discard();
      if (!this.endpoint.stopsAnswering) this.transmit({ kind: 'close', to: this.farId, reason, of: undefined });
      this.end({ by: 'remote', reason });
      this.endpoint.lost(this);
    }
    this.free('closed');
  }

  /** Something was due. */
  private tick(): void {
    const { schedule, outbox, endpoint } = this;
    const { nowUs } = endpoint.node.simulation;
    this.accounting.driverWoken();
    if (nowUs >= schedule.handshakeAtUs) return this.fail('timed-out');
    if (nowUs >= schedule.drainedAtUs) return this.free('drained');
    if (this.state === 'open') {
      if (nowUs >= schedule.lastHeardUs + endpoint.idleTimeoutUs) return this.idleOut();
      if (nowUs >= outbox.lastSentUs + this.keepAliveUs) this.keepAlive();
    }
    if (nowUs >= outbox.probeAtUs) outbox.probe();
    this.paths.expire(nowUs);
    this.arm();
  }

  private arm(): void {
    const { schedule, outbox, endpoint } = this;
    let dueUs = Math.min(outbox.probeAtUs, this.paths.dueUs, schedule.handshakeAtUs, schedule.drainedAtUs);
    if (this.state === 'open') {
      dueUs = Math.min(dueUs, schedule.lastHeardUs + endpoint.idleTimeoutUs, outbox.lastSentUs + this.keepAliveUs);
    }
    schedule.reach(dueUs);
  }

  private keepAlive(): void {
    // While probes are under way a PING would only wait behind what they are for.
    if (this.outbox.probeAtUs === Infinity) this.transmit({ kind: 'ping', to: this.farId });
    else this.outbox.lastSentUs = this.endpoint.node.simulation.nowUs;
  }

  private idleOut(): void {
    this.end({ by: 'idle', reason: 'idle timeout' });
    this.endpoint.lost(this);
    this.free('idle');
  }

  private transmit(packet: QuicPacket): void {
    const { outbox } = this;
    this.accounting.packetSent(datagramsOf(packet));
    outbox.send(packet, packetBytes(packet));
    if (outbox.probeAtUs !== Infinity) this.schedule.reach(outbox.probeAtUs);
  }

  private movePath(path: number): void {
    if (this.paths.moveTo(path, this.endpoint.node.simulation.nowUs)) this.schedule.reach(this.paths.dueUs);
  }

  private driverEnded(): void {
    if (this.state === 'over') return;
    if (this.state === 'handshaking') this.failure = { kind: 'failed', reason: 'closed' };
    this.end({ by: 'aborted', reason: 'its driver was cancelled' });
    this.free('aborted');
  }

  /** The end for its users. */
  private end(reason: CloseReason): void {
    if (this.isClosed) return;
    if (this.state === 'open') this.actor.openCount--;
    this.closeReason = reason;
    this.accounting.closed();
    this.streams.end();
    this.closers?.wakeAll();
  }

  /** The end of what the transport holds. */
  private free(why: string): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.accounting.over(why);
    this.schedule.disarm();
    this.outbox.end();
    this.inbox.end();
    this.handshakeWaker?.wake();
    this.actor.release();
    this.endpoint.freed(this);
  }
}
