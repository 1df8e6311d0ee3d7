// Clean-up lines that may be taken away, of the whole stack; those of membership and broadcast stand in a file of their own.
// Invariant: what each lets go of is let go of elsewhere, or was never held.
import { inFile, OF_A_DEFECT, STALE_TIMER } from './equivalent.ts';
import type { Equivalent } from './equivalent.ts';
import { MEMBERSHIP_EQUIVALENTS } from './membership-equivalents.ts';

const ENDS_WITH_NODE = 'its task ends with its node only, whose end drops every task and settles what the node owned';
const ENDS_WITH_CONNECTION = 'its connection is closed at the same end, which ends the streams and their tasks';
const CLOSED_BEFORE = 'the connection is closed, or the stream is over, by the time';
const GONE_WITH_KILL = 'nothing of a killed node runs, and the ledger settles what it owned';
const TIMES_OUT = 'what it tells others they find out for themselves, within a time that every property allows for';
const WOKEN = 'who waited and was woken is in no list of waiters any more';
const HELD_BY_NONE = 'what it empties goes with its owner, which nothing holds once it is over';
const ONE_STREAM = 'a connection of the stack has one stream each way, which ends with it at the latest';
const NO_TWO_WAY = 'no node of the stack opens a stream both ways';
const AT_REST =
  'a node comes to rest within each event, so nobody gives a dial up between the end of its handshake and its being taken';

/** Every line that may be taken away. */
export const EQUIVALENTS: readonly Equivalent[] = [
  ...inFile('models/hub.js', GONE_WITH_KILL, [['kill', 'node.executor.end();']]),
  ...inFile('models/hub.js', TIMES_OUT, [['shutdown', 'yield* this.endpoint.close();']]),
  ...inFile('models/hub/hub-node.js', ENDS_WITH_CONNECTION, [
    ['serve', 'stream.drop();'],
    ['sendAll', 'stream.drop();'],
  ]),
  ...inFile('models/hub/hub-node.js', 'the channel is known to its task and to the table of members alone', [
    ['serveFrom', 'sender.drop();'],
  ]),
  ...inFile('models/hub/member.js', ENDS_WITH_NODE, [
    ['run', 'this.outgoing.receiver.drop();'],
    ['run', 'this.outgoing.sender.drop();'],
  ]),
  ...inFile('models/hub/member.js', ENDS_WITH_CONNECTION, [
    ['serve', 'sending.drop();'],
    ['serve', 'reading.drop();'],
    ['readAll', 'stream.drop();'],
  ]),
  ...inFile(
    'models/hub/member.js',
    'its task is not cancelled while it dials, and a handshake that is over was taken or failed',
    [['dial', 'connecting.drop();']],
  ),
  ...inFile('models/mesh/connections.js', 'the endpoint is closed and the node ends right after', [
    ['drop', "held.connection.close('shutting down');"],
    ['drop', 'task.abort();'],
  ]),
  ...inFile(
    'models/mesh/connections.js',
    'its task is not cancelled while it dials, and a handshake that is over was taken or failed',
    [['dialOnce', 'connecting.drop();']],
  ),
  ...inFile('models/mesh/connections.js', CLOSED_BEFORE, [
    ['connectionTask', 'frames.drop();'],
    ['connectionTask', "connection.close('the handler has ended');"],
    ['connectionTask', 'readers.abortAll();'],
    ['readFrames', 'stream.drop();'],
  ]),
  ...inFile('models/mesh/connections.js', NO_TWO_WAY, [
    ['echo', 'stream.send.finish();'],
    ['echo', 'stream.send.drop();'],
    ['echo', 'stream.recv.drop();'],
  ]),
  ...inFile(
    'models/mesh/connections.js',
    'a connection that one side cannot write on is closed when its neighbour goes; nobody judges how pings fare',
    [['pingOnce', "connection.close('a ping failed');"]],
  ),
  ...inFile('models/mesh/discovery.js', 'an announcement expires by itself, which its retention declares', [
    ['hear', 'this.forget(peer);'],
  ]),
  ...inFile('models/mesh/flood-guard.js', 'origins expire at every announcement as well', [
    ['hear', 'this.expire(nowUs);'],
  ]),
  ...inFile(
    'models/mesh/flood-guard.js',
    'it keeps the order only, and an origin that is out of order expires a little later',
    [['hear', 'this.origins.delete(origin);']],
  ),
  ...inFile('models/mesh/node.js', 'origins expire at every broadcast as well', [
    ['watchDiscovery', 'this.floodGuard.expire(this.simulation.nowUs);'],
  ]),
  ...inFile('models/mesh/join-tick.js', ENDS_WITH_NODE, [
    ['run', 'this.passIdleTicks();'],
    ['run', 'this.ticks = undefined;'],
    ['run', 'ticks.drop();'],
    ['run', 'gossip.drop();'],
  ]),
  ...inFile('models/mesh/node.js', GONE_WITH_KILL, [['die', 'this.executor.end();']]),
  ...inFile('models/mesh/node.js', ENDS_WITH_NODE, [
    ['inSpan', 'span.close();'],
    ['acceptLoop', 'commands.drop();'],
    ['eventLoop', 'span?.close();'],
    ['watchDiscovery', 'pace.drop();'],
    ['pingLoop', 'pace.drop();'],
  ]),
  // Twice: at the end of the topic, where the sender has gone before, and at the end of the node.
  ...inFile('models/mesh/node.js', 'the channel has ended already, or ends with the node', [
    ['eventLoop', 'events.drop();'],
  ]),
  ...inFile('models/mesh/node.js', 'the endpoint is closed right after, and every task is aborted', [
    ['shutdown', 'this.connectionsOf.drop();'],
  ]),
  ...inFile('models/mesh/node.js', TIMES_OUT, [['shutdown', 'yield* this.endpoint.close();']]),
  ...inFile('models/gossip/actor.js', TIMES_OUT, [['run', 'yield* links.finish();']]),
  ...inFile('models/gossip/actor.js', ENDS_WITH_NODE, [
    ['drop', 'this.links.drop();'],
    ['drop', 'this.inbox.sender.drop();'],
    ['drop', 'this.due.receiver.drop();'],
    ['drop', 'this.events?.drop();'],
  ]),
  ...inFile('models/gossip/actor.js', 'the topic was closed, and its events with it, before anybody subscribes again', [
    ['subscribe', 'this.events?.drop();'],
  ]),
  ...inFile(
    'models/gossip/connection-loop.js',
    'the task owns it (`owns` of its spawn), and lets go of it when it ends',
    [
      ['connectionLoop', 'outgoing.drop();'],
      ['connectionLoop', 'inbox.drop();'],
      ['connectionLoop', "connection.close('gossip is done with it');"],
    ],
  ),
  ...inFile('models/gossip/connection-loop.js', ENDS_WITH_CONNECTION, [
    ['bothHalves', 'sending.drop();'],
    ['bothHalves', 'receiving.drop();'],
    ['sendHalf', 'stream.drop();'],
    ['receiveHalf', 'stream.drop();'],
  ]),
  ...inFile('models/gossip/connection-loop.js', OF_A_DEFECT, [['failedSend', 'outgoing.drop();']]),
  ...inFile(
    'models/gossip/dialer.js',
    'a dial that was aborted forgets itself, and its end finds nobody who waits for it',
    [['cancel', 'this.tasks.delete(peer);']],
  ),
  ...inFile(
    'models/gossip/dialer.js',
    'a dial that nobody wants ends by its own timeout, and a connection that comes of it is closed',
    [['cancel', 'task.abort();']],
  ),
  // It was caught once, by remote actors of departed peers that rose from 0 to 9 by chance.
  ...inFile(
    'models/gossip/dialer.js',
    'the other side takes it for one of two that were dialled at once, and closes it when its time to finish is over',
    [['dialOnce', 'connecting.drop();']],
  ),
  ...inFile('models/gossip/dialer.js', AT_REST, [['dial', "result.value?.close('the dial was cancelled');"]]),
  ...inFile('models/gossip/dialer.js', `${AT_REST}, but for a node that leaves, which closes its endpoint next`, [
    ['cancel', "dialled.connection?.close('the dial was cancelled');"],
  ]),
  ...inFile('models/gossip/dialer.js', ENDS_WITH_NODE, [['drop', 'this.cancel(peer);']]),
  ...inFile('models/gossip/peer-links.js', 'it is what the act `abort-child` does, and lets go of nothing', [
    ['abortLoop', 'loop.abort();'],
  ]),
  ...inFile('models/gossip/peer-links.js', 'every peer is given up in `drop`, which follows', [
    ['finish', 'this.removeAll();'],
  ]),
  ...inFile('models/gossip/peer-links.js', ENDS_WITH_NODE, [
    ['drop', 'this.removeAll();'],
    ['drop', 'this.dialer.drop();'],
    ['drop', 'this.loops.abortAll();'],
    ['drop', 'this.connectionOf.clear();'],
  ]),
  ...inFile('models/gossip/peer-links.js', 'the protocols, who are told of the loss, give the peer up themselves', [
    ['sendOn', 'this.remove(to);'],
  ]),
  ...inFile(
    'models/gossip/peer-links.js',
    'who gets what waited is no neighbour, and closes the link itself: `onMessage` or `onStray` of HyParView',
    [['activate', 'this.remove(remote);']],
  ),
  ...inFile('models/gossip/peer-links.js', 'the dial is over, or the node ends', [
    ['abandon', 'this.dialer.cancel(peer);'],
  ]),
  ...inFile(
    'models/gossip/peer-links.js',
    'a second connection that comes of the dial yields, as one of two that were dialled at once',
    [['activate', 'this.dialer.cancel(remote);']],
  ),
  ...inFile('models/gossip/peer-links.js', 'the loop closes it in its `finally` as well', [
    ['spawnLoop', "connection.close('gossip is done with it')"],
  ]),
  ...inFile('models/gossip/peer-links.js', OF_A_DEFECT, [
    ['drop', 'sender.drop();'],
    ['dropOutbound', 'this.dialer.cancel(peer);'],
    ['dropOutbound', "connection.close('replaced by an inbound connection');"],
    ['take', "connection.close('already connected');"],
    ['take', 'this.dropOutbound(remote);'],
    ['flushBlocked', 'sender.drop();'],
  ]),
  ...inFile('models/quic/acts.js', 'an act that no model of the stack offers, or that the mesh carries out itself', [
    ['actOn', 'oldest?.driver.abort();'],
    ['actOn', 'dial.cancel();'],
  ]),
  ...inFile(
    'models/quic/connecting.js',
    'an act that no model of the stack offers, or that the mesh carries out itself',
    [['cancel', 'this.drop();']],
  ),
  ...inFile('models/quic/connection.js', 'nobody aborts the driver of a connection alone in the stack', [
    ['driverEnded', "this.end({ by: 'aborted', reason: 'its driver was cancelled' });"],
    ['driverEnded', "this.free('aborted');"],
  ]),
  ...inFile('models/quic/addresses.js', ENDS_WITH_NODE, [
    ['clear', 'this.forward.clear();'],
    ['clear', 'this.reverse.clear();'],
  ]),
  ...inFile('models/quic/addresses.js', 'it keeps the order only, in which the least recently used goes', [
    ['use', 'this.forget(remote);'],
  ]),
  ...inFile('models/quic/closed.js', WOKEN, [['poll', 'this.drop();']]),
  ...inFile('models/quic/endpoint.js', WOKEN, [['poll', 'this.drop();']]),
  ...inFile('models/quic/queue.js', WOKEN, [
    ['poll', 'super.drop();'],
    ['drop', 'super.drop();'],
  ]),
  // The first is that of a write, which would be one too many with the next.
  ...inFile('models/quic/stream.js', WOKEN, [['poll', 'this.drop();']], 2),
  ...inFile('models/quic/connecting.js', OF_A_DEFECT, [
    ['timeOut', 'this.drop();'],
    ['drop', 'this.patience?.drop();'],
  ]),
  // Twice: after an outcome, where the waker of a handshake that is over is woken no more, and in the branch of a defect.
  ...inFile('models/quic/connecting.js', 'the waker of a handshake that is over goes with the connection', [
    ['poll', 'this.drop();'],
  ]),
  ...inFile('models/quic/connection.js', 'what waits for a probe is given up when the connection is freed', [
    ['close', 'this.outbox.discard();'],
    ['fail', 'this.outbox.discard();'],
    ['takeClose', 'this.outbox.discard();'],
  ]),
  ...inFile('models/quic/connection.js', 'the entry goes with the connection, which is bounded by it', [
    ['disown', 'this.endpoint.disowned(this.id);'],
    ['establish', 'this.endpoint.disowned(this.id);'],
  ]),
  ...inFile(
    'models/quic/endpoint.js',
    'the entry is gone by the other of the two: with its owner, or with the connection',
    [
      ['disowned', 'this.dials.delete(id);'],
      ['freed', 'this.dials.delete(connection.id);'],
    ],
  ),
  ...inFile('models/quic/connection.js', 'a connection that was never open has no streams and no users to tell', [
    ['fail', "this.end({ by: reason === 'refused' ? 'remote' : 'local', reason });"],
  ]),
  ...inFile(
    'models/quic/connection.js',
    'its users close it when they learn of its end, and it is freed once it has drained',
    [
      ['takeClose', "this.free('closed');"],
      ['idleOut', "this.free('idle');"],
    ],
  ),
  ...inFile('models/quic/connection.js', 'a timer of a connection that is over fires once, and finds nothing', [
    ['free', 'this.schedule.disarm();'],
  ]),
  ...inFile('models/quic/connection.js', HELD_BY_NONE, [['free', 'this.outbox.end();']]),
  ...inFile('models/quic/outbox.js', HELD_BY_NONE, [['end', 'this.discard();']]),
  ...inFile('models/quic/driver.js', HELD_BY_NONE, [['end', 'this.packets.length = 0;']]),
  ...inFile('models/quic/endpoint.js', ENDS_WITH_NODE, [
    ['close', 'this.incoming.end();'],
    ['finishShutdown', 'this.addresses.clear();'],
  ]),
  ...inFile(
    'models/quic/endpoint.js',
    'each connection that is freed looks as well, and actors end by their own idle time',
    [['close', 'this.finishShutdown();']],
  ),
  ...inFile('models/quic/recv-stream.js', HELD_BY_NONE, [
    ['stop', 'this.discard();'],
    ['finish', 'this.discard();'],
  ]),
  ...inFile('models/quic/recv-stream.js', ONE_STREAM, [
    ['stop', 'this.end();'],
    ['drop', 'this.stop();'],
    ['take', 'this.end();'],
    ['end', 'this.streams.forgetRecv(this);'],
  ]),
  ...inFile('models/quic/stream.js', ONE_STREAM, [
    ['drop', 'this.finish();'],
    ['end', 'this.streams.forgetSend(this);'],
  ]),
  ...inFile('models/quic/streams.js', ONE_STREAM, [
    ['take', "(this.receiving.get(id) ?? this.opened(id))?.finish('reset');"],
    ['take', "(this.receiving.get(id) ?? this.opened(id))?.finish('finished');"],
    ['take', "this.sending.get(id)?.end('stopped');"],
    ['end', 'this.uni.end();'],
    ['failOldest', "stream.end('stopped');"],
  ]),
  ...inFile(
    'models/quic/stream.js',
    'a stream of a closed connection has no ledger entry, and who writes on it waits for the end of the connection too',
    [['constructor', "this.end('closed');"]],
  ),
  ...inFile('models/quic/stream.js', 'no node of the stack resets a stream of its own: `reset-stream` fails one', [
    ['reset', "this.end('closed');"],
  ]),
  ...inFile('models/hub/hub-node.js', 'its queue is over, which ends the task that serves it, and that takes it out', [
    ['publish', 'this.members.delete(peer);'],
  ]),
  ...inFile('models/hub/hub-node.js', 'the stream is dropped right after, which finishes it', [
    ['sendAll', 'stream.finish();'],
  ]),
  ...inFile('models/hub/member.js', 'a broadcast that is asked for meanwhile waits in the queue', [
    ['serve', 'this.isConnected = false;'],
  ]),
  ...inFile('models/hub/member.js', CLOSED_BEFORE, [['serve', "connection.close('the member is done with it');"]]),
  ...inFile('models/hub/hub-node.js', CLOSED_BEFORE, [
    ['serve', "connection.close('the hub is done with it');"],
    ['serveFrom', 'this.members.get(remote)?.queue.drop();'],
  ]),
  ...inFile('models/quic/streams.js', ONE_STREAM, [
    ['forgetSend', 'this.sending.delete(stream.id);'],
    ['forgetSend', 'this.blocked?.delete(stream);'],
    ['forgetRecv', 'this.receiving.delete(stream.id);'],
  ]),
  ...inFile('models/quic/streams.js', NO_TWO_WAY, [
    ['end', 'this.twoWay?.end();'],
    ['bi', 'this.twoWay.end();'],
    ['newRecv', 'stream.close();'],
  ]),
  ...inFile('models/telemetry/sampler.js', ENDS_WITH_NODE, [
    ['run', 'ticks.drop();'],
    ['run', 'this.entry = NO_ENTRY;'],
  ]),
  ...inFile('models/telemetry/telemetry.js', ENDS_WITH_NODE, [['run', 'ticks.drop();']]),
  ...inFile(
    'models/telemetry/telemetry.js',
    'it is shut while tasks are cancelled, and none of them opens a span then',
    [['open', 'span.close();']],
  ),
  ...inFile('models/tls-proxy.js', GONE_WITH_KILL, [['kill', 'node.executor.end();']]),
  ...inFile('models/tls-proxy/node.js', ENDS_WITH_NODE, [
    ['listen', 'accepted.drop();'],
    ['connectAll', 'ticks.drop();'],
  ]),
  ...inFile('models/tls-proxy/node.js', TIMES_OUT, [
    ['serve', 'stream.close(CLOSE_NOTIFY);'],
    ['request', 'stream.close(CLOSE_NOTIFY);'],
  ]),
  ...inFile('models/tls-proxy/node.js', 'each socket has a task, which was aborted and has closed it', [
    ['end', 'this.sockets.closeAll();'],
  ]),
  ...inFile('models/tls-proxy/node.js', 'the task closes it next, as it ends', [['request', 'stream.socket.abort();']]),
  ...inFile('models/tls-proxy/sockets.js', 'each socket has a task, which was aborted and has closed it', [
    ['closeAll', 'socket.close();'],
  ]),
  ...inFile(
    'models/tls-proxy/sockets.js',
    'it is what the act `rotate` does; a connection that is let be ends by itself',
    [['abortAll', 'socket.abort();']],
  ),
  ...inFile('models/tls-proxy/sockets.js', 'the listener takes each at once, and ends with its node only', [
    ['accept', 'socket.close();'],
  ]),
  ...inFile('models/tls-proxy/stream.js', TIMES_OUT, [['close', 'this.socket.close();']]),
  ...inFile('models/tls-proxy/stream.js', WOKEN, [
    ['poll', 'this.drop();'],
    ['drop', 'this.stream.socket.forgetReader(this.waker);'],
  ]),
  ...inFile('models/tls-proxy/socket.js', STALE_TIMER, [
    ['establish', 'this.disarm();'],
    ['settle', 'this.disarm();'],
    ['settle', 'this.node.simulation.cancelTimer(this.retryTimer);'],
    ['disarm', 'this.node.simulation.cancelTimer(this.idleTimer);'],
  ]),
  ...MEMBERSHIP_EQUIVALENTS,
];
