import test from 'ava';
import { hitAt, spotsOf, towards } from './topology-spots.ts';

const PLACES = [
  { peer: 0, x: 0, y: 0, live: true },
  { peer: 1, x: 1, y: 0, live: true },
  { peer: 2, x: 0, y: 1, live: true },
  { peer: 3, x: -1, y: 0.1, live: false },
];
const SPOTS = spotsOf(PLACES, 236, 136);
const LINES = [{ kind: 'link', from: 0, to: 1, count: 2, bent: false }] as const;

test('places fill a canvas but for a margin', (t) => {
  t.deepEqual(
    [...SPOTS.values()].map(({ x, y }) => [x, y]),
    [
      [118, 68],
      [218, 68],
      [118, 118],
      [18, 73],
    ],
  );
});

test('a point near a peer is that peer, one near a line the pair, and one far from both nothing', (t) => {
  t.deepEqual(hitAt(SPOTS, LINES, 121, 70), { a: 0 });
  t.deepEqual(hitAt(SPOTS, LINES, 168, 71), { a: 0, b: 1 });
  t.is(hitAt(SPOTS, LINES, 168, 100), undefined);
});

test('a bent line is hit where it is drawn', (t) => {
  const bent = [{ ...LINES[0], bent: true }];
  t.is(hitAt(SPOTS, bent, 168, 68), undefined);
  t.deepEqual(hitAt(SPOTS, bent, 168, 79), { a: 0, b: 1 });
});

test('an arrow key goes to the next peer in its direction, and stays where there is none', (t) => {
  t.is(towards(SPOTS, 0, 'ArrowRight'), 1);
  t.is(towards(SPOTS, 0, 'ArrowDown'), 2);
  t.is(towards(SPOTS, 0, 'ArrowLeft'), 3);
  t.is(towards(SPOTS, 0, 'ArrowUp'), 0);
  t.is(towards(SPOTS, undefined, 'ArrowUp'), 0);
});
