import test from 'ava';
import { linked, topologyOf } from './topology.test.fixture.ts';
import { lineCounts, linesOf, pairText, peerText } from './topology-lines.ts';

const NAMES = ['p0', 'p1', 'p2', 'p3'];

test('neighbours on both sides are one line, with as many connections as there are', (t) => {
  t.deepEqual(linesOf(topologyOf(2, 0, [{ ...linked(0, 1), open: 22 }])), [
    { kind: 'link', from: 0, to: 1, count: 22, bent: false },
  ]);
});

test('a relation that one side alone has points away from that side', (t) => {
  t.deepEqual(linesOf(topologyOf(2, 0, [{ a: 0, b: 1, bHasA: true }])), [
    { kind: 'one-sided', from: 1, to: 0, count: 0, bent: false },
  ]);
});

test('a connection to a life that is over is a ghost of the side that still runs, beside the line to the new life', (t) => {
  t.deepEqual(linesOf(topologyOf(1, 1, [{ a: 0, b: 1, ghosts: 3 }])), [
    { kind: 'ghost', from: 0, to: 1, count: 3, bent: false },
  ]);
  t.deepEqual(
    linesOf(topologyOf(2, 0, [{ ...linked(0, 1), ghosts: 1 }])).map(({ kind, bent }) => [kind, bent]),
    [
      ['link', false],
      ['ghost', true],
    ],
  );
});

test('a neighbour that is gone is a ghost, even without a connection', (t) => {
  t.deepEqual(lineCounts(linesOf(topologyOf(1, 1, [{ a: 0, b: 1, aHasB: true }]))), {
    open: 0,
    'half-open': 0,
    link: 0,
    'one-sided': 0,
    ghost: 1,
  });
});

test('a pair is told of in words, each side by its name', (t) => {
  const [pair] = topologyOf(2, 0, [{ a: 0, b: 1, aHasB: true, open: 1, ghosts: 2 }]).pairs;
  t.is(
    pairText(pair!, NAMES),
    'p0 and p1: p0 counts p1 as a neighbour, p1 does not count p0; 1 open connection; 2 connections to a life that is over',
  );
});

test('a peer is told of with its life, its neighbours and its connections', (t) => {
  const now = topologyOf(3, 1, [linked(0, 1), linked(0, 2), { a: 0, b: 3, ghosts: 1 }]);
  t.is(peerText(now, 0, NAMES), 'p0 lives from the start: 2 neighbours, 4 open connections, 1 to lives that are over.');
  t.is(peerText(now, 3, NAMES), 'p3 is gone since 4s: 0 neighbours, 0 open connections, 1 to lives that are over.');
  t.is(peerText(now, 7, NAMES), 'p7 has not lived yet at 16m40s.');
});
