import test from 'ava';
import * as v from 'valibot';
import { CostAccount } from '../../sim/cost/account.ts';
import { costTable } from '../../sim/cost/table.ts';
import { METER } from '../../sim/meters.ts';
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import { Rig } from '../../sim/tasks/rig.test.fixture.ts';
import type { GossipCommand } from '../gossip/contract.ts';
import { meshAppConfigSchema } from './contract.ts';
import type { MeshAppConfig, MeshAppDefects } from './contract.ts';
import { DiscoveredPeers } from './discovery.ts';
import { JoinTick } from './join-tick.ts';

const SECOND = 1_000_000;
const TICK_US = 100_000;
const COSTS = costTable({ poll: 0, tick: 30, look: 2 });

interface Options {
  readonly defects?: MeshAppDefects;
  readonly config?: Partial<MeshAppConfig>;
  readonly observes?: boolean;
}

/** A tick, the peers it is told of, and what it asks the actor for. */
class Bench {
  readonly rig = new Rig();
  readonly discovered = new DiscoveredPeers(this.rig.node);
  readonly joined = new Set<PeerId>();
  readonly asked: string[] = [];
  readonly tick: JoinTick;

  constructor({ defects = {}, config = {}, observes = false }: Options = {}) {
    const { rig } = this;
    rig.simulation.costs = new CostAccount(COSTS);
    const { sender, receiver } = channel<GossipCommand>(16);
    this.tick = new JoinTick({
      node: rig.node,
      config: v.parse(meshAppConfigSchema, config),
      defects,
      discovered: this.discovered,
      gossip: sender,
      observes,
      isJoined: (peer) => this.joined.has(peer),
      ops: { tick: COSTS.index.tick, look: COSTS.index.look },
    });
    const { asked } = this;
    rig.spawn('mesh.run_gossip', this.tick.run());
    rig.run(
      (function* () {
        for (;;) {
          const command = yield* receiver.recv();
          if (command?.kind === 'join') asked.push(...command.contacts.map(String).toSorted());
          else if (command?.kind === 'request-joins') asked.push(`all ${command.peers.map(String).join()}`);
          else return;
        }
      })(),
    );
  }

  hear(index: number, epoch: number): void {
    const peer = this.peer(index);
    this.discovered.hear({ kind: 'announcement', peer, epoch, asks: false, leaves: false });
    this.rig.turn();
  }

  peer(index: number): PeerId {
    return this.rig.simulation.peers.intern(index);
  }

  /** What was asked for since the last time, after so much time. */
  after(us: number): string[] {
    this.rig.runFor(us);
    return this.asked.splice(0);
  }

  get joins(): [all: number, redundant: number] {
    const { counts } = this.rig.simulation.meters;
    return [counts[METER.joins]!, counts[METER.joinsRedundant]!];
  }

  /** How often each frame was charged to the loop. */
  get charges(): Record<string, number> {
    const stacks = this.rig.simulation.costs!.stacks().filter(({ stack }) => stack[0] === 'mesh.run_gossip');
    return Object.fromEntries(stacks.map(({ stack, count }) => [stack.at(-1), count]));
  }
}

test('a discovered peer is asked once per life of it, at the next tick', (t) => {
  const bench = new Bench();
  bench.hear(5, 1);
  bench.hear(6, 1);
  t.deepEqual(bench.after(TICK_US), ['p5', 'p6']);
  bench.hear(5, 1);
  t.deepEqual(bench.after(10 * SECOND), []);
  bench.joined.add(bench.peer(5));
  bench.hear(5, 2);
  t.deepEqual(bench.after(2 * TICK_US), ['p5']);
  t.deepEqual(bench.joins, [3, 1]);
});

test('a peer that was forgotten is asked again when it is discovered again', (t) => {
  const bench = new Bench();
  bench.hear(5, 1);
  t.deepEqual(bench.after(SECOND), ['p5']);
  bench.discovered.expire(SECOND - TICK_US);
  bench.tick.retainDiscovered();
  t.is(bench.tick.asked.size, 0);
  bench.hear(5, 1);
  t.deepEqual(bench.after(SECOND), ['p5']);
});

test('asked to ask again, it asks those it has no connection to and that were heard of lately', (t) => {
  const bench = new Bench({ config: { announceIntervalUs: 10 * SECOND } });
  for (const index of [5, 6, 7]) bench.hear(index, 1);
  t.deepEqual(bench.after(8 * SECOND), ['p5', 'p6', 'p7']);
  for (const index of [5, 6]) bench.hear(index, 1);
  bench.joined.add(bench.peer(5));
  bench.rig.runFor(4 * SECOND);
  bench.tick.askAgain();
  bench.rig.turn();
  t.deepEqual(bench.after(SECOND), ['p6']);
  t.deepEqual(bench.joins, [4, 0]);
});

test('ticks that find nothing are charged, elided or not, and nothing else tells the two apart', (t) => {
  const runs = [true, false].map((elideIdleTicks) => {
    const bench = new Bench({ config: { elideIdleTicks } });
    const asked = [1_234_567, 50_000, 7_000_000, 333].map((us, place) => {
      bench.hear(5 + place, 1);
      return bench.after(us).join();
    });
    asked.push(bench.after(10 * SECOND).join());
    bench.tick.passIdleTicks();
    return { asked, joins: bench.joins, charges: bench.charges };
  });
  t.deepEqual(runs[0], runs[1]);
  t.like(runs[0]!.charges, { tick: 182 });
  t.is(runs[0]!.asked.filter((names) => names !== '').join(), 'p5,p6,p7,p8');
});

test('with app-join-every-tick the whole registry is asked ten times a second, but not by an observer', (t) => {
  const defects = { 'app-join-every-tick': true };
  const bench = new Bench({ defects });
  for (const index of [5, 6]) bench.hear(index, 1);
  bench.joined.add(bench.peer(5));
  bench.rig.runFor(SECOND);
  bench.asked.length = 0;
  const [joinsBefore, redundantBefore] = bench.joins;
  t.deepEqual(
    bench.after(SECOND),
    Array.from({ length: 10 }, () => 'all p5,p6'),
  );
  t.deepEqual(
    bench.joins.map((count, place) => count - [joinsBefore, redundantBefore][place]!),
    [20, 10],
  );
  const observer = new Bench({ defects, observes: true });
  observer.hear(5, 1);
  t.deepEqual(observer.after(5 * SECOND), ['p5']);
});

test('with app-joined-set-never-shrinks nobody is asked twice, and departed peers stay', (t) => {
  const bench = new Bench({ defects: { 'app-joined-set-never-shrinks': true } });
  bench.hear(5, 1);
  t.deepEqual(bench.after(SECOND), ['p5']);
  bench.discovered.expire(1);
  bench.tick.retainDiscovered();
  bench.tick.askAgain();
  bench.hear(5, 2);
  t.deepEqual(bench.after(SECOND), []);
  t.is(bench.tick.asked.size, 1);
});
