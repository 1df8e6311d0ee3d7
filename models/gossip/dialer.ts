// The dials of a gossip actor: at most one per peer unless asked again, each cancellable.
// Invariant: a dial is pending from its start until its result was taken or it was cancelled; a cancelled one leaves nothing.
import { METER } from '../../sim/meters.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Future, PENDING } from '../../sim/tasks/future.ts';
import type { Pending, TaskBody, Waker } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { Connection } from '../quic/connection.ts';
import type { Endpoint } from '../quic/endpoint.ts';
import { GOSSIP_ALPN } from './contract.ts';

/** What a dial was begun for: a Join that this node sends, or whatever else it has to say. */
export type DialReason = 'join' | 'other';

/** A dial that is over. */
export interface Dialled {
  readonly peer: PeerId;
  /** Undefined when it failed. */
  readonly connection: Connection | undefined;
}

/** See the file's head. */
export class Dialer {
  private readonly node: TaskNode;
  private readonly endpoint: Endpoint;
  private readonly tasks = new Map<PeerId, Set<TaskHandle<Connection | undefined>>>();
  private readonly over: Dialled[] = [];
  private waker: Waker | undefined = undefined;

  constructor(node: TaskNode, endpoint: Endpoint) {
    this.node = node;
    this.endpoint = endpoint;
  }

  /** How many dials run, by peer; what a census sees. */
  get pending(): ReadonlyMap<PeerId, number> {
    return new Map([...this.tasks].map(([peer, tasks]) => [peer, tasks.size]));
  }

  /** Begins a dial, beside those to the peer that run already. */
  dial(peer: PeerId, why: DialReason): void {
    const task = this.node.executor.spawn('gossip.dial', this.dialOnce(peer, why), { subject: peer });
    const tasks = this.tasks.get(peer);
    if (tasks === undefined) this.tasks.set(peer, new Set([task]));
    else tasks.add(task);
    task.onEnd((result) => {
      if (!this.forget(peer, task)) {
        // Cancelled, yet the handshake had just come to its end: nobody wants the connection.
        if (result.kind === 'finished') result.value?.close('the dial was cancelled');
        return;
      }
      this.over.push({ peer, connection: result.kind === 'finished' ? result.value : undefined });
      this.waker?.wake();
    });
  }

  /** Gives up every dial to the peer. */
  cancel(peer: PeerId): void {
    const tasks = this.tasks.get(peer);
    this.tasks.delete(peer);
    for (const task of tasks ?? []) task.abort();
    // One that had ended and was not told of yet counts as cancelled too.
    for (let place = this.over.length - 1; place >= 0; place--) {
      if (this.over[place]!.peer !== peer) continue;
      const [dialled] = this.over.splice(place, 1);
      dialled!.connection?.close('the dial was cancelled');
    }
  }

  /** The next dial that is over. Cancelling loses nothing. */
  next(): Future<Dialled> {
    return new Next(this);
  }

  /** Gives up all. */
  drop(): void {
    for (const peer of [...this.tasks.keys(), ...this.over.map((dialled) => dialled.peer)]) this.cancel(peer);
  }

  /** For {@link next}. */
  take(waker: Waker): Dialled | undefined {
    const dialled = this.over.shift();
    this.waker = dialled === undefined ? waker : undefined;
    return dialled;
  }

  private *dialOnce(peer: PeerId, why: DialReason): TaskBody<Connection | undefined> {
    if (why === 'join') this.node.simulation.meters.counts[METER.joinDials]!++;
    const connecting = this.endpoint.connect(peer, GOSSIP_ALPN);
    try {
      const outcome = yield* connecting.handshake();
      return outcome instanceof Connection ? outcome : undefined;
    } finally {
      connecting.drop();
    }
  }

  private forget(peer: PeerId, task: TaskHandle<Connection | undefined>): boolean {
    const tasks = this.tasks.get(peer);
    if (tasks?.delete(task) !== true) return false;
    if (tasks.size === 0) this.tasks.delete(peer);
    return true;
  }
}

class Next extends Future<Dialled> {
  private readonly dialer: Dialer;

  constructor(dialer: Dialer) {
    super();
    this.dialer = dialer;
  }

  poll(waker: Waker): Dialled | Pending {
    const dialled = this.dialer.take(waker);
    if (dialled === undefined) return PENDING;
    waker.achieve();
    return dialled;
  }

  drop(): void {}
}
