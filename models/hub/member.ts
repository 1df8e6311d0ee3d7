// A member: holds one connection to the hub, dials again when it is lost, publishes and delivers through it.
// Invariant: at most one connection or dial at a time; what it publishes without a connection waits, up to a cap.
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Channel } from '../../sim/tasks/channel.ts';
import { block, borrow } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { sleep } from '../../sim/tasks/timers.ts';
import { Connection } from '../quic/connection.ts';
import type { Endpoint } from '../quic/endpoint.ts';
import { HUB_ALPN } from './contract.ts';
import type { HubConfig, HubFrame, Place } from './contract.ts';
import { sendAll } from './hub-node.ts';

type Publish = Extract<HubFrame, { kind: 'publish' }>;

/** Broadcasts that may wait for a connection. */
const MOST_WAITING = 1024;
/** Ids that a member remembers, so that the hub's history after a reconnect is not delivered twice. */
const REMEMBERED = 1024;

/** What a member works with. */
export interface MemberContext {
  readonly node: TaskNode;
  readonly endpoint: Endpoint;
  readonly config: HubConfig;
  readonly hub: PeerId;
  readonly ops: { readonly publish: number; readonly deliver: number };
  /** A broadcast arrived, for the first time or again. */
  readonly deliver: (id: string, isNew: boolean) => void;
}

/** See the file's head. */
export class Member {
  /** True while it is connected. */
  isConnected = false;
  private readonly context: MemberContext;
  private readonly known = new Set<string>();
  /** The last broadcast that the hub sent, or had sent when this member came. */
  private last: Place | undefined = undefined;
  private readonly outgoing: Channel<Publish>;

  constructor(context: MemberContext) {
    this.context = context;
    const { executor } = context.node;
    this.outgoing = channel(MOST_WAITING, { executor, site: 'member.outgoing', subject: context.hub });
  }

  /** Publishes; false when too much waits already. */
  publish(id: string, bytes: number): boolean {
    this.context.node.charge(this.context.ops.publish);
    this.remember(id);
    return this.outgoing.sender.trySend({ kind: 'publish', id, bytes }) === 'sent';
  }

  /** What a census sees. */
  expose(): Record<string, unknown> {
    return { known: this.known, waiting: this.outgoing.receiver.waiting };
  }

  /** Connects, serves, and connects again, for ever. */
  *run(): TaskBody<void> {
    const { node, config } = this.context;
    let failures = 0;
    try {
      for (;;) {
        const connection = yield* this.dial();
        if (connection === undefined) {
          const doubledUs = Math.min(config.retryMaxUs, config.retryUs * (1 << Math.min(failures++, 20)));
          // Spread, so that members whose hub died do not come back as one herd.
          yield* sleep(node.executor, Math.ceil(doubledUs / 2) + node.random.below(doubledUs), 'redial');
          continue;
        }
        failures = 0;
        yield* this.serve(connection);
      }
    } finally {
      this.outgoing.receiver.drop();
      this.outgoing.sender.drop();
    }
  }

  private *dial(): TaskBody<Connection | undefined> {
    const connecting = this.context.endpoint.connect(this.context.hub, HUB_ALPN);
    try {
      const outcome = yield* connecting.handshake();
      return outcome instanceof Connection ? outcome : undefined;
    } finally {
      connecting.drop();
    }
  }

  private *serve(connection: Connection): TaskBody<void> {
    this.isConnected = true;
    const resume = { kind: 'resume', last: this.last, bytes: 0 } as const;
    const sending = block(sendAll(connection, this.outgoing.receiver, resume));
    const reading = block(this.readAll(connection));
    try {
      yield* select('biased', { sending: borrow(sending), reading: borrow(reading), closed: connection.closed() });
    } finally {
      this.isConnected = false;
      sending.drop();
      reading.drop();
      connection.close('the member is done with it');
    }
  }

  private *readAll(connection: Connection): TaskBody<void> {
    const { node, ops } = this.context;
    const stream = yield* connection.acceptUni();
    if (stream === undefined) return;
    try {
      for (;;) {
        const read = yield* stream.read();
        if (read.kind !== 'data') return;
        const frame = read.message as HubFrame;
        if (frame.kind === 'welcome') this.last ??= frame.at;
        if (frame.kind !== 'sequenced') continue;
        const { id, at } = frame;
        this.last = at;
        node.charge(ops.deliver);
        const isNew = !this.known.has(id);
        this.remember(id);
        this.context.deliver(id, isNew);
      }
    } finally {
      stream.drop();
    }
  }

  private remember(id: string): void {
    this.known.add(id);
    if (this.known.size <= REMEMBERED) return;
    for (const oldest of this.known) {
      this.known.delete(oldest);
      return;
    }
  }
}
