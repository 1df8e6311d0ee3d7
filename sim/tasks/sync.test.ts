import test from 'ava';
import { block, never } from './future.ts';
import type { Future, TaskBody } from './future.ts';
import { Rig } from './rig.test.fixture.ts';
import { select } from './select.ts';
import { Notify, Oneshot, Watch } from './sync.ts';

function* awaits(rig: Rig, name: string, future: Future<unknown>): TaskBody<void> {
  const value = yield* future;
  rig.say(value === undefined ? name : `${name} ${String(value)}`);
}

test('a oneshot gives its value, sent before it is awaited or after', (t) => {
  const rig = new Rig();
  const [early, late] = [new Oneshot<number>(), new Oneshot<number>()];
  t.true(early.send(1));
  t.false(early.send(2));
  rig.run(awaits(rig, 'early', early.recv()));
  rig.run(awaits(rig, 'late', late.recv()));
  t.deepEqual(rig.said(), ['early 1']);
  t.true(late.send(3));
  late.drop();
  rig.turn();
  t.deepEqual(rig.said(), ['late 3']);
});

test('a oneshot whose sender is dropped gives undefined, and can no longer be sent', (t) => {
  const rig = new Rig();
  const oneshot = new Oneshot<number>();
  rig.run(awaits(rig, 'dropped', oneshot.recv()));
  oneshot.drop();
  t.false(oneshot.send(1));
  rig.turn();
  t.deepEqual(rig.said(), ['dropped']);
});

test('a watch shows the latest value; changes between two looks are one', (t) => {
  const rig = new Rig();
  const watch = new Watch('zero');
  function* body(): TaskBody<void> {
    let seen = watch.version;
    for (;;) {
      const version = yield* watch.changed(seen);
      if (version === undefined) break;
      seen = version;
      rig.say(`${watch.value} ${version}`);
    }
    rig.say('over');
  }
  rig.run(body());
  watch.set('one');
  watch.set('two');
  rig.turn();
  t.deepEqual(rig.said(), ['two 2']);
  watch.set('three');
  rig.turn();
  watch.set('last');
  watch.close();
  rig.turn();
  t.deepEqual(rig.said(), ['three 3', 'last 4', 'over'], 'a change that was not seen comes before the end');
});

test('a change before the wait is seen at once', (t) => {
  const rig = new Rig();
  const watch = new Watch(0);
  watch.set(1);
  rig.run(awaits(rig, 'changed', watch.changed(0)));
  t.deepEqual(rig.said(), ['changed 1']);
});

test('two waits of one task on one watch are woken each for itself', (t) => {
  const rig = new Rig();
  const watch = new Watch(0);
  const stop = new Oneshot<string>();
  function* body(): TaskBody<void> {
    const outer = watch.changed(0);
    function* inner(): TaskBody<void> {
      yield* select('biased', { again: watch.changed(0), stop: stop.recv() });
      rig.say('stopped');
      yield* never();
    }
    yield* select('biased', { outer, inner: block(inner()) });
    rig.say('heard');
  }
  rig.run(body());
  stop.send('now');
  rig.turn();
  watch.set(1);
  rig.turn();
  t.deepEqual(rig.said(), ['stopped', 'heard']);
});

test('notifyOne wakes the one that waits longest, or keeps a single permit', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  notify.notifyOne();
  notify.notifyOne();
  for (const name of ['a', 'b', 'c']) rig.run(awaits(rig, name, notify.notified()));
  t.deepEqual(rig.said(), ['a']);
  notify.notifyOne();
  rig.turn();
  t.deepEqual(rig.said(), ['b']);
  notify.notifyOne();
  rig.turn();
  t.deepEqual(rig.said(), ['c']);
});

test('notifyAll wakes all that wait and keeps no permit', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  for (const name of ['a', 'b']) rig.run(awaits(rig, name, notify.notified()));
  notify.notifyAll();
  rig.turn();
  t.deepEqual(rig.said(), ['a', 'b']);
  rig.run(awaits(rig, 'c', notify.notified()));
  t.deepEqual(rig.said(), []);
});

test('notifyAll is heard by one that was asked for before it and polled after it', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  const before = notify.notified();
  notify.notifyAll();
  rig.run(awaits(rig, 'before', before));
  rig.run(awaits(rig, 'after', notify.notified()));
  t.deepEqual(rig.said(), ['before']);
});

test('one that was notified alone and is cancelled before its turn passes it on', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  const first = rig.run(awaits(rig, 'a', notify.notified()));
  const second = rig.run(awaits(rig, 'b', notify.notified()));
  notify.notifyOne();
  first.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['b']);
  t.true(second.isFinished);
  const third = rig.run(awaits(rig, 'c', notify.notified()));
  notify.notifyOne();
  third.abort();
  rig.turn();
  rig.run(awaits(rig, 'd', notify.notified()));
  t.deepEqual(rig.said(), ['d'], 'with nobody else waiting it is kept as the permit');
});

test('one that was notified with all others and is cancelled passes nothing on', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  const first = rig.run(awaits(rig, 'a', notify.notified()));
  notify.notifyAll();
  first.abort();
  rig.turn();
  rig.run(awaits(rig, 'b', notify.notified()));
  t.deepEqual(rig.said(), []);
});

test('one that waits and is cancelled takes no notification with it', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  const first = rig.run(awaits(rig, 'a', notify.notified()));
  rig.run(awaits(rig, 'b', notify.notified()));
  first.abort();
  rig.turn();
  notify.notifyOne();
  rig.turn();
  t.deepEqual(rig.said(), ['b']);
});
