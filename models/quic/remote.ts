// The actor that an endpoint runs per remote: it counts the connections to it, and ends some time after the last.
// Invariant: there is one per remote that has any connection, half-open ones included.
import type { PeerId } from '../../sim/peer.ts';
import { trueDelayUs } from '../../sim/network/clocks.ts';
import { PENDING } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { Sleep } from '../../sim/tasks/timers.ts';
import { QUIC_BYTES } from './contract.ts';
import { Repeated } from './repeated.ts';

/** Site of the actor's task. */
export const REMOTE_SITE = 'quic.remote-actor';

/** See the file's head. */
export class RemoteActor {
  readonly remote: PeerId;
  /** Its mapped address. */
  readonly address: number;
  readonly task: TaskHandle<void>;
  /** Connections in any state. */
  connectionCount = 0;
  /** Those that are handshaken and not closed. */
  openCount = 0;

  private readonly node: TaskNode;
  private readonly idleUs: number;
  private readonly unused = new Unused(this);
  private unusedSinceUs = 0;

  constructor(node: TaskNode, remote: PeerId, address: number, idleUs: number) {
    this.node = node;
    this.remote = remote;
    this.address = address;
    this.idleUs = idleUs;
    this.task = node.executor.spawn(REMOTE_SITE, this.run(), { subject: remote, bytes: QUIC_BYTES.remoteActor });
  }

  acquire(): void {
    this.connectionCount++;
  }

  release(): void {
    this.connectionCount--;
    if (this.connectionCount > 0) return;
    this.unusedSinceUs = this.node.simulation.nowUs;
    this.unused.wake();
  }

  private *run(): TaskBody<void> {
    const { executor } = this.node;
    const keepUs = trueDelayUs(this.node.clock, this.idleUs);
    for (;;) {
      yield* this.unused.wait();
      const untilUs = this.unusedSinceUs + keepUs;
      if (this.node.simulation.nowUs >= untilUs) return;
      yield* new Sleep(executor, untilUs, 'remoteIdle');
      if (this.connectionCount === 0 && this.unusedSinceUs + keepUs <= this.node.simulation.nowUs) return;
    }
  }
}

/** Waits until the remote has no connection. */
class Unused extends Repeated<void> {
  private readonly actor: RemoteActor;

  constructor(actor: RemoteActor) {
    super();
    this.actor = actor;
  }

  wait(): this {
    return this;
  }

  poll(waker: Waker): void | Pending {
    if (this.actor.connectionCount > 0) {
      this.waker = waker;
      return PENDING;
    }
    if (!waker.spend()) return PENDING;
    waker.achieve();
    this.waker = undefined;
  }
}
