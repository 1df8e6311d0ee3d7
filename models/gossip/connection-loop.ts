// The loop of one gossip connection: sends what its channel gives, and reads frames for the actor.
// Invariant (clean): it ends within the finish window after its channel closed, and at once when either half fails; the
// connection is closed when it ends, however it ends.
import { borrow, block } from '../../sim/tasks/future.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { joinAll, select } from '../../sim/tasks/select.ts';
import { timeout } from '../../sim/tasks/timers.ts';
import type { Connection } from '../quic/connection.ts';
import type { SendStream } from '../quic/stream.ts';
import type { Packet } from '../topics/contract.ts';
import { messageBytes } from '../topics/packet.ts';
import type { GossipCommand, GossipConfig, GossipDefects } from './contract.ts';
import type { ConnectionControl, LoopEnd } from './peers.ts';

/** What a connection loop works with. */
export interface LoopContext {
  readonly node: TaskNode;
  readonly config: GossipConfig;
  readonly defects: GossipDefects;
  readonly connection: Connection;
  readonly outgoing: Receiver<Packet>;
  /** What waited for the dial; sent first. */
  readonly queued: readonly Packet[];
  readonly inbox: Sender<GossipCommand>;
  readonly control: ConnectionControl;
  /** Indices of the cost frames. */
  readonly sendOp: number;
  readonly recvOp: number;
}

/** How a half ended. */
type HalfEnd = 'channel-closed' | 'finished' | 'failed' | 'connection-closed';

/** See the file's head. */
export function* connectionLoop(context: LoopContext): TaskBody<LoopEnd> {
  const { connection, outgoing, inbox, defects } = context;
  try {
    if (defects['gossip-join-both-halves'] ?? false) {
      // As shipped: the task ends when both halves have, whatever became of the other.
      yield* joinAll([block(sendHalf(context)), block(receiveForEver(context))]);
    } else yield* bothHalves(context);
    return { peer: connection.remote, connectionId: connection.id };
  } finally {
    outgoing.drop();
    inbox.drop();
    connection.close('gossip is done with it');
  }
}

function* bothHalves(context: LoopContext): TaskBody<void> {
  const { node, config, control } = context;
  const sending = block(sendHalf(context));
  const receiving = block(receiveHalf(context));
  try {
    const first = yield* select('biased', { sent: borrow(sending), received: borrow(receiving) });
    if (first.arm === 'received') {
      // The other side finished: it no longer sends on this connection, and closes it when it has what we send.
      const goesOn = first.value === 'finished' || (first.value === 'failed' && keepsHalf(context));
      if (goesOn) yield* borrow(sending);
      return;
    }
    if (first.value !== 'channel-closed') return;
    // Removed: the peer is told by the close. Superseded: it may still have something under way on this connection.
    if (control.endOfSending === 'superseded') yield* timeout(node.executor, config.finishUs, borrow(receiving));
  } finally {
    sending.drop();
    receiving.drop();
  }
}

/** Sends until the channel or the connection is closed; then finishes the stream, for a limited time. */
function* sendHalf(context: LoopContext): TaskBody<HalfEnd> {
  const { node, config, connection, outgoing, queued, defects, sendOp } = context;
  const stream = connection.openUni();
  // The pattern that #146 found: when the channel closes the arm is disabled, and `closed` alone is waited for.
  const onlySome = defects['gossip-send-arm-disabled'] ?? false;
  const matches = onlySome ? (packet: Packet | undefined): boolean => packet !== undefined : () => true;
  try {
    for (const packet of queued) {
      const failed = yield* write(context, stream, packet);
      if (failed) return yield* failedSend(context);
    }
    for (;;) {
      const next = yield* select('biased', {
        closed: connection.closed(),
        message: { future: outgoing.recv(), matches },
      });
      if (next.arm === 'closed') return 'connection-closed';
      if (next.value === undefined) break;
      node.charge(sendOp);
      const failed = yield* write(context, stream, next.value);
      if (failed) return yield* failedSend(context);
    }
    stream.finish();
    yield* timeout(node.executor, config.finishUs, stream.finished());
    return 'channel-closed';
  } finally {
    stream.drop();
  }
}

function* write(context: LoopContext, stream: SendStream, packet: Packet): TaskBody<boolean> {
  const written = yield* stream.write(packet, messageBytes(packet));
  return written !== 'ok' && !context.connection.isClosed;
}

/** A write failed on a connection that lives. */
function* failedSend(context: LoopContext): TaskBody<HalfEnd> {
  const { connection, outgoing } = context;
  if (!keepsHalf(context)) return 'failed';
  // As reported: the half ends with a log line; nobody is told, and the connection goes on being received on.
  outgoing.drop();
  yield* connection.closed();
  return 'connection-closed';
}

/** As reported: when one half fails the other goes on as if nothing had happened. */
function keepsHalf({ defects }: LoopContext): boolean {
  return defects['gossip-dead-send-path'] ?? false;
}

/** Reads frames until the other side has finished its stream, or the connection is closed. */
function* receiveHalf(context: LoopContext): TaskBody<HalfEnd> {
  const stream = yield* context.connection.acceptUni();
  if (stream === undefined) return 'connection-closed';
  try {
    for (;;) {
      const frame = yield* stream.read();
      if (frame.kind === 'data') yield* forward(context, frame.message as Packet);
      else if (frame.kind === 'finished') {
        context.control.remoteFinished = true;
        return 'finished';
      } else return frame.kind === 'reset' ? 'failed' : 'connection-closed';
    }
  } finally {
    stream.drop();
  }
}

/** As shipped: waits for a further stream after each, until the connection is closed. */
function* receiveForEver(context: LoopContext): TaskBody<HalfEnd> {
  for (;;) {
    const end = yield* receiveHalf(context);
    if (end !== 'finished') return end;
  }
}

function* forward({ node, connection, inbox, recvOp }: LoopContext, packet: Packet): TaskBody<void> {
  node.charge(recvOp);
  yield* inbox.send({ kind: 'received', from: connection.remote, packet });
}
