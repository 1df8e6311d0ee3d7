import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { InputError } from '../../sim/errors.ts';
import type { SimulationError } from '../../sim/errors.ts';
import { METER } from '../../sim/meters.ts';
import type { PeerId } from '../../sim/peer.ts';
import { Timeline } from '../../sim/recording/timeline.ts';
import { Population } from './own.test.fixture.ts';
import type { PopulationOptions } from './own.test.fixture.ts';
import { typesOf } from './contract.ts';
import { defineModel } from './reducer-model.ts';

type Message =
  { readonly kind: 'beat'; readonly known: readonly PeerId[] } | { readonly kind: 'told'; readonly id: string };
type Timer = 'beat' | { readonly kind: 'check'; readonly round: number };

/** Every node beats to all that it knows, and forgets who has been silent. */
const heartbeat = defineModel({
  name: 'heartbeat',
  summary: 'every node beats to all that it knows',
  types: typesOf<{ message: Message; timer: Timer }>(),
  config: { intervalUs: 1_000_000, timeoutUs: 5_000_000, label: 'x', limits: { most: 20 }, marks: [1, 2] },
  defects: { 'suspicions-kept': 'who was suspected once is listed for ever' },
  acts: ['double', 'nothing'],
  costs: { 'handle/beat': 20 },
  broadcasts: true,
  longestTimerUs: ({ timeoutUs }) => timeoutUs,
  retains: ({ limits, timeoutUs }) => [
    { path: 'peers', cap: limits.most, why: 'a bounded view' },
    { path: 'suspected', forUs: timeoutUs, why: 'gossip of it is about' },
  ],
  state: ({ contacts }) => ({
    peers: new Map<PeerId, number>(contacts.map((peer) => [peer, 0])),
    suspected: new Set<PeerId>(),
    rounds: 0,
    received: [] as Message[],
  }),
  handle(state, input, io) {
    switch (input.kind) {
      case 'start':
        io.setTimer(io.random.below(io.config.intervalUs), 'beat');
        io.setTimer(io.config.timeoutUs, { kind: 'check', round: 1 });
        break;
      case 'message':
        if (input.message.kind === 'told') {
          io.deliver(input.message.id);
          break;
        }
        io.charge('handle/beat');
        if (state.received.push(input.message) > 3) state.received.shift();
        for (const peer of [input.from, ...input.message.known]) {
          if (peer !== io.self && !state.suspected.has(peer)) state.peers.set(peer, io.nowUs);
        }
        break;
      case 'timer':
        if (input.timer === 'beat') {
          for (const peer of state.peers.keys()) io.send(peer, { kind: 'beat', known: [...state.peers.keys()] });
          io.setTimer(io.config.intervalUs, 'beat');
        } else {
          state.rounds = input.timer.round;
          for (const [peer, atUs] of Array.from(state.peers)) {
            if (io.nowUs - atUs <= io.config.timeoutUs) continue;
            state.peers.delete(peer);
            if (io.defects['suspicions-kept']) state.suspected.add(peer);
          }
          io.setTimer(io.config.timeoutUs, { kind: 'check', round: state.rounds + 1 });
        }
        break;
      case 'closed':
        state.peers.delete(input.peer);
        break;
      case 'broadcast':
        for (const peer of state.peers.keys()) io.send(peer, { kind: 'told', id: input.id });
        break;
      case 'act':
        if (input.act === 'nothing') return false;
        state.rounds *= 2;
        break;
      case 'stop':
        for (const peer of state.peers.keys()) io.send(peer, { kind: 'told', id: 'bye' });
    }
    return true;
  },
  neighbours: ({ peers }) => peers.keys(),
});

test('the state of a node is that of its type', (t) => {
  const all = new Population(heartbeat);
  const [first] = all.startAll(4);
  all.runFor(3);
  const { peers, rounds } = heartbeat.stateOf(first!);
  t.deepEqual([...peers.keys()].map(String).toSorted(), ['p1', 'p2', 'p3']);
  t.is(rounds, 0);
  t.deepEqual(first!.neighbours(), [...peers.keys()]);
  t.deepEqual([...first!.connections()!].length, 3);
  t.is(all.world.classOf({ kind: 'join-me' }), 'joinMe');
  t.is(all.world.classOf('two words'), 'two_words');
  t.is(all.world.classOf(undefined), 'untagged');
});

test('an act says whether it changed anything, and a broadcast is told of', (t) => {
  const all = new Population(heartbeat, { contacts: 1 });
  const told: string[] = [];
  all.simulation.observer = {
    broadcast: (node) => told.push(`${node.peer} begins`),
    delivered: (node, _id, hops) => told.push(`${node.peer} after ${hops}`),
    neighbour: (node, peer, up) => told.push(`${node.peer} ${up ? 'gains' : 'loses'} ${peer}`),
  };
  const [first] = all.startAll(2);
  t.deepEqual(told, ['p1 gains p0']);
  all.runFor(6);
  t.true(told.includes('p0 gains p1'));
  t.true(all.world.act(first!, 'double', {}));
  t.is(heartbeat.stateOf(first!).rounds, 2);
  t.false(all.world.act(first!, 'nothing', {}));
  t.true(all.world.broadcast(first!, 'hello'));
  all.runFor(1);
  t.deepEqual(told.slice(-2), ['p0 begins', 'p1 after 1']);
  t.is(all.simulation.meters.counts[METER.deliveries], 1);
});

test('what a node sends as it stops goes out, and one that is killed is silent', (t) => {
  for (const how of ['stop', 'kill'] as const) {
    const all = new Population(heartbeat);
    const [first, second] = all.startAll(2);
    all.runFor(3);
    all.world[how](first!);
    all.runFor(1);
    t.is(all.simulation.meters.counts[METER.deliveries], how === 'stop' ? 1 : 0);
    t.is(heartbeat.stateOf(second!).peers.size, how === 'stop' ? 0 : 1);
  }
});

test('a frame is charged to the input at hand', (t) => {
  const all = new Population(heartbeat);
  all.startAll(2);
  all.runFor(2);
  const stacks = all.simulation.costs!.stacks();
  t.deepEqual(
    stacks.map(({ stack }) => stack),
    [['message.beat', 'handle', 'beat']],
  );
  t.is(stacks[0]!.us, 20 * stacks[0]!.count);
});

const drives = fc.record({
  seed: fc.string({ maxLength: 4 }),
  network: fc.constantFrom({}, { jitterUs: 5000 }, { lossShare: 0.1 }),
  transport: fc.constantFrom('links' as const, 'datagrams' as const),
  steps: fc.array(
    fc.record({ do: fc.constantFrom('start', 'stop', 'kill', 'wait', 'act', 'broadcast'), peer: fc.nat(4) }),
    { maxLength: 20 },
  ),
});

test('in place and recorded, a model does the same, and its states are alike', (t) => {
  const runs = (
    options: PopulationOptions,
    steps: readonly { do: string; peer: number }[],
    model: typeof heartbeat,
  ) => {
    const all = new Population(model, options);
    all.startAll(3);
    for (const step of steps) {
      const { node } = all.peer(step.peer);
      if (step.do === 'wait') all.runFor(3);
      else if (node === undefined) all.start(step.peer);
      else if (step.do === 'act') all.world.act(node, 'double', {});
      else if (step.do === 'broadcast') all.world.broadcast(node, `from ${step.peer}`);
      else if (step.do !== 'start') all.world[step.do as 'stop' | 'kill'](node);
    }
    all.runFor(5);
    return { digest: all.digest, states: all.simulation.live.map((node) => model.stateOf(node)), all };
  };
  fc.assert(
    fc.property(drives, ({ seed, network, transport, steps }) => {
      const model = transport === 'links' ? heartbeat : overDatagrams;
      const timeline = new Timeline();
      const fast = runs({ seed, network }, steps, model);
      const recorded = runs({ seed, network, recorder: timeline }, steps, model);
      t.is(fast.digest, recorded.digest);
      t.deepEqual(shownAll(fast.states), shownAll(recorded.states));
      for (const { peer, bornUs } of recorded.all.simulation.live) {
        t.truthy(timeline.momentAt(peer.index, bornUs));
      }
    }),
    { seed: 4, numRuns: 60 },
  );
});

function shownAll(states: readonly unknown[]): unknown {
  return JSON.parse(
    JSON.stringify(states, (_key, value: unknown) => {
      if (value instanceof Map) return [...value].map(([key, content]) => [String(key), content]);
      return value instanceof Set ? [...value].map(String) : value;
    }),
  );
}

const overDatagrams = defineModel({
  name: 'beats-over-datagrams',
  summary: 'every node beats to its contacts, and counts',
  types: typesOf<{ message: { readonly kind: 'beat'; readonly count: number }; timer: 'beat' }>(),
  transport: 'datagrams',
  longestTimerUs: 1_000_000,
  acts: ['double'],
  state: ({ contacts }) => ({ contacts: [...contacts], heard: new Map<PeerId, number>() }),
  handle(state, input, io) {
    if (input.kind === 'start') io.setTimer(0, 'beat');
    if (input.kind === 'message') state.heard.set(input.from, (state.heard.get(input.from) ?? 0) + input.message.count);
    if (input.kind !== 'timer') return;
    for (const peer of state.contacts) io.send(peer, { kind: 'beat', count: 1 });
    if (state.contacts.length === 0) state.contacts.push(...io.askContacts());
    io.setTimer(1_000_000, 'beat');
  },
}) as unknown as typeof heartbeat;

/** The code and the message of the error that a definition is refused with. */
function refusalOf(change: Record<string, unknown>): string {
  const definition = { name: 'm', summary: 's', longestTimerUs: 1, state: () => ({}), handle: () => {}, ...change };
  try {
    defineModel(definition as never);
  } catch (error) {
    return error instanceof InputError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'accepted';
}

test('a definition that cannot be is refused where it is made, in one sentence', (t) => {
  t.is(refusalOf({}), 'accepted');
  t.is(
    refusalOf({ name: undefined }),
    'bad-model: a model: name: received nothing, expected letters, digits, ".", "_", "@" and "-", without spaces, such as "heartbeat"',
  );
  t.regex(refusalOf({ name: 'two words' }), /^bad-model: a model: name: received "two words"/);
  t.regex(refusalOf({ summary: ' ' }), /^bad-model: model "m": summary: received " ", expected one sentence/);
  t.regex(
    refusalOf({ neighbors: () => [] }),
    /^bad-model: model "m": unknown field "neighbors"; did you mean "neighbours"\? Known: name, summary, /,
  );
  t.regex(refusalOf({ longestRetentionUS: 1 }), /field "longestRetentionUS"; did you mean "longestRetentionUs"\?/);
  t.regex(refusalOf({ sate: 1 }), /unknown field "sate"; did you mean "state"\?/);
  t.regex(refusalOf({ inboxCapacity: 1 }), /unknown field "inboxCapacity"/);
  const sorce = { kept: { summary: 's', sorce: 'x' } };
  t.regex(refusalOf({ defects: sorce }), /defects: kept: unknown field "sorce"; did you mean "source"\?/);
  t.regex(refusalOf({ handle: 3 }), /^bad-model: model "m": handle: received 3, expected a function/);
  t.regex(refusalOf({ state: undefined }), /^bad-model: model "m": state: received nothing, expected a function/);
  t.regex(refusalOf({ transport: 'tcp' }), /^bad-model: model "m": transport: received "tcp"/);
  t.regex(refusalOf({ longestTimerUs: -1 }), /^bad-model: model "m": longestTimerUs: received -1, expected an integer/);
  t.regex(refusalOf({ longestTimerUs: undefined }), /^bad-model: model "m": longestTimerUs: received nothing/);
  t.regex(refusalOf({ longestTimerUs: () => 0.5 }), /^bad-model: model "m": longestTimerUs: received 0.5/);
  t.regex(refusalOf({ lingerUs: Infinity }), /^bad-model: model "m": lingerUs: received Infinity/);
  t.regex(refusalOf({ acts: ['a', 'a'] }), /^bad-model: model "m": acts: received "a", expected each once/);
  t.regex(refusalOf({ acts: ['Dial Again'] }), /^bad-model: model "m": acts: received "Dial Again"/);
  t.regex(refusalOf({ switchedActs: ['a'] }), /^bad-model: model "m": switchedActs: received "a", expected some of/);
  const defect = { id: 'kept', summary: 's', source: 's', layer: 'l' };
  t.regex(
    refusalOf({ defects: [defect, defect] }),
    /^bad-model: model "m": defects: received "kept", expected each once/,
  );
  t.regex(refusalOf({ defects: { 'Not kebab': 'x' } }), /^bad-model: model "m": defects: received "Not kebab"/);
  t.regex(
    refusalOf({ defects: { kept: '' } }),
    /^bad-model: model "m": defects: kept: received "", expected one sentence/,
  );
  t.regex(refusalOf({ costs: { a: -1 } }), /^bad-costs: model "m": costs: "a": received -1/);
  t.regex(refusalOf({ config: [] }), /^bad-model: model "m": config: received \[\]/);
  t.regex(refusalOf({ config: { a: { b: null } } }), /^bad-model: model "m": config.a.b: received null/);
  t.regex(
    refusalOf({ config: v.object({ a: v.number() }) }),
    /^bad-model: model "m": config: .*; every field of a configuration needs a default$/,
  );
  t.regex(refusalOf({ retains: () => [{ path: 'a', cap: -1, why: 'x' }] }), /^bad-retention: /);
  t.regex(refusalOf({ retains: () => [{ path: 'a b', cap: 1, why: 'x' }] }), /^bad-path-class: /);
});

test('a configuration is held to the types of its defaults', (t) => {
  const refused = (config: unknown) => {
    const error = t.throws(() => new Population(heartbeat, { config }), { instanceOf: InputError });
    return error.message;
  };
  t.is(refused({ intervalUs: '1s' }), 'config: intervalUs: received "1s", expected a number');
  t.is(refused({ interval: 1 }), 'config: interval: received a key that is not known here');
  t.is(refused({ limits: { most: true } }), 'config: limits.most: received true, expected a number');
  t.is(refused({ marks: [1, 'a'] }), 'config: marks[1]: received "a", expected a number');
  t.is(refused({ intervalUs: Number.NaN }), 'config: intervalUs: received NaN, expected a number');
  const config = v.parse(heartbeat.configSchema, { limits: {} });
  t.deepEqual(config, { intervalUs: 1_000_000, timeoutUs: 5_000_000, label: 'x', limits: { most: 20 }, marks: [1, 2] });
  t.is(heartbeat.longestTimerUs(config), 5_000_000);
  t.is(heartbeat.longestRetentionUs(config), 5_000_000);
  t.deepEqual(heartbeat.defects, [
    {
      id: 'suspicions-kept',
      summary: 'who was suspected once is listed for ever',
      source: 'the model heartbeat',
      layer: 'heartbeat',
    },
  ]);
});

/** The error of a model whose handler does that at its first message. */
function errorOf(
  does: (state: { list: PeerId[] }, input: { message: { list: PeerId[] } }, io: never) => unknown,
): InputError {
  const model = defineModel({
    name: 'mistaken',
    summary: 'does something wrong',
    types: typesOf<{ message: { readonly kind: 'list'; list: PeerId[] } }>(),
    longestTimerUs: 0,
    state: ({ contacts }) => ({ list: [...contacts] }),
    handle(state, input, io) {
      if (input.kind === 'start') for (const peer of state.list) io.send(peer, { kind: 'list', list: state.list });
      if (input.kind === 'message') return does(state, input, io as never) as void;
    },
  });
  const all = new Population(model, { contacts: 1 });
  try {
    all.startAll(2);
    all.runFor(1);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a handler that throws, waits, or changes what was sent is told so, with node, time and input', (t) => {
  const threw = errorOf(() => {
    throw new RangeError('too much');
  });
  t.is(threw.code, 'model-threw');
  t.regex(
    threw.message,
    /^model "mistaken": handle threw RangeError: too much, on p0 at .*, at message list from p1, at /,
  );
  t.deepEqual({ ...threw.details, atUs: 0 }, { model: 'mistaken', node: 'p0', atUs: 0, input: 'message list from p1' });
  t.is(errorOf(async () => {}).code, 'bad-handler');
  t.is(errorOf((state) => ({ ...state })).code, 'bad-handler');
  const changed = errorOf((_state, { message }) => message.list.push(message.list[0]!));
  t.regex(changed.message, /what is sent or armed is frozen/);
  const refused = errorOf((_state, _input, io: { setTimer: (delayUs: number, timer: string) => void }) => {
    io.setTimer(-1, 'x');
  });
  t.regex(refused.message, /handle: received a delay of -1 us, expected an integer.* at .*reducer-model\.test/);
});

test('a Map or Set of the state that was sent and is changed later is told of with the place and what to do', (t) => {
  const model = defineModel({
    name: 'lender',
    summary: 'sends its own set and goes on',
    longestTimerUs: 10,
    state: ({ contacts }) => ({ contacts, known: new Set<string>() }),
    handle(state, input, io) {
      if (input.kind === 'timer') state.known.add('late');
      if (input.kind !== 'start') return;
      for (const peer of state.contacts) io.send(peer, { kind: 'set', known: state.known } as { kind: 'set' });
      io.setTimer(10, 'later');
    },
  });
  const all = new Population(model, { contacts: 1 });
  all.startAll(2);
  const error = t.throws(() => all.runFor(1), { instanceOf: InputError });
  t.regex(error.message, /at timer later, at .*reducer-model\.test.*; what is sent or armed is frozen/);
});

test('what is no peer is refused where a peer is expected, and so is a node that counts it as a neighbour', (t) => {
  type Io = Record<'send' | 'linked' | 'disconnect' | 'open', (...args: unknown[]) => void>;
  const calls: ((io: Io, peer: unknown) => void)[] = [
    (io, peer) => io.send(peer, 'x'),
    (io, peer) => io.linked(peer),
    (io, peer) => io.disconnect(peer),
    (io, peer) => io.open('span', 'a.b', { subject: peer }),
  ];
  for (const call of calls) {
    for (const peer of ['p0', null, 3, { index: 0 }]) {
      const { code, cause, message } = errorOf((_state, _input, io: Io) => call(io, peer));
      t.deepEqual([code, (cause as SimulationError).code], ['model-threw', 'not-a-peer']);
      t.regex(message, /expected a peer, such as one of io\.contacts.*, at .*reducer-model\.test/);
    }
  }
  for (const transport of ['links', 'datagrams'] as const) {
    const sends = defineModel({
      name: 'sends',
      summary: 's',
      longestTimerUs: 0,
      transport,
      state: () => ({}),
      handle: (_state, _input, io) => io.send(undefined as never, 'x'),
    });
    const error = t.throws(() => new Population(sends).start(0), { instanceOf: InputError });
    t.is((error.cause as SimulationError).code, 'not-a-peer');
  }
  for (const neighbours of [() => ['p1'], () => undefined, () => [undefined]]) {
    const odd = defineModel({
      name: 'odd',
      summary: 's',
      longestTimerUs: 0,
      state: () => ({}),
      handle: () => {},
      neighbours: neighbours as unknown as () => PeerId[],
    });
    const all = new Population(odd);
    all.simulation.observer = { neighbour: () => {} };
    const error = t.throws(() => all.start(0), { instanceOf: InputError });
    t.is(error.code, 'model-threw');
    t.regex(error.message, /^model "odd": neighbours.*, on p0 at 0s, at start/);
  }
});

test('a node that changes a part of its state after sending it is told so', (t) => {
  const model = defineModel({
    name: 'aliasing',
    summary: 'sends its own list',
    types: typesOf<{ message: { readonly kind: 'set'; readonly known: ReadonlyMap<string, number> } }>(),
    longestTimerUs: 0,
    state: ({ contacts }) => ({ contacts, known: new Map<string, number>() }),
    handle(state, input, io) {
      if (input.kind !== 'start') return;
      for (const peer of state.contacts) io.send(peer, { kind: 'set', known: state.known });
      state.known.set('a', 1);
    },
  });
  const all = new Population(model, { contacts: 1 });
  all.start(0);
  const error = t.throws(() => all.start(1), { instanceOf: InputError });
  t.is(error.code, 'model-threw');
});

test('a state that no recorder could follow is refused', (t) => {
  const getter = {
    get size() {
      return 1;
    },
  };
  for (const state of [[], new Map(), 3, undefined, new (class View {})(), getter]) {
    const model = defineModel({
      name: 'odd',
      summary: 's',
      longestTimerUs: 0,
      state: () => state as object,
      handle: () => {},
    });
    t.is(t.throws(() => new Population(model).start(0), { instanceOf: InputError }).code, 'bad-state');
  }
});

test('the state of a node of another model is refused', (t) => {
  const all = new Population(heartbeat);
  const node = all.start(0);
  t.is(t.throws(() => overDatagrams.stateOf(node), { instanceOf: InputError }).code, 'wrong-node');
});
