import test from 'ava';
import { SimulationError } from '../errors.ts';
import { channel } from './channel.ts';
import { block, never, panic, ready, yieldNow } from './future.ts';
import type { TaskBody } from './future.ts';
import { openTasks } from './open-tasks.ts';
import { Rig } from './rig.test.fixture.ts';
import { sleep } from './timers.ts';
import type { JoinResult, TaskHandle } from './task.ts';

function* says(rig: Rig, what: string): TaskBody<string> {
  rig.say(what);
  yield* yieldNow();
  rig.say(`${what} again`);
  return what;
}

/** Waits without end and says what its cancellation runs. */
function* guarded(rig: Rig, name: string): TaskBody<void> {
  try {
    yield* never();
  } finally {
    rig.say(`${name} ends`);
  }
}

test('tasks are polled in spawn order, and again in the order in which they were woken', (t) => {
  const rig = new Rig();
  for (const name of ['a', 'b', 'c']) rig.spawn('test.says', says(rig, name));
  t.deepEqual(rig.said(), []);
  rig.turn();
  t.deepEqual(rig.said(), ['a', 'b', 'c', 'a again', 'b again', 'c again']);
  t.deepEqual(rig.leftovers(), []);
});

test('a spawned task runs after the spawner has come to await', (t) => {
  const rig = new Rig();
  function* parent(): TaskBody<void> {
    rig.spawn('test.child', says(rig, 'child'));
    rig.say('parent');
    yield* yieldNow();
    rig.say('parent again');
  }
  rig.run(parent());
  t.deepEqual(rig.said(), ['parent', 'child', 'parent again', 'child again']);
});

test('an aborted task is cancelled where it awaits: finally blocks run, the innermost first', (t) => {
  const rig = new Rig();
  function* outer(): TaskBody<void> {
    try {
      try {
        yield* guarded(rig, 'inner');
      } finally {
        rig.say('middle ends');
      }
      rig.say('never');
    } finally {
      rig.say('outer ends');
    }
  }
  const task = rig.run(outer());
  task.abort();
  t.deepEqual(rig.said(), [], 'nothing of it runs within abort itself');
  t.false(task.isFinished);
  rig.turn();
  t.deepEqual(rig.said(), ['inner ends', 'middle ends', 'outer ends']);
  t.true(task.isFinished);
  task.abort();
  rig.turn();
  const { cancelled, finished } = rig.site('test.run');
  t.deepEqual([cancelled, finished], [1, 0]);
  t.deepEqual(rig.leftovers(), []);
});

test('a block inside an await is cancelled with it', (t) => {
  const rig = new Rig();
  function* outer(): TaskBody<void> {
    try {
      yield* block(guarded(rig, 'block'));
    } finally {
      rig.say('outer ends');
    }
  }
  rig.run(outer()).abort();
  rig.turn();
  t.deepEqual(rig.said(), ['block ends', 'outer ends']);
});

test('a task aborted before its first poll runs no code of its body, and drops what it owns', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(1);
  function* body(): TaskBody<void> {
    try {
      rig.say('never');
      yield* never();
    } finally {
      rig.say('never this');
      sender.drop();
    }
  }
  const task = rig.spawn('test.run', body(), { owns: [sender] });
  task.abort();
  rig.turn();
  t.deepEqual(rig.said(), []);
  t.is(rig.site('test.run').cancelled, 1);
  let ended = false;
  rig.run(
    (function* (): TaskBody<void> {
      ended = (yield* receiver.recv()) === undefined;
    })(),
  );
  t.true(ended);
  t.deepEqual(rig.leftovers(), []);
});

test('what a task owns is dropped at its end, after its finally blocks, however it ends', (t) => {
  for (const how of ['finish', 'panic', 'abort'] as const) {
    const rig = new Rig();
    function* body(): TaskBody<void> {
      try {
        if (how === 'panic') panic('as told');
        if (how === 'abort') yield* never();
      } finally {
        rig.say('finally');
      }
    }
    const task = rig.spawn('test.run', body(), {
      owns: [{ drop: () => rig.say('first') }, { drop: () => rig.say('second') }],
    });
    rig.turn();
    if (how === 'abort') task.abort();
    rig.turn();
    t.deepEqual(rig.said(), ['finally', 'first', 'second'], how);
  }
});

test('a task that aborts itself goes on to its next await', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    task.abort();
    rig.say('goes on');
    try {
      yield* ready(1);
      rig.say('a ready await is no await');
      yield* never();
    } finally {
      rig.say('ends');
    }
  }
  const task = rig.spawn('test.run', body());
  rig.turn();
  t.deepEqual(rig.said(), ['goes on', 'a ready await is no await', 'ends']);
});

test('an abort after the end of the last poll changes nothing', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<number> {
    task.abort();
    return yield* ready(7);
  }
  const task = rig.spawn('test.run', body());
  const results: JoinResult<number>[] = [];
  task.onEnd((result) => results.push(result));
  rig.turn();
  t.deepEqual(results, [{ kind: 'finished', value: 7 }]);
});

function* joins(rig: Rig, task: TaskHandle<unknown>, name: string): TaskBody<void> {
  const result = yield* task.join();
  rig.say(`${name}: ${result.kind === 'finished' ? String(result.value) : result.kind}`);
}

test('every joiner learns how a task ended, before its end and after', (t) => {
  for (const how of ['finished', 'cancelled', 'panicked'] as const) {
    const rig = new Rig();
    function* body(): TaskBody<string> {
      yield* sleep(rig.executor, 5);
      if (how === 'panicked') panic('as told');
      yield* sleep(rig.executor, how === 'cancelled' ? 100 : 5);
      return 'finished';
    }
    const task = rig.spawn('test.body', body());
    rig.spawn('test.join', joins(rig, task, 'a'));
    rig.spawn('test.join', joins(rig, task, 'b'));
    rig.runFor(20);
    if (how === 'cancelled') task.abort();
    rig.turn();
    rig.spawn('test.join', joins(rig, task, 'late'));
    rig.turn();
    const ended = rig.said().map((line) => line.replace(/^\d+ /, ''));
    t.deepEqual(ended, [`a: ${how}`, `b: ${how}`, `late: ${how}`]);
    t.deepEqual(rig.leftovers(), []);
  }
});

test('a joiner that is cancelled leaves the task and the other joiners alone', (t) => {
  const rig = new Rig();
  const task = rig.spawn('test.says', sleeper(rig, 10));
  const joiner = rig.spawn('test.join', joins(rig, task, 'a'));
  rig.spawn('test.join', joins(rig, task, 'b'));
  rig.turn();
  joiner.abort();
  rig.runFor(10);
  t.deepEqual(rig.said(), ['10 b: slept']);
  t.is(rig.site('test.join').polls, 3, 'the cancelled joiner was not polled again');
});

function* sleeper(rig: Rig, us: number): TaskBody<string> {
  yield* sleep(rig.executor, us);
  return 'slept';
}

test('a handle that is let go of detaches the task, and the end of a parent does not end its children', (t) => {
  const rig = new Rig();
  function* parent(): TaskBody<void> {
    rig.spawn('test.child', child());
    yield* ready(undefined);
  }
  function* child(): TaskBody<void> {
    yield* sleep(rig.executor, 10);
    rig.say('child is through');
  }
  const task = rig.run(parent());
  t.true(task.isFinished);
  rig.runFor(10);
  t.deepEqual(rig.said(), ['10 child is through']);
});

test('a panic ends its task alone, runs its finally blocks, and is kept with time and place', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    try {
      yield* sleep(rig.executor, 3);
      panic('no room');
    } finally {
      rig.say('finally');
    }
  }
  const task = rig.spawn('gossip.loop', body());
  rig.spawn('test.other', says(rig, 'other'));
  rig.runFor(3);
  t.deepEqual(rig.said(), ['other', 'other again', '3 finally']);
  t.true(task.isFinished);
  const { panicCount, panics } = rig.simulation.tasks;
  t.is(panicCount, 1);
  t.deepEqual(panics, [{ atUs: 3, owner: 'p1', site: 'gossip.loop', path: 'gossip.loop', message: 'no room' }]);
  t.deepEqual(rig.leftovers(), []);
});

test('only the first ten panics are kept, all are counted', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    yield* ready(undefined);
    panic('one of many');
  }
  for (let count = 0; count < 12; count++) rig.spawn('test.body', body());
  rig.turn();
  t.is(rig.simulation.tasks.panicCount, 12);
  t.is(rig.simulation.tasks.panics.length, 10);
  t.is(rig.site('test.body').panicked, 12);
});

test('a body may catch the panic of a block that it awaits', (t) => {
  const rig = new Rig();
  function* inner(): TaskBody<void> {
    yield* yieldNow();
    panic('inside');
  }
  function* body(): TaskBody<string> {
    try {
      yield* block(inner());
    } catch (error) {
      rig.say((error as Error).message);
    }
    yield* yieldNow();
    return 'lived';
  }
  const task = rig.run(body());
  t.deepEqual(rig.said(), ['inside']);
  t.true(task.isFinished);
  t.is(rig.simulation.tasks.panicCount, 0);
});

test('a panic in a finally block of a cancelled task makes it panicked', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    try {
      yield* never();
    } finally {
      panic('in the destructor');
    }
  }
  const task = rig.run(body());
  const results: string[] = [];
  task.onEnd(({ kind }) => results.push(kind));
  task.abort();
  rig.turn();
  t.deepEqual(results, ['panicked']);
  t.deepEqual(rig.leftovers(), []);
});

test('an exception that is no panic leaves the run', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    yield* sleep(rig.executor, 1);
    throw new TypeError('a bug');
  }
  const other = rig.spawn('test.other', says(rig, 'other'));
  rig.run(body());
  t.throws(() => rig.runFor(1), { instanceOf: TypeError });
  t.is(rig.simulation.tasks.panicCount, 0);
  t.true(other.isFinished);
});

test('after a bug the tasks that were ready still have their turn', (t) => {
  const rig = new Rig();
  function* bug(): TaskBody<void> {
    yield* ready(undefined);
    throw new TypeError('a bug');
  }
  rig.spawn('test.bug', bug());
  const other = rig.spawn('test.other', says(rig, 'other'));
  t.throws(() => rig.turn(), { instanceOf: TypeError });
  rig.turn();
  t.true(other.isFinished);
});

test('a finally block that awaits in a cancelled task is a bug', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    try {
      yield* never();
    } finally {
      yield* yieldNow();
    }
  }
  rig.run(body()).abort();
  t.throws(() => rig.turn(), { message: /finally/ });
});

test('a task names its path, site, subject and age, and what it carries passes to its children', (t) => {
  const rig = new Rig();
  const subject = rig.simulation.peers.intern(9);
  function* grandchild(): TaskBody<void> {
    rig.say(String(rig.executor.current!.local));
    yield* never();
  }
  function* child(): TaskBody<void> {
    rig.executor.current!.local = 'span';
    rig.spawn('quic.driver', grandchild(), { subject });
    yield* never();
  }
  rig.simulation.run({ untilUs: 5 });
  rig.spawn('gossip.actor', child());
  rig.runFor(10);
  t.deepEqual(rig.said(), ['5 span']);
  const since = { bornUs: 5, ageUs: 10, standing: 'parked', awaits: 'never' } as const;
  t.deepEqual(openTasks(rig.executor), [
    { site: 'gossip.actor', path: 'gossip.actor', subject: undefined, ...since },
    { site: 'quic.driver', path: 'gossip.actor/quic.driver', subject, ...since },
  ]);
  const entries = [...rig.ledger.openEntries({ kind: 'task', subject })];
  t.deepEqual(
    entries.map(({ owner, site, bornUs }) => [owner === rig.node, site, bornUs]),
    [[true, 'quic.driver', 5]],
  );
});

test('what a task holds by the model stands in the ledger until its end', (t) => {
  const rig = new Rig();
  const bytes = (): number => rig.ledger.summary().sites.reduce((sum, site) => sum + site.bytes, 0);
  const task = rig.spawn('test.run', guarded(rig, 'a'), { bytes: 4096 });
  rig.turn();
  t.is(bytes(), 4096);
  task.abort();
  rig.turn();
  t.is(bytes(), 0);
  const [site] = rig.ledger.summary().sites;
  t.deepEqual(site!.reasons, { cancelled: 1 });
});

test('onEnd listeners are called within the turn of the end, or at once when it has ended', (t) => {
  const rig = new Rig();
  const task = rig.spawn('test.says', sleeper(rig, 4));
  task.onEnd((result) => rig.say(`1 ${result.kind}`));
  task.onEnd((result) => rig.say(`2 ${result.kind}`));
  rig.runFor(4);
  task.onEnd((result) => rig.say(`3 ${result.kind}`));
  t.deepEqual(rig.said(), ['4 1 finished', '4 2 finished', '4 3 finished']);
});

test('a body that is none is refused where it is spawned', (t) => {
  const rig = new Rig();
  for (const body of [undefined, function* () {}]) {
    const error = t.throws(() => rig.spawn('test.odd', body as never), { instanceOf: SimulationError });
    t.is(error.code, 'bad-body');
  }
  t.deepEqual(rig.leftovers(), []);
});
