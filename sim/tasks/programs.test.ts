// Random programs of tasks against simple models of what must hold.
import test from 'ava';
import fc from 'fast-check';
import { channel } from './channel.ts';
import type { Channel } from './channel.ts';
import { block, borrow, ready } from './future.ts';
import type { TaskBody } from './future.ts';
import { Rig } from './rig.test.fixture.ts';
import { race, select } from './select.ts';
import { Notify, Oneshot, Watch } from './sync.ts';
import { TaskSet } from './task-set.ts';
import type { TaskHandle } from './task.ts';
import { interval, sleep, timeout } from './timers.ts';

/** A sender: pauses before each item, in microseconds; `patienceUs` is when it gives up on one and goes on. */
interface Sending {
  readonly pausesUs: readonly number[];
  readonly patienceUs: number | undefined;
}

const sendings = fc.array(
  fc.record({
    pausesUs: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }),
    patienceUs: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 5 },
);

test('what is sent is received once and in each sender order, what was given up never', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      sendings,
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 4 }),
      (capacity, senders, pausesUs) => {
        const rig = new Rig();
        const pipe = channel<string>(capacity);
        const sent: string[][] = senders.map(() => []);
        senders.forEach((sending, index) => {
          rig.spawn('test.sender', sends(rig, pipe, sending, index, sent[index]!));
        });
        const received: string[] = [];
        rig.spawn('test.receiver', receives(rig, pipe, pausesUs, received));
        rig.turn();
        pipe.sender.drop();
        rig.runFor(10_000);
        const bySender = senders.map((_, index) => received.filter((item) => item.startsWith(`${index}:`)));
        t.deepEqual(bySender, sent);
        t.deepEqual(rig.leftovers(), []);
      },
    ),
    { seed: 301, numRuns: 300 },
  );
});

function* sends(
  rig: Rig,
  pipe: Channel<string>,
  { pausesUs, patienceUs }: Sending,
  index: number,
  sent: string[],
): TaskBody<void> {
  const sender = pipe.sender.clone();
  try {
    for (const [place, us] of pausesUs.entries()) {
      yield* sleep(rig.executor, us);
      const item = `${index}:${place}`;
      const send = sender.send(item);
      if (patienceUs === undefined) yield* send;
      else {
        // The patience first: a send that is through in the instant in which it ends must be cancelled all the same.
        const { arm } = yield* select('biased', { enough: sleep(rig.executor, patienceUs), send });
        if (arm === 'enough') continue;
      }
      sent.push(item);
    }
  } finally {
    sender.drop();
  }
}

function* receives(
  rig: Rig,
  { receiver }: Channel<string>,
  pausesUs: readonly number[],
  received: string[],
): TaskBody<void> {
  for (let turn = 0; ; turn++) {
    const pauseUs = pausesUs[turn % pausesUs.length]!;
    // A receive that loses must lose nothing.
    const won = yield* select('biased', { pause: sleep(rig.executor, pauseUs), item: receiver.recv() });
    if (won.arm === 'pause') {
      yield* sleep(rig.executor, 1);
      const item = yield* receiver.recv();
      if (item === undefined) return;
      received.push(item);
    } else {
      if (won.value === undefined) return;
      received.push(won.value);
    }
  }
}

test('the order in which items come is that of a queue, whatever the capacity', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), (pausesUs) => {
      // One sender: its items come in order, and the time of the last is the same but for back-pressure.
      const orders = [1, 2, Infinity].map((capacity) => {
        const rig = new Rig();
        const pipe = channel<string>(capacity);
        rig.spawn('test.sender', sends(rig, pipe, { pausesUs, patienceUs: undefined }, 0, []));
        const received: string[] = [];
        rig.spawn('test.receiver', receives(rig, pipe, [2], received));
        rig.turn();
        pipe.sender.drop();
        rig.runFor(10_000);
        return received;
      });
      t.deepEqual(orders[0], orders[2]);
      t.deepEqual(orders[1], orders[2]);
      t.is(orders[0]!.length, pausesUs.length);
    }),
    { seed: 302, numRuns: 100 },
  );
});

/** What the tasks of one random program share. */
class Shared {
  readonly rig = new Rig();
  readonly pipe = channel<number>(2, { executor: this.rig.executor, site: 'test.inbox' });
  readonly notify = new Notify();
  readonly watch = new Watch(0);
  readonly oneshot = new Oneshot<number>();
}

type Step = (shared: Shared, us: number) => TaskBody<void>;

/** One step of a program each; every await in it may be where the task is cancelled. */
const STEPS: Readonly<Record<string, Step>> = {
  *sleep({ rig }, us) {
    yield* sleep(rig.executor, us);
  },
  *send({ rig, pipe }, us) {
    yield* timeout(rig.executor, us * 3, pipe.sender.send(us));
  },
  *waitSend({ pipe }, us) {
    yield* pipe.sender.send(us);
  },
  *recv({ rig, pipe }, us) {
    yield* select(rig.node.random, { item: pipe.receiver.recv(), pause: sleep(rig.executor, us) });
  },
  *notified({ notify, rig }, us) {
    yield* race<unknown>([notify.notified(), sleep(rig.executor, us)]);
  },
  *notifies({ notify, watch }, us) {
    if (us % 3 === 0) notify.notifyAll();
    else notify.notifyOne();
    watch.set(us);
    yield* ready(undefined);
  },
  *watches({ watch }) {
    yield* watch.changed(watch.version);
  },
  *oneshot({ oneshot, rig }, us) {
    yield* timeout(rig.executor, us, oneshot.recv());
  },
  *closed({ pipe, rig }, us) {
    yield* timeout(rig.executor, us, pipe.sender.closed());
  },
  *ticks({ rig }, us) {
    const pace = interval(rig.executor, us + 1);
    try {
      yield* select('biased', { tick: pace.tick(), pause: sleep(rig.executor, us) });
      yield* pace.tick();
    } finally {
      pace.drop();
    }
  },
  *children(shared, us) {
    const set = new TaskSet<void>(shared.rig.executor);
    try {
      set.spawn('test.child', STEPS['sleep']!(shared, us));
      set.spawn('test.child', STEPS['ticks']!(shared, us));
      yield* set.joinNext();
    } finally {
      set.abortAll();
    }
  },
  *borrows(shared, us) {
    const { rig, watch } = shared;
    const change = watch.changed(watch.version);
    const nested = block(STEPS['sleep']!(shared, us * 2));
    try {
      const pause = sleep(rig.executor, us);
      const { arm } = yield* select('biased', { change: borrow(change), nested: borrow(nested), pause });
      if (arm === 'pause') yield* select('biased', { change: borrow(change), nested: borrow(nested) });
    } finally {
      change.drop();
      nested.drop();
    }
  },
};

const programs = fc.array(
  fc.record({
    steps: fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.integer({ min: 0, max: 9 })), {
      maxLength: 8,
    }),
    abortUs: fc.integer({ min: 0, max: 40 }),
  }),
  { minLength: 1, maxLength: 8 },
);

function* runs(shared: Shared, steps: readonly (readonly [string, number])[]): TaskBody<void> {
  for (const [name, us] of steps) yield* STEPS[name]!(shared, us);
}

function begin(program: readonly { steps: readonly (readonly [string, number])[]; abortUs: number }[]): {
  shared: Shared;
  tasks: TaskHandle<void>[];
} {
  const shared = new Shared();
  const { rig } = shared;
  const tasks = program.map(({ steps }) => rig.spawn('test.program', runs(shared, steps)));
  rig.turn();
  return { shared, tasks };
}

test('a task cancelled at any await leaves no waker, sender, timer or ledger entry behind', (t) => {
  fc.assert(
    fc.property(programs, (program) => {
      const { shared, tasks } = begin(program);
      const { rig, pipe } = shared;
      program.forEach(({ abortUs }, index) => {
        // Some right in an event of others, some in one of their own.
        if (abortUs % 2 === 0) rig.at(abortUs, () => tasks[index]!.abort());
        else rig.simulation.at(abortUs, () => tasks[index]!.abort());
      });
      rig.runFor(41);
      rig.turn();
      t.true(tasks.every(({ isFinished }) => isFinished));
      const polls = rig.simulation.tasks.summary().reduce((sum, site) => sum + site.polls, 0);
      // Whoever had left a waker would be woken now, and whoever had left a send would have sent.
      const waiting = pipe.receiver.length;
      shared.notify.notifyAll();
      shared.watch.set(-1);
      shared.oneshot.send(0);
      while (pipe.receiver.tryRecv() !== undefined) rig.turn();
      t.is(pipe.sender.trySend(1), 'sent');
      t.is(pipe.sender.trySend(1), 'sent', 'no place stays kept for one that is gone');
      t.true(waiting <= 2);
      pipe.receiver.drop();
      rig.turn();
      t.is(
        rig.simulation.tasks.summary().reduce((sum, site) => sum + site.polls, 0),
        polls,
      );
      t.deepEqual(rig.leftovers(), []);
    }),
    { seed: 303, numRuns: 400 },
  );
});

test('a graceful end at any time leaks nothing, a kill leaves nothing', (t) => {
  fc.assert(
    fc.property(programs, fc.integer({ min: 0, max: 40 }), fc.boolean(), (program, endUs, killed) => {
      const { shared } = begin(program);
      const { rig, pipe } = shared;
      rig.simulation.at(endUs, () => {
        if (killed) rig.kill();
        else {
          pipe.receiver.drop();
          rig.stop();
        }
      });
      rig.runFor(41);
      t.deepEqual(rig.leftovers(), []);
      for (const site of rig.ledger.summary().sites) t.is(site.leakedAtStop, 0);
      for (const { spawned, finished, cancelled, panicked, reclaimed, open } of rig.simulation.tasks.summary()) {
        t.is(spawned, finished + cancelled + panicked + reclaimed + open);
      }
    }),
    { seed: 304, numRuns: 300 },
  );
});

test('the same program twice has the same digest and the same account', (t) => {
  fc.assert(
    fc.property(programs, (program) => {
      const [one, two] = [begin(program), begin(program)].map(({ shared: { rig } }) => {
        rig.runFor(100);
        return [rig.simulation.digest.hex, rig.simulation.tasks.summary()];
      });
      t.deepEqual(one, two);
    }),
    { seed: 305, numRuns: 50 },
  );
});
