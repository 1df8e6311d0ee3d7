// A small network for the tests of the models: nodes over links with identities, on virtual time, checked as it goes.
// Invariant: after every event `checkTopics` holds for the node it was for, unless the network is told not to look.
import { createDraft, enableMapSet, finishDraft, isDraft } from 'immer';

import { invariant } from '../sim/errors.ts';
import { PeerId } from '../sim/peer.ts';
import { RandomStreams } from '../sim/random/stream.ts';
import type { RandomStream } from '../sim/random/stream.ts';
import type { TimerHandle } from '../sim/reducer.ts';
import { createTopics } from './topics.ts';
import type { Topics } from './topics.ts';
import type {
  NodeInput,
  NodeIo,
  NodeOutput,
  NodeTimer,
  Packet,
  TopicsConfig,
  TopicsDefects,
} from './topics/contract.ts';
import { checkTopics, neighboursOf } from './topics/state.ts';
import type { NodeState } from './topics/state.ts';

enableMapSet();

/** How a {@link SmallNetwork} is set up. */
export interface SmallNetworkOptions {
  readonly seed: string;
  readonly config: TopicsConfig;
  readonly defects?: TopicsDefects;
  /** Run handlers on immer drafts; default in place. */
  readonly onDrafts?: boolean;
  /** Latency of a pair, static, from `minUs` to `maxUs` (included); default 10 to 50 ms. */
  readonly latencyUs?: readonly [minUs: number, maxUs: number];
  /** Whether a node that wants contacts is given three that live; default yes. */
  readonly rendezvous?: boolean;
  /** Most that a message takes longer than that; default 0. */
  readonly jitterUs?: number;
}

interface Link {
  readonly order: number;
  readonly nodes: [SmallNode, SmallNode | undefined];
  readonly sides: ['unopened' | 'open' | 'closed', 'unopened' | 'open' | 'closed'];
}

/** One node of a {@link SmallNetwork}. */
export interface SmallNode {
  readonly peer: PeerId;
  readonly random: RandomStream;
  readonly links: Map<PeerId, Link>;
  readonly timers: Map<TimerHandle, NodeTimer>;
  readonly io: NodeIo;
  readonly delivered: Map<string, number>;
  state: NodeState;
  alive: boolean;
  duplicates: number;
  joinAttempts: number;
  /** Peers dialled while they were down, as they were dialled. */
  readonly deadDials: PeerId[];
}

interface Event {
  readonly atUs: number;
  readonly order: number;
  readonly run: () => void;
}

const CONNECT_TIMEOUT_US = 1_000_000;
const IDLE_TIMEOUT_US = 2_000_000;

/** Nodes that run {@link Topics} over links as section 3 of the model notes has them. */
export class SmallNetwork {
  readonly topics: Topics;
  readonly nodes: SmallNode[] = [];
  /** Everything that handlers did, in order. */
  readonly log: string[] = [];
  nowUs = 0;
  messages = 0;
  checks = true;
  private readonly options: SmallNetworkOptions;
  private readonly streams: RandomStreams;
  private readonly jitter: RandomStream;
  private readonly heap: Event[] = [];
  private readonly lastArrivalUs = new Map<string, number>();
  private order = 0;

  constructor(options: SmallNetworkOptions) {
    this.options = options;
    this.topics = createTopics(options.config, options.defects);
    this.streams = new RandomStreams(options.seed);
    this.jitter = this.streams.stream('jitter');
  }

  /** Starts a node with a fresh identity, or another life of `peer`. */
  start(peer: PeerId = new PeerId(this.nodes.length)): SmallNode {
    const node: SmallNode = {
      peer,
      random: this.streams.stream(`node/${this.nodes.length}`),
      links: new Map(),
      timers: new Map(),
      io: undefined as never,
      delivered: new Map(),
      state: this.topics.initial(peer, `address of ${peer}`),
      alive: true,
      duplicates: 0,
      joinAttempts: 0,
      deadDials: [],
    };
    (node as { io: NodeIo }).io = this.ioOf(node);
    peer.node = node as never;
    peer.incarnations++;
    this.nodes.push(node);
    return node;
  }

  /** Starts a node and lets it join topic 0 (or `topic`) through `contacts`. */
  join(contacts: readonly SmallNode[], topic = 0, node: SmallNode = this.start()): SmallNode {
    this.handle(node, { kind: 'join', topic, contacts: contacts.map((each) => each.peer) });
    return node;
  }

  /** The node leaves and ends; its links say so. */
  stop(node: SmallNode): void {
    this.handle(node, { kind: 'quit' });
    this.end(node, undefined);
  }

  /** The node falls silent; who has a link to it finds out later. */
  kill(node: SmallNode): void {
    this.end(node, IDLE_TIMEOUT_US);
  }

  broadcast(node: SmallNode, id: string, topic = 0): void {
    node.delivered.set(id, 0);
    this.handle(node, { kind: 'broadcast', topic, id, content: `content of ${id}` });
  }

  get live(): SmallNode[] {
    return this.nodes.filter((node) => node.alive);
  }

  neighbours(node: SmallNode, topic = 0): readonly PeerId[] {
    return neighboursOf(node.state, topic) ?? [];
  }

  /** Runs events until virtual time `untilUs` (included). */
  runUntil(untilUs: number): void {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.atUs > untilUs) break;
      this.pop();
      this.nowUs = next.atUs;
      next.run();
    }
    this.nowUs = untilUs;
  }

  run(forUs: number): void {
    this.runUntil(this.nowUs + forUs);
  }

  /** Edges that only one live side has, as `p1>p2`. */
  oneSided(topic = 0): string[] {
    const edges: string[] = [];
    for (const node of this.live) {
      for (const peer of this.neighbours(node, topic)) {
        const other = this.live.find((each) => each.peer === peer);
        if (other === undefined || !this.neighbours(other, topic).includes(node.peer))
          edges.push(`${node.peer}>${peer}`);
      }
    }
    return edges;
  }

  /** How many parts the overlay of live nodes has. */
  componentCount(topic = 0): number {
    const left = new Set(this.live);
    let components = 0;
    for (const start of this.live) {
      if (!left.delete(start)) continue;
      components++;
      const queue = [start];
      for (const node of queue) {
        for (const other of left) {
          if (!this.neighbours(node, topic).includes(other.peer)) continue;
          left.delete(other);
          queue.push(other);
        }
      }
    }
    return components;
  }

  /** Gives `input` to the node now. The object is reused and scrambled afterwards, as the engine may. */
  handle(node: SmallNode, input: NodeInput): void {
    if (!node.alive) return;
    const scratch: Record<string, unknown> = { ...input };
    if (this.options.onDrafts ?? false) {
      const draft = createDraft(node.state);
      this.topics.handle(draft as NodeState, scratch as NodeInput, node.io);
      node.state = finishDraft(draft) as NodeState;
    } else {
      this.topics.handle(node.state, scratch as NodeInput, node.io);
    }
    for (const key of Object.keys(scratch)) scratch[key] = 'scrambled';
    if (this.checks) checkTopics(node.state, this.topics.config, node.timers.values());
    if (this.checks) this.checkLinks(node);
  }

  private checkLinks(node: SmallNode): void {
    for (const peer of node.links.keys()) {
      const link = node.links.get(peer);
      invariant(link?.sides[link.nodes[0] === node ? 0 : 1] === 'open', `${node.peer}: the link to ${peer} is open`);
    }
    for (const peer of node.state.peerTopics.keys()) {
      invariant(node.links.has(peer), `${node.peer}: a link that topics use, to ${peer}, is there`);
    }
  }

  private ioOf(node: SmallNode): NodeIo {
    const now = (): number => this.nowUs;
    return {
      get nowUs(): number {
        return now();
      },
      random: node.random,
      send: (to, message) => this.send(node, to, message),
      setTimer: (delayUs, timer) => this.setTimer(node, delayUs, timer),
      cancelTimer: (handle) => {
        this.log.push(`${node.peer} cancel ${handle}`);
        node.timers.delete(handle);
      },
      emit: (output) => this.emit(node, output),
      linked: (peer) => node.links.has(peer),
      disconnect: (peer) => this.close(node, peer),
    };
  }

  private setTimer(node: SmallNode, delayUs: number, timer: NodeTimer): TimerHandle {
    invariant(Number.isInteger(delayUs) && delayUs >= 0, 'a delay is an integer, 0 or more');
    freeze(timer);
    const handle = ++this.order;
    this.log.push(`${node.peer} timer ${handle} ${delayUs} ${JSON.stringify(timer)}`);
    node.timers.set(handle, timer);
    this.post(delayUs, () => {
      if (!node.alive || !node.timers.delete(handle)) return;
      this.handle(node, { kind: 'timer', timer });
    });
    return handle;
  }

  private emit(node: SmallNode, output: NodeOutput): void {
    freeze(output);
    this.log.push(`${node.peer} emit ${JSON.stringify(output)}`);
    if (output.kind === 'deliver') {
      invariant(!node.delivered.has(output.id), `${output.id} is delivered to ${node.peer} once`);
      node.delivered.set(output.id, output.hops);
    } else if (output.kind === 'duplicate') node.duplicates++;
    else if (output.kind === 'join-attempt') node.joinAttempts++;
    else if (output.kind === 'contacts-wanted') this.post(0, () => this.rescue(node, output.topic));
  }

  /** Whoever runs the network gives a node that wants them new contacts. */
  private rescue(node: SmallNode, topic: number): void {
    const known = this.neighbours(node, topic);
    const others = this.live.filter(
      (each) => each !== node && !known.includes(each.peer) && neighboursOf(each.state, topic) !== undefined,
    );
    if (!node.alive || others.length === 0 || this.options.rendezvous === false) return;
    const contacts = this.jitter.sample(others, 3).map((each) => each.peer);
    this.handle(node, { kind: 'join', topic, contacts });
  }

  private send(from: SmallNode, to: PeerId, packet: Packet): void {
    freeze(packet);
    this.messages++;
    this.log.push(`${this.nowUs} ${from.peer} send ${to} ${JSON.stringify(packet)}`);
    const link = from.links.get(to) ?? this.open(from, to);
    const side = link.nodes[0] === from ? 0 : 1;
    const target = link.nodes[1 - side];
    if (target === undefined || !target.alive) {
      this.post(CONNECT_TIMEOUT_US, () => this.takeClose(link, side));
      return;
    }
    this.post(this.arrivalDelayUs(from.peer, to, 0), () => this.arrive(link, 1 - side, packet));
  }

  private open(from: SmallNode, to: PeerId): Link {
    const target = this.nodes.findLast((node) => node.peer === to && node.alive);
    if (target === undefined) from.deadDials.push(to);
    const link: Link = {
      order: ++this.order,
      nodes: [from, target],
      sides: ['open', target === undefined ? 'closed' : 'unopened'],
    };
    from.links.set(to, link);
    return link;
  }

  private arrive(link: Link, side: number, packet: Packet): void {
    const node = link.nodes[side];
    const from = link.nodes[1 - side];
    if (node === undefined || from === undefined) return;
    if (!node.alive) {
      this.post(CONNECT_TIMEOUT_US, () => this.takeClose(link, 1 - side));
      return;
    }
    if (link.sides[side] === 'unopened') this.adopt(link, side, node, from.peer);
    this.handle(node, { kind: 'message', from: from.peer, message: packet });
  }

  private adopt(link: Link, side: number, node: SmallNode, peer: PeerId): void {
    const older = node.links.get(peer);
    if (older !== undefined) {
      if (older.order > link.order) {
        link.sides[side] = 'closed';
        return;
      }
      const olderSide = older.nodes[0] === node ? 0 : 1;
      const gone = older.sides[1 - olderSide] === 'closed' || older.nodes[1 - olderSide]?.alive !== true;
      older.sides[olderSide] = 'closed';
      node.links.delete(peer);
      if (gone) this.handle(node, { kind: 'closed', peer });
      if (node.links.has(peer)) {
        link.sides[side] = 'closed';
        return;
      }
    }
    link.sides[side] = 'open';
    node.links.set(peer, link);
  }

  private close(node: SmallNode, peer: PeerId): void {
    this.log.push(`${node.peer} disconnect ${peer}`);
    const link = node.links.get(peer);
    if (link === undefined) return;
    node.links.delete(peer);
    const side = link.nodes[0] === node ? 0 : 1;
    link.sides[side] = 'closed';
    const other = link.nodes[1 - side];
    if (other === undefined) return;
    this.post(this.arrivalDelayUs(node.peer, peer, 1), () => this.takeClose(link, 1 - side));
  }

  private takeClose(link: Link, side: number): void {
    const node = link.nodes[side];
    if (node === undefined || !node.alive || link.sides[side] === 'closed') return;
    link.sides[side] = 'closed';
    const peer = [...node.links].find(([, each]) => each === link)?.[0];
    if (peer === undefined) return;
    node.links.delete(peer);
    this.handle(node, { kind: 'closed', peer });
  }

  private end(node: SmallNode, noticedAfterUs: number | undefined): void {
    if (!node.alive) return;
    node.alive = false;
    node.peer.node = undefined;
    node.timers.clear();
    for (const [peer, link] of node.links) {
      const side = link.nodes[0] === node ? 0 : 1;
      link.sides[side] = 'closed';
      const delayUs = noticedAfterUs ?? this.arrivalDelayUs(node.peer, peer, 1);
      this.post(delayUs, () => this.takeClose(link, 1 - side));
    }
    node.links.clear();
  }

  /** Static per pair, plus jitter; never before what the pair sent earlier in that direction. */
  private arrivalDelayUs(from: PeerId, to: PeerId, extraUs: number): number {
    const [minUs, maxUs] = this.options.latencyUs ?? [10_000, 50_000];
    const low = Math.min(from.index, to.index);
    const high = Math.max(from.index, to.index);
    const baseUs = minUs + ((low * 7919 + high * 104_729) % (maxUs - minUs + 1));
    const jitterUs = this.options.jitterUs === undefined ? 0 : this.jitter.below(this.options.jitterUs + 1);
    const key = `${from}>${to}`;
    const atUs = Math.max(this.nowUs + baseUs + jitterUs + extraUs, this.lastArrivalUs.get(key) ?? 0);
    this.lastArrivalUs.set(key, atUs);
    return atUs - this.nowUs;
  }

  private post(delayUs: number, run: () => void): void {
    const event = { atUs: this.nowUs + delayUs, order: ++this.order, run };
    const { heap } = this;
    heap.push(event);
    for (let at = heap.length - 1; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      heap[parent] = event;
      at = parent;
    }
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!before(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order);
}

/** Freezes what a handler gave away, so that a later change of state that shares it throws; refuses parts of drafts. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof PeerId || ArrayBuffer.isView(value)) return;
  invariant(!isDraft(value), 'nothing that is sent is a part of a draft');
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
}
