// Datagrams: unreliable, unordered messages between nodes.
// Invariant: a datagram is delivered zero, one or two times, and only to the incarnation that ran when it was sent.
import { METER } from '../meters.ts';
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { Network } from './network.ts';

/** Sends datagrams over a network; a node receives them through `onMessage(fromSlot, message)`. */
export class DatagramNetwork {
  private readonly network: Network;

  constructor(network: Network) {
    this.network = network;
  }

  /**
   * Sends one datagram; nobody is told whether it arrives.
   *
   * @param bytes - Wire size, for bandwidth; default 0.
   */
  send(from: Node, to: PeerId, message: unknown, bytes = 0): void {
    const { network } = this;
    const { simulation } = network;
    simulation.meters.counts[METER.messagesSent]!++;
    simulation.meters.counts[METER.bytesSent]! += bytes;
    const target = to.node;
    if (target === undefined) return;
    const obstacle = network.cuts.between(from.peer.index, to.index);
    if (obstacle !== 'none') {
      // A datagram has no one to keep it, so a hold loses it like any other cut.
      network.fired[obstacle]++;
      return;
    }
    const baseUs = network.baseLatencyUs(from.peer.index, to.index);
    if (!network.isDisturbed) {
      simulation.post(target, baseUs, from.slot, message);
      return;
    }
    for (const delayUs of network.datagramDelaysUs(from, baseUs, bytes)) {
      simulation.post(target, delayUs, from.slot, message);
    }
  }
}
