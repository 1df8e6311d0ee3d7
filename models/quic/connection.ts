// A connection, from the first packet of its handshake to its end.
// Invariant: its state only moves on (handshaking, open, closing, over); one ledger entry is open until it is over; when
// it is over its driver, timer, streams and packets are gone, and everyone who waits for it was told.
import { opaque } from '../../sim/census/opaque.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Future, Waker } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { WaitList } from '../../sim/tasks/wait-list.ts';
import { Closed } from './closed.ts';
import { QUIC_BYTES } from './contract.ts';
import type { CloseReason, ConnectFailure, QuicConfig } from './contract.ts';
import { ConnectionTimer, drive, DRIVER_SITE, DriverInbox } from './driver.ts';
import type { Endpoint } from './endpoint.ts';
import { Outbox } from './outbox.ts';
import { Paths } from './paths.ts';
import type { RemoteActor } from './remote.ts';
import { Streams } from './streams.ts';
import type { BiStream } from './streams.ts';
import type { RecvStream, SendStream } from './stream.ts';
import { packetBytes } from './wire.ts';
import type { Data, QuicPacket } from './wire.ts';

/** See the file's head. */
export class Connection {
  /** Stable, unique at its endpoint. */
  readonly id: number;
  readonly remote: PeerId;
  readonly alpn: string;
  readonly side: 'client' | 'server';

  // The rest is for the transport.
  readonly endpoint: Endpoint;
  readonly outbox: Outbox;
  readonly paths: Paths;
  readonly streams: Streams;
  readonly driver: TaskHandle<void>;
  readonly handshakeDeadlineUs: number;
  handshakeWaker: Waker | undefined = undefined;
  /** Why the handshake failed. */
  failure: ConnectFailure | undefined = undefined;

  private readonly actor: RemoteActor;
  private readonly inbox = new DriverInbox();
  private readonly timer = new ConnectionTimer(this);
  private readonly costRow: number;
  private state: 'handshaking' | 'open' | 'closing' | 'over' = 'handshaking';
  private entry: EntryId;
  private farId = -1;
  private owned = true;
  /** The other side may have heard of it. */
  private spoke = false;
  private lastHeardUs: number;
  /** When a close that nobody answers is given up. */
  private drainedAtUs = Infinity;
  private reason: CloseReason | undefined = undefined;
  private closers: WaitList<Closed> | undefined = undefined;

  constructor(endpoint: Endpoint, id: number, remote: PeerId, alpn: string, side: 'client' | 'server') {
    const { node, network } = endpoint;
    const { simulation } = node;
    this.endpoint = endpoint;
    this.id = id;
    this.remote = remote;
    this.alpn = alpn;
    this.side = side;
    this.outbox = new Outbox(node, remote, network);
    const keepsPaths = endpoint.defects['quic-abandoned-paths-kept'] ?? false;
    this.paths = new Paths(keepsPaths ? Infinity : 3 * this.outbox.ptoUs);
    this.streams = new Streams(this);
    this.lastHeardUs = simulation.nowUs;
    this.handshakeDeadlineUs = simulation.nowUs + endpoint.connectTimeoutUs;
    this.entry = this.openEntry('half-open', 'quic.half-open', QUIC_BYTES.halfOpen);
    this.actor = endpoint.actorOf(remote);
    this.actor.acquire();
    this.driver = node.executor.spawn(DRIVER_SITE, drive(this, this.inbox), {
      subject: remote,
      bytes: QUIC_BYTES.driver,
    });
    this.costRow = simulation.costs?.row(this.driver.path) ?? -1;
    this.driver.onEnd(() => this.driverEnded());
    if (endpoint.deadlines) this.timer.reach(this.handshakeDeadlineUs);
  }

  get [opaque](): boolean {
    return true;
  }

  get node(): TaskNode {
    return this.endpoint.node;
  }

  get config(): QuicConfig {
    return this.endpoint.config;
  }

  /** True once it was closed by either side or broke; what came before can still be read. */
  get isClosed(): boolean {
    return this.reason !== undefined;
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
    this.countClose();
    this.end({ by: 'local', reason });
    this.state = 'closing';
    // RFC 9000, 10.2: what waits for a retransmission is not waited for.
    this.outbox.discard();
    this.transmit({ kind: 'close', to: this.farId, reason, of: undefined });
    if (this.endpoint.closeHasDeadline) this.drainedAtUs = this.node.simulation.nowUs + 3 * this.outbox.ptoUs;
    this.arm();
  }

  /** Why it is closed, once it is. */
  closed(): Future<CloseReason> {
    return new Closed(this);
  }

  // For the transport.

  get isHandshaking(): boolean {
    return this.state === 'handshaking';
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  get isOver(): boolean {
    return this.state === 'over';
  }

  get stateName(): string {
    return this.state;
  }

  get closeReason(): CloseReason | undefined {
    return this.reason;
  }

  /** True while the node reads nothing off the network. */
  get readsNothing(): boolean {
    return this.endpoint.stopsReading && this.state === 'open';
  }

  get closeWaiters(): WaitList<Closed> {
    return (this.closers ??= new WaitList());
  }

  /** Where the first packet came from, and the id to answer to; of a server's side. */
  answerTo(far: Node, farId: number): void {
    this.outbox.far = far;
    this.farId = farId;
    this.spoke = true;
  }

  /** True for the dial that `far` knows as `farId`. */
  isDialOf(far: Node, farId: number): boolean {
    return this.outbox.far === far && this.farId === farId;
  }

  /** The client's first step. */
  hello(): void {
    const { node } = this;
    this.spoke = true;
    this.transmit({ kind: 'hello', peer: node.peer, from: node, fromId: this.id, alpn: this.alpn });
  }

  /** Its `Connecting` was dropped, and the connection not taken. */
  disown(): void {
    this.owned = false;
    this.endpoint.disowned(this.id);
    if (this.state === 'open') this.close('nobody wants it');
    // As shipped: `Connecting` has no destructor, so nobody is told.
    else if (this.endpoint.deadlines) this.fail('closed');
  }

  /** Its dial got no answer in time. */
  noteTimedOut(): void {
    if (this.side === 'client') this.node.simulation.meters.counts[METER.dialsFailed]!++;
  }

  /** Ends it with its endpoint, whatever its state. */
  shut(reason: string): void {
    this.fail('closed');
    this.close(reason);
  }

  /** Ends a handshake; the other side is told if it has heard of it and does not know. */
  fail(reason: ConnectFailure['reason']): void {
    if (this.state !== 'handshaking') return;
    this.failure = { kind: 'failed', reason };
    if (reason === 'timed-out') this.noteTimedOut();
    this.outbox.discard();
    if (reason === 'closed' && this.spoke) {
      const { node, farId } = this;
      const of = farId < 0 ? { from: node, fromId: this.id } : undefined;
      this.transmit({ kind: 'close', to: farId, reason: 'abandoned', of });
    }
    this.end({ by: reason === 'refused' ? 'remote' : 'local', reason });
    this.free(reason);
  }

  /** A packet came. The hot path: data is taken without a turn of the driver. */
  take(packet: QuicPacket): void {
    const { endpoint } = this;
    const { simulation } = this.node;
    this.lastHeardUs = simulation.nowUs;
    this.charge(endpoint.ops.receive);
    endpoint.note?.('debug', 'packet received', 160, this.driverLocal);
    this.outbox.heard();
    switch (packet.kind) {
      case 'data':
      case 'credit':
      case 'fin':
      case 'fin-ack':
      case 'reset':
      case 'stop':
        this.countWake();
        if (this.state === 'open') this.streams.take(packet);
        return;
      case 'ping':
        this.countWake();
        if (this.state === 'open') this.transmit({ kind: 'ack', to: this.farId });
        return;
      case 'ack':
        this.countWake();
        return;
      default:
        this.inbox.push(packet);
    }
  }

  /** A turn of the driver for one packet. */
  process(packet: QuicPacket): void {
    switch (packet.kind) {
      case 'hello':
        this.charge(this.endpoint.ops.server);
        this.transmit({ kind: 'flight', to: this.farId, from: this.node, fromId: this.id });
        return;
      case 'flight':
        this.takeFlight(packet.from, packet.fromId);
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

  /** Something was due. */
  tick(): void {
    const { nowUs } = this.node.simulation;
    this.countWake();
    if (this.state === 'handshaking') {
      if (this.endpoint.deadlines && nowUs >= this.handshakeDeadlineUs) return this.fail('timed-out');
    } else if (this.state === 'closing') {
      if (nowUs >= this.drainedAtUs) return this.free('drained');
    } else if (nowUs >= this.lastHeardUs + this.endpoint.idleTimeoutUs) return this.idleOut();
    else if (nowUs >= this.outbox.lastSentUs + this.endpoint.keepAliveUs) this.ping();
    if (nowUs >= this.outbox.probeAtUs) this.outbox.probe();
    this.paths.expire(nowUs);
    this.arm();
  }

  /** Moves to a new path, and tells the other side. */
  changePath(): void {
    const path = this.paths.current + 1;
    this.movePath(path);
    this.transmit({ kind: 'path', to: this.farId, path });
  }

  /** Sends one message. */
  sendData(stream: number, message: unknown, bytes: number): void {
    const packet: Data = { kind: 'data', to: this.farId, stream, message, bytes };
    this.transmit(packet);
  }

  sendSignal(kind: 'fin' | 'fin-ack' | 'reset' | 'stop', stream: number): void {
    if (this.state === 'open') this.transmit({ kind, to: this.farId, stream });
  }

  sendCredit(stream: number, streamBytes: number, connectionBytes: number): void {
    if (this.state === 'open') this.transmit({ kind: 'credit', to: this.farId, stream, streamBytes, connectionBytes });
  }

  /** A stream's ledger entry. */
  openStream(): EntryId {
    if (this.isClosed) return NO_ENTRY;
    return this.openEntry('stream', 'quic.stream', QUIC_BYTES.stream);
  }

  settleStream(entry: EntryId): void {
    this.node.simulation.ledger?.close(entry, 'over');
  }

  private transmit(packet: QuicPacket): void {
    const { endpoint, outbox } = this;
    this.charge(endpoint.ops.send);
    endpoint.note?.('debug', 'packet sent', 160, this.driverLocal);
    outbox.send(packet, packetBytes(packet));
    if (outbox.probeAtUs !== Infinity) this.timer.reach(outbox.probeAtUs);
  }

  private takeFlight(far: Node, farId: number): void {
    // As shipped nobody polls the handshake of a dropped `Connecting` on, and nobody ends it.
    if (this.state !== 'handshaking' || !this.owned) return;
    this.answerTo(far, farId);
    this.charge(this.endpoint.ops.client);
    this.transmit({ kind: 'finished', to: farId });
    this.establish();
    this.handshakeWaker?.wake();
  }

  private establish(): void {
    const { simulation } = this.node;
    this.state = 'open';
    this.endpoint.disowned(this.id);
    this.outbox.measured();
    this.actor.openCount++;
    simulation.ledger?.close(this.entry, 'established');
    this.entry = this.openEntry('connection', 'quic.connection', QUIC_BYTES.connection);
    this.endpoint.note?.('info', 'handshake done', 240, this.driverLocal);
    this.arm();
  }

  private takeClose(reason: string): void {
    if (this.state === 'handshaking') {
      this.fail('refused');
      return;
    }
    if (this.state === 'open') {
      this.countClose();
      if (!this.endpoint.stopsAnswering) {
        this.outbox.discard();
        this.transmit({ kind: 'close', to: this.farId, reason, of: undefined });
      }
      this.end({ by: 'remote', reason });
      this.endpoint.lost(this);
    }
    this.free('closed');
  }

  private idleOut(): void {
    this.end({ by: 'idle', reason: 'idle timeout' });
    this.endpoint.lost(this);
    this.free('idle');
  }

  private ping(): void {
    // Probes are under way for what waits: a further packet would only wait behind it.
    if (this.outbox.probeAtUs === Infinity) this.transmit({ kind: 'ping', to: this.farId });
    else this.outbox.lastSentUs = this.node.simulation.nowUs;
  }

  private movePath(path: number): void {
    if (!this.paths.moveTo(path, this.node.simulation.nowUs)) return;
    this.timer.reach(this.paths.dueUs);
  }

  private driverEnded(): void {
    if (this.state === 'over') return;
    if (this.state === 'handshaking') this.failure = { kind: 'failed', reason: 'closed' };
    this.end({ by: 'aborted', reason: 'its driver was cancelled' });
    this.free('aborted');
  }

  /** The end for its users. */
  private end(reason: CloseReason): void {
    if (this.reason !== undefined) return;
    if (this.state === 'open') this.actor.openCount--;
    this.reason = reason;
    this.endpoint.note?.('info', 'closed', 240, this.driverLocal);
    this.streams.end();
    this.closers?.wakeAll();
  }

  /** The end of what the transport holds. */
  private free(why: string): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.node.simulation.ledger?.close(this.entry, why);
    this.entry = NO_ENTRY;
    this.timer.disarm();
    this.outbox.discard();
    this.inbox.end();
    this.handshakeWaker?.wake();
    this.actor.release();
    this.endpoint.freed(this);
  }

  /** Arms the timer for what is due next. */
  private arm(): void {
    let atUs = Math.min(this.outbox.probeAtUs, this.paths.dueUs);
    if (this.state === 'handshaking') {
      if (this.endpoint.deadlines) atUs = Math.min(atUs, this.handshakeDeadlineUs);
    } else if (this.state === 'closing') atUs = Math.min(atUs, this.drainedAtUs);
    else if (this.state === 'open') {
      const { idleTimeoutUs, keepAliveUs } = this.endpoint;
      atUs = Math.min(atUs, this.lastHeardUs + idleTimeoutUs, this.outbox.lastSentUs + keepAliveUs);
    }
    if (atUs !== Infinity) this.timer.reach(atUs);
  }

  private get driverLocal(): unknown {
    return (this.driver as { local?: unknown }).local;
  }

  /** A poll that the driver would have had; see driver.ts. */
  private countWake(): void {
    this.endpoint.driverAccount.polls++;
    this.charge(this.endpoint.ops.poll);
  }

  private countClose(): void {
    this.charge(this.endpoint.ops.close);
  }

  private charge(op: number): void {
    const { node } = this;
    const { costs } = node.simulation;
    if (costs !== undefined && op >= 0) node.cpuUs += costs.charge(this.costRow, op);
  }

  private openEntry(kind: 'half-open' | 'connection' | 'stream', site: string, bytes: number): EntryId {
    const { simulation } = this.node;
    return simulation.ledger?.open(kind, this.node, this.remote, site, bytes) ?? NO_ENTRY;
  }
}
