import test from 'ava';
import * as v from 'valibot';
import { costTable } from '../../sim/cost/table.ts';
import { Ledger } from '../../sim/ledger/ledger.ts';
import { networkConfigSchema } from '../../sim/network/config.ts';
import { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import { QUIC_COSTS, quicConfigSchema } from '../quic/contract.ts';
import { Endpoint } from '../quic/endpoint.ts';
import type { QuicPacket } from '../quic/wire.ts';
import { TELEMETRY_COSTS, telemetryConfigSchema } from '../telemetry/contract.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { MeshConnections } from './connections.ts';
import { MESH_COSTS } from './contract.ts';
import type { MeshAppDefects } from './contract.ts';

const SECOND = 1_000_000;
const COSTS = costTable({ ...MESH_COSTS, ...QUIC_COSTS, ...TELEMETRY_COSTS });

/** A node with a transport and the application's connections, and neither gossip nor discovery. */
class Caller extends TaskNode {
  readonly endpoint: Endpoint;
  readonly calls: MeshConnections;

  constructor({ simulation, network, defects }: Town, peer: PeerId) {
    super(simulation.streams.stream(`node/${peer.index}`));
    simulation.attach(this, peer);
    this.endpoint = new Endpoint(this, { network, config: v.parse(quicConfigSchema, {}), costs: COSTS });
    this.calls = new MeshConnections({
      node: this,
      endpoint: this.endpoint,
      telemetry: new Telemetry(this, { config: v.parse(telemetryConfigSchema, {}), defects: {}, costs: COSTS }),
      defects,
      ops: { pingSend: COSTS.index['ping/send'], pingAnswer: COSTS.index['ping/answer'] },
    });
    this.executor.spawn('test.accept', this.accept());
    this.executor.drain();
  }

  override receive(_from: number, message: unknown): void {
    this.endpoint.receive(message as QuicPacket);
  }

  /** Has it do something, and polls what that made ready. */
  do(act: (calls: MeshConnections) => void): void {
    act(this.calls);
    this.executor.drain();
  }

  private *accept(): TaskBody<void> {
    for (;;) {
      const connection = yield* this.endpoint.accept();
      if (connection === undefined) return;
      this.calls.accept(connection);
    }
  }
}

class Town {
  readonly simulation = new Simulation({ seed: 'town' });
  readonly ledger = new Ledger(this.simulation);
  readonly network: Network;
  readonly defects: MeshAppDefects;

  constructor(defects: MeshAppDefects = {}) {
    this.simulation.ledger = this.ledger;
    this.defects = defects;
    const latency = { kind: 'fixed', us: 20_000 } as const;
    this.network = new Network(this.simulation, v.parse(networkConfigSchema, { latency }));
  }

  start(index: number): Caller {
    return new Caller(this, this.simulation.peers.intern(index));
  }

  /** Two neighbours that are connected. */
  neighbours(): [Caller, Caller] {
    const [one, other] = [this.start(0), this.start(1)];
    one.do((calls) => calls.neighbourUp(other.peer));
    other.do((calls) => calls.neighbourUp(one.peer));
    this.pass(SECOND);
    return [one, other];
  }

  pass(us: number): void {
    this.simulation.run({ untilUs: this.simulation.nowUs + us });
  }

  open(kind: 'task' | 'connection' | 'stream' | 'span', site?: string): number {
    return [...this.ledger.openEntries(site === undefined ? { kind } : { kind, site })].length;
  }

  readers(): number {
    return this.open('task', 'mesh.frame-reader');
  }
}

function registered(node: Caller): string[] {
  return [...node.calls.registry.keys()].map(String);
}

function meshIds(node: Caller): string[] {
  return [...node.calls.meshIds].map(([id, peer]) => `${id} is ${peer}`);
}

test('neighbours have one connection, dialled by the smaller index, and know each other by mesh id', (t) => {
  const town = new Town();
  const [one, other] = town.neighbours();
  t.deepEqual([registered(one), registered(other)], [['p1'], ['p0']]);
  t.deepEqual([meshIds(one), meshIds(other)], [['mesh-1-2 is p1'], ['mesh-0-1 is p0']]);
  t.deepEqual(
    [one, other].map(({ endpoint }) => [...endpoint.connections].map(({ side }) => side)),
    [['client'], ['server']],
  );
  t.is(town.readers(), 2);
});

test('when the neighbour goes the connection is closed and all that served it ends, on both sides', (t) => {
  const town = new Town();
  const [one, other] = town.neighbours();
  one.do((calls) => calls.neighbourDown(other.peer));
  town.pass(SECOND);
  for (const node of [one, other]) t.deepEqual([registered(node), meshIds(node)], [[], []]);
  for (const site of ['mesh.connection', 'mesh.frame-reader', 'mesh.bi-echo']) t.is(town.open('task', site), 0, site);
  t.deepEqual([town.open('connection'), town.open('stream')], [0, 0]);
  t.is(town.open('span', 'telemetry.span'), 2, 'one of each node');
});

test('a dial that ends when its neighbour has gone serves nobody and is closed', (t) => {
  const town = new Town();
  const [one, other] = [town.start(0), town.start(1)];
  one.do((calls) => calls.neighbourUp(other.peer));
  town.pass(20_000);
  one.do((calls) => calls.neighbourDown(other.peer));
  town.pass(2 * SECOND);
  t.deepEqual([registered(one), registered(other), town.open('connection')], [[], [], 0]);
});

test('a further connection of a peer takes the place of the one before, which is closed', (t) => {
  for (const again of [0, 1]) {
    const town = new Town();
    const pair = town.neighbours();
    const before = pair[again]!.calls.registry.get(pair[1 - again]!.peer)!.connectionId;
    pair[again]!.do((calls) => t.true(calls.dial(pair[1 - again]!.peer)));
    pair[again]!.do((calls) => t.false(calls.dial(pair[1 - again]!.peer), 'one dial at a time'));
    town.pass(SECOND);
    t.not(pair[again]!.calls.registry.get(pair[1 - again]!.peer)!.connectionId, before);
    t.is(town.open('connection'), 2);
    t.is(town.readers(), 2);
    for (const node of pair) t.is(node.calls.meshIds.size, 1);
  }
});

test('a peer that was killed is forgotten once its connection has idled out', (t) => {
  const town = new Town();
  const [one, other] = town.neighbours();
  town.simulation.detach(other, 'killed');
  other.executor.end();
  town.pass(8 * SECOND);
  t.deepEqual(registered(one), ['p1']);
  town.pass(4 * SECOND);
  t.deepEqual([registered(one), meshIds(one), town.readers()], [[], [], 0]);
});

test('a connection that a ping cannot be written on is closed and may be dialled anew', (t) => {
  const town = new Town();
  const [one, other] = town.neighbours();
  t.true(one.endpoint.act('reset-stream', {}));
  one.do((calls) => calls.ping());
  town.pass(SECOND);
  t.deepEqual([registered(one), registered(other)], [[], []]);
  one.do((calls) => calls.neighbourUp(other.peer));
  town.pass(SECOND);
  t.deepEqual([registered(one), registered(other)], [['p1'], ['p0']]);
});

test('at the end every connection and every task of them is gone', (t) => {
  const town = new Town();
  const [one] = town.neighbours();
  one.do((calls) => calls.ping());
  one.do((calls) => calls.drop());
  town.pass(SECOND);
  t.deepEqual([town.open('connection'), town.readers(), town.open('task', 'mesh.connection')], [0, 0, 0]);
});

test('with app-registry-overwrite the connection before stays open, and so do its readers', (t) => {
  const town = new Town({ 'app-registry-overwrite': true });
  const [one, other] = town.neighbours();
  for (let again = 0; again < 3; again++) {
    one.do((calls) => calls.dial(other.peer));
    town.pass(SECOND);
  }
  t.is(town.open('connection'), 8);
  t.is(town.readers(), 8);
  one.do((calls) => calls.neighbourDown(other.peer));
  town.pass(30 * SECOND);
  t.is(town.readers(), 6);
});

test('with app-mesh-id-registry-insert-only the names of those that went stay', (t) => {
  const town = new Town({ 'app-mesh-id-registry-insert-only': true });
  const [one, other] = town.neighbours();
  one.do((calls) => calls.neighbourDown(other.peer));
  town.pass(SECOND);
  t.deepEqual([registered(one), meshIds(one)], [[], ['mesh-1-2 is p1']]);
});
