import test from 'ava';
import { linked, topologyOf } from './topology.test.fixture.ts';
import { MOST_HELD, MOST_LAST, TopologyLayout } from './topology-layout.ts';
import type { Place } from './topology-layout.ts';

const RING = Array.from({ length: 12 }, (_, peer) =>
  linked(Math.min(peer, (peer + 1) % 12), Math.max(peer, (peer + 1) % 12)),
);

function settled(layout: TopologyLayout): Place[] {
  for (let tick = 0; tick < 1000 && !layout.resting; tick++) layout.tick();
  return layout.places();
}

test('the same topology gives the same places', (t) => {
  const [first, second] = [new TopologyLayout(), new TopologyLayout()];
  for (const layout of [first, second]) layout.show(topologyOf(12, 3, RING));
  t.deepEqual(settled(first), settled(second));
});

test('the living stand within the rim, and those that are gone on it', (t) => {
  const layout = new TopologyLayout();
  layout.show(topologyOf(12, 3, [...RING, { a: 4, b: 13, ghosts: 1 }]));
  for (const { x, y, live } of settled(layout)) {
    if (live) t.true(Math.hypot(x, y) <= 0.8 + 1e-9);
    else t.true(Math.abs(Math.hypot(x, y) - 1) < 1e-9);
  }
});

test('peers that are tied stand closer together than others', (t) => {
  const layout = new TopologyLayout();
  const isTied = (a: number, b: number): boolean => a < 6 === b < 6;
  const pairs = Array.from({ length: 12 }, (_, b) => Array.from({ length: b }, (_other, a) => [a, b] as const)).flat();
  layout.show(
    topologyOf(12, 0, [...pairs.filter(([a, b]) => isTied(a, b)).map(([a, b]) => linked(a, b)), linked(0, 6)]),
  );
  const places = settled(layout);
  const meanOf = (tied: boolean): number => {
    const some = pairs.filter(([a, b]) => isTied(a, b) === tied);
    const distances = some.map(([a, b]) => Math.hypot(places[a]!.x - places[b]!.x, places[a]!.y - places[b]!.y));
    return distances.reduce((sum, one) => sum + one, 0) / distances.length;
  };
  t.true(meanOf(true) < 0.5 * meanOf(false));
});

test('nobody moves while ties stay as they are', (t) => {
  const layout = new TopologyLayout();
  layout.show(topologyOf(12, 0, RING));
  const before = settled(layout);
  layout.show({ ...topologyOf(12, 0, RING), atUs: 5 });
  t.true(layout.resting);
  t.deepEqual(layout.places(), before);
  layout.show(topologyOf(12, 0, [...RING, linked(0, 6)]));
  t.false(layout.resting);
});

test('one that is gone stands on the side of who holds it', (t) => {
  const layout = new TopologyLayout();
  layout.show(topologyOf(12, 1, [...RING, { a: 3, b: 12, ghosts: 2 }]));
  const places = settled(layout);
  const [holder, gone] = [places.find(({ peer }) => peer === 3)!, places.find(({ peer }) => peer === 12)!];
  const angle = (place: Place): number => Math.atan2(place.y, place.x);
  t.true(Math.abs(angle(holder) - angle(gone)) < 1e-6);
});

test('of many that are gone those that somebody holds are shown, and the last few of the others', (t) => {
  const layout = new TopologyLayout();
  const held = Array.from({ length: 5 }, (_, place) => ({ a: 0, b: 12 + place, ghosts: 1 }));
  layout.show(topologyOf(12, 100, [...RING, ...held]));
  const gone = settled(layout).filter(({ live }) => !live);
  t.is(gone.length, 5 + MOST_LAST);
  t.is(layout.goneLeftOut, 100 - 5 - MOST_LAST);
  for (const { b } of held) t.true(gone.some(({ peer }) => peer === b));
  t.true(gone.some(({ peer }) => peer === 111));
  layout.show(
    topologyOf(
      12,
      100,
      Array.from({ length: 100 }, (_, place) => ({ a: 0, b: 12 + place, ghosts: 1 })),
    ),
  );
  t.is(layout.places().filter(({ live }) => !live).length, MOST_HELD);
});

test('those on the rim keep apart', (t) => {
  const layout = new TopologyLayout();
  layout.show(
    topologyOf(
      12,
      40,
      Array.from({ length: 40 }, (_, place) => ({ a: 0, b: 12 + place, ghosts: 1 })),
    ),
  );
  const angles = settled(layout)
    .filter(({ live }) => !live)
    .map(({ x, y }) => Math.atan2(y, x))
    .toSorted((a, b) => a - b);
  const gaps = angles.map((angle, place) => (angles[place + 1] ?? angles[0]! + 2 * Math.PI) - angle);
  t.true(Math.min(...gaps) > 0.02);
});
