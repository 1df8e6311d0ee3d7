import test from 'ava';
import fc from 'fast-check';
import type { Node } from '../node.ts';
import { PeerId } from '../peer.ts';
import { pathsTo, takeCensus, type CensusNode, type PendingItem } from './census.ts';
import { RetentionRules, type Retention } from './retention.ts';

const why = 'a test says so';

function livePeer(index: number): PeerId {
  const peer = new PeerId(index);
  peer.incarnations = 1;
  peer.node = {} as Node;
  return peer;
}

function departedPeer(index: number, departedAtUs = 0): PeerId {
  const peer = new PeerId(index);
  peer.incarnations = 1;
  peer.departedAtUs = departedAtUs;
  return peer;
}

function nodeOf(serial: number, state: Record<string, unknown>): CensusNode {
  return { serial, peer: livePeer(serial), bornUs: serial * 10, expose: () => state };
}

test('a census holds sizes, residue, retention, violations and what was not inspected, node by node', (t) => {
  const [gone, other, alive, unborn] = [departedPeer(90), departedPeer(91), livePeer(92), new PeerId(93)];
  const nodes = [
    nodeOf(1, {
      passive: new Set([gone, alive]),
      peerData: new Map([gone, other, alive, unborn].map((peer) => [peer, 'x'])),
      later: Promise.resolve(),
    }),
    nodeOf(2, { passive: new Set([gone, other, alive]), peerData: new Map() }),
  ];
  const retention = new RetentionRules([
    { path: 'passive', cap: 2, why },
    { path: 'peerData', while: ['passive'], why },
  ]);
  const census = takeCensus({ nowUs: 500, nodes, retention });
  t.is(census.atUs, 500);
  const [first, second] = census.nodes;
  t.like(first, { serial: 1, peerIndex: 1, bornUs: 10 });
  t.deepEqual(
    [...first!.sizes],
    [
      ['passive', 2],
      ['peerData', 4],
    ],
  );
  t.deepEqual(
    [...first!.largest],
    [
      ['passive', 2],
      ['peerData', 4],
    ],
  );
  t.deepEqual([...first!.residue], [['peerData[key]', { count: 1, peerCount: 1, example: 'peerData[key p91]' }]]);
  t.deepEqual(
    [...first!.retained],
    [
      ['passive[*]', 1],
      ['peerData[key]', 1],
    ],
  );
  t.deepEqual([...first!.notInspected], [['later', 1]]);
  t.deepEqual(first!.violations, []);
  t.deepEqual([...second!.residue], [['passive[*]', { count: 2, peerCount: 2, example: 'passive[0]' }]]);
  t.deepEqual(second!.violations, [{ kind: 'cap', path: 'passive', size: 3, cap: 2 }]);
  t.deepEqual(census.sizeTotals().get('passive'), { sum: 5, largest: 3, nodeCount: 2 });
  t.deepEqual(
    [...census.residueTotals()],
    [
      ['peerData[key]', { count: 1, peerCount: 1, nodeCount: 1, example: 'peerData[key p91]', serial: 1 }],
      ['passive[*]', { count: 2, peerCount: 2, nodeCount: 1, example: 'passive[0]', serial: 2 }],
    ],
  );
});

test('queued messages and pending timers are counted by kind and walked', (t) => {
  const gone = departedPeer(90, 400);
  const node = nodeOf(1, { state: {} });
  const stranger = nodeOf(2, {});
  const pending: PendingItem[] = [
    { node, path: 'pending.timer.expire', payload: { kind: 'expire', peer: gone } },
    { node, path: 'pending.timer.expire', payload: { kind: 'expire', peer: livePeer(3) } },
    { node, path: 'pending.message.Join', payload: gone },
    { node, path: 'pending.timer.sweep', payload: undefined },
    { node: stranger, path: 'pending.timer.sweep', payload: gone },
  ];
  const retention = new RetentionRules([{ path: 'pending.timer.expire', forUs: 100, why }]);
  const census = takeCensus({ nowUs: 500, nodes: [node], pending, retention });
  const { sizes, residue, retained } = census.nodes[0]!;
  t.is(sizes.get('pending.timer.expire'), 2);
  t.is(sizes.get('pending.message.Join'), 1);
  t.is(sizes.get('pending.timer.sweep'), 1);
  t.deepEqual([...retained], [['pending.timer.expire[*].peer', 1]]);
  t.deepEqual(
    [...residue],
    [['pending.message.Join[*]', { count: 1, peerCount: 1, example: 'pending.message.Join[0]' }]],
  );
  t.is(takeCensus({ nowUs: 501, nodes: [node], pending, retention }).nodes[0]?.violations.length, 1);
});

test('a peer that lives again, or has never lived, is no residue', (t) => {
  const back = livePeer(4);
  back.incarnations = 2;
  back.departedAtUs = 7;
  const census = takeCensus({
    nowUs: 500,
    nodes: [nodeOf(1, { peers: [back, new PeerId(5)] })],
    retention: new RetentionRules([]),
  });
  t.is(census.nodes[0]?.residue.size, 0);
});

test('the paths to one peer are told with what retains it, nearest first', (t) => {
  const peer = departedPeer(9);
  const node = nodeOf(1, {
    gossip: { topics: new Map([['chat', { queue: new Map([[peer, []]]), passive: [peer], late: { peer } }]]) },
    last: peer,
  });
  const passive: Retention = { path: 'gossip.topics[*].passive', cap: 3, why };
  const retention = new RetentionRules([passive, { path: 'last', forUs: 10, why }]);
  t.deepEqual(pathsTo(peer, { nowUs: 500, node, retention }), [
    { path: 'last', example: 'last', retention: undefined },
    { path: 'gossip.topics[*].queue[key]', example: 'gossip.topics["chat"].queue[key p9]', retention: undefined },
    { path: 'gossip.topics[*].passive[*]', example: 'gossip.topics["chat"].passive[0]', retention: passive },
    { path: 'gossip.topics[*].late.peer', example: 'gossip.topics["chat"].late.peer', retention: undefined },
  ]);
  t.deepEqual(pathsTo(livePeer(10), { nowUs: 500, node, retention }), []);
});

test('a census changes no state and the same state gives an equal census', (t) => {
  const peers = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? departedPeer(i) : livePeer(i)));
  const members = fc.array(fc.constantFrom(...peers), { maxLength: 20 });
  fc.assert(
    fc.property(members, members, fc.nat(6), (list, keys, cap) => {
      const state = { list, keyed: new Map(keys.map((peer) => [peer, { peer }])), unique: new Set(list) };
      const take = (): unknown => {
        const retention = new RetentionRules([{ path: 'unique', cap, why }]);
        const census = takeCensus({ nowUs: 9, nodes: [nodeOf(1, state)], retention });
        const { sizes, residue, retained, violations } = census.nodes[0]!;
        const inUnique = new Set(list.filter((peer) => peer.departed)).size;
        t.is((residue.get('unique[*]')?.count ?? 0) + (retained.get('unique[*]') ?? 0), inUnique);
        t.is(retained.get('unique[*]') ?? 0, state.unique.size <= cap ? inUnique : 0);
        t.is(violations.length, state.unique.size <= cap ? 0 : 1);
        t.is(residue.get('list[*]')?.count ?? 0, list.filter((peer) => peer.departed).length);
        t.is(residue.get('keyed[*].peer')?.count, residue.get('keyed[key]')?.count);
        return { sizes, residue, retained, violations };
      };
      t.deepEqual(take(), take());
      t.is(state.list.length, list.length);
    }),
    { seed: 61, numRuns: 200 },
  );
});

test('many small nodes are counted in reasonable time', (t) => {
  const gone = departedPeer(1);
  const nodes = Array.from({ length: 20_000 }, (_, i) =>
    nodeOf(i + 1, {
      active: new Set([livePeer(i)]),
      passive: [gone],
      topics: new Map([['t', { eager: [], lazy: [] }]]),
    }),
  );
  const retention = new RetentionRules([{ path: 'passive', cap: 30, why }]);
  const startedMs = Date.now();
  const census = takeCensus({ nowUs: 9, nodes, retention });
  const tookMs = Date.now() - startedMs;
  t.log(`${tookMs} ms for ${nodes.length} nodes`);
  t.true(tookMs < 5000);
  t.is(census.residueTotals().size, 0);
  t.is(census.sizeTotals().get('active')?.sum, nodes.length);
});
