// The driver task of a connection, and its one timer.
// Invariant: the driver runs from the first packet to the end of the connection, and the connection ends with it.
//
// Handshake, path changes and closing are its work. Plain stream data, credit and PINGs are taken where they arrive,
// without a turn of the task: each would cost a poll that decides nothing. The polls that a real driver would have had
// for them are still counted at its site and charged to its place in the flame graph (`Connection.countWake`).
import { opaque } from '../../sim/census/opaque.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import type { Fires } from '../../sim/tasks/task-node.ts';
import type { Connection } from './connection.ts';
import { Repeated } from './repeated.ts';
import type { QuicPacket } from './wire.ts';

/** Site of the driver task. */
export const DRIVER_SITE = 'quic.driver';

/** See the file's head. */
export function* drive(connection: Connection, inbox: DriverInbox): TaskBody<void> {
  while (!connection.isOver) {
    const packet = yield* inbox.received();
    if (packet !== undefined) connection.process(packet);
  }
}

/** What waits for the driver. */
export class DriverInbox extends Repeated<QuicPacket | undefined> {
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

  /** The next packet; undefined when the connection is over. */
  received(): this {
    return this;
  }

  poll(waker: Waker): QuicPacket | undefined | Pending {
    if (this.packets.length === 0 && !this.ended) {
      this.waker = waker;
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    waker.achieve();
    this.waker = undefined;
    return this.packets.shift();
  }
}

/** Fires when the connection has something to look at. It is never moved later, only found to be early. */
export class ConnectionTimer implements Fires {
  readonly kind = 'quic';
  private readonly connection: Connection;
  private handle: TimerHandle = -1;
  private atUs = Infinity;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get [opaque](): boolean {
    return true;
  }

  /** Makes it fire at that time, if it would fire later. */
  reach(atUs: number): void {
    if (atUs >= this.atUs) return;
    this.disarm();
    const { node } = this.connection;
    const { simulation } = node;
    this.atUs = atUs;
    this.handle = simulation.setTimer(node, Math.max(0, atUs - simulation.nowUs), this);
  }

  fire(): void {
    this.atUs = Infinity;
    this.connection.tick();
  }

  disarm(): void {
    if (this.atUs !== Infinity) this.connection.node.simulation.cancelTimer(this.handle);
    this.atUs = Infinity;
  }
}
