// Rounds on a world whose every message is written by hand.
import test from 'ava';
import type { Packet } from '../../models/topics/contract.ts';
import type { Network } from '../../sim/network/network.ts';
import { Node } from '../../sim/node.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';
import { ROUND_LIMIT_US, RoundPlayer } from './rounds.ts';

/** A payload of the script: after `ms`, by so many hops, to that node. */
type Hop = readonly [to: number, ms: number, hops: number];

class ScriptedNode extends Node {
  readonly reached = new Set<string>();

  override onMessage(hops: number, message: unknown): void {
    const packet = message as Packet;
    if (packet.message.kind !== 'gossip' || this.reached.has(packet.message.id)) return;
    this.reached.add(packet.message.id);
    this.simulation.observer?.delivered?.(this, packet.message.id, hops);
  }

  override onTimer(): void {}
}

function scriptedWorld(count: number, script: readonly Hop[]): { simulation: Simulation; world: World } {
  const simulation = new Simulation({ seed: 'scripted' });
  const nodes = Array.from({ length: count }, (_, index) => {
    const node = new ScriptedNode();
    simulation.attach(node, simulation.peers.intern(index));
    return node;
  });
  const world: World = {
    network: undefined as unknown as Network,
    start: () => nodes[0]!,
    stop: () => {},
    kill: () => {},
    act: () => false,
    classOf: () => 'gossip',
    broadcast: (origin, content) => {
      simulation.observer?.broadcast?.(origin, content);
      (origin as ScriptedNode).reached.add(content);
      for (const [to, ms, hops] of script) {
        const packet: Packet = { topic: 0, message: { kind: 'gossip', id: content, content, round: hops - 1 } };
        simulation.post(nodes[to]!, ms * 1000, hops, packet);
      }
      const announcement: Packet = { topic: 0, message: { kind: 'ihave', announcements: [{ id: content, round: 0 }] } };
      simulation.post(nodes[1]!, 1000, 0, announcement);
      return true;
    },
  };
  return { simulation, world };
}

test('a round counts payloads beyond one per node, the last hop and the time to the last node', (t) => {
  // 0 reaches 1 and 2 directly; 1 sends to 2 again, and to 3.
  const { simulation, world } = scriptedWorld(4, [
    [1, 10, 1],
    [2, 20, 1],
    [2, 25, 2],
    [3, 40, 2],
  ]);
  const player = new RoundPlayer(simulation, world);
  player.play([simulation.live[0]!]);
  t.is(simulation.nowUs, 40_000);
  const [round] = player.finish();
  t.like(round, { beganUs: 0, broadcasts: 1, nodes: 4, due: 3, missed: 0, reliability: 1, ldh: 2, durationUs: 40_000 });
  t.is(round!.rmr, 4 / 3 - 1);
});

test('a node that is not reached is missed, and the round lasts to its limit', (t) => {
  const { simulation, world } = scriptedWorld(4, [
    [1, 10, 1],
    [2, 20, 1],
  ]);
  const player = new RoundPlayer(simulation, world);
  player.play([simulation.live[0]!]);
  t.is(simulation.nowUs, ROUND_LIMIT_US);
  const [round] = player.finish();
  t.like(round, { missed: 1, reliability: 3 / 4, widest: 3 / 4, rmr: 0, durationUs: ROUND_LIMIT_US });
});

test('a payload that comes when its round is over counts for that round', (t) => {
  const { simulation, world } = scriptedWorld(2, [
    [1, 10, 1],
    [1, 15, 2],
    [0, 12, 2],
  ]);
  const player = new RoundPlayer(simulation, world);
  player.play([simulation.live[0]!]);
  player.play([simulation.live[0]!]);
  const rounds = player.finish();
  t.deepEqual(
    rounds.map(({ beganUs }) => beganUs),
    [0, 10_000],
  );
  t.deepEqual(
    rounds.map(({ rmr }) => rmr),
    [2, 2],
  );
});

test('all broadcasts of a round are counted together', (t) => {
  const { simulation, world } = scriptedWorld(3, [
    [0, 10, 1],
    [1, 10, 1],
    [2, 10, 1],
  ]);
  const player = new RoundPlayer(simulation, world);
  player.play([simulation.live[0]!, simulation.live[1]!]);
  t.like(player.finish()[0], { broadcasts: 2, due: 4, missed: 0, reliability: 1, widest: 1 });
});

test('players that follow each other on one world never repeat a message', (t) => {
  const { simulation, world } = scriptedWorld(2, [[1, 10, 1]]);
  for (let each = 0; each < 2; each++) {
    const player = new RoundPlayer(simulation, world);
    player.play([simulation.live[0]!]);
    t.is(player.finish()[0]!.missed, 0);
  }
  t.is(simulation.observer, undefined);
});
