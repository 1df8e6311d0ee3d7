// The io that a topic's protocols see: one adapter per protocol and behaviour, not per node, as handlers are synchronous.
// Invariant: between events a port holds no node's state and no io.
import type { PeerId } from '../../sim/peer.ts';
import { invariant } from '../../sim/errors.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { HyParViewIo, HyParViewMessage, HyParViewOutput, HyParViewTimer } from '../hyparview/contract.ts';
import type { Plumtree } from '../plumtree.ts';
import type { PlumtreeIo, PlumtreeMessage, PlumtreeOutput, PlumtreeTimer } from '../plumtree/contract.ts';
import type { NodeIo, Packet } from './contract.ts';
import { addUse, removeUse } from './state.ts';
import type { NodeState, TopicState } from './state.ts';

/** The node and the topic that the event at hand is about. */
export class Focus {
  private heldState: NodeState | undefined;
  private heldIo: NodeIo | undefined;
  private heldTopic: TopicState | undefined;
  private lastMessage: HyParViewMessage | PlumtreeMessage | undefined;
  private lastPacket: Packet | undefined;

  get state(): NodeState {
    invariant(this.heldState !== undefined, 'a port is used during an event');
    return this.heldState;
  }

  get io(): NodeIo {
    invariant(this.heldIo !== undefined, 'a port is used during an event');
    return this.heldIo;
  }

  get topic(): TopicState {
    invariant(this.heldTopic !== undefined, 'a port is used for a topic');
    return this.heldTopic;
  }

  /** Turns to a node. */
  enter(state: NodeState, io: NodeIo): void {
    this.heldState = state;
    this.heldIo = io;
  }

  /** Turns to one of the node's topics. */
  turnTo(topic: TopicState): void {
    this.heldTopic = topic;
    this.lastMessage = undefined;
  }

  /** Lets go of everything. */
  leave(): void {
    this.heldState = undefined;
    this.heldIo = undefined;
    this.heldTopic = undefined;
    this.lastMessage = undefined;
    this.lastPacket = undefined;
  }

  /** The message in a packet of the topic at hand. One that goes to several peers in a row is wrapped once. */
  wrap(message: HyParViewMessage | PlumtreeMessage): Packet {
    if (this.lastPacket !== undefined && this.lastMessage === message) return this.lastPacket;
    const packet = { topic: this.topic.topic, message };
    this.lastMessage = message;
    this.lastPacket = packet;
    return packet;
  }

  /** Gives up the topic's use of the link to `peer`; the link closes when no topic uses it. */
  release(peer: PeerId): void {
    // As shipped one topic's disconnect closed the link that another still used.
    if (removeUse(this.state, peer, this.topic.topic)) this.io.disconnect(peer);
  }
}

/** What HyParView sees of a node. Its neighbour events go to the topic's Plumtree at once. */
export class MembershipPort implements HyParViewIo {
  private readonly focus: Focus;
  private readonly plumtree: Plumtree;
  private readonly broadcastPort: BroadcastPort;

  constructor(focus: Focus, plumtree: Plumtree, broadcastPort: BroadcastPort) {
    this.focus = focus;
    this.plumtree = plumtree;
    this.broadcastPort = broadcastPort;
  }

  get nowUs(): number {
    return this.focus.io.nowUs;
  }

  get random(): RandomStream {
    return this.focus.io.random;
  }

  send(to: PeerId, message: HyParViewMessage): void {
    const { state, topic, io } = this.focus;
    // The use of a neighbour's link is noted since it came up.
    if (!topic.hyparview.active.includes(to)) addUse(state, to, topic.topic);
    io.send(to, this.focus.wrap(message));
  }

  setTimer(delayUs: number, timer: HyParViewTimer): TimerHandle {
    return this.focus.io.setTimer(delayUs, { topic: this.focus.topic.topic, timer });
  }

  cancelTimer(handle: TimerHandle): void {
    this.focus.io.cancelTimer(handle);
  }

  emit(output: HyParViewOutput): void {
    const { topic, plumtree } = this.focus.topic;
    const { peer } = output;
    switch (output.kind) {
      case 'neighbour-up':
      case 'neighbour-down':
        if (output.kind === 'neighbour-up') addUse(this.focus.state, peer, topic);
        this.plumtree.handle(plumtree, output, this.broadcastPort);
        this.focus.io.emit({ kind: output.kind, topic, peer });
        return;
      case 'join-attempt':
        this.focus.io.emit({ kind: 'join-attempt', topic, peer, redundant: output.redundant });
        return;
      case 'peer-data':
        this.focus.io.emit({ kind: 'peer-data', topic, peer, data: output.data });
        return;
      case 'contacts-wanted':
        this.focus.io.emit({ kind: 'contacts-wanted', topic });
    }
  }

  linked(peer: PeerId): boolean {
    return this.focus.io.linked(peer);
  }

  disconnect(peer: PeerId): void {
    this.focus.release(peer);
  }
}

/** What Plumtree sees of a node. */
export class BroadcastPort implements PlumtreeIo {
  private readonly focus: Focus;

  constructor(focus: Focus) {
    this.focus = focus;
  }

  get nowUs(): number {
    return this.focus.io.nowUs;
  }

  get random(): RandomStream {
    return this.focus.io.random;
  }

  /**
   * Does not note a use of the link: that of a neighbour is noted already, and an answer to a peer that is none must
   * not keep its link open.
   */
  send(to: PeerId, message: PlumtreeMessage): void {
    const { io, state } = this.focus;
    if (message.kind === 'gossip' && state.advertiser !== undefined) {
      const { id, round } = message;
      io.send(to, this.focus.wrap({ kind: 'ihave', announcements: [{ id, round }] }));
      return;
    }
    io.send(to, this.focus.wrap(message));
  }

  setTimer(delayUs: number, timer: PlumtreeTimer): TimerHandle {
    return this.focus.io.setTimer(delayUs, { topic: this.focus.topic.topic, timer });
  }

  cancelTimer(handle: TimerHandle): void {
    this.focus.io.cancelTimer(handle);
  }

  emit(output: PlumtreeOutput): void {
    const { topic } = this.focus.topic;
    const { id, from } = output;
    if (output.kind === 'deliver') this.focus.io.emit({ kind: 'deliver', topic, id, hops: output.hops, from });
    else this.focus.io.emit({ kind: 'duplicate', topic, id, from });
  }

  linked(peer: PeerId): boolean {
    return this.focus.io.linked(peer);
  }

  disconnect(peer: PeerId): void {
    this.focus.release(peer);
  }
}
