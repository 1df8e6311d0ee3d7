// Sockets: ordered, reliable connections between two proxies, as a kernel gives them.
// Invariant: a socket is in the table of its node until it is over, and has one ledger entry all that time; what was
// sent arrives in order, or not at all.
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import { trueDelayUs } from '../../sim/network/clocks.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Future, Pending, Waker } from '../../sim/tasks/future.ts';
import { Oneshot } from '../../sim/tasks/sync.ts';
import type { Fires, TaskNode } from '../../sim/tasks/task-node.ts';
import { PACKET_BYTES, PROXY_BYTES } from './contract.ts';
import type { ProxyPacket, TlsRecord } from './contract.ts';
import type { Sockets } from './sockets.ts';

/** First wait before what a cut stopped is sent again, and the longest; it doubles (RFC 6298). */
const FIRST_RETRY_US = 200_000;
const LONGEST_RETRY_US = 2_000_000;
const NO_TIMER: TimerHandle = -1;

/** Why a socket was over without having been closed here. */
export type SocketEnd = 'reset' | 'timed-out';

/** One connection, seen from one side. Made by {@link Sockets}. */
export class Socket {
  readonly id: number;
  readonly remote: PeerId;
  readonly side: 'client' | 'server';
  isOver = false;
  /** True once the TLS handshake is done. */
  isEstablished = false;

  private readonly sockets: Sockets;
  private readonly baseUs: number;
  private readonly connection = new Oneshot<true>();
  private readonly end = new Oneshot<SocketEnd>();
  /** Segments that have arrived and were not read. */
  private readonly received: (readonly TlsRecord[])[] = [];
  private finReceived = false;
  private reader: Waker | undefined = undefined;
  /** What a cut has stopped, in order. */
  private unsent: ProxyPacket[] = [];
  private retryUs = FIRST_RETRY_US;
  private retryTimer: TimerHandle = NO_TIMER;
  private idleTimer: TimerHandle = NO_TIMER;
  private lastArrivalUs = 0;
  private heardAtUs: number;
  private entry: EntryId;
  private queueEntry: EntryId = NO_ENTRY;

  constructor(sockets: Sockets, id: number, remote: PeerId, side: 'client' | 'server') {
    this.sockets = sockets;
    this.id = id;
    this.remote = remote;
    this.side = side;
    const { node, network } = sockets;
    this.baseUs = network.baseLatencyUs(node.peer.index, remote.index);
    this.heardAtUs = node.simulation.nowUs;
    const { ledger } = node.simulation;
    this.entry = ledger?.open('half-open', node, remote, 'proxy.handshake', PROXY_BYTES.halfOpen) ?? NO_ENTRY;
    this.armIdle(network.config.connectTimeoutUs);
  }

  private get node(): TaskNode {
    return this.sockets.node;
  }

  private get network(): Network {
    return this.sockets.network;
  }

  /** Waits for the other side's answer to a dial. */
  connected(): Future<true | undefined> {
    return this.connection.recv();
  }

  /** Waits for the end that the network or the other side brings. */
  ended(): Future<SocketEnd | undefined> {
    return this.end.recv();
  }

  /** The TLS handshake is done: from now on silence ends it, no longer the time to connect. */
  establish(): void {
    if (this.isOver || this.isEstablished) return;
    this.isEstablished = true;
    const { node } = this;
    const { ledger } = node.simulation;
    ledger?.close(this.entry, 'handshaken');
    const site = this.side === 'client' ? 'proxy.connect' : 'proxy.accept';
    this.entry = ledger?.open('connection', node, this.remote, site, PROXY_BYTES.connection) ?? NO_ENTRY;
    this.disarm();
    this.armIdle(this.network.config.idleTimeoutUs);
  }

  /** The next segment, or `fin`; when there is none `waker` is kept. */
  read(waker: Waker): readonly TlsRecord[] | 'fin' | Pending {
    const segment = this.received.shift();
    if (segment !== undefined) return segment;
    if (this.finReceived) return 'fin';
    this.reader = waker;
    return PENDING;
  }

  /** Whoever reads no longer waits. */
  forgetReader(waker: Waker): void {
    if (this.reader === waker) this.reader = undefined;
  }

  /** Holds `bytes` more, or less, of what was read and not taken. */
  holdBytes(bytes: number): void {
    if (!this.isOver) this.node.simulation.ledger?.addBytes(this.entry, bytes);
  }

  send(kind: ProxyPacket['kind'], records: readonly TlsRecord[] = []): void {
    if (this.isOver) return;
    this.node.simulation.meters.counts[METER.messagesSent]!++;
    const packet = { kind, from: this.node.peer, id: this.id, records };
    if (this.unsent.length > 0) this.unsent.push(packet);
    else if (!this.transmit(packet, true)) this.stall(packet);
  }

  /** Ends it here. The other side is told, unless a cut is in the way: then what is queued is given up as well. */
  close(): void {
    if (this.isOver) return;
    this.send(this.isEstablished ? 'fin' : 'rst');
    this.settle('closed');
  }

  /** Ends it here with a reset, which the other side need not read to learn of. Whoever waits on it learns of it too. */
  abort(): void {
    if (this.isOver) return;
    this.send('rst');
    this.settle('aborted');
    this.end.send('reset');
  }

  /** A packet of the other side arrived. */
  take({ kind, records }: ProxyPacket): void {
    this.heardAtUs = this.node.simulation.nowUs;
    switch (kind) {
      case 'syn-ack':
        this.connection.send(true);
        break;
      case 'segment':
        this.received.push(records);
        this.reader?.wake();
        break;
      case 'fin':
        this.finReceived = true;
        this.reader?.wake();
        break;
      case 'rst':
        this.leave('reset');
        break;
      case 'syn':
    }
  }

  /** What the census sees of it. */
  expose(): Record<string, unknown> {
    return { remote: this.remote, side: this.side, received: [...this.received], unsent: [...this.unsent] };
  }

  private leave(how: SocketEnd): void {
    this.settle(how);
    this.end.send(how);
    const { node, remote } = this;
    if (!this.sockets.reaches(remote)) node.simulation.observer?.toldClosed?.(node, remote);
  }

  private settle(reason: string): void {
    this.isOver = true;
    this.sockets.remove(this);
    this.disarm();
    if (this.retryTimer !== NO_TIMER) this.node.simulation.cancelTimer(this.retryTimer);
    this.unsent = [];
    this.closeQueue('given up');
    this.node.simulation.ledger?.close(this.entry, reason);
    this.entry = NO_ENTRY;
  }

  /** Puts a packet on the wire; false when a cut is in the way. A dead peer does not answer. */
  private transmit(packet: ProxyPacket, firstTry: boolean): boolean {
    const { node, network, remote } = this;
    const obstacle = network.cuts.between(node.peer.index, remote.index);
    if (obstacle !== 'none') {
      if (firstTry) network.fired[obstacle]++;
      return false;
    }
    const bytes = bytesOf(packet);
    const { simulation } = node;
    simulation.meters.counts[METER.bytesSent]! += bytes;
    const atUs = Math.max(simulation.nowUs + network.streamDelayUs(node, this.baseUs, bytes), this.lastArrivalUs);
    this.lastArrivalUs = atUs;
    if (remote.node !== undefined) simulation.post(remote.node, atUs - simulation.nowUs, wordOf(packet), packet);
    return true;
  }

  private stall(packet: ProxyPacket): void {
    this.unsent.push(packet);
    this.retryUs = FIRST_RETRY_US;
    const { node, remote } = this;
    const { ledger } = node.simulation;
    this.queueEntry = ledger?.open('buffer', node, remote, 'proxy.unsent', bytesOf(packet)) ?? NO_ENTRY;
    this.armRetry();
  }

  private retry(): void {
    this.retryTimer = NO_TIMER;
    while (this.unsent.length > 0) {
      if (!this.transmit(this.unsent[0]!, false)) {
        this.retryUs = Math.min(2 * this.retryUs, LONGEST_RETRY_US);
        this.armRetry();
        return;
      }
      this.unsent.shift();
    }
    this.closeQueue('sent');
  }

  private closeQueue(reason: string): void {
    this.node.simulation.ledger?.close(this.queueEntry, reason);
    this.queueEntry = NO_ENTRY;
  }

  private armRetry(): void {
    const { node } = this;
    const delayUs = trueDelayUs(node.clock, this.retryUs);
    this.retryTimer = node.simulation.setTimer(node, delayUs, new SocketTimer('retry', () => this.retry()));
  }

  private armIdle(delayUs: number): void {
    const { node } = this;
    const timer = new SocketTimer(this.isEstablished ? 'idle' : 'connect', () => this.idle());
    this.idleTimer = node.simulation.setTimer(node, trueDelayUs(node.clock, delayUs), timer);
  }

  private disarm(): void {
    if (this.idleTimer !== NO_TIMER) this.node.simulation.cancelTimer(this.idleTimer);
    this.idleTimer = NO_TIMER;
  }

  /** The timer is moved only when it fires, so that a busy connection arms few. */
  private idle(): void {
    this.idleTimer = NO_TIMER;
    const { config } = this.network;
    const leftUs = this.heardAtUs + config.idleTimeoutUs - this.node.simulation.nowUs;
    if (this.isEstablished && leftUs > 0) this.armIdle(leftUs);
    else this.leave('timed-out');
  }
}

/** Bytes of a packet on the wire. */
export function bytesOf({ records }: ProxyPacket): number {
  return records.reduce((sum, { bytes }) => sum + bytes, PACKET_BYTES);
}

/** What a packet adds to the digest. */
export function wordOf({ id }: ProxyPacket): number {
  return id % 0x7fff_ffff;
}

class SocketTimer implements Fires {
  readonly kind: string;
  readonly #action: () => void;

  constructor(kind: string, action: () => void) {
    this.kind = kind;
    this.#action = action;
  }

  fire(): void {
    this.#action();
  }
}
