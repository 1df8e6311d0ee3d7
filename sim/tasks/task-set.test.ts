import test from 'ava';
import { never, panic } from './future.ts';
import type { TaskBody } from './future.ts';
import { Rig } from './rig.test.fixture.ts';
import { TaskSet } from './task-set.ts';
import { sleep } from './timers.ts';

function* sleeps(rig: Rig, us: number): TaskBody<number> {
  try {
    yield* sleep(rig.executor, us);
    if (us === 13) panic('unlucky');
    return us;
  } finally {
    rig.say(`${us} ends`);
  }
}

test('tasks of a set are joined in the order in which they end, undefined after the last', (t) => {
  const rig = new Rig();
  const set = new TaskSet<number>(rig.executor);
  function* body(): TaskBody<void> {
    for (const us of [30, 10, 13, 20]) set.spawn('test.sleeps', sleeps(rig, us));
    rig.say(`${set.size}`);
    for (;;) {
      const joined = yield* set.joinNext();
      if (joined === undefined) break;
      const { result } = joined;
      rig.say(result.kind === 'finished' ? String(result.value) : result.kind);
    }
    rig.say('none left');
  }
  rig.run(body());
  rig.runFor(30);
  t.deepEqual(
    rig.said().filter((line) => !line.endsWith('ends')),
    ['4', '10 10', '13 panicked', '20 20', '30 30', '30 none left'],
  );
  t.is(rig.site('test.sleeps').spawned, 4);
  t.deepEqual(rig.leftovers(), []);
});

test('an aborted task of a set is joined as cancelled', (t) => {
  const rig = new Rig();
  const set = new TaskSet<number>(rig.executor);
  const task = set.spawn('test.sleeps', sleeps(rig, 10));
  function* body(): TaskBody<void> {
    const joined = yield* set.joinNext();
    rig.say(`${joined!.result.kind} ${joined!.task === task}`);
  }
  rig.run(body());
  task.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['10 ends', 'cancelled true']);
});

test('a join that is cancelled loses no result', (t) => {
  const rig = new Rig();
  const set = new TaskSet<number>(rig.executor);
  function* body(): TaskBody<void> {
    rig.say(JSON.stringify((yield* set.joinNext())?.result));
  }
  const task = set.spawn('test.sleeps', sleeps(rig, 10));
  const joiner = rig.run(body());
  task.onEnd(() => joiner.abort());
  rig.runFor(10);
  t.is(set.size, 1);
  rig.run(body());
  t.deepEqual(rig.said(), ['10 10 ends', '10 {"kind":"finished","value":10}']);
});

test('abortAll of a set cancels what runs, forgets what was not joined, and ends whoever waits', (t) => {
  const rig = new Rig();
  const set = new TaskSet<number>(rig.executor);
  function* joins(): TaskBody<void> {
    rig.say((yield* set.joinNext()) === undefined ? 'none' : 'one');
  }
  for (const us of [5, 10, 20]) set.spawn('test.sleeps', sleeps(rig, us));
  rig.run(joins());
  rig.runFor(5);
  t.is([...set.running].length, 2);
  rig.run(joins());
  t.deepEqual(rig.said(), ['5 5 ends', '5 one']);
  set.abortAll();
  t.is(set.size, 0);
  rig.turn();
  t.deepEqual(rig.said(), ['5 10 ends', '5 20 ends', '5 none']);
  t.deepEqual(rig.leftovers(), []);
});

test('an owner that is cancelled takes its set along', (t) => {
  const rig = new Rig();
  function* owner(): TaskBody<void> {
    const set = new TaskSet<number>(rig.executor);
    try {
      set.spawn('test.sleeps', sleeps(rig, 10));
      set.spawn('test.sleeps', sleeps(rig, 20));
      yield* never();
    } finally {
      set.abortAll();
    }
  }
  const task = rig.run(owner());
  task.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['10 ends', '20 ends']);
  t.deepEqual(rig.leftovers(), []);
});
