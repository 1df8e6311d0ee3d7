// A dial under way: what its owner awaits, and drops.
// Invariant (clean): after `drop` nothing of a handshake that had not come to its end is left.
import { opaque } from '../../sim/census/opaque.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Future, PENDING } from '../../sim/tasks/future.ts';
import type { Pending, Waker } from '../../sim/tasks/future.ts';
import { Sleep } from '../../sim/tasks/timers.ts';
import type { Connection } from './connection.ts';
import type { ConnectFailure } from './contract.ts';

/** See the file's head. */
export class Connecting {
  readonly remote: PeerId;
  private readonly connection: Connection;
  private taken = false;
  private gaveUp: ConnectFailure['reason'] | undefined = undefined;

  /** For {@link Endpoint.connect}. */
  constructor(connection: Connection) {
    this.connection = connection;
    this.remote = connection.remote;
  }

  get [opaque](): boolean {
    return true;
  }

  /** The connection once the handshake is done, which the caller then owns, or why there is none. Awaited once. */
  handshake(): Future<Connection | ConnectFailure> {
    return new Handshake(this);
  }

  /** Lets go of it. A handshake under way is given up; a connection that nobody took is closed. */
  drop(): void {
    if (this.taken) return;
    this.taken = true;
    this.gaveUp ??= 'closed';
    this.connection.disown();
  }

  /** Drops it in its owner's stead, who learns of it. */
  cancel(): void {
    const { handshakeWaker } = this.connection;
    this.drop();
    handshakeWaker?.wake();
  }

  /** For {@link handshake}. */
  outcome(): Connection | ConnectFailure | undefined {
    const { connection, gaveUp } = this;
    if (gaveUp !== undefined) return { kind: 'failed', reason: gaveUp };
    if (connection.state === 'handshaking') return undefined;
    const { failure } = connection;
    if (failure === undefined) this.taken = true;
    return failure ?? connection;
  }

  /** Its patience is over. */
  timeOut(): ConnectFailure {
    this.connection.noteTimedOut();
    this.gaveUp = 'timed-out';
    this.drop();
    return { kind: 'failed', reason: 'timed-out' };
  }

  /** For {@link handshake}. */
  wait(waker: Waker | undefined): void {
    this.connection.handshakeWaker = waker;
  }

  /** When the owner itself loses patience; undefined when the transport has a deadline of its own. */
  patience(): Sleep | undefined {
    const { connection } = this;
    const { node, actsOnDeadlines, connectTimeoutUs } = connection.endpoint;
    if (actsOnDeadlines) return undefined;
    return new Sleep(node.executor, node.simulation.nowUs + connectTimeoutUs, 'handshake');
  }
}

class Handshake extends Future<Connection | ConnectFailure> {
  private readonly connecting: Connecting;
  private readonly patience: Sleep | undefined;

  constructor(connecting: Connecting) {
    super();
    this.connecting = connecting;
    this.patience = connecting.patience();
  }

  poll(waker: Waker): Connection | ConnectFailure | Pending {
    const outcome = this.connecting.outcome();
    if (outcome !== undefined) {
      if (!waker.spend()) return PENDING;
      waker.achieve();
      this.drop();
      return outcome;
    }
    if (this.patience !== undefined && this.patience.poll(waker) !== PENDING) {
      this.drop();
      return this.connecting.timeOut();
    }
    this.connecting.wait(waker);
    return PENDING;
  }

  drop(): void {
    this.connecting.wait(undefined);
    this.patience?.drop();
  }
}
