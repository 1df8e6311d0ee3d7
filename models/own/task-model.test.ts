import test from 'ava';
import fc from 'fast-check';
import { InputError } from '../../sim/errors.ts';
import type { SimulationError } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TaskBody } from '../../sim/tasks/future.ts';
import { executorOf } from '../../sim/tasks/task-node.ts';
import { typesOf } from './contract.ts';
import { Population } from './own.test.fixture.ts';
import { defineModel } from './reducer-model.ts';
import { defineTaskModel } from './task-model.ts';

type Message = { readonly kind: 'ping' | 'pong'; readonly round: number };

/** Every node pings its contacts once a second and keeps a session, in tasks, with each peer that it heard of. */
const pinger = defineTaskModel({
  name: 'pinger',
  summary: 'every node pings its contacts',
  types: typesOf<{ message: Message }>(),
  config: { intervalUs: 1_000_000 },
  defects: { 'session-kept': 'the span of a session is never closed' },
  acts: ['ping-now', 'nothing'],
  costs: { poll: 1, answer: 10 },
  broadcasts: true,
  longestTimerUs: ({ intervalUs }) => intervalUs,
  lingerUs: 100_000,
  state: ({ contacts }) => ({ contacts, answered: new Map<PeerId, number>(), gone: [] as PeerId[], told: 0 }),
  *run(node) {
    node.onClosed((peer) => node.state.gone.push(peer));
    node.onBroadcast((id) => {
      node.state.told++;
      node.deliver(id, 0);
    });
    node.onAct((act) => {
      if (act === 'nothing') return false;
      for (const peer of node.state.contacts) node.send(peer, { kind: 'ping', round: -1 });
      return true;
    });
    node.spawn('pinger.answer', answers());
    const ticks = node.interval(node.config.intervalUs, 'ping');
    try {
      for (let round = 0; ; round++) {
        yield* ticks.tick();
        for (const peer of node.state.contacts) node.send(peer, { kind: 'ping', round });
      }
    } finally {
      ticks.drop();
    }

    function* answers(): TaskBody<void> {
      for (;;) {
        const received = yield* node.inbox.recv();
        if (received === undefined) return;
        const { from, message } = received;
        node.charge('answer');
        if (message.kind === 'pong') node.state.answered.set(from, message.round);
        else node.spawn('pinger.session', session(from, message.round), { subject: from });
      }
    }

    function* session(peer: PeerId, round: number): TaskBody<void> {
      const span = node.open('span', 'pinger.session', { subject: peer, bytes: 100 });
      try {
        yield* node.sleep(1000 + node.random.below(50_000), 'think');
        node.send(peer, { kind: 'pong', round });
      } finally {
        if (!node.defects['session-kept']) node.close(span);
      }
    }
  },
  *stop(node) {
    for (const peer of node.state.contacts) node.send(peer, { kind: 'ping', round: -2 });
    yield* node.sleep(10_000, 'goodbye');
  },
});

test('tasks send, receive, sleep and expose their state', (t) => {
  const all = new Population(pinger);
  const [first, second] = all.startAll(3);
  all.runFor(5);
  t.deepEqual([...pinger.stateOf(first!).answered].map(([peer, round]) => `${peer} ${round}`).toSorted(), [
    'p1 3',
    'p2 3',
  ]);
  t.regex(pinger.inputOf(first!), /^(?:message p[io]ng from p\d|timer (?:ping|think))$/);
  t.truthy(executorOf(second!));
  t.true(all.world.act(first!, 'ping-now', {}));
  t.false(all.world.act(first!, 'nothing', {}));
  t.true(all.world.broadcast(first!, 'hello'));
  t.is(pinger.stateOf(first!).told, 1);
  t.true(all.simulation.costs!.stacks().some(({ stack }) => stack.at(-1) === 'answer'));
});

test('a node that is told to leave does what it has left to do, and its peers learn of it', (t) => {
  const all = new Population(pinger);
  const [first, second] = all.startAll(2);
  all.runFor(3);
  all.world.stop(first!);
  t.true(first!.running);
  t.false(all.world.broadcast(first!, 'too late'));
  all.runFor(1);
  t.false(first!.running);
  t.deepEqual(pinger.stateOf(second!).gone.map(String), ['p0']);
  t.is(
    all.ledger.summary().sites.reduce((sum, { leakedAtStop }) => sum + leakedAtStop, 0),
    0,
  );
});

test('killed, stopped and started at random, every entry is closed, reclaimed or open, and none twice', (t) => {
  const steps = fc.array(
    fc.record({
      do: fc.constantFrom('start', 'stop', 'kill', 'wait'),
      peer: fc.nat(4),
      ms: fc.integer({ min: 1, max: 900 }),
    }),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 3 }), steps, fc.boolean(), (seed, doings, leaks) => {
      const run = (): Population => {
        const all = new Population(pinger, { seed, defects: leaks ? ['session-kept'] : [] });
        all.startAll(3);
        for (const step of doings) {
          const { node } = all.peer(step.peer);
          if (step.do === 'wait') all.runFor(step.ms / 1000);
          else if (node === undefined) all.start(step.peer);
          else if (step.do !== 'start') all.world[step.do](node);
        }
        all.runFor(2);
        return all;
      };
      const all = run();
      const { errorCount, sites } = all.ledger.summary();
      t.is(errorCount, 0);
      for (const { kind, site, opened, closed, reclaimed, leakedAtStop, open } of sites) {
        t.is(opened, closed + reclaimed + leakedAtStop + open);
        if (!leaks) t.is(leakedAtStop, 0, `${kind} ${site}`);
      }
      t.is(run().digest, all.digest);
    }),
    { seed: 5, numRuns: 60 },
  );
});

/** The error of a model of tasks that does that. */
function errorOf(parts: Record<string, unknown>): InputError {
  return fails(() => {
    const model = defineTaskModel({ name: 'm', summary: 's', longestTimerUs: 0, run: () => {}, ...parts });
    const all = new Population(model);
    all.startAll(2);
    all.runFor(1);
    all.world.stop(all.peer(0).node!);
    all.runFor(1);
  });
}

function fails(action: () => void): InputError {
  try {
    action();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a task that throws, or is no generator, is told of in one sentence', (t) => {
  const threw = errorOf({
    run() {
      throw new RangeError('too much');
    },
  });
  t.is(threw.code, 'model-threw');
  t.regex(threw.message, /^model "m": a task threw RangeError: too much, on p0 at 0s, at start, at /);
  t.is(
    errorOf({ run: async () => {} }).message,
    'model "m": run returned a promise, expected a generator, which awaits by yield*, or nothing',
  );
  t.regex(errorOf({ stop: () => 3 }).message, /^model "m": stop returned number, expected a generator/);
  t.is(errorOf({ inboxCapacity: 0 }).code, 'bad-model');
  t.is(errorOf({ run: undefined }).code, 'bad-model');
  t.is(errorOf({ name: 'two words' }).code, 'bad-model');
});

test('a subject that is no peer is refused, as nothing would ever be judged by it', (t) => {
  type Node = { spawn: (...words: unknown[]) => void; channel: (...words: unknown[]) => void };
  const gifts: [(node: Node) => void, RegExp][] = [
    [
      (node) => node.spawn('a.b', (function* () {})(), { subject: 'p0' }),
      /spawn: subject: received "p0", expected a peer/,
    ],
    [(node) => node.channel(1, 'a.b', 'p0'), /channel: subject: received "p0", expected a peer/],
  ];
  for (const [run, text] of gifts) {
    const { message, cause } = errorOf({ run });
    t.is((cause as SimulationError).code, 'not-a-peer');
    t.regex(message, text);
  }
});

test('a task that is spawned without a generator, or yields what cannot be awaited, is told of as such', (t) => {
  type Node = { spawn: (site: string, body: unknown) => void };
  const bodies: [unknown, RegExp][] = [
    [function* () {}, /received a function as the body of a task, expected a generator.*: call it/],
    [undefined, /received nothing as the body of a task/],
    [Promise.resolve(), /received a value of type Promise as the body of a task/],
    [[1], /received a value of type Array as the body of a task/],
  ];
  for (const [body, text] of bodies) {
    const { code, message, cause } = errorOf({ run: (node: Node) => node.spawn('a.b', body) });
    t.deepEqual([code, (cause as SimulationError).code], ['model-threw', 'bad-body']);
    t.regex(message, text);
    t.regex(message, /, on p0 at 0s, at start, at .*task-model\.test/);
  }
  for (const thing of [5, undefined, Promise.resolve(), 'x']) {
    const { message, cause } = errorOf({
      run(node: Node) {
        node.spawn('a.b', odd());
        function* odd(): Generator<unknown> {
          yield thing;
        }
      },
    });
    t.is((cause as SimulationError).code, 'bad-await');
    t.regex(message, /^model "m": a task: the task a\.b yielded .*, expected yield\* and a future/);
  }
});

test('a full inbox discards, and what nobody receives waits in the ledger', (t) => {
  const deaf = defineTaskModel({
    name: 'deaf',
    summary: 'shouts and never listens',
    types: typesOf<{ message: { readonly kind: 'shout' } }>(),
    transport: 'datagrams',
    inboxCapacity: 2,
    longestTimerUs: 0,
    run(node) {
      for (const peer of node.contacts) for (let i = 0; i < 5; i++) node.send(peer, { kind: 'shout' });
    },
  });
  const all = new Population(deaf, { contacts: 1 });
  const discarded: string[] = [];
  all.simulation.observer = { discarded: (node, peer, what) => discarded.push(`${node.peer} ${peer} ${what}`) };
  all.startAll(2);
  all.runFor(1);
  t.deepEqual(discarded, ['p0 p1 inbox', 'p0 p1 inbox', 'p0 p1 inbox']);
  t.deepEqual(
    [...all.ledger.openEntries()].map(({ kind, site }) => `${kind} ${site}`),
    ['buffer deaf.inbox'],
  );
  t.is(all.simulation.live[0]!.connections(), undefined);
});

test('a node of tasks is told apart from one of a reducer', (t) => {
  const reducer = defineModel({ name: 'r', summary: 's', longestTimerUs: 0, state: () => ({}), handle: () => {} });
  t.is(executorOf(new Population(reducer).start(0)), undefined);
});
