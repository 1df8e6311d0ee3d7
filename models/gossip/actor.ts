// The gossip actor: owns the protocols' state of one node and turns what happens to its links into their inputs.
// Invariant: one input is handled at a time, in the order in which inputs came.
import { readClock, trueDelayUs } from '../../sim/network/clocks.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import { METER } from '../../sim/meters.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Channel, Receiver, Sender } from '../../sim/tasks/channel.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { select } from '../../sim/tasks/select.ts';
import type { Oneshot } from '../../sim/tasks/sync.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import type { Content } from '../plumtree/contract.ts';
import type { NodeInput, NodeIo, NodeOutput, NodeTimer, Packet } from '../topics/contract.ts';
import { neighboursOf } from '../topics/state.ts';
import type { NodeState } from '../topics/state.ts';
import type { Topics } from '../topics.ts';
import type { GossipCommand, GossipEvent } from './contract.ts';
import { PeerLinks } from './peer-links.ts';
import type { LinksOptions } from './peer-links.ts';

/** The topic that every node of the stack is in. */
export const STACK_TOPIC = 0;

/** What an actor works with. */
export interface GossipOptions extends LinksOptions {
  readonly topics: Topics;
  /** What the node tells others of itself. */
  readonly data: string | undefined;
}

/** See the file's head. It is its own io of the protocols. */
export class Gossip implements NodeIo {
  readonly random: RandomStream;
  private readonly node: TaskNode;
  private readonly options: GossipOptions;
  private readonly state: NodeState;
  private readonly links: PeerLinks;
  private readonly inbox: Channel<GossipCommand>;
  private readonly due: Channel<NodeTimer>;
  private events: Sender<GossipEvent> | undefined = undefined;
  /** Content of the packet at hand. */
  private content: Content | undefined = undefined;
  private quitting: Oneshot<void> | undefined = undefined;
  /** As the report tells it: a join opens a fresh connection, whatever there is. */
  private readonly joinDials: boolean;
  private readonly messageOp: number;
  private readonly timerOp: number;
  private readonly commandOp: number;
  private readonly requestOp: number;

  constructor(node: TaskNode, options: GossipOptions) {
    const { executor } = node;
    const { index } = options.costs;
    this.node = node;
    this.options = options;
    this.random = node.random;
    this.state = options.topics.initial(node.peer, options.data);
    this.inbox = channel(options.config.inboxCapacity, { executor, site: 'gossip.inbox' });
    this.due = channel(Infinity, { executor, site: 'gossip.timers' });
    this.links = new PeerLinks(node, options, this.inbox.sender);
    this.joinDials = options.defects['gossip-join-always-dials'] ?? false;
    this.messageOp = index['handle/message']!;
    this.timerOp = index['handle/timer']!;
    this.commandOp = index['handle/command']!;
    this.requestOp = index['join_peers/request']!;
  }

  /** A way to tell the actor something; the caller drops it. */
  handle(): Sender<GossipCommand> {
    return this.inbox.sender.clone();
  }

  /** A new stream of events; it ends when the topic is closed. The one before ends now. */
  subscribe(): Receiver<GossipEvent> {
    this.events?.drop();
    const { executor } = this.node;
    const { sender, receiver } = channel<GossipEvent>(Infinity, { executor, site: 'gossip.events' });
    this.events = sender;
    return receiver;
  }

  /** What a census sees. */
  expose(): Record<string, unknown> {
    const { topics, peerTopics, advertiser } = this.state;
    const { peers, dialer, connectionOf: loops } = this.links;
    const inbox = this.inbox.receiver.waiting;
    return { topics, peerTopics, advertiser, peers, loops, dials: dialer.pending, inbox };
  }

  /** The neighbours in the overlay; undefined while the topic is not entered. */
  neighbours(): readonly PeerId[] | undefined {
    return neighboursOf(this.state, STACK_TOPIC);
  }

  /** True while it acts against the protocol. */
  get misbehaves(): boolean {
    return this.state.advertiser !== undefined;
  }

  /** True while there is a connection to send to the peer on. */
  isActive(peer: PeerId): boolean {
    return this.links.isActive(peer);
  }

  /** Dials a peer that there is a connection to; false when there is none to any. */
  dialAgain(): boolean {
    const peer = this.random.pick(this.links.activePeers);
    return peer !== undefined && this.links.dialAgain(peer);
  }

  /** Aborts one connection loop; false when there is none. */
  abortChild(): boolean {
    return this.links.abortLoop();
  }

  /** The actor's task. */
  *run(): TaskBody<void> {
    const { links } = this;
    try {
      while (this.quitting === undefined) {
        yield* this.turn();
        yield* links.flushBlocked();
        while (links.lost.length > 0) this.tellClosed(links.lost.shift()!);
      }
      yield* links.finish();
    } finally {
      this.drop();
    }
  }

  private *turn(): TaskBody<void> {
    const { links } = this;
    const next = yield* select('biased', {
      command: this.inbox.receiver.recv(),
      timer: this.due.receiver.recv(),
      dial: links.nextDial(),
      loop: { future: links.nextLoop(), when: links.loopCount > 0 },
    });
    switch (next.arm) {
      case 'command':
        this.onCommand(next.value!);
        break;
      case 'timer':
        this.node.charge(this.timerOp);
        this.take({ kind: 'timer', timer: next.value! });
        break;
      case 'dial':
        links.dialled(next.value);
        break;
      case 'loop':
        links.loopEnded(next.value!);
    }
  }

  private onCommand(command: GossipCommand): void {
    this.node.charge(command.kind === 'received' ? this.messageOp : this.commandOp);
    switch (command.kind) {
      case 'received':
        this.content = contentOf(command.packet);
        this.take({ kind: 'message', from: command.from, message: command.packet });
        this.content = undefined;
        break;
      case 'connection':
        this.links.take(command.connection);
        break;
      case 'join':
        this.take({ kind: 'join', topic: STACK_TOPIC, contacts: command.contacts });
        break;
      case 'request-joins':
        this.requestJoins(command.peers);
        break;
      case 'broadcast':
        this.take({ kind: 'broadcast', topic: STACK_TOPIC, id: command.id, content: command.content });
        break;
      case 'act':
        this.take({ kind: 'act', act: 'advertise-only', on: command.on });
        break;
      case 'rotate': {
        const contacts = this.random.shuffle([...(this.neighbours() ?? [])]);
        this.take({ kind: 'leave', topic: STACK_TOPIC });
        this.take({ kind: 'join', topic: STACK_TOPIC, contacts });
        break;
      }
      case 'close-topic':
        this.take({ kind: 'leave', topic: STACK_TOPIC });
        this.events?.drop();
        this.events = undefined;
        break;
      case 'open-topic':
        if (this.neighbours() === undefined) this.take({ kind: 'join', topic: STACK_TOPIC, contacts: [] });
        break;
      case 'quit':
        this.take({ kind: 'quit' });
        this.quitting = command.done;
    }
  }

  private take(input: NodeInput): void {
    this.options.topics.handle(this.state, input, this);
  }

  private tellClosed(peer: PeerId): void {
    this.node.simulation.observer?.toldClosed?.(this.node, peer);
    this.take({ kind: 'closed', peer });
  }

  /** As 0.101's `join_peers`: a Join to each, over the link if there is one. */
  private requestJoins(peers: readonly PeerId[]): void {
    const packet: Packet = { topic: STACK_TOPIC, message: { kind: 'join', data: this.state.data } };
    this.node.charge(this.requestOp, peers.length);
    for (const peer of peers) this.send(peer, packet);
  }

  private drop(): void {
    this.links.drop();
    this.inbox.sender.drop();
    this.inbox.receiver.drop();
    this.due.receiver.drop();
    this.events?.drop();
    this.events = undefined;
    this.quitting?.send();
  }

  // What the protocols act through

  get nowUs(): number {
    return readClock(this.node.clock, this.node.simulation.nowUs);
  }

  send(to: PeerId, packet: Packet): void {
    if (this.joinDials && packet.message.kind === 'join') this.links.dialAndSend(to, packet);
    else this.links.send(to, packet);
  }

  setTimer(delayUs: number, timer: NodeTimer): TimerHandle {
    const { node } = this;
    return node.simulation.setTimer(node, trueDelayUs(node.clock, delayUs), new ProtocolTimer(this.due.sender, timer));
  }

  cancelTimer(handle: TimerHandle): void {
    this.node.simulation.cancelTimer(handle);
  }

  linked(peer: PeerId): boolean {
    return this.links.has(peer);
  }

  disconnect(peer: PeerId): void {
    this.links.remove(peer);
  }

  emit(output: NodeOutput): void {
    const { simulation } = this.node;
    const { counts } = simulation.meters;
    switch (output.kind) {
      case 'deliver':
        counts[METER.deliveries]!++;
        simulation.observer?.delivered?.(this.node, output.id, output.hops);
        this.events?.trySend({ kind: 'received', id: output.id, content: this.content });
        break;
      case 'duplicate':
        counts[METER.duplicates]!++;
        break;
      case 'neighbour-up':
      case 'neighbour-down':
        simulation.observer?.neighbour?.(this.node, output.peer, output.kind === 'neighbour-up');
        this.events?.trySend({ kind: output.kind, peer: output.peer });
        break;
      case 'contacts-wanted':
        this.events?.trySend({ kind: 'contacts-wanted' });
        break;
      // The application counts the joins that it asks for.
      case 'join-attempt':
      case 'peer-data':
    }
  }
}

/** A timer of the protocols. */
class ProtocolTimer {
  readonly timer: NodeTimer;
  readonly #due: Sender<NodeTimer>;

  constructor(due: Sender<NodeTimer>, timer: NodeTimer) {
    this.timer = timer;
    this.#due = due;
  }

  /** Class of the timer in a census. */
  get kind(): string {
    return this.timer.timer.kind;
  }

  fire(): void {
    this.#due.trySend(this.timer);
  }
}

function contentOf({ message }: Packet): Content | undefined {
  return message.kind === 'gossip' ? message.content : undefined;
}
