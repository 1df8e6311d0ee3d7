import test from 'ava';
import { Timeline } from './timeline.ts';

/** Peer 3 lives from 10 to 50 and from 70 on; peer 4 from 20 on. */
function recorded(): Timeline {
  const timeline = new Timeline();
  timeline.began(1, 3, 10, { n: 0 });
  timeline.began(2, 4, 20, { n: 100 });
  timeline.changed(1, 30, 'message a', { n: 1 }, [{ op: 'replace', path: ['n'], value: 1 }]);
  timeline.changed(1, 30, 'message b', { n: 2 }, []);
  timeline.changed(2, 40, 'timer', { n: 101 }, []);
  timeline.ended(1, 50);
  timeline.began(3, 3, 70, { n: 5 });
  timeline.changed(3, 80, 'timer', { n: 6 }, []);
  return timeline;
}

test('the state at a time is that after the last event until then', (t) => {
  const timeline = recorded();
  const inputAt = (peer: number, atUs: number): string | undefined => timeline.momentAt(peer, atUs)?.input;
  t.is(inputAt(3, 9), undefined);
  t.is(inputAt(3, 10), 'start');
  t.is(inputAt(3, 29), 'start');
  t.is(inputAt(3, 30), 'message b');
  t.is(inputAt(3, 49), 'message b');
  t.deepEqual(timeline.momentAt(3, 49)?.state, { n: 2 });
  t.is(inputAt(4, 1e9), 'timer');
});

test('between two lives there is no state', (t) => {
  const timeline = recorded();
  t.is(timeline.momentAt(3, 50), undefined);
  t.is(timeline.momentAt(3, 69), undefined);
  t.deepEqual(timeline.momentAt(3, 70)?.state, { n: 5 });
  t.is(timeline.momentAt(9, 30), undefined);
});

test('the moment after a time is the next event, in this life or a later one', (t) => {
  const timeline = recorded();
  t.is(timeline.momentAfter(3, 0)?.input, 'start');
  t.is(timeline.momentAfter(3, 10)?.input, 'message a');
  t.deepEqual(timeline.momentAfter(3, 29)?.patches, [{ op: 'replace', path: ['n'], value: 1 }]);
  t.is(timeline.momentAfter(3, 30)?.atUs, 70);
  t.is(timeline.momentAfter(3, 80), undefined);
});

test('lives are kept in order, with what began and ended them', (t) => {
  const lives = recorded().livesOf(3);
  t.deepEqual(
    lives.map(({ serial, beganUs, endedUs, moments }) => [serial, beganUs, endedUs, moments.length]),
    [
      [1, 10, 50, 3],
      [3, 70, Infinity, 2],
    ],
  );
});

test('a life that began and ended at one moment has events, and no state at any time', (t) => {
  const timeline = new Timeline();
  timeline.began(1, 0, 5, {});
  timeline.ended(1, 5);
  timeline.began(2, 0, 5, { second: true });
  t.deepEqual(timeline.momentAt(0, 5)?.state, { second: true });
  t.is(timeline.livesOf(0).length, 2);
});

test('a timeline wants the peers asked for, or all', (t) => {
  const some = new Timeline(new Set([4]));
  t.deepEqual([some.wants(3), some.wants(4)], [false, true]);
  t.true(new Timeline().wants(3));
});
