// Waiting for the end of a connection.
// Invariant: it is ready as soon as the connection is closed, by whichever side, and stays so.
import { PENDING } from '../../sim/tasks/future.ts';
import type { Pending, Waker } from '../../sim/tasks/future.ts';
import { Waiting } from '../../sim/tasks/wait-list.ts';
import type { WaitList } from '../../sim/tasks/wait-list.ts';
import type { CloseReason } from './contract.ts';

/** What {@link Closed} needs of a connection. */
interface Closing {
  readonly closeReason: CloseReason | undefined;
  readonly closeWaiters: WaitList<Closed>;
}

/** See the file's head. */
export class Closed extends Waiting<CloseReason> {
  private readonly connection: Closing;

  constructor(connection: Closing) {
    super();
    this.connection = connection;
  }

  poll(waker: Waker): CloseReason | Pending {
    const { closeReason } = this.connection;
    if (closeReason === undefined) return this.waitIn(this.connection.closeWaiters, waker);
    if (!waker.spend()) return PENDING;
    if (this.hasWaited) waker.achieve();
    this.drop();
    return closeReason;
  }
}
