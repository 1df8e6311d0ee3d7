// A node of the swarm: one HyParView and one Plumtree per topic, over links that the topics share.
// Invariant: after every event `checkTopics` holds, unless a defect is on; a link that no topic uses is closed.
import type { PeerId } from '../sim/peer.ts';
import { createHyParView } from './hyparview.ts';
import type { HyParView } from './hyparview.ts';
import type { HyParViewInput, HyParViewMessage, PeerData } from './hyparview/contract.ts';
import { removeAt } from './peer-list.ts';
import { createPlumtree } from './plumtree.ts';
import type { Plumtree } from './plumtree.ts';
import type { PlumtreeInput } from './plumtree/contract.ts';
import { isNeighbour } from './plumtree/state.ts';
import { NO_TOPIC } from './topics/contract.ts';
import type { NodeInput, NodeIo, NodeTimer, Packet, TopicsConfig, TopicsDefects } from './topics/contract.ts';
import { BroadcastPort, Focus, MembershipPort } from './topics/ports.ts';
import { addUse, initialNode, topicOf } from './topics/state.ts';
import type { NodeState, TopicState } from './topics/state.ts';

/** Time between two made-up announcements of a node that acts `advertise-only`. */
const ADVERTISE_INTERVAL_US = 200_000;

/** Messages whose sender takes the receiver for a member of the topic. */
const EXPECTS_A_NEIGHBOUR: ReadonlySet<Packet['message']['kind']> = new Set([
  'join',
  'neighbor',
  'shuffle',
  'forward-join',
  'gossip',
  'ihave',
]);

const GONE: HyParViewMessage = { kind: 'disconnect', alive: false };

const ADVERTISE: NodeTimer = { topic: NO_TOPIC, timer: { kind: 'advertise' } };

/**
 * A node's behaviour, shared by all nodes of one configuration; it holds no state of any of them.
 *
 * @param defects - Faults to reinstate, by id; default none.
 */
export function createTopics(config: TopicsConfig, defects: TopicsDefects = {}): Topics {
  return new Topics(config, defects);
}

/** See {@link createTopics}. */
export class Topics {
  readonly config: TopicsConfig;
  private readonly hyparview: HyParView;
  private readonly plumtree: Plumtree;
  private readonly keepsClosedPeers: boolean;
  private readonly focus = new Focus();
  private readonly broadcastPort: BroadcastPort;
  private readonly membershipPort: MembershipPort;

  constructor(config: TopicsConfig, defects: TopicsDefects) {
    this.config = config;
    this.hyparview = createHyParView(config.hyparview, defects);
    this.plumtree = createPlumtree(config.plumtree, defects);
    this.keepsClosedPeers = defects['peer-topics-not-pruned'] ?? false;
    this.broadcastPort = new BroadcastPort(this.focus);
    this.membershipPort = new MembershipPort(this.focus, this.plumtree, this.broadcastPort);
  }

  /** The state of a node before its first event; `data` is what it tells others of itself, undefined for nothing. */
  initial(me: PeerId, data: PeerData | undefined): NodeState {
    return initialNode(me, data);
  }

  /**
   * Handles one event: changes `state` in place and acts through `io`. Keeps neither `input` nor `io` nor `state`.
   * Not re-entrant: `io` must not call it for another event.
   */
  handle(state: NodeState, input: NodeInput, io: NodeIo): void {
    this.focus.enter(state, io);
    switch (input.kind) {
      case 'message':
        this.onPacket(state, input.from, input.message, io);
        break;
      case 'timer':
        this.onTimer(state, input.timer, io);
        break;
      case 'closed':
        this.onClosed(state, input.peer);
        break;
      case 'join':
        this.join(state, input.topic, input.contacts);
        break;
      case 'leave':
        this.leave(state, input.topic, io);
        break;
      case 'quit':
        for (const topic of state.topics.map((each) => each.topic)) this.leave(state, topic, io);
        this.setAdvertiser(state, false, io);
        break;
      case 'broadcast': {
        const { id, content } = input;
        const topic = topicOf(state, input.topic);
        if (topic !== undefined) this.toPlumtree(topic, { kind: 'broadcast', id, content });
        break;
      }
      case 'act':
        this.setAdvertiser(state, input.on, io);
    }
    this.focus.leave();
  }

  private onPacket(state: NodeState, from: PeerId, packet: Packet, io: NodeIo): void {
    const { message } = packet;
    const topic = topicOf(state, packet.topic);
    if (topic === undefined) {
      this.refuse(state, from, packet, io);
      return;
    }
    switch (message.kind) {
      case 'gossip':
      case 'ihave':
      case 'prune':
      case 'graft':
        if (message.kind === 'graft' && state.advertiser !== undefined) return;
        this.toPlumtree(topic, { kind: 'message', from, message });
        // Plumtree knows the neighbours too, and its lists are at hand.
        if (!isNeighbour(topic.plumtree, from)) this.toHyParView(topic, { kind: 'stray', peer: from });
        return;
      default:
        // A message that was late, over a link closed on this side, is no use of a link; that of a neighbour is noted.
        if (!topic.hyparview.active.includes(from) && io.linked(from)) addUse(state, from, packet.topic);
        this.toHyParView(topic, { kind: 'message', from, message });
    }
  }

  private onTimer(state: NodeState, { topic: number, timer }: NodeTimer, io: NodeIo): void {
    if (timer.kind === 'advertise') {
      this.advertise(state, io);
      return;
    }
    const topic = topicOf(state, number);
    if (topic === undefined) return;
    switch (timer.kind) {
      case 'dispatch':
      case 'send-graft':
      case 'evict-cache':
        this.toPlumtree(topic, { kind: 'timer', timer });
        return;
      default:
        this.toHyParView(topic, { kind: 'timer', timer });
    }
  }

  private onClosed(state: NodeState, peer: PeerId): void {
    const users = state.peerTopics.get(peer);
    if (users === undefined) return;
    const numbers = users.slice();
    // First, for what a topic sends now opens a new link.
    if (!this.keepsClosedPeers) state.peerTopics.delete(peer);
    for (const number of numbers) {
      const topic = topicOf(state, number);
      if (topic !== undefined) this.toHyParView(topic, { kind: 'closed', peer });
    }
  }

  private join(state: NodeState, number: number, contacts: readonly PeerId[]): void {
    if (topicOf(state, number) === undefined) {
      const hyparview = this.hyparview.initial(state.me, state.data);
      state.topics.push({ topic: number, hyparview, plumtree: this.plumtree.initial() });
    }
    // Looked up again, since in recording mode what was pushed is not yet a part of the draft.
    const topic = topicOf(state, number);
    if (topic !== undefined) this.toHyParView(topic, { kind: 'join', contacts });
  }

  private leave(state: NodeState, number: number, io: NodeIo): void {
    const topic = topicOf(state, number);
    if (topic === undefined) return;
    this.toHyParView(topic, { kind: 'quit' });
    this.toPlumtree(topic, { kind: 'quit' });
    const peers = [...state.peerTopics.keys()];
    for (const peer of peers) {
      if (state.peerTopics.get(peer)?.includes(number) ?? false) this.focus.release(peer);
    }
    removeAt(
      state.topics,
      state.topics.findIndex((each) => each.topic === number),
    );
    if (state.topics.length === 0) this.setAdvertiser(state, false, io);
  }

  /**
   * A packet for a topic that this node has left or never entered. Beyond 0.101, which drops it: over a link that other
   * topics keep open the sender would take this node for a neighbour for ever.
   */
  private refuse(state: NodeState, from: PeerId, { topic, message }: Packet, io: NodeIo): void {
    if (!io.linked(from)) return;
    if (EXPECTS_A_NEIGHBOUR.has(message.kind)) io.send(from, { topic, message: GONE });
    if (!state.peerTopics.has(from)) io.disconnect(from);
  }

  // The act advertise-only

  private setAdvertiser(state: NodeState, on: boolean, io: NodeIo): void {
    if (on === (state.advertiser !== undefined)) return;
    if (state.advertiser !== undefined) io.cancelTimer(state.advertiser.timer);
    state.advertiser = on ? { sent: 0, timer: io.setTimer(ADVERTISE_INTERVAL_US, ADVERTISE) } : undefined;
  }

  private advertise(state: NodeState, io: NodeIo): void {
    const { advertiser } = state;
    if (advertiser === undefined) return;
    for (const topic of state.topics) {
      const id = `made-up-${state.me}-${io.random.uint32()}-${++advertiser.sent}`;
      const message: Packet['message'] = { kind: 'ihave', announcements: [{ id, round: 0 }] };
      const packet: Packet = { topic: topic.topic, message };
      for (const peer of topic.hyparview.active) io.send(peer, packet);
    }
    advertiser.timer = io.setTimer(ADVERTISE_INTERVAL_US, ADVERTISE);
  }

  private toHyParView(topic: TopicState, input: HyParViewInput): void {
    this.focus.turnTo(topic);
    this.hyparview.handle(topic.hyparview, input, this.membershipPort);
  }

  private toPlumtree(topic: TopicState, input: PlumtreeInput): void {
    this.focus.turnTo(topic);
    this.plumtree.handle(topic.plumtree, input, this.broadcastPort);
  }
}
