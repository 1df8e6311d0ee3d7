import test from 'ava';
import * as v from 'valibot';
import { PeerId } from '../sim/peer.ts';
import { FakeIo } from './fake-io.test.fixture.ts';
import { createPlumtree } from './plumtree.ts';
import { plumtreeConfigSchema } from './plumtree/contract.ts';
import type {
  PlumtreeDefects,
  PlumtreeInput,
  PlumtreeMessage,
  PlumtreeOutput,
  PlumtreeTimer,
} from './plumtree/contract.ts';
import { checkPlumtree } from './plumtree/state.ts';
import type { PlumtreeState } from './plumtree/state.ts';

const defaults = v.parse(plumtreeConfigSchema, {});
const SECOND = 1_000_000;

/** One node and the peers around it, which are only names. */
class Bench {
  readonly io = new FakeIo<PlumtreeMessage, PlumtreeTimer, PlumtreeOutput>();
  readonly peers = Array.from({ length: 20 }, (_, index) => new PeerId(index));
  readonly neighbours: PeerId[] = [];
  readonly state: PlumtreeState;
  private readonly reducer: ReturnType<typeof createPlumtree>;
  private readonly isClean: boolean;

  constructor(defects: PlumtreeDefects = {}) {
    this.reducer = createPlumtree(defaults, defects);
    this.isClean = Object.keys(defects).length === 0;
    this.state = this.reducer.initial();
  }

  peer(index: number): PeerId {
    return this.peers[index] as PeerId;
  }

  give(input: PlumtreeInput): void {
    this.reducer.handle(this.state, input, this.io);
    if (this.isClean) checkPlumtree(this.state, this.neighbours);
  }

  receive(from: number, message: PlumtreeMessage): void {
    this.give({ kind: 'message', from: this.peer(from), message });
  }

  gossip(from: number, id: string, round = 0): void {
    this.receive(from, { kind: 'gossip', id, content: `content of ${id}`, round });
  }

  announce(from: number, id: string, round = 0): void {
    this.receive(from, { kind: 'ihave', announcements: [{ id, round }] });
  }

  up(...indices: number[]): this {
    for (const index of indices) {
      this.neighbours.push(this.peer(index));
      this.io.links.add(this.peer(index));
      this.give({ kind: 'neighbour-up', peer: this.peer(index) });
    }
    return this;
  }

  down(index: number): void {
    this.neighbours.splice(this.neighbours.indexOf(this.peer(index)), 1);
    this.io.links.delete(this.peer(index));
    this.give({ kind: 'neighbour-down', peer: this.peer(index) });
  }

  /** Makes neighbours lazy. */
  lazy(...indices: number[]): this {
    for (const index of indices) this.receive(index, { kind: 'prune' });
    return this;
  }

  broadcast(id: string): void {
    this.give({ kind: 'broadcast', id, content: `content of ${id}` });
  }

  fire(kind: PlumtreeTimer['kind']): number {
    const timer = this.io.fire(kind);
    if (timer !== undefined) this.give({ kind: 'timer', timer });
    return this.io.nowUs;
  }

  get eager(): string {
    return this.state.eager.join(' ');
  }

  get lazies(): string {
    return this.state.lazy.join(' ');
  }
}

test('the defaults are those of 0.101', (t) => {
  t.deepEqual(defaults, {
    graftTimeoutUs: 80_000,
    nextGraftTimeoutUs: 40_000,
    dispatchTimeoutUs: 5_000,
    optimizationThreshold: 7,
    payloadRetentionUs: 30_000_000,
    idRetentionUs: 90_000_000,
    evictionIntervalUs: 1_000_000,
  });
});

test('a neighbour starts eager and is forgotten when it goes down', (t) => {
  const bench = new Bench().up(1, 2).lazy(2);
  t.is(bench.eager, 'p1');
  t.is(bench.lazies, 'p2');
  bench.down(1);
  bench.down(2);
  t.is(bench.eager + bench.lazies, '');
});

test('a broadcast is pushed to eager peers at once and announced to lazy ones after 5 ms', (t) => {
  const bench = new Bench().up(1, 2, 3).lazy(3);
  bench.broadcast('m');
  t.deepEqual(bench.io.take(), ['gossip to p1', 'gossip to p2']);
  bench.broadcast('n');
  bench.io.take();
  t.is(bench.fire('dispatch'), 5_000);
  t.deepEqual(bench.io.sent, [
    {
      to: bench.peer(3),
      message: {
        kind: 'ihave',
        announcements: [
          { id: 'm', round: 0 },
          { id: 'n', round: 0 },
        ],
      },
    },
  ]);
});

test('a new message is delivered one hop further, and passed on to all but its sender', (t) => {
  const bench = new Bench().up(1, 2, 3, 4).lazy(3, 4);
  bench.gossip(1, 'm', 4);
  t.deepEqual(bench.io.outputs, [{ kind: 'deliver', id: 'm', hops: 5, from: bench.peer(1) }]);
  t.deepEqual(
    bench.io.sentOf('gossip').map(({ to, message }) => `${to} ${message.round}`),
    ['p2 5'],
  );
  bench.io.take();
  bench.fire('dispatch');
  t.deepEqual(bench.io.take(), ['ihave to p3', 'ihave to p4']);
});

test('a message from a lazy peer is not announced to it', (t) => {
  const bench = new Bench().up(1, 2).lazy(1, 2);
  bench.gossip(1, 'm');
  bench.io.take();
  bench.fire('dispatch');
  t.deepEqual(bench.io.take(), ['ihave to p2']);
});

test('a payload received again prunes its sender', (t) => {
  const bench = new Bench().up(1, 2);
  bench.gossip(1, 'm');
  bench.io.take();
  bench.gossip(2, 'm');
  t.deepEqual(bench.io.take(), ['prune to p2', 'duplicate']);
  t.is(bench.lazies, 'p2');
});

test('a message broadcast twice is sent once', (t) => {
  const bench = new Bench().up(1);
  bench.broadcast('m');
  bench.broadcast('m');
  t.is(bench.io.sent.length, 1);
});

test('a message that is only announced is grafted after 80 ms, and every 40 ms from the next advertiser', (t) => {
  const bench = new Bench().up(1, 2, 3).lazy(1, 2, 3);
  for (const index of [1, 2, 3]) bench.announce(index, 'm', index);
  bench.announce(1, 'm', 1);
  const grafts: string[] = [];
  for (let turn = 0; turn < 5; turn++) {
    bench.io.take();
    const atUs = bench.fire('send-graft');
    for (const { to, message } of bench.io.sentOf('graft')) grafts.push(`${to} ${message.round} at ${atUs}`);
  }
  t.deepEqual(grafts, ['p1 1 at 80000', 'p2 2 at 120000', 'p3 3 at 160000']);
  t.is(bench.eager, 'p1 p2 p3');
  t.is(bench.state.missing?.size, 0);
});

test('a message that comes ends the search for it', (t) => {
  const bench = new Bench().up(1, 2).lazy(1, 2);
  bench.announce(1, 'm');
  bench.gossip(2, 'm');
  t.is(bench.state.missing?.size, 0);
  t.false(bench.io.pendingKinds.includes('send-graft'));
  bench.announce(1, 'm');
  t.is(bench.state.missing?.size, 0, 'a message that is known is not missed');
});

test('a Graft makes its sender eager and is answered from the cache', (t) => {
  const bench = new Bench().up(1, 2).lazy(1);
  bench.gossip(2, 'm', 3);
  bench.io.take();
  bench.receive(1, { kind: 'graft', id: 'm', round: 4 });
  t.is(bench.eager, 'p2 p1');
  t.deepEqual(bench.io.sent, [
    { to: bench.peer(1), message: { kind: 'gossip', id: 'm', content: 'content of m', round: 4 } },
  ]);
  bench.io.take();
  bench.receive(1, { kind: 'graft', id: 'unknown', round: 4 });
  bench.receive(1, { kind: 'graft', id: undefined, round: 4 });
  t.deepEqual(bench.io.take(), []);
});

test('the tree changes when the announced way is shorter by the threshold', (t) => {
  for (const round of [6, 7]) {
    const bench = new Bench().up(1, 2).lazy(1);
    bench.announce(1, 'm', 0);
    bench.io.take();
    bench.gossip(2, 'm', round);
    t.is(bench.eager, round === 7 ? 'p1' : 'p2');
    t.is(bench.io.sentOf('graft').length, round === 7 ? 1 : 0);
    t.is(bench.io.sentOf('prune').length, round === 7 ? 1 : 0);
  }
});

test('late messages of a former neighbour move nobody', (t) => {
  const bench = new Bench().up(1, 2);
  bench.broadcast('m');
  bench.down(1);
  bench.io.take();
  bench.receive(1, { kind: 'prune' });
  bench.receive(1, { kind: 'graft', id: 'm', round: 0 });
  bench.announce(1, 'n');
  bench.gossip(1, 'm');
  t.is(bench.eager, 'p2');
  t.is(bench.lazies, '');
  t.deepEqual(bench.io.take(), ['duplicate'], 'no link is opened for it');
  bench.gossip(1, 'new');
  t.deepEqual(bench.io.take(), ['gossip to p2', 'deliver'], 'a payload is delivered all the same');
});

test('a Graft of a former neighbour is answered over a link that is still there', (t) => {
  const bench = new Bench().up(1);
  bench.broadcast('m');
  bench.down(1);
  bench.io.take();
  bench.io.links.add(bench.peer(1));
  bench.receive(1, { kind: 'graft', id: 'm', round: 0 });
  t.deepEqual(bench.io.take(), ['gossip to p1']);
});

test('a neighbour that goes down leaves no announcement, no search and no idle timer', (t) => {
  const bench = new Bench().up(1, 2).lazy(1, 2);
  bench.announce(1, 'x');
  bench.announce(1, 'y');
  bench.announce(2, 'y');
  bench.broadcast('m');
  bench.down(1);
  t.deepEqual([...(bench.state.missing?.keys() ?? [])], ['y']);
  t.is(bench.state.lazyQueue.length, 1);
  bench.down(2);
  t.is(bench.state.missing?.size, 0);
  t.deepEqual(bench.io.pendingKinds, ['evict-cache']);
});

test('payloads last 30 s and ids 90 s, and nothing is swept while nothing is old', (t) => {
  const bench = new Bench().up(1);
  bench.gossip(1, 'm');
  bench.io.nowUs = 5.5 * SECOND;
  bench.gossip(1, 'n');
  const sweeps: string[] = [];
  for (let turn = 0; turn < 10 && bench.io.pendingKinds.includes('evict-cache'); turn++) {
    const atUs = bench.fire('evict-cache');
    sweeps.push(`${atUs / SECOND}: ${bench.state.cache?.size} ${bench.state.received?.size}`);
  }
  t.deepEqual(sweeps, ['30: 1 2', '36: 0 2', '90: 0 1', '96: 0 0']);
});

test('whoever quits leaves no timer', (t) => {
  const bench = new Bench().up(1, 2).lazy(2);
  bench.broadcast('m');
  bench.announce(2, 'x');
  t.is(bench.io.pendingKinds.length, 3);
  bench.neighbours.length = 0;
  bench.give({ kind: 'quit' });
  t.deepEqual(bench.io.pendingKinds, []);
});

// The four switches: red with, green without.

test('plumtree-lazy-queue-kept dials a departed peer', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'plumtree-lazy-queue-kept': true } : {}).up(1, 2).lazy(1, 2);
    bench.broadcast('m');
    bench.down(1);
    bench.io.take();
    bench.fire('dispatch');
    t.deepEqual(bench.io.take(), on ? ['ihave to p1', 'ihave to p2'] : ['ihave to p2']);
  }
});

test('plumtree-seen-ids-never-expire keeps every id', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'plumtree-seen-ids-never-expire': true } : {}).up(1);
    for (let index = 0; index < 50; index++) bench.gossip(1, `m${index}`);
    while (bench.io.pendingKinds.includes('evict-cache')) bench.fire('evict-cache');
    t.is(bench.state.received?.size, on ? 50 : 0);
    t.is(bench.state.cache?.size, 0);
  }
});

test('plumtree-missing-unbounded keeps every id that is announced and never comes', (t) => {
  for (const on of [false, true]) {
    const bench = new Bench(on ? { 'plumtree-missing-unbounded': true } : {}).up(1);
    for (let index = 0; index < 50; index++) bench.announce(1, `m${index}`);
    while (bench.io.pendingKinds.includes('send-graft')) bench.fire('send-graft');
    t.is(bench.state.missing?.size, on ? 50 : 0);
  }
});

test('plumtree-late-message-revives-peer makes a former neighbour eager or lazy for good', (t) => {
  const late: PlumtreeMessage[] = [
    { kind: 'graft', id: undefined, round: 0 },
    { kind: 'prune' },
    { kind: 'gossip', id: 'm', content: 'content of m', round: 0 },
    { kind: 'ihave', announcements: [{ id: 'n', round: 0 }] },
  ];
  for (const on of [false, true]) {
    for (const message of late) {
      const bench = new Bench(on ? { 'plumtree-late-message-revives-peer': true } : {}).up(1);
      bench.broadcast('m');
      bench.down(1);
      bench.receive(1, message);
      bench.fire('send-graft');
      t.is(bench.state.eager.length + bench.state.lazy.length, on ? 1 : 0, message.kind);
    }
  }
});
