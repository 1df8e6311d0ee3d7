import test from 'ava';
import type { MessageView } from '../run/run-view.ts';
import { LENGTHS, MOST_CLASSES, classesOf, goodLengthUs, lanesOf, slantAt, slantsOf } from './space-time-layout.ts';

function message(from: number, to: number, sentUs: number, what = 'ping'): MessageView {
  return { from, to, sentUs, arrivesUs: sentUs + 100, arrived: true, what };
}

function windowOf(...messages: MessageView[]) {
  return { fromUs: 1000, untilUs: 2000, messages, timers: [], more: 0 };
}

test('whoever speaks has a lane, by index', (t) => {
  t.deepEqual(lanesOf(windowOf(message(5, 2, 1000), message(-1, 9, 1200)), undefined, 24), {
    peers: [2, 5, 9],
    leftOut: 0,
  });
});

test('of too many peers those that say most have lanes, and the chosen one with whom it speaks', (t) => {
  const busy = windowOf(...[1, 2, 3, 4].map((us) => message(0, 1, us)), message(2, 3, 5), message(4, 3, 6));
  t.deepEqual(lanesOf(busy, undefined, 2), { peers: [0, 1], leftOut: 3 });
  t.deepEqual(lanesOf(busy, 4, 2), { peers: [3, 4], leftOut: 3 });
  t.deepEqual(lanesOf(windowOf(), 7, 2), { peers: [7], leftOut: 0 });
});

test('a message slants from its sending to its arrival; one of which an end has no lane is left out', (t) => {
  const window = windowOf(message(0, 1, 1100), message(-1, 1, 1500), message(0, 8, 1100));
  const slants = slantsOf(window, { peers: [0, 1], leftOut: 1 });
  t.is(slants.length, 2);
  const [first, second] = slants;
  t.deepEqual([first!.fromX, first!.toX, first!.fromLane, first!.toLane], [0.1, 0.2, 0, 1]);
  t.deepEqual([second!.fromLane, second!.toLane], [undefined, 1]);
});

test('classes are by frequency, and those without a look of their own are counted together', (t) => {
  const many = Array.from({ length: MOST_CLASSES + 2 }, (_, place) => message(0, 1, place, `class ${place}`));
  const classes = classesOf(windowOf(message(0, 1, 1, 'class 5'), ...many));
  t.deepEqual(classes[0], { name: 'class 5', count: 2 });
  t.deepEqual(classes.at(-1), { name: 'other', count: 2 });
  t.is(classes.length, MOST_CLASSES + 1);
});

test('a point is that of the nearest message within reach', (t) => {
  const slants = slantsOf(windowOf(message(0, 1, 1000), message(0, 1, 1500)), { peers: [0, 1], leftOut: 0 });
  const scale = { width: 1000, laneY: (lane: number) => lane * 20 };
  t.is(slantAt(slants, scale, 50, 10, 6), 0);
  t.is(slantAt(slants, scale, 550, 12, 6), 1);
  t.is(slantAt(slants, scale, 300, 10, 6), -1);
});

test('the busier a run, the shorter the window', (t) => {
  t.is(goodLengthUs(0), LENGTHS.at(-1)!);
  t.is(goodLengthUs(120), 1_000_000);
  t.is(goodLengthUs(1e9), LENGTHS[0]!);
});
