import test from 'ava';
import * as v from 'valibot';
import { METER } from '../meters.ts';
import { Node } from '../node.ts';
import { Simulation } from '../simulation.ts';
import { networkConfigSchema } from './config.ts';
import { DatagramNetwork } from './datagrams.ts';
import { Network } from './network.ts';

const LATENCY_US = 10_000;

class Ear extends Node {
  readonly heard: { atUs: number; from: number; message: unknown }[] = [];

  override onMessage(from: number, message: unknown): void {
    this.heard.push({ atUs: this.simulation.nowUs, from, message });
  }

  override onTimer(): void {}
}

interface World {
  readonly simulation: Simulation;
  readonly network: Network;
  readonly datagrams: DatagramNetwork;
  readonly nodes: readonly Ear[];
}

function worldOf(config: v.InferInput<typeof networkConfigSchema> = {}, seed = 'datagrams'): World {
  const simulation = new Simulation({ seed });
  const latency = { kind: 'fixed' as const, us: LATENCY_US };
  const network = new Network(simulation, v.parse(networkConfigSchema, { latency, ...config }));
  const nodes = [0, 1, 2].map((index) => {
    const node = new Ear();
    simulation.attach(node, simulation.peers.intern(index));
    return node;
  });
  return { simulation, network, datagrams: new DatagramNetwork(network), nodes };
}

/** Sends numbered datagrams from peer 0 to peer 1, one a millisecond, and returns how long each took, by arrival. */
function takenUs({ simulation, datagrams, nodes }: World, count: number, bytes = 0): number[] {
  const [from, to] = [nodes[0]!, nodes[1]!];
  for (let n = 0; n < count; n++) {
    datagrams.send(from, to.peer, simulation.nowUs, bytes);
    simulation.run({ untilUs: simulation.nowUs + 1000 });
  }
  simulation.run({ untilUs: simulation.nowUs + 1_000_000_000 });
  return to.heard.map(({ atUs, message }) => atUs - (message as number));
}

function share(values: readonly unknown[], of: number): number {
  return values.length / of;
}

test('a datagram arrives one latency later with its sender’s slot', (t) => {
  const { simulation, network, datagrams, nodes } = worldOf();
  datagrams.send(nodes[0]!, nodes[1]!.peer, 'hi', 40);
  simulation.run({ untilUs: 100_000 });
  t.deepEqual(nodes[1]!.heard, [{ atUs: LATENCY_US, from: nodes[0]!.slot, message: 'hi' }]);
  t.is(simulation.meters.counts[METER.messagesSent], 1);
  t.is(simulation.meters.counts[METER.bytesSent], 40);
  t.true(Object.values(network.fired).every((count) => count === 0));
});

test('a datagram to a peer that is down, or ends before it arrives, is gone', (t) => {
  const { simulation, datagrams, nodes } = worldOf();
  const [from, to] = [nodes[0]!, nodes[1]!];
  datagrams.send(from, to.peer, 'in flight');
  simulation.detach(to, 'killed');
  datagrams.send(from, to.peer, 'to nobody');
  const again = new Ear();
  simulation.attach(again, to.peer);
  simulation.run({ untilUs: 100_000 });
  t.deepEqual([to.heard, again.heard], [[], []]);
});

test('jitter adds up to its bound, evenly, and is counted when it adds something', (t) => {
  const world = worldOf({ jitterUs: 9 });
  const taken = takenUs(world, 5000);
  t.true(taken.every((us) => us >= LATENCY_US && us <= LATENCY_US + 9));
  for (let extra = 0; extra <= 9; extra++) {
    const part = share(
      taken.filter((us) => us === LATENCY_US + extra),
      5000,
    );
    t.true(Math.abs(part - 0.1) < 0.02, `${extra}: ${part}`);
  }
  t.is(world.network.fired.jitter, taken.filter((us) => us > LATENCY_US).length);
});

test('loss takes its share, each counted', (t) => {
  const world = worldOf({ lossShare: 0.3 });
  const taken = takenUs(world, 10_000);
  t.true(Math.abs(share(taken, 10_000) - 0.7) < 0.02);
  t.is(world.network.fired.loss, 10_000 - taken.length);
});

test('duplication delivers its share twice, each counted', (t) => {
  const world = worldOf({ duplicateShare: 0.2 });
  const taken = takenUs(world, 10_000);
  t.true(Math.abs(share(taken, 10_000) - 1.2) < 0.02);
  t.is(world.network.fired.duplicate, taken.length - 10_000);
});

test('a reordered datagram takes up to twice its latency, and later ones overtake it', (t) => {
  const world = worldOf({ reorderShare: 0.25 });
  const taken = takenUs(world, 4000);
  const late = taken.filter((us) => us > LATENCY_US);
  t.true(taken.every((us) => us >= LATENCY_US && us <= 2 * LATENCY_US));
  t.true(Math.abs(share(late, 4000) - 0.25) < 0.03);
  t.true(world.network.fired.reorder >= late.length && world.network.fired.reorder <= late.length + 3);
  const sentUs = world.nodes[1]!.heard.map(({ message }) => message as number);
  t.true(sentUs.some((us, place) => place > 0 && us < sentUs[place - 1]!));
});

test('bandwidth makes what one node sends at once wait for its uplink, and nobody else', (t) => {
  const { simulation, network, datagrams, nodes } = worldOf({ bandwidthBytesPerSecond: 1_000_000 });
  const [a, b, c] = nodes as [Ear, Ear, Ear];
  for (let n = 0; n < 3; n++) datagrams.send(a, c.peer, n, 5_000);
  datagrams.send(b, c.peer, 'other', 5_000);
  simulation.run({ untilUs: 1_000_000 });
  t.deepEqual(
    c.heard.map(({ atUs, message }) => [atUs, message]),
    [
      [15_000, 0],
      [15_000, 'other'],
      [20_000, 1],
      [25_000, 2],
    ],
  );
  t.is(network.fired.bandwidth, 2);
  datagrams.send(a, c.peer, 'idle again', 5_000);
  simulation.run({ untilUs: 2_000_000 });
  t.is(c.heard.at(-1)!.atUs, 1_015_000);
});

test('a lost or duplicated datagram takes its sender’s uplink all the same', (t) => {
  const { simulation, datagrams, nodes } = worldOf({ bandwidthBytesPerSecond: 1_000_000, lossShare: 0.9 });
  const [a, , c] = nodes as [Ear, Ear, Ear];
  for (let n = 0; n < 200; n++) datagrams.send(a, c.peer, n, 5_000);
  simulation.run({ untilUs: 10_000_000 });
  t.true(c.heard.length > 5 && c.heard.length < 50);
  t.true(c.heard.every(({ atUs, message }) => atUs === LATENCY_US + 5_000 * ((message as number) + 1)));
});

test('partition, black hole and hold lose a datagram, each counted under its name', (t) => {
  const { simulation, network, datagrams, nodes } = worldOf();
  const [a, b] = nodes as [Ear, Ear];
  const { cuts } = network;
  cuts.hold(0, 1);
  datagrams.send(a, b.peer, 'held');
  datagrams.send(b, a.peer, 'not held');
  cuts.release(0, 1);
  cuts.partition('', [[0], [1]], true);
  datagrams.send(a, b.peer, 'towards later groups');
  datagrams.send(b, a.peer, 'towards earlier groups');
  cuts.heal(undefined);
  cuts.blackHole(1, true);
  datagrams.send(a, b.peer, 'swallowed');
  cuts.blackHole(1, false);
  datagrams.send(a, b.peer, 'at last');
  simulation.run({ untilUs: 1_000_000 });
  t.deepEqual(
    [a, b].map(({ heard }) => heard.map(({ message }) => message)),
    [['not held'], ['towards later groups', 'at last']],
  );
  t.like(network.fired, { hold: 1, partition: 1, 'black-hole': 1, loss: 0 });
});

test('faults are drawn alike in two runs of a seed', (t) => {
  const config = { jitterUs: 5000, lossShare: 0.2, duplicateShare: 0.2, reorderShare: 0.2 };
  const [one, two, other] = ['same', 'same', 'other'].map((seed) => {
    const world = worldOf(config, seed);
    return `${takenUs(world, 500).join(' ')} ${world.simulation.digest.hex}`;
  });
  t.is(one, two);
  t.not(one, other);
});
