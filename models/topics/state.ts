// The state of a node: its topics, which of them use the link to which peer, and what must hold after every event.
// Invariant: plain objects, arrays, Maps and peers only, so that the same code runs in place and on an immer draft.
import { invariant } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { PeerData } from '../hyparview/contract.ts';
import { checkHyParView } from '../hyparview/state.ts';
import type { HyParViewState } from '../hyparview/state.ts';
import { removeAt } from '../peer-list.ts';
import { checkPlumtree } from '../plumtree/state.ts';
import type { PlumtreeState } from '../plumtree/state.ts';
import { NO_TOPIC } from './contract.ts';
import type { NodeTimer, TopicsConfig } from './contract.ts';

/** A node's part in one topic. */
export interface TopicState {
  readonly topic: number;
  readonly hyparview: HyParViewState;
  readonly plumtree: PlumtreeState;
}

/** State of one node. */
export interface NodeState {
  readonly me: PeerId;
  readonly data: PeerData | undefined;
  /** Topics that the node is in, in the order it entered them. */
  readonly topics: TopicState[];
  /** Which topics use the link to a peer; never an empty list. */
  readonly peerTopics: Map<PeerId, number[]>;
  /** Set while the node acts `advertise-only`. */
  advertiser: { sent: number; timer: TimerHandle } | undefined;
}

/** A node in no topic. */
export function initialNode(me: PeerId, data: PeerData | undefined): NodeState {
  return { me, data, topics: [], peerTopics: new Map(), advertiser: undefined };
}

/** The node's part in `topic`; undefined when it is not in it. Linear, for nodes are in few. */
export function topicOf(state: NodeState, topic: number): TopicState | undefined {
  for (const each of state.topics) if (each.topic === topic) return each;
  return undefined;
}

/** The node's neighbours in `topic`; undefined when it is not in it. The live list: not to be kept or changed. */
export function neighboursOf(state: NodeState, topic: number): readonly PeerId[] | undefined {
  return topicOf(state, topic)?.hyparview.active;
}

/** Notes that `topic` uses the link to `peer`. */
export function addUse(state: NodeState, peer: PeerId, topic: number): void {
  const topics = state.peerTopics.get(peer);
  if (topics === undefined) state.peerTopics.set(peer, [topic]);
  else if (!topics.includes(topic)) topics.push(topic);
}

/** Notes that `topic` does not use the link to `peer`; true when no topic does. */
export function removeUse(state: NodeState, peer: PeerId, topic: number): boolean {
  const topics = state.peerTopics.get(peer);
  if (topics === undefined) return true;
  const place = topics.indexOf(topic);
  if (place >= 0) removeAt(topics, place);
  if (topics.length > 0) return false;
  state.peerTopics.delete(peer);
  return true;
}

/**
 * Throws when clean protocols cannot have produced `state`. To be called between events.
 *
 * @param timers - The node's pending timers, when they are known.
 * @throws {Error} Through `invariant`, naming what does not hold.
 */
export function checkTopics(state: NodeState, config: TopicsConfig, timers: Iterable<NodeTimer> = []): void {
  const { me, topics, peerTopics } = state;
  const numbers = topics.map((each) => each.topic);
  invariant(new Set(numbers).size === numbers.length, `${me}: no topic is entered twice`);
  for (const [peer, users] of peerTopics) {
    invariant(users.length > 0, `${me}: the link to ${peer} has a user`);
    invariant(new Set(users).size === users.length, `${me}: no user of the link to ${peer} is named twice`);
    for (const topic of users)
      invariant(numbers.includes(topic), `${me}: topic ${topic}, a user of a link, is entered`);
  }
  for (const { topic, hyparview, plumtree } of topics) {
    checkHyParView(hyparview, config.hyparview);
    checkPlumtree(plumtree, hyparview.active);
    for (const peer of [...hyparview.active, ...hyparview.pending.map((request) => request.peer)]) {
      invariant(peerTopics.get(peer)?.includes(topic) ?? false, `${me}: topic ${topic} uses its link to ${peer}`);
    }
  }
  for (const { topic } of timers) {
    invariant(topic === NO_TOPIC || numbers.includes(topic), `${me}: topic ${topic}, which has a timer, is entered`);
  }
}
