import test from 'ava';
import * as v from 'valibot';
import { Ledger } from '../sim/ledger/ledger.ts';
import { METER } from '../sim/meters.ts';
import { networkConfigSchema } from '../sim/network/config.ts';
import { Network } from '../sim/network/network.ts';
import { Simulation } from '../sim/simulation.ts';
import { hub, HubWorld } from './hub.ts';
import type { HubNode } from './hub.ts';
import { hubConfigSchema } from './hub/contract.ts';
import type { HubConfig } from './hub/contract.ts';

const SECOND = 1_000_000;

/** A hub (peer 0), its members, and what everybody delivered, as `<peer> <content's place>`. */
class Town {
  readonly simulation = new Simulation({ seed: 'hub' });
  readonly ledger = new Ledger(this.simulation);
  readonly network: Network;
  readonly world: HubWorld;
  readonly dials: number[] = [];
  private delivered: string[] = [];
  private readonly placeOf = new Map<string, number>();

  constructor(config: Partial<HubConfig> = {}) {
    const { simulation } = this;
    simulation.ledger = this.ledger;
    const latency = { kind: 'fixed', us: 20_000 } as const;
    this.network = new Network(simulation, v.parse(networkConfigSchema, { latency }));
    const defects = new Set<string>();
    const parsed = v.parse(hubConfigSchema, config);
    this.world = new HubWorld({ simulation, network: this.network, config: parsed, defects, contacts: [0] });
    simulation.observer = {
      broadcast: (_node, id) => this.placeOf.set(id, this.placeOf.size),
      delivered: ({ peer }, id) => this.delivered.push(`${peer} ${this.placeOf.get(id)}`),
      dialled: () => this.dials.push(simulation.nowUs),
    };
  }

  start(index: number): HubNode {
    return this.world.start(this.simulation.peers.intern(index));
  }

  /** The hub and so many members, connected. */
  begin(members: number): [HubNode, ...HubNode[]] {
    const first = this.start(0);
    const nodes = Array.from({ length: members }, (_, index) => this.start(index + 1));
    this.pass(SECOND);
    return [first, ...nodes];
  }

  pass(us: number): void {
    this.simulation.run({ untilUs: this.simulation.nowUs + us });
  }

  /** What was delivered since the last time. */
  deliveries(): string[] {
    return this.delivered.splice(0);
  }

  count(meter: keyof typeof METER): number {
    return this.simulation.meters.counts[METER[meter]]!;
  }

  connections(): number {
    return [...this.ledger.openEntries({ kind: 'connection' })].length;
  }
}

function members(node: HubNode): string[] {
  const { members: all } = node.expose()['hub'] as { members: ReadonlyMap<unknown, unknown> };
  return [...all.keys()].map(String);
}

test('what one publishes everybody else delivers once, in the order that the hub gives', (t) => {
  const town = new Town();
  const [first, one, other] = town.begin(3);
  t.deepEqual(members(first).toSorted(), ['p1', 'p2', 'p3']);
  t.true(town.world.broadcast(one!, 'a'));
  t.true(town.world.broadcast(other!, 'b'));
  t.true(town.world.broadcast(first, 'c'));
  town.pass(SECOND);
  const heard = town.deliveries();
  t.deepEqual(heard.filter((line) => line.startsWith('p3')).length, 3);
  // The hub's own was there first; the two others passed each other on their way to it.
  const ofOthers = ['p1', 'p2', 'p3'].map((peer) =>
    heard.filter((line) => line.startsWith(peer)).map((l) => l.slice(3)),
  );
  t.deepEqual(ofOthers, [
    ['2', '1'],
    ['2', '0'],
    ['2', '0', '1'],
  ]);
  t.deepEqual(
    heard.filter((line) => line.startsWith('p0')),
    ['p0 0', 'p0 1'],
  );
  t.is(town.count('duplicates'), 0);
});

test('a member that comes back hears what it missed, and that alone', (t) => {
  const town = new Town();
  const [first, one] = town.begin(2);
  town.world.broadcast(first, 'a');
  town.pass(SECOND);
  t.deepEqual(town.deliveries(), ['p1 0', 'p2 0']);
  town.network.cuts.blackHole(1, true);
  town.pass(15 * SECOND);
  t.deepEqual(members(first), ['p2']);
  t.false(town.world.broadcast(one!, 'nobody would hear'));
  town.world.broadcast(first, 'b');
  town.pass(SECOND);
  town.network.cuts.blackHole(1, false);
  town.pass(15 * SECOND);
  t.deepEqual(town.deliveries(), ['p2 1', 'p1 1']);
  t.is(town.count('duplicates'), 0);
  t.deepEqual(members(first), ['p2', 'p1']);
  t.is(town.connections(), 4);
});

test('a member that heard nothing yet misses nothing either, and one that starts anew is not sent the past', (t) => {
  const town = new Town();
  const [first] = town.begin(1);
  town.network.cuts.blackHole(1, true);
  town.pass(15 * SECOND);
  town.world.broadcast(first, 'a');
  town.network.cuts.blackHole(1, false);
  town.pass(15 * SECOND);
  t.deepEqual(town.deliveries(), ['p1 0']);
  town.start(2);
  town.pass(SECOND);
  t.deepEqual(town.deliveries(), []);
});

test('a hub that restarts counts anew, and its members get all that it says', (t) => {
  const town = new Town();
  const [first] = town.begin(1);
  for (const content of ['a', 'b', 'c']) town.world.broadcast(first, content);
  town.pass(SECOND);
  t.deepEqual(town.deliveries(), ['p1 0', 'p1 1', 'p1 2']);
  town.world.kill(first);
  const again = town.start(0);
  town.world.broadcast(again, 'd');
  town.pass(30 * SECOND);
  t.deepEqual(town.deliveries(), ['p1 3']);
});

test('a member that does not keep up is let go, and nobody waits for it', (t) => {
  const quic = v.parse(hubConfigSchema, {}).quic;
  const config = { memberQueueCapacity: 4, quic: { ...quic, streamWindowBytes: 1000, connectionWindowBytes: 1000 } };
  const town = new Town(config);
  const [first] = town.begin(2);
  town.network.cuts.blackHole(1, true);
  for (let place = 0; place < 20; place++) {
    town.world.broadcast(first, `${place} ${'x'.repeat(300)}`);
    town.pass(100_000);
  }
  t.deepEqual(members(first), ['p2']);
  t.deepEqual(
    town.deliveries(),
    Array.from({ length: 20 }, (_, place) => `p2 ${place}`),
  );
});

test('members dial again less and less often while the hub is away, and not as one', (t) => {
  const town = new Town();
  const [first] = town.begin(10);
  town.world.kill(first);
  town.pass(10 * SECOND);
  town.dials.length = 0;
  town.pass(60 * SECOND);
  const perTen = Array.from({ length: 6 }, (_, ten) => {
    const fromUs = 11 * SECOND + ten * 10 * SECOND;
    return town.dials.filter((atUs) => atUs >= fromUs && atUs < fromUs + 10 * SECOND).length;
  });
  t.true(perTen[0]! > 2 * perTen[5]!, perTen.join(' '));
  // One by one: a pause of four to twelve seconds and a second for the dial.
  t.true(perTen[5]! >= 5 && perTen[5]! <= 25, perTen.join(' '));
  t.true(new Set(town.dials).size > 0.9 * town.dials.length);
  town.start(0);
  town.pass(15 * SECOND);
  t.is(town.connections(), 20);
});

test('a member that leaves takes its connection along, and a hub that leaves all of them', (t) => {
  const town = new Town();
  const [first, one] = town.begin(3);
  town.world.stop(one!);
  town.pass(3 * SECOND);
  t.false(one!.running);
  t.deepEqual(members(first).toSorted(), ['p2', 'p3']);
  town.world.stop(first);
  town.pass(3 * SECOND);
  t.false(first.running);
  t.is(town.connections(), 0);
  t.is(town.ledger.errorCount, 0);
  t.is(
    town.ledger.summary().sites.reduce((sum, { leakedAtStop }) => sum + leakedAtStop, 0),
    0,
  );
});

test('its retention and timers follow from its configuration', (t) => {
  const config = v.parse(hubConfigSchema, { historyCapacity: 7, retryMaxUs: 5 * SECOND });
  t.is(hub.longestTimerUs(config), 10 * SECOND);
  t.like(hub.retention(config)[0], { path: 'hub.history', cap: 7 });
  const town = new Town({ historyCapacity: 7 });
  const [first] = town.begin(1);
  for (let place = 0; place < 20; place++) town.world.broadcast(first, `${place}`);
  t.is((first.expose()['hub'] as { history: string[] }).history.length, 7);
});
