import test from 'ava';
import { Oneshot } from './sync.ts';
import { block, never, ready } from './future.ts';
import type { TaskBody } from './future.ts';
import { Rig } from './rig.test.fixture.ts';
import { select } from './select.ts';
import { Sleep, interval, pinned, sleep, timeout } from './timers.ts';
import type { Interval } from './timers.ts';

/** A clock that gains one part in a hundred, far more than real ones. */
const FAST = { skewUs: 500, rate: 1.01 };

test('a sleep ends at its time, on the clock of the node', (t) => {
  for (const [clock, expected] of [
    [undefined, 10_000],
    [FAST, 9_901],
  ] as const) {
    const rig = new Rig(clock === undefined ? {} : { clock });
    function* body(): TaskBody<void> {
      yield* sleep(rig.executor, 10_000);
      rig.say('awake');
    }
    rig.run(body());
    rig.runFor(20_000);
    t.deepEqual(rig.said(), [`${expected} awake`]);
    t.deepEqual(rig.leftovers(), []);
  }
});

test('a sleep of nothing, or until a time that is past, is over at once and arms no timer', (t) => {
  const rig = new Rig();
  rig.runFor(10);
  function* body(): TaskBody<void> {
    yield* sleep(rig.executor, 0);
    yield* new Sleep(rig.executor, 3, 'past');
    rig.say('awake');
  }
  rig.run(body());
  t.deepEqual(rig.said(), ['10 awake']);
  t.is(
    rig.simulation.meters.counts.reduce((sum, count) => sum + count, 0),
    0,
    'no timer fired',
  );
});

test('a sleep that nobody awaits arms no timer, and one that is cancelled leaves none', (t) => {
  const rig = new Rig();
  const unawaited = sleep(rig.executor, 10);
  t.is(rig.simulation.pendingCount, 0);
  function* body(): TaskBody<void> {
    yield* unawaited;
  }
  const task = rig.run(body());
  t.is(rig.simulation.pendingCount, 1);
  task.abort();
  rig.turn();
  t.is(rig.simulation.pendingCount, 0);
});

test('a sleep that is moved while it is awaited goes on waiting', (t) => {
  const rig = new Rig();
  const timer = sleep(rig.executor, 10);
  function* body(): TaskBody<void> {
    yield* pinned(timer);
    rig.say('awake');
    yield* pinned(timer);
    rig.say('and stays so');
  }
  rig.run(body());
  rig.at(5, () => timer.reset(20));
  rig.at(24, () => timer.reset(2));
  rig.runFor(100);
  t.is(timer.untilUs, 26);
  t.deepEqual(rig.said(), ['26 awake', '26 and stays so']);
  t.deepEqual(rig.leftovers(), []);
});

test('a sleep that is moved away in the instant in which it fired is not over', (t) => {
  const rig = new Rig();
  const timer = sleep(rig.executor, 10);
  function* body(): TaskBody<void> {
    yield* timer;
    rig.say('awake');
  }
  function* mover(): TaskBody<void> {
    yield* sleep(rig.executor, 10);
    timer.reset(5);
  }
  rig.spawn('test.mover', mover());
  rig.spawn('test.body', body());
  rig.runFor(30);
  t.deepEqual(rig.said(), ['15 awake']);
});

function* ticks(rig: Rig, pace: Interval, busyUs: readonly number[]): TaskBody<void> {
  try {
    for (const us of busyUs) {
      yield* pace.tick();
      rig.say('tick');
      if (us > 0) yield* sleep(rig.executor, us);
    }
  } finally {
    pace.drop();
  }
}

test('an interval keeps its pace, and makes up at once for ticks that were missed', (t) => {
  const rig = new Rig();
  rig.run(ticks(rig, interval(rig.executor, 10), [3, 25, 0, 0, 0, 0]));
  rig.runFor(100);
  t.deepEqual(rig.said(), ['10 tick', '20 tick', '45 tick', '45 tick', '50 tick', '60 tick']);
  t.deepEqual(rig.leftovers(), []);
});

test('the first tick of an interval may come sooner than a period', (t) => {
  const rig = new Rig();
  rig.run(ticks(rig, interval(rig.executor, 10, 'tick', 0), [0, 0]));
  rig.runFor(100);
  t.deepEqual(rig.said(), ['tick', '10 tick']);
});

test('a tick that loses a select is not lost, and keeps its timer', (t) => {
  const rig = new Rig();
  const pace = interval(rig.executor, 10, 'pace');
  const news = new Oneshot<string>();
  function* body(): TaskBody<void> {
    try {
      const { arm } = yield* select('biased', { news: news.recv(), tick: pace.tick() });
      rig.say(arm);
      t.is(rig.simulation.pendingCount, 1, 'not armed anew at each turn of a loop');
      yield* pace.tick();
      rig.say('tick');
    } finally {
      pace.drop();
    }
  }
  rig.run(body());
  rig.at(4, () => news.send('now'));
  rig.runFor(20);
  t.deepEqual(rig.said(), ['4 news', '10 tick']);
  t.deepEqual(rig.leftovers(), []);
});

test('skipping ticks keeps the grid exactly, on a clock that drifts too', (t) => {
  for (const clock of [{ skewUs: 0, rate: 1 }, FAST]) {
    const rig = new Rig({ clock });
    const [walked, skipped] = [interval(rig.executor, 12_345), interval(rig.executor, 12_345)];
    function* walk(): TaskBody<void> {
      for (let count = 0; count < 1_000; count++) yield* walked.tick();
    }
    rig.run(walk());
    rig.runFor(12_345 * 1_000);
    skipped.skip(0);
    skipped.skip(1);
    skipped.skip(999);
    t.is(skipped.nextUs, walked.nextUs);
  }
});

test('ticks that are skipped while one is awaited are not waited for', (t) => {
  const rig = new Rig();
  const pace = interval(rig.executor, 10);
  rig.run(ticks(rig, pace, [0, 0]));
  rig.at(5, () => pace.skip(3));
  rig.runFor(100);
  t.deepEqual(rig.said(), ['40 tick', '50 tick']);
});

test('missed ticks are those due strictly before a time', (t) => {
  const rig = new Rig();
  const pace = interval(rig.executor, 10);
  const missed = [0, 9, 10, 11, 20, 21, 1_000_000].map((atUs) => pace.missedBefore(atUs));
  t.deepEqual(missed, [0, 0, 0, 1, 1, 2, 99_999]);
  pace.skip(pace.missedBefore(95));
  t.is(pace.nextUs, 100, 'the first tick at that time or later is next');
});

test('an interval that is paused has no timer, and goes on at its pace', (t) => {
  const rig = new Rig();
  const pace = interval(rig.executor, 10);
  rig.run(
    (function* (): TaskBody<void> {
      for (;;) {
        yield* pace.tick();
        rig.say('tick');
      }
    })(),
  );
  rig.at(15, () => pace.pause());
  rig.at(16, () => pace.pause());
  rig.runFor(47);
  t.deepEqual(rig.said(), ['10 tick']);
  t.deepEqual([rig.simulation.pendingCount, pace.isPaused, pace.nextUs, pace.missedBefore(47)], [0, true, 20, 3]);
  pace.skip(2);
  pace.resume();
  pace.resume();
  rig.runFor(13);
  t.deepEqual(rig.said(), ['47 tick', '50 tick', '60 tick'], 'the one that was not skipped is made up for');
});

test('a timeout gives the value that comes in time, and leaves no timer', (t) => {
  const rig = new Rig();
  const value = new Oneshot<string>();
  function* body(): TaskBody<void> {
    rig.say(JSON.stringify(yield* timeout(rig.executor, 10, value.recv())));
  }
  rig.run(body());
  rig.at(9, () => value.send('here'));
  rig.runFor(9);
  t.deepEqual(rig.said(), ['9 {"kind":"value","value":"here"}']);
  t.deepEqual(rig.leftovers(), []);
});

test('a timeout that elapses drops what it waited for', (t) => {
  const rig = new Rig();
  function* slow(): TaskBody<void> {
    try {
      yield* never();
    } finally {
      rig.say('dropped');
    }
  }
  function* body(): TaskBody<void> {
    rig.say((yield* timeout(rig.executor, 10, block(slow()))).kind);
  }
  rig.run(body());
  rig.runFor(10);
  t.deepEqual(rig.said(), ['10 dropped', '10 elapsed']);
  t.deepEqual(rig.leftovers(), []);
});

test('a value that is there when the timeout elapses wins', (t) => {
  const rig = new Rig();
  const value = new Oneshot<string>();
  function* body(): TaskBody<void> {
    rig.say((yield* timeout(rig.executor, 10, value.recv())).kind);
    rig.say((yield* timeout(rig.executor, 0, ready('at once'))).kind);
    rig.say((yield* timeout(rig.executor, 0, never())).kind);
  }
  function* sender(): TaskBody<void> {
    yield* sleep(rig.executor, 10);
    value.send('here');
  }
  // Its timer is armed first, so it has its turn first in that instant.
  rig.run(sender());
  rig.run(body());
  rig.runFor(10);
  t.deepEqual(rig.said(), ['10 value', '10 value', '10 elapsed']);
});

test('the end of a cancelled timeout drops both', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    yield* timeout(rig.executor, 10, sleep(rig.executor, 5));
  }
  const task = rig.run(body());
  t.is(rig.simulation.pendingCount, 2);
  task.abort();
  rig.turn();
  t.deepEqual(rig.leftovers(), []);
});
