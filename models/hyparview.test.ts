import test from 'ava';
import * as v from 'valibot';
import { PeerId } from '../sim/peer.ts';
import { FakeIo } from './fake-io.test.fixture.ts';
import { createHyParView } from './hyparview.ts';
import { hyparviewConfigSchema } from './hyparview/contract.ts';
import type {
  HyParViewConfig,
  HyParViewDefects,
  HyParViewInput,
  HyParViewMessage,
  HyParViewOutput,
  HyParViewTimer,
  NeighborPriority,
  PeerInfo,
} from './hyparview/contract.ts';
import { checkHyParView } from './hyparview/state.ts';
import type { HyParViewState } from './hyparview/state.ts';

const defaults = v.parse(hyparviewConfigSchema, {});

/** One node and the peers around it, which are only names. */
class Bench {
  readonly io = new FakeIo<HyParViewMessage, HyParViewTimer, HyParViewOutput>();
  readonly peers = Array.from({ length: 60 }, (_, index) => new PeerId(index));
  readonly state: HyParViewState;
  private readonly reducer: ReturnType<typeof createHyParView>;
  private readonly isClean: boolean;

  constructor(defects: HyParViewDefects = {}, config: Partial<HyParViewConfig> = {}) {
    this.reducer = createHyParView({ ...defaults, ...config }, defects);
    this.isClean = Object.keys(defects).length === 0;
    this.state = this.reducer.initial(this.peer(0), 'data of p0');
    this.give({ kind: 'join', contacts: [] });
  }

  peer(index: number): PeerId {
    return this.peers[index] as PeerId;
  }

  give(input: HyParViewInput): void {
    this.reducer.handle(this.state, input, this.io);
    if (this.isClean) checkHyParView(this.state, this.reducer.config);
  }

  receive(from: number, message: HyParViewMessage): void {
    this.io.links.add(this.peer(from));
    this.give({ kind: 'message', from: this.peer(from), message });
  }

  neighbor(from: number, priority: NeighborPriority, reply: boolean): void {
    this.receive(from, { kind: 'neighbor', priority, reply, data: `data of p${from}` });
  }

  close(index: number): void {
    this.io.links.delete(this.peer(index));
    this.give({ kind: 'closed', peer: this.peer(index) });
  }

  fire(kind: HyParViewTimer['kind']): void {
    const timer = this.io.fire(kind);
    if (timer !== undefined) this.give({ kind: 'timer', timer });
  }

  /** Makes the given peers neighbours; leaves no effects. */
  befriend(...indices: number[]): this {
    for (const index of indices) this.neighbor(index, 'high', false);
    this.io.take();
    return this;
  }

  /** Makes the given peers passive by a reply to a shuffle, which also asks one of them if there is room. */
  meet(...indices: number[]): void {
    this.receive(59, { kind: 'shuffle-reply', nodes: indices.map((index) => this.info(index)) });
  }

  info(index: number): PeerInfo {
    return { peer: this.peer(index), data: `data of p${index}` };
  }

  get active(): string {
    return this.state.active.join(' ');
  }

  get passive(): string {
    return this.state.passive.join(' ');
  }

  get pending(): string {
    return this.state.pending.map((request) => request.peer).join(' ');
  }

  get knownData(): string {
    return [...(this.state.peerData?.keys() ?? [])].join(' ');
  }
}

test('the defaults are those of the paper and of 0.101', (t) => {
  t.like(defaults, { activeViewCapacity: 5, passiveViewCapacity: 30, activeWalkLength: 6, passiveWalkLength: 3 });
  t.like(defaults, { shuffleWalkLength: 6, shuffleActiveCount: 3, shufflePassiveCount: 4 });
  t.like(defaults, { shuffleIntervalUs: 60_000_000, neighborTimeoutUs: 500_000 });
});

test('a node joins through up to three contacts in turn, and waits twice as long each time', (t) => {
  const bench = new Bench();
  const contacts = [0, 1, 1, 2, 3, 4].map((index) => bench.peer(index));
  bench.give({ kind: 'join', contacts });
  const asked: string[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    asked.push(`${bench.io.sentOf('join').at(-1)?.to} at ${bench.io.nowUs / 1e6}`);
    bench.fire('join-retry');
  }
  t.deepEqual(asked.slice(0, 5), ['p1 at 0', 'p2 at 1', 'p3 at 3', 'p1 at 7', 'p2 at 15']);
  t.deepEqual(asked.slice(6), ['p1 at 63', 'p2 at 123', 'p3 at 183']);
});

test('a contact that has not answered in time loses its link', (t) => {
  const bench = new Bench();
  bench.give({ kind: 'join', contacts: [bench.peer(1), bench.peer(2)] });
  bench.fire('join-retry');
  t.deepEqual(bench.io.disconnected.map(String), ['p1']);
  bench.neighbor(3, 'high', false);
  bench.fire('join-retry');
  t.deepEqual(bench.io.disconnected.map(String), ['p1', 'p2']);
  t.is(bench.active, 'p3');
});

test('an answer to a Join ends the retries', (t) => {
  const bench = new Bench();
  bench.give({ kind: 'join', contacts: [bench.peer(1)] });
  bench.neighbor(1, 'high', false);
  t.false(bench.io.pendingKinds.includes('join-retry'));
});

test('join attempts say whether they were redundant', (t) => {
  const bench = new Bench().befriend(1);
  bench.give({ kind: 'join', contacts: [bench.peer(1)] });
  bench.give({ kind: 'join', contacts: [bench.peer(2)] });
  t.deepEqual(
    bench.io.outputs.map((output) => output.kind === 'join-attempt' && output.redundant),
    [true, false],
  );
});

test('a Join is accepted at high priority and forwarded to every other neighbour', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.receive(3, { kind: 'join', data: 'data of p3' });
  t.is(bench.active, 'p1 p2 p3');
  t.is(bench.pending, 'p3');
  t.deepEqual(
    bench.io.sentOf('forward-join').map(({ to, message }) => `${to} ${message.peer} ${message.ttl}`),
    ['p1 p3 6', 'p2 p3 6'],
  );
  t.deepEqual(bench.io.sentOf('neighbor')[0]?.message, {
    kind: 'neighbor',
    priority: 'high',
    reply: false,
    data: 'data of p0',
  });
});

test('a Join at a full node evicts a neighbour, which is sent off with peers and kept as passive', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5);
  bench.receive(6, { kind: 'join', data: undefined });
  const evicted = bench.state.passive[0] as PeerId;
  t.is(bench.state.active.length, 5);
  t.false(bench.state.active.includes(evicted));
  t.true(bench.state.aliveDisconnect.includes(evicted));
  t.deepEqual(
    bench.io.sent.filter(({ to }) => to === evicted).map(({ message }) => message.kind),
    ['shuffle-reply', 'disconnect'],
  );
  const [farewell] = bench.io.sentOf('shuffle-reply');
  t.true((farewell?.message.nodes.length ?? 0) === 4);
  t.true(bench.io.disconnected.includes(evicted));
});

test('a ForwardJoin walks on, and leaves the peer in the passive view at the passive walk length', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(9), data: 'data of p9', ttl: 4 });
  t.is(bench.passive, '');
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(9), data: 'data of p9', ttl: 3 });
  t.is(bench.passive, 'p9');
  t.deepEqual(
    bench.io.sentOf('forward-join').map(({ to, message }) => `${to} ${message.ttl}`),
    ['p2 3', 'p2 2'],
  );
});

test('a ForwardJoin ends with a high-priority request at ttl 0 and at a node with one neighbour', (t) => {
  const ended = new Bench().befriend(1, 2);
  ended.receive(1, { kind: 'forward-join', peer: ended.peer(9), data: undefined, ttl: 0 });
  const lonely = new Bench().befriend(1);
  lonely.receive(1, { kind: 'forward-join', peer: lonely.peer(9), data: undefined, ttl: 6 });
  for (const bench of [ended, lonely]) {
    t.is(bench.pending, 'p9');
    t.false(bench.state.active.includes(bench.peer(9)), 'it enters when it answers');
    t.is(bench.io.sentOf('neighbor')[0]?.message.priority, 'high');
  }
});

test('a ForwardJoin of a neighbour renews the edge; one of the node itself is ignored', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(2), data: 'news of p2', ttl: 5 });
  t.is(bench.state.peerData?.get(bench.peer(2)), 'news of p2');
  t.deepEqual(bench.io.take(), ['neighbor to p2', 'peer-data p2']);
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(0), data: undefined, ttl: 5 });
  t.deepEqual(bench.io.take(), []);
});

test('a request is answered with a reply, a reply with nothing', (t) => {
  const bench = new Bench();
  bench.neighbor(1, 'low', false);
  t.true(bench.io.sentOf('neighbor')[0]?.message.reply);
  t.is(bench.pending, '', 'an answer never marks');
  bench.io.take();
  bench.meet(2);
  t.is(bench.pending, 'p2');
  bench.io.take();
  bench.neighbor(2, 'low', true);
  t.deepEqual(bench.io.take(), ['neighbour-up p2']);
  t.is(bench.active, 'p1 p2');
});

test('a request of a neighbour is answered too: it may have lost the edge', (t) => {
  const bench = new Bench().befriend(1);
  bench.neighbor(1, 'low', false);
  t.deepEqual(bench.io.take(), ['neighbor to p1']);
});

test('a low request is refused by a full node, which closes the link', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5);
  bench.neighbor(6, 'low', false);
  t.deepEqual(bench.io.take(), ['disconnect to p6', 'disconnect p6']);
  t.is(bench.knownData, 'p1 p2 p3 p4 p5');
});

test('two requests that cross make one edge', (t) => {
  const bench = new Bench();
  bench.meet(1);
  bench.io.take();
  bench.neighbor(1, 'high', false);
  t.is(bench.pending, '');
  t.deepEqual(bench.io.take(), ['neighbor to p1', 'neighbour-up p1']);
  bench.neighbor(1, 'high', true);
  t.deepEqual(bench.io.take(), []);
});

test('a reply that nobody awaits is taken where there is room and confirmed, else refused', (t) => {
  const bench = new Bench();
  bench.neighbor(1, 'high', true);
  t.is(bench.active, 'p1');
  t.deepEqual(
    bench.io.sentOf('neighbor').map(({ message }) => message.reply),
    [false],
  );
  const full = new Bench().befriend(1, 2, 3, 4, 5);
  full.neighbor(6, 'high', true);
  t.deepEqual(full.io.take(), ['disconnect to p6', 'disconnect p6']);
});

test('an unanswered request drops the peer with its data and asks the next', (t) => {
  const bench = new Bench().befriend(1);
  bench.meet(2, 3);
  const first = bench.pending;
  bench.io.take();
  bench.fire('neighbor-timeout');
  const second = bench.pending;
  t.deepEqual([first, second].toSorted(), ['p2', 'p3']);
  t.is(bench.passive, second);
  t.is(bench.knownData, `p1 ${second}`);
  t.deepEqual(bench.io.take(), [`neighbor to ${second}`, `disconnect ${first}`]);
});

test('an unanswered renewal changes nothing', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(2), data: undefined, ttl: 5 });
  bench.io.take();
  bench.fire('neighbor-timeout');
  t.is(bench.active, 'p1 p2');
  t.deepEqual(bench.io.take(), []);
});

test('active and pending peers count once against the capacity', (t) => {
  const bench = new Bench({}, { activeViewCapacity: 2 }).befriend(1);
  bench.receive(1, { kind: 'forward-join', peer: bench.peer(1), data: undefined, ttl: 5 });
  t.is(bench.pending, 'p1');
  bench.meet(2, 3);
  t.true(['p1 p2', 'p1 p3'].includes(bench.pending), 'a renewal takes no place');
  bench.meet(4);
  t.is(bench.state.pending.length, 2, 'a request does');
});

test('a refill asks at high priority when the view is empty, else at low', (t) => {
  const bench = new Bench();
  bench.meet(1);
  t.is(bench.io.sentOf('neighbor')[0]?.message.priority, 'high');
  bench.neighbor(1, 'high', true);
  bench.io.take();
  bench.meet(2);
  t.is(bench.io.sentOf('neighbor')[0]?.message.priority, 'low');
});

test('a refusal is followed by the next request, and who refused is not asked again before a loss', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.meet(3, 4);
  const first = bench.pending;
  bench.receive(Number(first.slice(1)), { kind: 'disconnect', alive: true });
  const second = bench.pending;
  t.not(first, second);
  bench.receive(Number(second.slice(1)), { kind: 'disconnect', alive: true });
  t.is(bench.pending, '');
  t.deepEqual(bench.state.passive.map(String).toSorted(), ['p3', 'p4']);
  bench.meet(3, 4);
  t.is(bench.pending, '');
  bench.close(1);
  t.not(bench.pending, '');
});

test('at most ten refusals in a row are followed by a request', (t) => {
  const bench = new Bench().befriend(1);
  bench.meet(...Array.from({ length: 30 }, (_, index) => index + 2));
  let asked = 0;
  for (; bench.pending !== '' && asked < 100; asked++) {
    bench.receive(Number(bench.pending.slice(1)), { kind: 'disconnect', alive: true });
  }
  t.is(asked, 10);
  bench.fire('shuffle');
  t.not(bench.pending, '');
});

test('a stranded node forces a request, each time after twice as many shuffle ticks', (t) => {
  const bench = new Bench().befriend(1);
  bench.meet(2);
  bench.receive(2, { kind: 'disconnect', alive: true });
  const forcedAtTick: number[] = [];
  for (let tick = 1; tick <= 20; tick++) {
    bench.io.take();
    bench.fire('shuffle');
    const [request] = bench.io.sentOf('neighbor');
    if (request === undefined) continue;
    t.is(request.message.priority, 'high');
    forcedAtTick.push(tick);
    bench.receive(2, { kind: 'disconnect', alive: true });
  }
  t.deepEqual(forcedAtTick, [1, 3, 7, 15]);
});

test('a stranded node that knows only neighbours asks its contacts, one after the other', (t) => {
  const bench = new Bench();
  bench.give({ kind: 'join', contacts: [bench.peer(1), bench.peer(2), bench.peer(3)] });
  bench.befriend(1);
  bench.fire('shuffle');
  t.deepEqual(bench.io.take(), ['shuffle to p1', 'join to p2', 'contacts-wanted p0', 'join-attempt p2']);
  bench.fire('join-retry');
  t.deepEqual(bench.io.take(), ['join to p3', 'join-attempt p3', 'disconnect p2']);
  bench.fire('join-retry');
  t.deepEqual(bench.io.take(), ['disconnect p3']);
  t.false(bench.io.pendingKinds.includes('join-retry'));
});

test('a Disconnect ends the edge, closes the link and keeps the peer only if it stays', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.receive(1, { kind: 'disconnect', alive: true });
  t.deepEqual(bench.io.take().slice(0, 3), ['neighbor to p1', 'neighbour-down p1', 'disconnect p1']);
  t.is(bench.passive, 'p1');
  bench.receive(2, { kind: 'disconnect', alive: false });
  t.is(bench.passive, 'p1');
  t.is(bench.active, '');
  t.is(bench.knownData, 'p1');
});

test('a closed link ends an edge and clears a pending mark', (t) => {
  const bench = new Bench().befriend(1);
  bench.meet(2);
  t.is(bench.pending, 'p2');
  bench.close(2);
  t.is(bench.pending, '');
  t.is(bench.passive, '', 'a peer that cannot be reached is not kept');
  bench.close(1);
  t.is(bench.active, '');
  t.is(bench.knownData, '');
});

test('the close after a goodbye does not count against a passive peer', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5, 6);
  const evicted = bench.state.passive[0] as PeerId;
  bench.close(evicted.index);
  t.is(bench.passive, String(evicted));
  bench.close(evicted.index);
  t.is(bench.passive, '');
});

test('whoever is isolated wants contacts, and joins again after a pause', (t) => {
  const bench = new Bench();
  bench.give({ kind: 'join', contacts: [bench.peer(1)] });
  bench.befriend(1);
  bench.close(1);
  t.deepEqual(bench.io.take(), ['neighbour-down p1']);
  bench.fire('join-retry');
  t.deepEqual(bench.io.take(), ['join to p1', 'contacts-wanted p0', 'join-attempt p1']);
});

test('a shuffle takes the node, 3 neighbours and 4 passive peers to a random neighbour', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5);
  bench.meet(11, 12, 13, 14, 15, 16);
  bench.io.take();
  bench.fire('shuffle');
  const [shuffle] = bench.io.sentOf('shuffle');
  const nodes = shuffle?.message.nodes.map(({ peer }) => peer.index) ?? [];
  t.is(nodes[0], 0);
  t.is(nodes.filter((index) => index >= 1 && index <= 5).length, 3);
  t.is(nodes.filter((index) => index > 10).length, 4);
  t.false(nodes.includes(shuffle?.to.index ?? 0));
  t.is(shuffle?.message.ttl, 6);
  t.is(bench.io.pendingKinds.filter((kind) => kind === 'shuffle').length, 1);
});

test('a shuffle walks on, to neither its origin nor its sender', (t) => {
  const bench = new Bench().befriend(1, 2, 3);
  bench.receive(1, { kind: 'shuffle', origin: bench.peer(2), nodes: [bench.info(9)], ttl: 2 });
  const [shuffle] = bench.io.sentOf('shuffle');
  t.is(shuffle?.to, bench.peer(3));
  t.is(shuffle?.message.ttl, 1);
  t.is(bench.passive, '');
});

test('where a shuffle ends its nodes become passive, and as many are sent straight to the origin', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5);
  bench.meet(20, 21);
  bench.io.take();
  const nodes = [bench.info(9), bench.info(0), bench.info(1), bench.info(10)];
  bench.receive(1, { kind: 'shuffle', origin: bench.peer(9), nodes, ttl: 0 });
  t.is(bench.passive, 'p20 p21 p9 p10');
  const [reply] = bench.io.sentOf('shuffle-reply');
  t.is(reply?.to, bench.peer(9));
  t.is(reply?.message.nodes.length, 4);
  t.deepEqual(
    reply?.message.nodes
      .slice(0, 2)
      .map(({ peer }) => peer.index)
      .toSorted(),
    [20, 21],
  );
  t.deepEqual(bench.io.disconnected.map(String), ['p9'], 'the link served for this message only');
});

test('a message from a stranger closes the link; one that only neighbours send is answered with Disconnect', (t) => {
  const bench = new Bench().befriend(1, 2, 3, 4, 5);
  bench.receive(9, { kind: 'shuffle-reply', nodes: [] });
  t.deepEqual(bench.io.take(), ['disconnect p9']);
  bench.receive(9, { kind: 'shuffle', origin: bench.peer(1), nodes: [], ttl: 3 });
  t.true(bench.io.take().includes('disconnect to p9'));
  bench.io.links.add(bench.peer(9));
  bench.give({ kind: 'stray', peer: bench.peer(9) });
  t.deepEqual(bench.io.take(), ['disconnect to p9', 'disconnect p9']);
});

test('a stray message over a link that is closed here is not answered', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.give({ kind: 'stray', peer: bench.peer(9) });
  t.deepEqual(bench.io.take(), []);
});

test('a full passive view drops a random peer and what was known of it', (t) => {
  const bench = new Bench({}, { passiveViewCapacity: 3 }).befriend(1, 2, 3, 4, 5);
  bench.meet(11, 12, 13, 14, 15, 16);
  t.is(bench.state.passive.length, 3);
  t.is(bench.state.peerData?.size, 8);
});

test('whoever quits tells its neighbours and those it has asked, and leaves no timer', (t) => {
  const bench = new Bench().befriend(1, 2);
  bench.meet(3);
  bench.io.take();
  bench.give({ kind: 'quit' });
  t.deepEqual(
    bench.io.sent.map(({ to, message }) => `${message.kind} to ${to}`),
    ['shuffle-reply to p1', 'disconnect to p1', 'shuffle-reply to p2', 'disconnect to p2', 'disconnect to p3'],
  );
  t.true(bench.io.sentOf('disconnect').every(({ message }) => !message.alive));
  t.deepEqual(bench.io.pendingKinds, []);
  t.is(bench.io.links.size, 0);
});

// The four switches: red with, green without.

test('hyparview-data-kept-on-passive-eviction leaves the data of every peer that was pushed out', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'hyparview-data-kept-on-passive-eviction': true } : {}, { passiveViewCapacity: 3 });
    bench.befriend(1, 2, 3, 4, 5);
    for (let index = 10; index < 50; index++) bench.meet(index);
    t.is(bench.state.peerData?.size, on ? 45 : 8);
  }
});

test('hyparview-data-kept-on-neighbor-timeout leaves the data of every peer that did not answer', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'hyparview-data-kept-on-neighbor-timeout': true } : {}).befriend(1);
    for (let index = 10; index < 50; index++) {
      bench.meet(index);
      bench.fire('neighbor-timeout');
    }
    t.is(bench.passive, '');
    t.is(bench.state.peerData?.size, on ? 41 : 1);
  }
});

test('hyparview-data-kept-on-active-discard leaves the data of every neighbour that left', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'hyparview-data-kept-on-active-discard': true } : {});
    for (let index = 10; index < 50; index++) {
      bench.befriend(index);
      if (index % 2 === 0) bench.receive(index, { kind: 'disconnect', alive: false });
      else bench.close(index);
    }
    t.is(bench.state.peerData?.size, on ? 40 : 0);
  }
});

test('hyparview-pending-outlives-neighbor takes a request for a reply, so that one side alone has the edge', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'hyparview-pending-outlives-neighbor': true } : {});
    bench.neighbor(1, 'low', false);
    bench.receive(1, { kind: 'disconnect', alive: true });
    bench.close(1);
    if (!on) bench.fire('neighbor-timeout');
    bench.io.take();
    bench.neighbor(1, 'low', false);
    t.is(bench.active, 'p1');
    t.is(bench.io.sentOf('neighbor').length, on ? 0 : 1);
  }
});
