// The sending half of a connection's wire: order, latency, cuts, and probes for what a cut stopped.
// Invariant: packets of one connection and direction arrive in sending order; what was stopped goes out when a probe, or
// word from the other side, finds the way clear, and never by itself when a cut ends.
import { METER } from '../../sim/meters.ts';
import type { Network } from '../../sim/network/network.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { packetBytes } from './wire.ts';
import type { QuicPacket } from './wire.ts';

/** First probe timeout while no round trip was measured (RFC 9002, section 6.2.2: three times 333 ms). */
const INITIAL_PTO_US = 999_000;
/** The back-off of an open connection ends here, or an idle timeout of seconds would leave no probe after a short cut. */
const MOST_BACK_OFF_US = 1_000_000;
/** The back-off of a handshake, which has its own timeout, ends here. */
const MOST_INITIAL_BACK_OFF_US = 60_000_000_000;

/** Latest delay of an acknowledgement, in microseconds (RFC 9000, section 18.2). */
const MAX_ACK_DELAY_US = 25_000;

/**
 * Probe timeout of a path, in microseconds: smoothed round trip plus four times its variation, which at the first sample
 * is half of it, plus the delay of an acknowledgement (RFC 9002, sections 5.3 and 6.2.1).
 *
 * @param baseUs - One-way latency.
 */
export function probeTimeoutUs(baseUs: number): number {
  return 3 * 2 * baseUs + MAX_ACK_DELAY_US;
}

/** See the file's head. */
export class Outbox {
  /** The incarnation at the other end; undefined while the client does not know it. */
  far: Node | undefined = undefined;
  /** When something was last given to it. */
  lastSentUs = 0;
  /** When what was stopped is tried again; Infinity while nothing is. */
  probeAtUs = Infinity;
  readonly ptoUs: number;

  private readonly node: Node;
  private readonly remote: PeerId;
  private readonly network: Network;
  private readonly baseUs: number;
  private backOffUs: number;
  private mostBackOffUs = MOST_INITIAL_BACK_OFF_US;
  private lastArrivalUs = 0;
  private stopped: QuicPacket[] = [];

  constructor(node: Node, remote: PeerId, network: Network) {
    this.node = node;
    this.remote = remote;
    this.network = network;
    this.baseUs = network.baseLatencyUs(node.peer.index, remote.index);
    this.ptoUs = probeTimeoutUs(this.baseUs);
    this.backOffUs = INITIAL_PTO_US;
  }

  /** Packets that wait for a probe, oldest first. */
  get waiting(): readonly QuicPacket[] {
    return this.stopped;
  }

  /** The handshake gave a round trip to go by. */
  measured(): void {
    this.backOffUs = this.ptoUs;
    this.mostBackOffUs = MOST_BACK_OFF_US;
  }

  /** Sends a packet, behind those that wait. */
  send(packet: QuicPacket, bytes: number): void {
    const { simulation } = this.node;
    const { counts } = simulation.meters;
    counts[METER.messagesSent]!++;
    counts[METER.bytesSent]! += bytes;
    this.lastSentUs = simulation.nowUs;
    if (this.stopped.length === 0 && this.isClear()) this.post(packet, bytes);
    else this.stop(packet);
  }

  /** A probe is due: the oldest packet is tried, and the others follow it. */
  probe(): void {
    this.backOffUs = Math.min(this.backOffUs * 2, this.mostBackOffUs);
    if (this.isClear()) this.flush();
    else this.probeAtUs = this.node.simulation.nowUs + this.backOffUs;
  }

  /** The other side was heard, so probes need not wait. */
  heard(): void {
    if (this.stopped.length > 0 && this.isClear()) this.flush();
  }

  /** Gives up what waits. */
  discard(): void {
    this.stopped = [];
    this.probeAtUs = Infinity;
  }

  /** The connection is over. A node that is gone is held by nothing of those that outlive it. */
  end(): void {
    this.discard();
    this.far = undefined;
  }

  private stop(packet: QuicPacket): void {
    this.stopped.push(packet);
    if (this.probeAtUs === Infinity) this.probeAtUs = this.node.simulation.nowUs + this.backOffUs;
  }

  private flush(): void {
    const packets = this.stopped;
    this.discard();
    if (this.mostBackOffUs === MOST_BACK_OFF_US) this.backOffUs = this.ptoUs;
    for (const packet of packets) this.post(packet, packetBytes(packet));
  }

  /** False, and counted, when the packet would not arrive for a reason that may pass. */
  private isClear(): boolean {
    const { network, node, remote } = this;
    if (network.cuts.active > 0) {
      const obstacle = network.cuts.between(node.peer.index, remote.index);
      if (obstacle !== 'none') {
        network.fired[obstacle]++;
        return false;
      }
    }
    // A peer that is down may yet come up while it is dialled.
    return this.far !== undefined || remote.node !== undefined;
  }

  private post(packet: QuicPacket, bytes: number): void {
    const { network, node } = this;
    const { simulation } = node;
    const target = this.far ?? this.remote.node;
    // A fresh incarnation would not know the connection either: silence.
    if (target === undefined || !target.running) return;
    const delayUs = network.isDisturbed ? network.streamDelayUs(node, this.baseUs, bytes) : this.baseUs;
    const { nowUs } = simulation;
    const atUs = Math.max(nowUs + delayUs, this.lastArrivalUs);
    this.lastArrivalUs = atUs;
    simulation.post(target, atUs - nowUs, packet.kind === 'hello' ? packet.fromId : packet.to, packet);
  }
}
