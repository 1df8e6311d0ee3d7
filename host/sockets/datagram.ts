// A datagram on its way to one node.
// Invariant: its bytes are its own, so that no two nodes share memory.
import { METER } from '../../sim/meters.ts';
import type { SocketAddress } from './addresses.ts';
import { BROADCAST, isMulticast } from './addresses.ts';
import { Arrival } from './segment.ts';
import type { Machine } from './machine.ts';

/** One copy of a datagram. */
export class Datagram extends Arrival {
  readonly kind = 'datagram';
  readonly #machine: Machine;
  readonly #from: SocketAddress;
  readonly #to: SocketAddress;
  readonly #bytes: Uint8Array;

  constructor(machine: Machine, from: SocketAddress, to: SocketAddress, bytes: Uint8Array) {
    super();
    this.#machine = machine;
    this.#from = from;
    this.#to = to;
    this.#bytes = bytes;
  }

  override arrive(): void {
    const machine = this.#machine;
    const to = this.#to;
    machine.simulation.meters.counts[METER.messagesDelivered]!++;
    const isGroup = isMulticast(to.address);
    if (isGroup || to.address === BROADCAST) {
      for (const user of machine.udp.allAt(to.port)) {
        if (!isGroup || user.isMember(to.address)) user.onDatagram(this.#bytes.slice(), this.#from);
      }
    } else machine.udp.listenerAt(to)?.onDatagram(this.#bytes.slice(), this.#from);
  }
}
