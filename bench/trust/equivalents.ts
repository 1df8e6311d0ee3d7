// Clean-up lines that may be taken away: what each lets go of is let go of elsewhere, or was never held.
// Invariant: an entry gives a reason, and names its line by function and text, so that it does not move with the file.

/** A line whose mutant is no fault. */
export interface Equivalent {
  /** Compiled module, from the compiled root. */
  readonly file: string;
  /** Name of the function around it. */
  readonly within: string;
  /** The line, as compiled. */
  readonly text: string;
  /** Why a run without it holds what it is to hold. */
  readonly reason: string;
}

/** A function and a line of it. */
type Place = readonly [within: string, text: string];

const ENDS_WITH_NODE = 'its task ends with its node only, whose end drops every task and settles what the node owned';
const ENDS_WITH_CONNECTION = 'its connection is closed at the same end, which ends the streams and their tasks';
const CLOSED_BEFORE = 'the connection is closed, or the stream is over, by the time';
const GONE_WITH_KILL = 'nothing of a killed node runs, and the ledger settles what it owned';
const TIMES_OUT = 'what it tells others they find out for themselves, within a time that every property allows for';
const OF_A_DEFECT = 'stands in the branch of a defect, which a clean stack does not enter';

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
    ['serveFrom', 'receiver.drop();'],
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
  ...inFile('models/mesh/connections.js', 'no peer opens a stream both ways: the echo is there to be asked', [
    ['echo', 'stream.send.finish();'],
    ['echo', 'stream.send.drop();'],
    ['echo', 'stream.recv.drop();'],
  ]),
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
  ...inFile('models/gossip/peer-links.js', OF_A_DEFECT, [
    ['take', "connection.close('already connected');"],
    ['take', 'this.dropOutbound(remote);'],
    ['flushBlocked', 'sender.drop();'],
  ]),
];

function inFile(file: string, reason: string, places: readonly Place[]): Equivalent[] {
  return places.map(([within, text]) => ({ file, within, text, reason }));
}
