// One side of a virtual TCP connection: what it has sent, what is kept back, and how it ends.
// Invariant: bytes arrive in the order sent, each once; a side learns of the other's end when a segment of it arrives,
// when its own segments are answered by a reset, or when they stay unanswered for too long; and in no other way.
import { opaque } from '../../sim/census/opaque.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { METER } from '../../sim/meters.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { Fires } from '../hosted-node.ts';
import type { SocketAddress } from './addresses.ts';
import { Arrival, Segment } from './segment.ts';
import type { SocketErrorCode } from './socket-error.ts';
import type { SocketNetwork } from './socket-network.ts';
import type { Machine } from './machine.ts';

/** Bytes that may be under way to a reader, or wait for it, in one direction. */
export const WINDOW_BYTES = 131_072;
/** Most bytes of one segment: what one read of Node's gives at most. */
const MOST_BYTES = 65_536;
/** Bytes of the headers of a dial. */
const DIAL_BYTES = 40;
/** How long a segment between two sockets of one machine takes, in microseconds. */
export const LOCAL_US = 20;

/** What an endpoint tells the socket on it; each call is within an event of the node. */
export interface EndpointUser {
  /** True while bytes that arrived wait for a reader. */
  readonly hasUnread: boolean;
  /** The connection is open; asked of the side that dialled. */
  onOpen(): void;
  onBytes(bytes: Uint8Array): void;
  /** The other side sends no more. */
  onEnd(): void;
  /** The connection is over, and nothing can be sent or received any more. */
  onLost(code: SocketErrorCode, syscall: string): void;
}

/** Write that is not wholly sent. */
interface Outgoing {
  bytes: Uint8Array;
  readonly sent: () => void;
}

/** A segment that a cut keeps back. */
interface Kept {
  readonly segment: Segment;
  /** A hold keeps it in the network; otherwise it waits with its sender, and is lost with it. */
  readonly held: boolean;
}

/**
 * States of an endpoint: `dialling` until the answer, `answering` until the dialler confirms, then `open`; `closed` once
 * its socket has let go of it, though what it sent before may still be kept back.
 */
type State = 'dialling' | 'answering' | 'open' | 'closed';

/** One side of a connection. */
export class Endpoint {
  readonly network: SocketNetwork;
  readonly machine: Machine;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** The other side; undefined while nobody has taken the dial. */
  far: Endpoint | undefined = undefined;
  user: EndpointUser | undefined = undefined;
  state: State;
  bytesRead = 0;
  bytesWritten = 0;

  /** Index of the peer on the other side; -1 when that is the machine itself. */
  readonly farIndex: number;
  private entry: EntryId;
  private finSent = false;
  private finTaken = false;
  /** Sent, and not known to be read. */
  private unreadBytes = 0;
  /** Read, and not told to the sender. */
  private creditBytes = 0;
  private outgoing: Outgoing | undefined = undefined;
  private resetSent = false;
  /** When the last segment for this side arrives: later ones never overtake it. */
  private lastArrivalUs = 0;
  /** The same of segments that a kernel would send again until they are confirmed. */
  private lastConfirmedUs = 0;
  /** Segments of this side that a cut keeps back. */
  private kept: Kept[] = [];
  private deadline: TimerHandle | undefined = undefined;

  constructor(
    machine: Machine,
    local: SocketAddress,
    remote: SocketAddress,
    farIndex: number,
    state: 'dialling' | 'answering',
  ) {
    this.network = machine.network;
    this.machine = machine;
    this.local = local;
    this.remote = remote;
    this.farIndex = farIndex;
    this.state = state;
    this.entry = this.openEntry('half-open', state === 'dialling' ? 'socket.dial' : 'socket.answer');
    machine.endpoints.add(this);
  }

  /** Holds state of two nodes, and is the harness's. */
  get [opaque](): boolean {
    return true;
  }

  /** The peer on the other side; undefined when that is the machine itself, or nobody. */
  get peer(): PeerId | undefined {
    return this.isLocal ? undefined : this.machine.simulation.peers.find(this.farIndex);
  }

  private get isLocal(): boolean {
    return this.farIndex < 0;
  }

  /** True while its reader has not taken all that arrived. */
  get hasUnread(): boolean {
    return this.user?.hasUnread === true;
  }

  /** Dials `remote`; an answer, a refusal or a timeout follows as a later event. */
  dial(): void {
    const { network, machine, peer } = this;
    machine.simulation.meters.counts[METER.dials]!++;
    if (peer !== undefined) machine.simulation.observer?.dialled?.(machine.node, peer);
    this.setDeadline(network.network.config.connectTimeoutUs);
    this.redial();
  }

  /** Sends the dial; once more when a cut that kept it back has ended. */
  private redial(): void {
    const { network, machine, farIndex, isLocal } = this;
    if (!isLocal && network.obstacle(machine, farIndex) !== 'none') {
      network.stalled.add(this);
      return;
    }
    const target = isLocal ? machine : network.machineAt(farIndex);
    if (target !== undefined) {
      const delayUs = isLocal ? LOCAL_US : network.delayUs(machine, farIndex, DIAL_BYTES);
      network.post(target, delayUs, new Dial(this, target), DIAL_BYTES);
    } else if (network.answersFor(farIndex)) network.sendBack(this, new Segment('rst', this));
  }

  /**
   * Sends bytes, as far as the other side's reader keeps up. One write at a time.
   *
   * @param sent - Called once all are sent, at once or in a later event.
   */
  write(bytes: Uint8Array, sent: () => void): void {
    this.bytesWritten += bytes.length;
    this.outgoing = { bytes, sent };
    this.pump();
  }

  /** Ends this direction; what was written before arrives first. */
  finish(): void {
    if (this.finSent || this.state === 'closed') return;
    this.finSent = true;
    this.transmit(new Segment('fin', this.far!));
  }

  /** The reader has taken so many bytes. */
  consumed(bytes: number): void {
    this.creditBytes += bytes;
    if (this.creditBytes * 2 < WINDOW_BYTES || this.state !== 'open' || this.finTaken) return;
    // A side that is gone needs no leave to send.
    if (this.far!.machine.running) this.transmit(new Segment('credit', this.far!, undefined, this.creditBytes));
    this.creditBytes = 0;
  }

  /**
   * The socket lets go of the connection, as `close` does: the other side is told by an end, or by a reset.
   *
   * @param hard - Reset it: bytes were not read, or the socket was told to.
   */
  close(hard: boolean): void {
    const { state } = this;
    if (state === 'closed') return;
    this.state = 'closed';
    this.outgoing = undefined;
    this.user = undefined;
    this.leave(hard ? 'reset' : 'closed');
    if (state === 'dialling' || this.far === undefined) return;
    if (hard || state === 'answering') this.reset();
    else if (!this.finSent) {
      this.finSent = true;
      this.transmit(new Segment('fin', this.far));
    }
  }

  /** Its process ended, and its kernel closes it. The ledger settles with the machine. */
  abandon(): void {
    this.entry = NO_ENTRY;
    this.close(this.hasUnread);
  }

  /** Its machine went down without a word: whoever waits for an answer from it will give up. */
  fallSilent(): void {
    const { far } = this;
    this.dropWaiting();
    if (far !== undefined && this.lastConfirmedUs > this.machine.simulation.nowUs) far.giveUpLater();
  }

  /** A cut has ended: sends what it kept back, in order. */
  retry(): void {
    if (this.state === 'dialling') {
      if (this.machine.running) this.redial();
      return;
    }
    const { kept } = this;
    this.kept = [];
    if (this.state !== 'answering') this.cancelDeadline();
    for (const { segment } of kept) this.transmit(segment, true);
  }

  /** A segment arrived. */
  take(segment: Segment): void {
    const { machine, user } = this;
    machine.simulation.meters.counts[METER.messagesDelivered]!++;
    if (this.state === 'closed') {
      // What has no reader is answered by a reset, as is an answer that came too late.
      if ((segment.part === 'data' || segment.part === 'syn-ack') && !this.resetSent) this.reset();
      return;
    }
    switch (segment.part) {
      case 'syn-ack':
        this.cancelDeadline();
        this.opened('socket.dialled');
        this.transmit(new Segment('ack', this.far!));
        user!.onOpen();
        return;
      case 'ack':
        this.cancelDeadline();
        this.opened('socket.accepted');
        this.machine.accept(this);
        return;
      case 'data':
        this.bytesRead += segment.bytes!.length;
        user!.onBytes(segment.bytes!);
        return;
      case 'credit':
        this.unreadBytes -= segment.credit;
        this.pump();
        return;
      case 'fin':
        this.finTaken = true;
        user!.onEnd();
        return;
      case 'rst':
        if (this.state === 'dialling') this.lose('ECONNREFUSED', 'connect');
        else this.lose('ECONNRESET', 'read');
    }
  }

  /** A dial was taken here: answers it. */
  answer(dialler: Endpoint): void {
    this.far = dialler;
    dialler.far = this;
    this.setDeadline(this.network.network.config.connectTimeoutUs);
    this.transmit(new Segment('syn-ack', dialler));
  }

  private reset(): void {
    this.resetSent = true;
    this.transmit(new Segment('rst', this.far!));
  }

  private opened(site: string): void {
    this.state = 'open';
    this.closeEntry('open');
    this.entry = this.openEntry('connection', site);
  }

  private pump(): void {
    while (this.outgoing !== undefined && this.unreadBytes < WINDOW_BYTES) {
      const { bytes, sent } = this.outgoing;
      const count = Math.min(bytes.length, WINDOW_BYTES - this.unreadBytes, MOST_BYTES);
      this.unreadBytes += count;
      // A copy, as a kernel makes one: the writer may use its buffer again.
      if (count > 0) this.transmit(new Segment('data', this.far!, bytes.slice(0, count)));
      this.outgoing.bytes = bytes.subarray(count);
      if (count < bytes.length) continue;
      this.outgoing = undefined;
      sent();
    }
  }

  /** Puts a segment on the wire, or wherever a fault keeps it. */
  private transmit(segment: Segment, again = false): void {
    const { network, machine, farIndex, isLocal } = this;
    const { to, wireBytes } = segment;
    const obstacle = isLocal ? 'none' : network.obstacle(machine, farIndex, again);
    if (obstacle !== 'none') {
      const held = obstacle === 'hold';
      this.kept.push({ segment, held });
      network.stalled.add(this);
      if (!held) this.giveUpLater();
      return;
    }
    if (!to.machine.running) {
      this.toNobody();
      return;
    }
    const delayUs = isLocal ? LOCAL_US : network.delayUs(machine, farIndex, wireBytes);
    const atUs = Math.max(machine.simulation.nowUs + delayUs, to.lastArrivalUs);
    to.lastArrivalUs = atUs;
    if (segment.part === 'data' || segment.part === 'fin') to.lastConfirmedUs = atUs;
    network.post(to.machine, atUs - machine.simulation.nowUs, segment, wireBytes);
  }

  /** The other side's process has ended: a machine that is up resets the connection, one that is down is silent. */
  private toNobody(): void {
    if (this.state === 'closed' || !this.machine.running) return;
    if (this.network.answersFor(this.farIndex)) this.network.sendBack(this, new Segment('rst', this));
    else this.giveUpLater();
  }

  private giveUpLater(): void {
    this.setDeadline(this.network.network.config.idleTimeoutUs);
  }

  private setDeadline(delayUs: number): void {
    if (this.deadline !== undefined || !this.machine.running) return;
    this.deadline = this.machine.simulation.setTimer(this.machine.node, delayUs, new Deadline(this));
  }

  private cancelDeadline(): void {
    if (this.deadline !== undefined) this.machine.simulation.cancelTimer(this.deadline);
    this.deadline = undefined;
  }

  /** It was unanswered for too long; for {@link Deadline}. */
  expire(): void {
    const { network, machine, farIndex, state } = this;
    this.deadline = undefined;
    this.dropWaiting();
    if (state !== 'dialling') {
      this.lose('ETIMEDOUT', 'read');
      return;
    }
    machine.simulation.meters.counts[METER.dialsFailed]!++;
    // A dial that met a process on its way out is sent again by a kernel, and finds nobody.
    const isRefused = !this.isLocal && network.machineAt(farIndex) === undefined && network.answersFor(farIndex);
    this.lose(isRefused ? 'ECONNREFUSED' : 'ETIMEDOUT', 'connect');
  }

  private lose(code: SocketErrorCode, syscall: string): void {
    const { user } = this;
    this.state = 'closed';
    this.outgoing = undefined;
    this.user = undefined;
    this.dropWaiting();
    this.leave(code === 'ETIMEDOUT' ? 'timeout' : 'reset');
    user?.onLost(code, syscall);
  }

  /** What a hold keeps is in the network and stays. */
  private dropWaiting(): void {
    this.kept = this.kept.filter(({ held }) => held);
    if (this.kept.length === 0) this.network.stalled.delete(this);
  }

  /** The machine no longer has the connection; its kernel may still send what was written. */
  private leave(reason: string): void {
    if (this.kept.length === 0) {
      this.cancelDeadline();
      this.network.stalled.delete(this);
    }
    this.closeEntry(reason);
    this.machine.endpoints.delete(this);
  }

  private openEntry(kind: 'half-open' | 'connection', site: string): EntryId {
    const { machine, peer } = this;
    return machine.simulation.ledger?.open(kind, machine.node, peer, site) ?? NO_ENTRY;
  }

  private closeEntry(reason: string): void {
    this.machine.simulation.ledger?.close(this.entry, reason);
    this.entry = NO_ENTRY;
  }
}

/** A dial on its way to whoever listens. */
export class Dial extends Arrival {
  readonly kind = 'segment.syn';
  readonly dialler: Endpoint;
  readonly target: Machine;

  constructor(dialler: Endpoint, target: Machine) {
    super();
    this.dialler = dialler;
    this.target = target;
  }

  override arrive(): void {
    const { dialler, target } = this;
    target.simulation.meters.counts[METER.messagesDelivered]!++;
    if (dialler.state !== 'dialling' || dialler.far !== undefined) return;
    if (target.tcp.listenerAt(dialler.remote) === undefined) {
      target.network.refuse(dialler, target, new Segment('rst', dialler));
      return;
    }
    const farIndex = dialler.machine === target ? -1 : dialler.machine.peer.index;
    new Endpoint(target, dialler.remote, dialler.local, farIndex, 'answering').answer(dialler);
  }
}

/** Ends the wait of an endpoint. */
class Deadline implements Fires {
  readonly kind = 'timer.socket';
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  fire(): void {
    this.#endpoint.expire();
  }
}
