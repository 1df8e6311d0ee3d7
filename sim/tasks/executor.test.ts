import test from 'ava';
import { CostAccount } from '../cost/account.ts';
import { costTable } from '../cost/table.ts';
import { SimulationError } from '../errors.ts';
import { channel } from './channel.ts';
import { IDLE_POLL_LIMIT, SPIN_US } from './executor.ts';
import { Future, PENDING, block, never, ready, yieldNow } from './future.ts';
import type { Pending, TaskBody } from './future.ts';
import { openTasks } from './open-tasks.ts';
import { Rig } from './rig.test.fixture.ts';
import { select, selectOrElse } from './select.ts';
import { Notify, Oneshot } from './sync.ts';
import { COOPERATIVE_BUDGET } from './task.ts';
import { sleep } from './timers.ts';

function* waits(rig: Rig, name: string): TaskBody<void> {
  try {
    yield* sleep(rig.executor, 1_000_000);
  } finally {
    rig.say(`${name} ends`);
  }
}

/** Lets others have turns without end: achieves nothing. */
function* spins(): TaskBody<void> {
  for (;;) yield* yieldNow();
}

/** Hears again and again that a channel has ended. */
function* hears(rig: Rig, stop: Oneshot<string>): TaskBody<void> {
  const { sender, receiver } = channel<string>(1);
  sender.drop();
  for (;;) {
    const { arm } = yield* select('biased', { stop: stop.recv(), item: receiver.recv() });
    if (arm === 'stop') break;
  }
  rig.say('heard stop');
}

test('a task whose channel is always ready lets others have a turn after 128 items', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(Infinity);
  for (let count = 0; count < COOPERATIVE_BUDGET * 2 + 1; count++) sender.trySend(count);
  sender.drop();
  let received = 0;
  function* greedy(): TaskBody<void> {
    while ((yield* receiver.recv()) !== undefined) received++;
  }
  function* other(): TaskBody<void> {
    for (let times = 0; times < 3; times++) {
      rig.say(String(received));
      yield* yieldNow();
    }
  }
  rig.spawn('test.greedy', greedy());
  rig.spawn('test.other', other());
  rig.turn();
  t.deepEqual(rig.said(), ['128', '256', '257']);
  t.is(rig.site('test.greedy').polls, 3);
  t.is(rig.site('test.greedy').wakes, 2);
});

test('a spent budget makes every arm of a select wait, and loses nothing', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(Infinity);
  for (let count = 0; count < 1_000; count++) sender.trySend(count);
  sender.drop();
  const received: number[] = [];
  function* body(): TaskBody<void> {
    for (;;) {
      const { value } = yield* select('biased', { timer: sleep(rig.executor, 10), item: receiver.recv() });
      if (value === undefined) return;
      received.push(value);
    }
  }
  rig.run(body());
  t.deepEqual(
    received,
    Array.from({ length: 1_000 }, (_, index) => index),
  );
  t.deepEqual(rig.leftovers(), []);
});

test('a task that spins is held back, virtual time passes, and it is accounted as if it had spun', (t) => {
  const rig = new Rig();
  const costs = new CostAccount(costTable({ poll: 2, work: 5 }));
  rig.simulation.costs = costs;
  const task = rig.spawn('test.spins', spins());
  rig.spawn('test.other', waits(rig, 'other'));
  rig.turn();
  const first = rig.site('test.spins');
  t.is(first.polls, IDLE_POLL_LIMIT + 1, 'the first poll was asked for by its spawn');
  t.is(first.longestIdleRun, IDLE_POLL_LIMIT);
  t.is(first.longestIdleAtUs, 0);
  t.is(first.longestIdleOwner, 'p1 test.spins');
  t.deepEqual(
    openTasks(rig.executor).map(({ standing }) => standing),
    ['held', 'parked'],
  );
  rig.runFor(60_000_000);
  const { polls, idlePolls, longestIdleRun } = rig.site('test.spins');
  t.true(polls > 29_500_000 && polls < 30_100_000, `${polls} polls at 2 us in a minute`);
  t.is(idlePolls, polls - 1);
  t.is(longestIdleRun, IDLE_POLL_LIMIT);
  t.true(Math.abs(rig.node.cpuUs - 60_000_000) < 1_000_000, `${rig.node.cpuUs} us of CPU in a minute`);
  t.deepEqual(costs.stacks()[0]!.stack, ['test.spins', 'poll']);
  t.true(rig.simulation.eventCount < 120, 'one event per time that it is held back, which grows');
  task.abort();
  rig.turn();
  t.true(task.isFinished);
});

test('a task that spins sees an event when it comes, not when it was to be polled again', (t) => {
  const rig = new Rig();
  const stop = new Oneshot<string>();
  const task = rig.spawn('test.hears', hears(rig, stop));
  rig.at(3_456, () => stop.send('now'));
  rig.runFor(3_456);
  t.deepEqual(rig.said(), ['3456 heard stop']);
  t.true(task.isFinished);
  const { polls } = rig.site('test.hears');
  t.true(polls > 3_456 && polls < 3_456 + 200, `${polls} polls: charged for the time that passed`);
  t.deepEqual(rig.leftovers(), []);
});

test('a task that is held back is cancelled at once by an abort, and leaves no timer', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(1);
  sender.drop();
  function* body(): TaskBody<void> {
    try {
      for (;;) yield* receiver.recv();
    } finally {
      rig.say('ends');
    }
  }
  const task = rig.run(body());
  t.is(rig.simulation.pendingCount, 1);
  rig.at(5, () => task.abort());
  rig.runFor(5);
  t.deepEqual(rig.said(), ['5 ends']);
  t.deepEqual(rig.leftovers(), []);
});

test('a held task that is aborted in the very instant is cancelled in it', (t) => {
  const rig = new Rig();
  const task = rig.run(spins());
  task.abort();
  rig.turn();
  t.true(task.isFinished);
  t.deepEqual(rig.leftovers(), []);
});

test('a task that achieves something is not held back', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<number>(Infinity);
  function* body(): TaskBody<number> {
    for (let times = 0; times < 1_000; times++) {
      sender.trySend(times);
      yield* yieldNow();
      yield* receiver.recv();
    }
    return 1_000;
  }
  t.true(rig.run(body()).isFinished);
  t.true(rig.site('test.run').longestIdleRun <= 1);
});

test('two tasks that feed each other without end are held back too', (t) => {
  const rig = new Rig();
  const [there, back] = [channel<number>(1), channel<number>(1)];
  function* echoes(from: typeof there, to: typeof there): TaskBody<void> {
    for (;;) {
      const item = yield* from.receiver.recv();
      yield* to.sender.send(item! + 1);
    }
  }
  rig.spawn('test.there', echoes(there, back));
  rig.spawn('test.back', echoes(back, there));
  there.sender.trySend(0);
  rig.runFor(1);
  t.is(rig.nowUs, 1);
  const { polls } = rig.site('test.there');
  t.true(polls >= 9_999 && polls <= 10_001, `${polls} polls in one instant`);
  rig.runFor(SPIN_US);
  const { idlePolls, longestIdleRun } = rig.site('test.there');
  t.deepEqual([idlePolls, longestIdleRun], [0, 0], 'they achieve what they do');
  const { livelockAtUs, livelockOwner } = rig.site('test.there');
  t.deepEqual([livelockAtUs, livelockOwner], [0, 'p1 test.there']);
  rig.runFor(60 * SPIN_US);
  const { livelocks } = rig.site('test.there');
  t.true(livelocks >= 2 && livelocks < 8, `${livelocks}: the longer they do, the longer they are held back`);
});

test('a site that was found to feed itself is held back soon, so that few events of it are little work', (t) => {
  const rig = new Rig();
  let naps = 0;
  function* spins(): TaskBody<void> {
    for (; ; naps++) yield* sleep(rig.executor, 0);
  }
  const during = (action: () => void): number => {
    const before = naps;
    action();
    return naps - before;
  };
  rig.spawn('test.spins', spins());
  const first = during(() => rig.runFor(1));
  t.true(first > 1_000_000, `${first} in the first instant`);
  const again = during(() => rig.runFor(60_000_000));
  t.true(rig.simulation.eventCount > 90, `${rig.simulation.eventCount} holds`);
  t.true(again < rig.simulation.eventCount * 13_000, `${again} in ${rig.simulation.eventCount} events`);
  rig.spawn('test.spins', spins());
  const next = during(() => rig.turn());
  t.true(next > 10_000 && next < 13_000, `${next} by a new task of the site`);
  rig.spawn('test.elsewhere', spins());
  t.true(during(() => rig.turn()) > 1_000_000, 'a site is given all polls before it was found to');
});

test('a loop of awaits that cost no budget lets others have a turn, and is held back', (t) => {
  for (const future of ['ready', 'else', 'own'] as const) {
    const rig = new Rig();
    function* loops(): TaskBody<void> {
      for (;;) {
        if (future === 'ready') yield* ready(1);
        else if (future === 'else') yield* selectOrElse('biased', { a: { future: never(), when: false } });
        else yield* new Own();
      }
    }
    function* parent(): TaskBody<void> {
      yield* block(loops());
    }
    const task = rig.spawn('test.loops', parent());
    rig.spawn('test.other', waits(rig, 'other'));
    rig.runFor(SPIN_US * 10);
    t.is(rig.site('test.other').polls, 1);
    t.true(rig.site('test.loops').idlePolls > SPIN_US, future);
    task.abort();
    rig.turn();
    t.true(task.isFinished);
  }
});

class Own extends Future<number> {
  poll(): number | Pending {
    return 1;
  }

  drop(): void {}
}

test('a loop around a select that runs else has the budget of one that is always ready', (t) => {
  const rig = new Rig();
  let turns = 0;
  function* loops(): TaskBody<void> {
    for (; turns <= COOPERATIVE_BUDGET * 3; turns++) {
      yield* selectOrElse('biased', { a: { future: never(), when: false } });
    }
  }
  rig.run(loops());
  t.is(rig.site('test.run').polls, 4);
});

test('polls, wakes and idle polls are counted by site', (t) => {
  const rig = new Rig();
  const notify = new Notify();
  function* body(): TaskBody<void> {
    yield* notify.notified();
    yield* sleep(rig.executor, 10);
    yield* new Spurious(2);
    yield* never();
  }
  rig.spawn('test.body', body());
  rig.turn();
  notify.notifyOne();
  rig.runFor(10);
  const { polls, wakes, idlePolls, spawned, open } = rig.site('test.body');
  t.deepEqual({ polls, wakes, idlePolls, spawned, open }, { polls: 5, wakes: 4, idlePolls: 2, spawned: 1, open: 1 });
});

/** Wakes its task `times` times before it has its value. */
class Spurious extends Future<void> {
  private times: number;

  constructor(times: number) {
    super();
    this.times = times;
  }

  poll(waker: { wake(): void }): void | Pending {
    if (this.times-- <= 0) return;
    waker.wake();
    return PENDING;
  }

  drop(): void {}
}

test('several wake-ups before a poll make one poll, and each is counted', (t) => {
  const rig = new Rig();
  const oneshots = [new Oneshot<number>(), new Oneshot<number>()];
  function* body(): TaskBody<void> {
    yield* select('biased', { a: oneshots[0]!.recv(), b: oneshots[1]!.recv() });
  }
  rig.run(body());
  oneshots[1]!.send(1);
  oneshots[0]!.send(1);
  rig.turn();
  const { polls, wakes } = rig.site('test.run');
  t.deepEqual({ polls, wakes }, { polls: 2, wakes: 2 });
});

test('the kill of a node runs nothing of it: no finally, no timer, and the ledger has all back', (t) => {
  const rig = new Rig();
  const task = rig.spawn('test.waits', waits(rig, 'a'), { owns: [{ drop: () => rig.say('dropped') }] });
  rig.spawn('test.spins', spins());
  task.onEnd(() => rig.say('told'));
  rig.turn();
  rig.spawn('test.unbegun', waits(rig, 'b'));
  rig.kill();
  rig.turn();
  task.abort();
  rig.runFor(5_000_000);
  t.deepEqual(rig.said(), []);
  t.true(task.isFinished);
  t.deepEqual(openTasks(rig.executor), []);
  t.is(rig.ledger.openCount, 0);
  t.is(rig.ledger.errorCount, 0);
  for (const { reclaimed, open } of rig.simulation.tasks.summary()) t.deepEqual([reclaimed, open], [1, 0]);
  t.is(rig.simulation.eventCount, 0);
  t.deepEqual(rig.leftovers(), []);
});

test('a task that kills its own node runs to its next await, and nothing runs after that', (t) => {
  for (const how of ['awaits', 'finishes', 'panics'] as const) {
    const rig = new Rig();
    function* body(): TaskBody<void> {
      try {
        rig.kill();
        rig.say('killed');
        rig.spawn('test.late', waits(rig, 'late'));
        if (how === 'panics') throw new TypeError('a bug shows all the same');
        if (how === 'awaits') yield* sleep(rig.executor, 10);
      } finally {
        if (how === 'awaits') rig.say('finally');
      }
    }
    rig.spawn('test.body', body());
    rig.spawn('test.next', waits(rig, 'next'));
    if (how === 'panics') t.throws(() => rig.turn(), { instanceOf: TypeError });
    else rig.turn();
    t.is(rig.simulation.pendingCount, 0);
    rig.runFor(1_000);
    t.deepEqual(rig.said(), ['killed']);
    for (const { site, open, reclaimed, polls } of rig.simulation.tasks.summary()) {
      t.deepEqual([site, open, reclaimed, polls], [site, 0, 1, site === 'test.body' ? 1 : 0]);
    }
    t.deepEqual(rig.leftovers(), []);
  }
});

test('a task whose finally kills its node is counted once', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    try {
      yield* never();
    } finally {
      rig.kill();
    }
  }
  rig.run(body()).abort();
  rig.turn();
  const { cancelled, reclaimed, open } = rig.site('test.run');
  t.deepEqual({ cancelled, reclaimed, open }, { cancelled: 1, reclaimed: 0, open: 0 });
  t.is(rig.simulation.tasks.ended, 1);
  t.is(rig.ledger.errorCount, 0);
});

test('a graceful end cancels all tasks, newest first, and leaks nothing', (t) => {
  const rig = new Rig();
  for (const name of ['a', 'b', 'c']) rig.spawn('test.waits', waits(rig, name));
  rig.spawn('test.spins', spins());
  rig.turn();
  rig.spawn('test.unbegun', waits(rig, 'unbegun'));
  rig.stop();
  t.deepEqual(rig.said(), ['c ends', 'b ends', 'a ends']);
  t.deepEqual(rig.leftovers(), []);
  t.true(rig.ledger.summary().sites.every(({ leakedAtStop }) => leakedAtStop === 0));
});

test('what a finally block spawns during a graceful end is cancelled unbegun', (t) => {
  const rig = new Rig();
  function* body(): TaskBody<void> {
    try {
      yield* never();
    } finally {
      rig.spawn('test.farewell', waits(rig, 'farewell'));
    }
  }
  rig.run(body());
  rig.stop();
  t.deepEqual(rig.said(), []);
  t.is(rig.site('test.farewell').polls, 0);
  t.deepEqual(rig.leftovers(), []);
});

test('a task that ends all others is cancelled itself when it comes to await', (t) => {
  const rig = new Rig();
  rig.spawn('test.waits', waits(rig, 'a'));
  function* body(): TaskBody<void> {
    yield* yieldNow();
    try {
      rig.executor.abortAll();
      rig.say('goes on');
      yield* never();
    } finally {
      rig.say('itself');
    }
  }
  rig.spawn('test.body', body());
  rig.turn();
  t.deepEqual(rig.said(), ['a ends', 'goes on', 'itself']);
  t.deepEqual(rig.leftovers(), []);
});

test('a task stops its own node by asking for it to be done when no task is polled', (t) => {
  const rig = new Rig();
  rig.spawn('test.waits', waits(rig, 'a'));
  function* body(): TaskBody<void> {
    try {
      rig.executor.settleLater({ settle: () => rig.stop() });
      rig.say('asked');
      yield* never();
    } finally {
      rig.say('itself');
    }
  }
  rig.spawn('test.body', body());
  rig.turn();
  t.deepEqual(rig.said(), ['asked', 'itself', 'a ends']);
  t.false(rig.node.running);
  t.deepEqual(rig.leftovers(), []);
  t.true(rig.ledger.summary().sites.every(({ leakedAtStop }) => leakedAtStop === 0));
});

test('what settling wakes runs in the same event', (t) => {
  const rig = new Rig();
  const news = new Oneshot<string>();
  function* body(): TaskBody<void> {
    rig.executor.settleLater({ settle: () => void news.send('settled') });
    rig.say(String(yield* news.recv()));
  }
  rig.run(body());
  t.deepEqual(rig.said(), ['settled']);
});

test('a drain within a drain does nothing, on another node it does its work', (t) => {
  const rig = new Rig();
  const other = new Rig({ simulation: rig.simulation, peer: 2 });
  function* body(): TaskBody<void> {
    rig.spawn('test.child', waits(rig, 'child'));
    rig.turn();
    rig.say(`${rig.site('test.child').polls} polls`);
    other.spawn('test.other', spins());
    other.turn();
    rig.say(`${rig.site('test.other').polls > 0}`);
    t.is(rig.executor.current?.site, 'test.body');
    yield* never();
  }
  rig.spawn('test.body', body());
  rig.turn();
  t.deepEqual(rig.said(), ['0 polls', 'true']);
  t.is(rig.executor.current, undefined);
});

test('events of the node give its tasks their turns', (t) => {
  const rig = new Rig();
  const { sender, receiver } = channel<string>(4);
  rig.node.onReceive = (message) => void sender.trySend(String(message));
  function* body(): TaskBody<void> {
    for (;;) rig.say(String(yield* receiver.recv()));
  }
  rig.run(body());
  rig.simulation.post(rig.node, 5, 0, 'hello');
  rig.runFor(5);
  t.deepEqual(rig.said(), ['5 hello']);
});

test('thousands of tasks that are ready at once are polled in order', (t) => {
  const rig = new Rig();
  const order: number[] = [];
  function* body(index: number): TaskBody<void> {
    order.push(index);
    yield* yieldNow();
    order.push(index);
  }
  const count = 3_000;
  for (let index = 0; index < count; index++) rig.spawn('test.body', body(index));
  rig.turn();
  t.deepEqual(
    order,
    Array.from({ length: count * 2 }, (_, index) => index % count),
  );
});

test('tasks that are spawned while others are polled come after those that are ready', (t) => {
  const rig = new Rig();
  const order: number[] = [];
  function* body(index: number): TaskBody<void> {
    order.push(index);
    // The queue grows while its first places are free again.
    if (index < 10) for (let child = 0; child < 20; child++) rig.spawn('test.body', body(10 + index * 20 + child));
    yield* ready(0);
  }
  for (let index = 0; index < 10; index++) rig.spawn('test.body', body(index));
  rig.turn();
  t.deepEqual(
    order,
    Array.from({ length: 210 }, (_, index) => index),
  );
});

test('the open tasks are listed in spawn order, whichever have ended', (t) => {
  const rig = new Rig();
  const tasks = ['a', 'b', 'c', 'd', 'e'].map((name) => rig.spawn(`test.${name}`, waits(rig, name)));
  const sites = (): string => [...rig.executor.tasks].map(({ site }) => site.slice(5)).join('');
  for (const [index, left] of [
    [2, 'abde'],
    [0, 'bde'],
    [4, 'bd'],
    [1, 'd'],
    [3, ''],
  ] as const) {
    tasks[index]!.abort();
    rig.turn();
    t.is(sites(), left);
    t.is(rig.executor.tasks.size, left.length);
  }
  rig.spawn('test.f', waits(rig, 'f'));
  t.is(sites(), 'f');
});

test('costs are charged to the task at hand by its path', (t) => {
  const rig = new Rig();
  const costs = new CostAccount(costTable({ poll: 1, 'tls/handshake': 300 }));
  rig.simulation.costs = costs;
  function* child(): TaskBody<void> {
    rig.node.charge(costs.table.index['tls/handshake']!, 2);
    yield* ready(0);
  }
  function* parent(): TaskBody<void> {
    rig.spawn('quic.driver', child());
    yield* ready(0);
  }
  rig.spawn('mesh.run', parent());
  rig.turn();
  rig.node.charge(costs.table.index['tls/handshake']!);
  t.deepEqual(
    costs.stacks().map(({ stack, us }) => `${stack.join('/')} ${us}`),
    ['mesh.run/poll 1', 'mesh.run/quic.driver/poll 1', 'mesh.run/quic.driver/tls/handshake 600'],
  );
  t.is(rig.node.cpuUs, 602);
});

test('tasks that spawn one another without end are refused with their path', (t) => {
  const rig = new Rig();
  function* again(): TaskBody<void> {
    rig.spawn('test.again', again());
    yield* yieldNow();
  }
  rig.spawn('test.again', again());
  t.is(t.throws(() => rig.turn(), { instanceOf: SimulationError })?.code, 'tasks-never-rest');
});
