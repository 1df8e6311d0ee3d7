import test from 'ava';
import { channel } from './channel.ts';
import { block, borrow, never, panic, ready } from './future.ts';
import type { Future, TaskBody } from './future.ts';
import { openTasks } from './open-tasks.ts';
import { Rig } from './rig.test.fixture.ts';
import { joinAll, race, select, selectOrElse } from './select.ts';
import { Oneshot } from './sync.ts';
import { sleep, timeout } from './timers.ts';

/** Waits for `inner` and says what ends it. */
function* guarded<T>(rig: Rig, name: string, inner: Future<T>): TaskBody<T> {
  let came = false;
  try {
    const value = yield* inner;
    came = true;
    return value;
  } finally {
    rig.say(`${name} ${came ? 'came' : 'cancelled'}`);
  }
}

test('a biased select takes the first ready arm as written', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    const won = yield* select('biased', { never: never(), b: ready(2), a: ready(1) });
    if (won.arm === 'b') rig.say(`b ${won.value}`);
  }
  rig.run(body());
  t.deepEqual(rig.said(), ['b 2']);
});

test('a select of a random order takes each ready arm about as often, the same for the same stream', (t) => {
  const counts = (seed: string): Record<string, number> => {
    const rig = new Rig({ seed });
    const won: Record<string, number> = { a: 0, b: 0, c: 0 };
    function* body(): TaskBody<void> {
      for (let times = 0; times < 3_000; times++) {
        const { arm } = yield* select(rig.node.random, { a: ready(0), b: ready(0), c: ready(0) });
        won[arm] = won[arm]! + 1;
      }
    }
    rig.run(body());
    return won;
  };
  const won = counts('one');
  for (const arm of ['a', 'b', 'c']) t.true(won[arm]! > 900 && won[arm]! < 1_100, JSON.stringify(won));
  t.deepEqual(counts('one'), won);
  t.notDeepEqual(counts('two'), won);
});

test('a random select goes on around from the arm that it began at', (t) => {
  const rig = new Rig();
  const orders = new Set<string>();
  function* body(): TaskBody<void> {
    for (let times = 0; times < 50; times++) {
      const seen: string[] = [];
      const looks = (name: string): { future: Future<number>; matches: () => boolean } => ({
        future: ready(0),
        matches: () => {
          seen.push(name);
          return false;
        },
      });
      yield* selectOrElse(rig.node.random, { a: looks('a'), b: looks('b'), c: looks('c') });
      orders.add(seen.join(''));
    }
  }
  rig.run(body());
  t.deepEqual([...orders].sort(), ['abc', 'bca', 'cab']);
});

test('an arm whose guard is false is not polled', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  sender.trySend('a');
  function* body(): TaskBody<void> {
    const { arm } = yield* select('biased', { item: { future: receiver.recv(), when: false }, other: ready(1) });
    rig.say(arm);
  }
  rig.run(body());
  t.deepEqual(rig.said(), ['other']);
  t.is(receiver.length, 1);
});

test('losing arms are cancelled: their finally blocks run and their timers are gone', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    const won = yield* select('biased', {
      slow: block(guarded(rig, 'slow', sleep(rig.executor, 100))),
      fast: block(guarded(rig, 'fast', sleep(rig.executor, 10))),
      timer: sleep(rig.executor, 200),
    });
    rig.say(`${won.arm} won, ${rig.simulation.pendingCount} pending`);
  }
  rig.run(body());
  rig.runFor(10);
  t.deepEqual(rig.said(), ['10 fast came', '10 slow cancelled', '10 fast won, 0 pending']);
});

test('an arm that is borrowed lives on when another wins', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    const slow = block(guarded(rig, 'slow', sleep(rig.executor, 100)));
    try {
      const { arm } = yield* select('biased', { slow: borrow(slow), fast: sleep(rig.executor, 10) });
      rig.say(arm);
      yield* borrow(slow);
      rig.say('through');
    } finally {
      slow.drop();
    }
  }
  rig.run(body());
  rig.runFor(100);
  t.deepEqual(rig.said(), ['10 fast', '100 slow came', '100 through']);
  t.deepEqual(rig.leftovers(), []);
});

test('a select that is cancelled cancels all its arms', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    const arm = (name: string): Future<void> => block(guarded(rig, name, sleep(rig.executor, 9)));
    yield* select('biased', { a: arm('a'), b: arm('b') });
  }
  const task = rig.run(body());
  task.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['a cancelled', 'b cancelled']);
  t.deepEqual(rig.leftovers(), []);
});

test('an arm that panics takes the others with it, and the body may catch', (t) => {
  const rig = new Rig();
  function* panics(): TaskBody<void> {
    yield* sleep(rig.executor, 5);
    panic('arm');
  }
  function* body(): TaskBody<void> {
    try {
      yield* select('biased', { a: block(guarded(rig, 'a', sleep(rig.executor, 100))), b: block(panics()) });
    } catch (error) {
      rig.say(`${(error as Error).message}, ${rig.simulation.pendingCount} pending`);
    }
  }
  rig.run(body());
  rig.runFor(5);
  t.deepEqual(rig.said(), ['5 a cancelled', '5 arm, 0 pending']);
  t.deepEqual(rig.leftovers(), []);
});

const isEven = (value: number): boolean => value % 2 === 0;

test('an arm whose pattern refuses its value is disabled for that select and the value is lost', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(8);
  for (const item of [1, 2, 3, 4]) sender.trySend(item);
  function* body(): TaskBody<void> {
    for (let times = 0; times < 3; times++) {
      const won = yield* select('biased', {
        even: { future: receiver.recv(), matches: (item: number | undefined) => item !== undefined && isEven(item) },
        other: ready('other'),
      });
      rig.say(`${won.arm} ${won.value}`);
    }
  }
  rig.run(body());
  t.deepEqual(rig.said(), ['other other', 'even 2', 'other other'], 'the next select has the arm again');
  t.is(receiver.length, 1);
});

test('an arm that was disabled is not polled again in that select, though it could match now', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(8);
  const other = new Oneshot<string>();
  sender.trySend(1);
  function* body(): TaskBody<void> {
    const won = yield* select('biased', {
      even: { future: receiver.recv(), matches: (item: number | undefined) => item !== undefined && isEven(item) },
      other: other.recv(),
    });
    rig.say(won.arm);
  }
  rig.run(body());
  sender.trySend(2);
  rig.turn();
  t.deepEqual(rig.said(), []);
  other.send('now');
  rig.turn();
  t.deepEqual(rig.said(), ['other']);
  t.is(receiver.length, 1);
});

test('an arm gone dark beside a pending one parks the loop, until the other arm comes', (t) => {
  const rig = new Rig();
  const [sends, halves] = [channel<string>(1), channel<string>(1)];
  function* body(): TaskBody<void> {
    for (;;) {
      const won = yield* selectOrElse('biased', {
        item: { future: sends.receiver.recv(), matches: (item) => item !== undefined },
        half: { future: halves.receiver.recv(), matches: (item) => item !== undefined },
      });
      rig.say(`${won.arm} ${won.value}`);
      if (won.arm === 'else') return;
    }
  }
  const task = rig.run(body());
  sends.sender.drop();
  rig.runFor(1_000);
  t.deepEqual(rig.said(), [], 'the end of one channel neither ends nor turns the loop');
  t.is(rig.site('test.run').polls, 2);
  halves.sender.trySend('a');
  rig.turn();
  t.deepEqual(rig.said(), ['1000 half a']);
  halves.sender.drop();
  rig.turn();
  t.deepEqual(rig.said(), ['1000 else undefined'], 'all arms dark runs else');
  t.true(task.isFinished);
  t.deepEqual(rig.leftovers(), []);
});

test('a select whose arms are all disabled runs else, and panics when it has none', (t) => {
  const rig = new Rig();
  function* withElse(): TaskBody<string> {
    const none = yield* selectOrElse('biased', { a: { future: ready(1), when: false } });
    const refused = yield* selectOrElse(rig.node.random, { a: { future: ready(1), matches: isEven } });
    const empty = yield* selectOrElse(rig.node.random, {});
    return [none.arm, refused.arm, empty.arm].join();
  }
  function* without(): TaskBody<void> {
    yield* select('biased', { a: { future: ready(1), matches: isEven }, b: { future: never(), when: false } });
  }
  const outcomes: string[] = [];
  rig.spawn('test.with', withElse()).onEnd((end) => outcomes.push(end.kind === 'finished' ? end.value : end.kind));
  rig.spawn('test.without', without()).onEnd((end) => outcomes.push(end.kind));
  rig.turn();
  t.deepEqual(outcomes, ['else,else,else', 'panicked']);
});

test('a race gives the first value, in list order, and cancels the others', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    const runner = (us: number): Future<number> =>
      block(
        (function* (): TaskBody<number> {
          yield* guarded(rig, String(us), sleep(rig.executor, us));
          return us;
        })(),
      );
    rig.say(`won ${yield* race([runner(30), runner(10), runner(20)])}`);
    rig.say(`won ${yield* race([never(), ready('b'), ready('c')])}`);
  }
  rig.run(body());
  rig.runFor(50);
  t.deepEqual(rig.said(), ['10 10 came', '10 30 cancelled', '10 20 cancelled', '10 won 10', '10 won b']);
  t.deepEqual(rig.leftovers(), []);
});

test('joinAll gives all values in list order when the last has come', (t) => {
  const rig = new Rig();
  const oneshots = [new Oneshot<string>(), new Oneshot<string>(), new Oneshot<string>()];
  function* body(): TaskBody<void> {
    rig.say((yield* joinAll(oneshots.map((oneshot) => oneshot.recv()))).join());
    rig.say(`none: ${(yield* joinAll([])).length}`);
  }
  rig.run(body());
  oneshots[2]!.send('c');
  rig.turn();
  oneshots[0]!.send('a');
  rig.turn();
  t.deepEqual(rig.said(), []);
  oneshots[1]!.send('b');
  rig.turn();
  t.deepEqual(rig.said(), ['a,b,c', 'none: 0']);
});

test('a joinAll that is cancelled cancels what has not come', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    yield* joinAll([10, 20].map((us) => block(guarded(rig, String(us), sleep(rig.executor, us)))));
  }
  const task = rig.run(body());
  rig.runFor(10);
  task.abort();
  rig.turn();
  t.deepEqual(rig.said(), ['10 10 came', '10 20 cancelled']);
  t.deepEqual(rig.leftovers(), []);
});

test('a task says what it awaits: the arms of a select, those that are disabled, and what they wait for', (t) => {
  const rig = new Rig();
  const closed = new Oneshot<void>();
  const jobs = channel<number>(1, { executor: rig.executor, site: 'worker.jobs' });
  function* body(): TaskBody<void> {
    yield* joinAll<unknown>([
      block(
        (function* (): TaskBody<void> {
          const matches = (job: number | undefined): boolean => job !== undefined;
          yield* select('biased', { closed: closed.recv(), job: { future: jobs.receiver.recv(), matches } });
        })(),
      ),
      timeout(rig.executor, 50, sleep(rig.executor, 100, 'late')),
    ]);
  }
  rig.spawn('worker.loop', body());
  const said = (): string[] => openTasks(rig.executor).map(({ awaits }) => awaits);
  t.deepEqual(said(), ['its first poll']);
  rig.runFor(10);
  const late = 'sleep late, for a limited time';
  t.deepEqual(said(), [`all of { select of { closed: condition, job: receive worker.jobs }, ${late} }`]);
  jobs.sender.drop();
  rig.runFor(10);
  t.deepEqual(said(), [`all of { select of { closed: condition, job: disabled }, ${late} }`]);
});
