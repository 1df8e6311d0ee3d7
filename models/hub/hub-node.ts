// The hub: one connection per member, one sequence, everything fanned out from here.
// Invariant: a member is served by its newest connection; one that does not keep up is let go, so the hub waits for nobody.
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import { block } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import type { Connection } from '../quic/connection.ts';
import type { Endpoint } from '../quic/endpoint.ts';
import type { RecvStream } from '../quic/recv-stream.ts';
import { FRAME_OVERHEAD } from './contract.ts';
import type { HubConfig, HubFrame, Place } from './contract.ts';

type Sequenced = Extract<HubFrame, { kind: 'sequenced' }>;
type Resume = Extract<HubFrame, { kind: 'resume' }>;

interface Member {
  readonly connectionId: number;
  readonly queue: Sender<Sequenced>;
}

/** What the hub works with. */
export interface HubContext {
  readonly node: TaskNode;
  readonly endpoint: Endpoint;
  readonly config: HubConfig;
  readonly ops: { readonly sequence: number; readonly fanOut: number };
  /** The hub is a receiver as well. */
  readonly deliver: (id: string, hops: number) => void;
}

/** See the file's head. */
export class Hub {
  private readonly context: HubContext;
  private readonly members = new Map<PeerId, Member>();
  private readonly history: Sequenced[] = [];
  private sequence = 0;

  constructor(context: HubContext) {
    this.context = context;
  }

  /** Accepts members until the endpoint closes. */
  *run(): TaskBody<void> {
    const { node, endpoint } = this.context;
    for (;;) {
      const connection = yield* endpoint.accept();
      if (connection === undefined) return;
      node.executor.spawn('hub.member', this.serve(connection), { subject: connection.remote });
    }
  }

  /** Gives a broadcast its number and fans it out to all members but `from`. */
  publish(from: PeerId | undefined, id: string, bytes: number): void {
    const { node, config, ops } = this.context;
    node.charge(ops.sequence);
    this.sequence++;
    const frame: Sequenced = { kind: 'sequenced', at: this.place, id, bytes };
    this.history.push(frame);
    if (this.history.length > config.historyCapacity) this.history.shift();
    if (from !== undefined) this.context.deliver(id, 1);
    for (const [peer, { queue }] of this.members) {
      if (peer === from) continue;
      node.charge(ops.fanOut);
      if (queue.trySend(frame) !== 'full') continue;
      queue.drop();
      this.members.delete(peer);
    }
  }

  /** What a census sees. */
  expose(): Record<string, unknown> {
    const members = new Map([...this.members].map(([peer, { connectionId }]) => [peer, { connectionId }]));
    return { members, history: this.history.map(({ id }) => id) };
  }

  private *serve(connection: Connection): TaskBody<void> {
    const stream = yield* connection.acceptUni();
    if (stream === undefined) return;
    try {
      const first = yield* stream.read();
      if (first.kind !== 'data') return;
      const frame = first.message as HubFrame;
      if (frame.kind === 'resume') yield* this.serveFrom(connection, stream, frame);
    } finally {
      stream.drop();
      connection.close('the hub is done with it');
    }
  }

  private *serveFrom(connection: Connection, stream: RecvStream, resume: Resume): TaskBody<void> {
    const { node, config } = this.context;
    const { remote } = connection;
    const missed = this.missedBy(resume.last);
    const welcome = { kind: 'welcome', at: this.place, bytes: 0 } as const;
    const { sender, receiver } = channel<Sequenced>(config.memberQueueCapacity + missed.length, {
      executor: node.executor,
      site: 'hub.member-queue',
      subject: remote,
    });
    for (const frame of missed) sender.trySend(frame);
    this.members.get(remote)?.queue.drop();
    this.members.set(remote, { connectionId: connection.id, queue: sender });
    try {
      yield* select('biased', {
        sent: block(sendAll(connection, receiver, welcome)),
        read: block(this.readAll(remote, stream)),
        closed: connection.closed(),
      });
    } finally {
      sender.drop();
      receiver.drop();
      if (this.members.get(remote)?.connectionId === connection.id) this.members.delete(remote);
    }
  }

  private get place(): Place {
    return { life: this.context.node.serial, sequence: this.sequence };
  }

  /**
   * What a member that comes back is sent, as far as the hub remembers: all that came after what it has. One that was
   * never here missed nothing; one that was with a former life of the hub may have missed all.
   */
  private missedBy(last: Place | undefined): readonly Sequenced[] {
    if (last === undefined) return [];
    const { life } = this.place;
    return this.history.filter(({ at }) => last.life !== life || at.sequence > last.sequence);
  }

  private *readAll(remote: PeerId, stream: RecvStream): TaskBody<void> {
    for (;;) {
      const read = yield* stream.read();
      if (read.kind !== 'data') return;
      const frame = read.message as HubFrame;
      if (frame.kind === 'publish') this.publish(remote, frame.id, frame.bytes);
    }
  }
}

/** Sends `first` and then what its channel gives, until that ends or the connection fails. */
export function* sendAll(connection: Connection, outgoing: Receiver<HubFrame>, first: HubFrame): TaskBody<void> {
  const stream = connection.openUni();
  try {
    if ((yield* stream.write(first, first.bytes + FRAME_OVERHEAD)) !== 'ok') return;
    for (;;) {
      const frame = yield* outgoing.recv();
      if (frame === undefined) break;
      if ((yield* stream.write(frame, frame.bytes + FRAME_OVERHEAD)) !== 'ok') return;
    }
    stream.finish();
  } finally {
    stream.drop();
  }
}
