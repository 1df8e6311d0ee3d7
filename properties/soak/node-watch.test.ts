import test from 'ava';
import { Node } from '../../sim/node.ts';
import type { FaultSpan } from '../../sim/churn/calms.ts';
import { Simulation } from '../../sim/simulation.ts';
import { DiscardWatch } from './discard-watch.ts';
import { ArrivalWatch, lonelyNodes, neighbourless, unstoppedNodes } from './node-watch.ts';
import type { PeerId } from '../../sim/peer.ts';

const SECOND = 1_000_000;

class Idler extends Node {
  near: PeerId[] | undefined = [];
  override onMessage(): void {}
  override onTimer(): void {}
  override neighbours(): readonly PeerId[] | undefined {
    return this.near;
  }
}

/** A simulation whose arrivals are watched; peer 0 lets others in, and within 5 s they must have a neighbour. */
class Bench {
  readonly simulation = new Simulation({ seed: 'watch' });
  readonly watch: ArrivalWatch;

  constructor(faults: readonly FaultSpan[] = []) {
    this.watch = new ArrivalWatch(this.simulation, 5 * SECOND, new Set([0]), faults);
    this.simulation.observer = {
      started: (node) => this.watch.started(node),
      ended: (node) => this.watch.ended(node),
    };
  }

  start(index: number): Idler {
    const node = new Idler();
    this.simulation.attach(node, this.simulation.peers.intern(index));
    return node;
  }

  at(seconds: number): void {
    this.simulation.run({ untilUs: seconds * SECOND });
  }
}

test('a start is judged by the time to its first neighbour', (t) => {
  const bench = new Bench();
  const host = bench.start(0);
  bench.at(10);
  const [quick, slow] = [bench.start(1), bench.start(2)];
  bench.at(12);
  bench.watch.neighbour(quick, true);
  bench.watch.neighbour(host, true);
  bench.at(16);
  bench.watch.neighbour(quick, false);
  bench.watch.neighbour(slow, true);
  t.deepEqual(bench.watch.finish(), {
    judged: 2,
    excused: 1,
    slowestUs: 6 * SECOND,
    lateCount: 1,
    late: [{ peer: 'p2', incarnation: 1, bornUs: 10 * SECOND, tookUs: 6 * SECOND, joined: true }],
  });
});

test('a life without a neighbour counts when it lasted past the bound, and is excused when it was shorter', (t) => {
  const bench = new Bench();
  bench.start(0);
  bench.at(1);
  const [short, long] = [bench.start(1), bench.start(2)];
  bench.at(5);
  bench.simulation.detach(short, 'killed');
  bench.at(9);
  bench.watch.neighbour(long, false);
  bench.simulation.detach(long, 'killed');
  t.like(bench.watch.finish(), { judged: 1, excused: 2, lateCount: 1, slowestUs: 0 });
});

test('a late start is excused while a fault was open, or while nobody else ran who lets nodes in', (t) => {
  const faulty = new Bench([{ fromUs: 3 * SECOND, untilUs: 4 * SECOND, peers: new Set() }]);
  faulty.start(0);
  faulty.at(1);
  const cut = faulty.start(1);
  faulty.at(5);
  const after = faulty.start(2);
  faulty.at(20);
  for (const node of [cut, after]) faulty.watch.neighbour(node, true);
  t.deepEqual(
    faulty.watch.finish()!.late.map(({ peer }) => peer),
    ['p2'],
  );

  const hostless = new Bench();
  const host = hostless.start(0);
  hostless.at(1);
  const node = hostless.start(1);
  hostless.at(2);
  hostless.simulation.detach(host, 'killed');
  hostless.at(3);
  hostless.start(0);
  hostless.at(20);
  hostless.watch.neighbour(node, true);
  t.like(hostless.watch.finish(), { lateCount: 0, judged: 0, excused: 3 });
});

test('a run in which nobody tells of neighbours has no arrivals', (t) => {
  const bench = new Bench();
  bench.start(0);
  t.is(bench.watch.finish(), undefined);
});

test('a node is lonely when two looks find it without a neighbour while others run', (t) => {
  const bench = new Bench();
  const [one, two] = [bench.start(0), bench.start(1)];
  t.is(neighbourless([one]).size, 0);
  two.near = [one.peer];
  bench.at(10);
  const young = bench.start(2);
  const nodes = [one, two, young];
  const first = neighbourless(nodes);
  one.near = undefined;
  t.deepEqual([...first].map(String), [...new Set([one, young])].map(String));
  t.is(lonelyNodes(first, neighbourless(nodes), SECOND).count, 0);
  one.near = [];
  t.deepEqual(lonelyNodes(first, neighbourless(nodes), SECOND), { count: 1, examples: [{ peer: 'p0', sinceUs: 0 }] });
});

test('a node that was told to stop long ago is told of, unless it is at fault itself', (t) => {
  const bench = new Bench();
  const stopping = new Map<Node, number>([
    [bench.start(0), 7],
    [bench.start(1), 3],
    [bench.start(2), 1],
  ]);
  const { count, examples } = unstoppedNodes(stopping, 7, new Set([2]));
  t.deepEqual([count, examples], [1, [{ peer: 'p1', sinceUs: 3 }]]);
});

test('messages thrown away are counted by pair while watched, for peers that run', (t) => {
  const bench = new Bench();
  const [one, two, gone] = [bench.start(0), bench.start(1), bench.start(2)];
  const discards = new DiscardWatch();
  discards.discarded(one, two.peer, 'early');
  bench.simulation.detach(gone, 'killed');
  discards.watch();
  bench.at(3);
  for (const what of ['queue', 'link']) discards.discarded(one, two.peer, what);
  discards.discarded(two, one.peer, 'queue');
  discards.discarded(two, gone.peer, 'queue');
  const first = { firstUs: 3 * SECOND, what: 'queue' };
  t.deepEqual(discards.finish(), {
    total: 3,
    pairCount: 2,
    pairs: [
      { owner: 'p0', peer: 'p1', count: 2, ...first },
      { owner: 'p1', peer: 'p0', count: 1, ...first },
    ],
  });
  discards.discarded(one, two.peer, 'queue');
  t.is(discards.finish().total, 0);
  t.deepEqual(
    [...discards.totals],
    [
      ['early', 1],
      ['queue', 4],
      ['link', 1],
    ],
  );
});
