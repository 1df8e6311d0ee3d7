// The driver task of a connection.
// Invariant: the driver runs from the first packet to the end of the connection, and the connection ends with it.
//
// Handshake, path changes and closing are its work. Plain stream data, credit and PINGs are taken where they arrive,
// without a turn of the task: each would cost a poll that decides nothing. The polls that a real driver would have had
// for them are still counted at its site and charged to its place in the flame graph (`Accounting.driverWoken`).
import { PENDING } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import type { Connection } from './connection.ts';
import { Repeated } from './repeated.ts';
import type { QuicPacket } from './wire.ts';

/** Site of the driver task. */
export const DRIVER_SITE = 'quic.driver';

/** See the file's head. */
export function* drive(connection: Connection, inbox: DriverInbox): TaskBody<void> {
  while (connection.state !== 'over') {
    yield* inbox.received();
    inbox.handTo(connection);
  }
}

/** What waits for the driver. */
export class DriverInbox extends Repeated<void> {
  private readonly packets: QuicPacket[] = [];
  private ended = false;

  push(packet: QuicPacket): void {
    this.packets.push(packet);
    this.wake();
  }

  /** The connection is over: the driver has nothing more to do. */
  end(): void {
    this.ended = true;
    this.packets.length = 0;
    this.wake();
  }

  /** Waits for a packet, or for the end of the connection. */
  received(): this {
    return this;
  }

  /**
   * Has the next packet processed, if there is one. The body of the driver never holds it: a handshake's packet leads to
   * the node at the other end, and the body may outlive that one.
   */
  handTo(connection: Connection): void {
    const packet = this.packets.shift();
    if (packet !== undefined) connection.process(packet);
  }

  poll(waker: Waker): void | Pending {
    if (this.packets.length === 0 && !this.ended) {
      this.waker = waker;
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    waker.achieve();
    this.waker = undefined;
  }
}
