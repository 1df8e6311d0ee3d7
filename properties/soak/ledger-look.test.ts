import test from 'ava';
import { Ledger } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Simulation } from '../../sim/simulation.ts';
import { DialWatch } from './dial-watch.ts';
import { EntryNames } from './findings.ts';
import type { EntryFindings, LedgerLook } from './findings.ts';
import { bucketOf, lookAtLedger } from './ledger-look.ts';
import { relationOf } from './overlay.ts';
import type { NeighbourRelation } from './overlay.ts';

class Idler extends Node {
  near: PeerId[] | undefined = undefined;

  override onMessage(): void {}
  override onTimer(): void {}

  override neighbours(): readonly PeerId[] | undefined {
    return this.near;
  }
}

const SECOND = 1_000_000;
const TERMS = {
  connectTimeoutUs: SECOND,
  settleUs: 10 * SECOND,
  residueUs: 12 * SECOND,
  waitUs: 15 * SECOND,
  atFault: undefined,
};

/** Nodes that do nothing, a ledger, and a clock that is moved by hand. */
class Bench {
  readonly simulation = new Simulation({ seed: 'look' });
  readonly ledger = new Ledger(this.simulation);
  readonly dials = new DialWatch();
  private readonly names = new EntryNames();

  constructor() {
    this.simulation.ledger = this.ledger;
  }

  start(index: number): Idler {
    const node = new Idler();
    this.simulation.attach(node, this.simulation.peers.intern(index));
    return node;
  }

  at(seconds: number): void {
    this.simulation.run({ untilUs: seconds * SECOND });
  }

  open(kind: EntryKind, owner: Node, subject?: PeerId, site = 'a.b', bytes = 0): EntryId {
    return this.ledger.open(kind, owner, subject, site, bytes);
  }

  /** @param before - Neighbour relation in the middle of the calm. */
  look(atFault?: ReadonlySet<number>, before: NeighbourRelation = new Map()): LedgerLook {
    const nodes = [...this.simulation.running()];
    const relations = [before, relationOf(nodes)];
    const terms = { ...TERMS, nowUs: this.simulation.nowUs, atFault, dials: this.dials, relations };
    return lookAtLedger(this.ledger, nodes, this.names, terms);
  }
}

function counts(findings: EntryFindings): [string, number][] {
  return [...findings].map(([site, { count }]) => [site, count]);
}

test('the open entries of each node are told by kind and site, with their bytes', (t) => {
  const bench = new Bench();
  const [one, two] = [bench.start(0), bench.start(1)];
  bench.open('span', one, undefined, 'a.b', 10);
  bench.open('span', one, undefined, 'a.b', 5);
  bench.open('task', two, one.peer, 'c.d', 7);
  t.deepEqual(
    bench.look().entries.map(({ serial, sites }) => [serial, [...sites]]),
    [
      [one.serial, [['span a.b', { count: 2, bytes: 15 }]]],
      [two.serial, [['task c.d', { count: 1, bytes: 7 }]]],
    ],
  );
});

test('an entry about a departed peer is overdue once the grace after its end, or after its own birth, is over', (t) => {
  const bench = new Bench();
  const [owner, gone] = [bench.start(0), bench.start(1)];
  bench.open('task', owner, gone.peer);
  bench.at(5);
  bench.simulation.detach(gone, 'killed');
  bench.at(8);
  bench.open('stream', owner, gone.peer);
  bench.at(17);
  t.deepEqual(counts(bench.look().overdue), []);
  bench.at(18);
  t.deepEqual(counts(bench.look().overdue), [['task a.b', 1]]);
  bench.at(19);
  t.deepEqual(counts(bench.look().overdue), [
    ['stream a.b', 1],
    ['task a.b', 1],
  ]);
  const [example] = bench.look().overdue.get('task a.b')!.examples;
  t.deepEqual(example, {
    owner: 'p0',
    subject: 'p1',
    bornUs: 0,
    dueUs: 17 * SECOND,
    ageUs: 19 * SECOND,
    bytes: 0,
  });
});

test('a task about a departed peer is wanted anew at every dial, and what is of one life is not', (t) => {
  const bench = new Bench();
  const [owner, other, gone] = [bench.start(0), bench.start(1), bench.start(2)];
  for (const node of [owner, other]) bench.open('task', node, gone.peer);
  bench.open('stream', owner, gone.peer);
  bench.at(1);
  bench.simulation.detach(gone, 'killed');
  bench.at(9);
  bench.dials.dialled(owner, gone.peer, bench.simulation.nowUs);
  bench.dials.forgetBefore(9 * SECOND);
  bench.at(19);
  t.deepEqual(
    ['stream a.b', 'task a.b'].map((site) =>
      bench
        .look()
        .overdue.get(site)
        ?.examples.map((one) => one.owner),
    ),
    [['p0'], ['p1']],
  );
  bench.at(20);
  t.is(bench.look().overdue.get('task a.b')?.count, 2);
  bench.dials.dialled(owner, gone.peer, bench.simulation.nowUs);
  bench.dials.forgetBefore(21 * SECOND);
  t.is(bench.look().overdue.get('task a.b')?.count, 2);
});

test('when the peer has come back a connection to its former life is overdue, and a task about it is not', (t) => {
  const bench = new Bench();
  const [owner, gone] = [bench.start(0), bench.start(1)];
  for (const kind of ['task', 'connection', 'half-open'] as const) bench.open(kind, owner, gone.peer);
  bench.at(1);
  bench.simulation.detach(gone, 'killed');
  bench.at(2);
  bench.start(1);
  bench.open('connection', owner, gone.peer, 'new.one');
  bench.at(60);
  t.deepEqual(counts(bench.look().overdue), [
    ['half-open a.b', 1],
    ['connection a.b', 1],
  ]);
});

test('a half-open connection is overdue after the connect timeout and the grace, whatever it is about', (t) => {
  const bench = new Bench();
  bench.open('half-open', bench.start(0));
  bench.at(11);
  t.deepEqual(counts(bench.look().overdue), []);
  bench.at(12);
  t.deepEqual(counts(bench.look().overdue), [['half-open a.b', 1]]);
});

test('a connection is superseded once a newer one of its owner, subject and site is older than the grace', (t) => {
  const bench = new Bench();
  const [owner, peer] = [bench.start(0), bench.start(1)];
  bench.open('connection', owner, peer.peer);
  bench.open('connection', owner, peer.peer, 'other.site');
  bench.open('connection', peer, owner.peer);
  bench.at(100);
  bench.open('connection', owner, peer.peer);
  bench.at(110);
  t.deepEqual(counts(bench.look().superseded), []);
  bench.at(111);
  t.deepEqual(counts(bench.look().superseded), [['connection a.b', 1]]);
  t.is(bench.look().superseded.get('connection a.b')!.examples[0]!.bornUs, 0);
  t.deepEqual(bench.look().mostConnected, { owner: 'p0', subject: 'p1', site: 'a.b', count: 2 });
});

test('what waits in a buffer is told of when whoever takes it has been there for long enough', (t) => {
  const bench = new Bench();
  const [owner, gone, late] = [bench.start(0), bench.start(1), bench.start(2)];
  bench.open('buffer', owner, undefined, 'own.inbox');
  for (const { peer } of [gone, late]) bench.open('buffer', owner, peer, `for.${String(peer)}`);
  bench.simulation.detach(gone, 'killed');
  bench.simulation.detach(late, 'killed');
  bench.at(10);
  bench.start(2);
  bench.at(15);
  t.deepEqual(counts(bench.look().waiting), []);
  bench.at(16);
  t.deepEqual(counts(bench.look().waiting), [['buffer own.inbox', 1]]);
  bench.at(26);
  t.deepEqual(counts(bench.look().waiting), [
    ['buffer for.p2', 1],
    ['buffer own.inbox', 1],
  ]);
});

test('while faults are open only an inbox of a node that is not at fault is held against anybody', (t) => {
  const bench = new Bench();
  const [healthy, sick] = [bench.start(0), bench.start(1)];
  bench.open('buffer', healthy, sick.peer, 'for.peer');
  bench.open('buffer', healthy, undefined, 'own.inbox');
  bench.open('buffer', sick, undefined, 'own.inbox');
  bench.at(60);
  t.deepEqual(counts(bench.look(new Set([1])).waiting), [['buffer own.inbox', 1]]);
  t.deepEqual(counts(bench.look().waiting), [
    ['buffer own.inbox', 2],
    ['buffer for.peer', 1],
  ]);
});

test('of many findings the ten that are due the longest are kept as examples', (t) => {
  const bench = new Bench();
  const owner = bench.start(0);
  for (let second = 0; second < 30; second++) {
    bench.at(second);
    bench.open('half-open', owner);
  }
  bench.at(100);
  const { count, examples } = bench.look().overdue.get('half-open a.b')!;
  t.is(count, 30);
  t.deepEqual(
    examples.map(({ bornUs }) => bornUs / SECOND),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
});

test('the bucket of a site is its name up to the first dot', (t) => {
  t.deepEqual(['gossip.loop.read', 'plain', '.x'].map(bucketOf), ['gossip', 'plain', '']);
});

test('a connection to no neighbour is unused once its owner has had no use of it for longer than it may linger', (t) => {
  const bench = new Bench();
  const [owner, other] = [bench.start(0), bench.start(1)];
  for (const node of [owner, other]) node.near = [];
  bench.open('connection', owner, other.peer, 'silent.site');
  const link = bench.open('connection', owner, other.peer);
  bench.at(3);
  bench.ledger.use(link);
  bench.at(13);
  t.deepEqual(counts(bench.look().unused), []);
  bench.at(14);
  // Where nobody ever tells of use, nothing can be said.
  t.deepEqual(counts(bench.look().unused), [['connection a.b', 1]]);
  t.like(bench.look().unused.get('connection a.b')!.examples[0], { owner: 'p0', subject: 'p1', dueUs: 13 * SECOND });
  bench.ledger.use(link);
  t.deepEqual(counts(bench.look().unused), []);
});

test('a connection that is not used is not held against neighbours, nor against nodes without the relation', (t) => {
  const bench = new Bench();
  const [owner, other] = [bench.start(0), bench.start(1)];
  bench.ledger.use(bench.open('connection', owner, other.peer));
  bench.at(14);
  const told = (mine: PeerId[] | undefined, theirs: PeerId[] | undefined, before?: NeighbourRelation): boolean => {
    [owner.near, other.near] = [mine, theirs];
    return bench.look(undefined, before).unused.size > 0;
  };
  t.true(told([], []));
  t.false(told([other.peer], []));
  t.false(told([], [owner.peer]), 'the far side counts as well');
  t.false(told(undefined, []));
  t.false(told([], undefined), 'the far side has left the overlay');
  t.false(told([], [], new Map([[owner as Node, new Set([other.peer])]])), 'neighbours in the middle of the calm');
  bench.simulation.detach(other, 'killed');
  t.false(told([], []), 'of a peer that is gone it is told elsewhere');
});
