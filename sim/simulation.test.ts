import test from 'ava';
import fc from 'fast-check';
import { Ledger } from './ledger/ledger.ts';
import { METER } from './meters.ts';
import { Node } from './node.ts';
import { EVENT, Simulation } from './simulation.ts';
import type { Observer } from './simulation.ts';

/** Writes down what it handles, and does what a test wants. */
class Scribe extends Node {
  readonly log: string[];
  onTimerFired: ((timer: unknown) => void) | undefined = undefined;

  constructor(log: string[] = []) {
    super();
    this.log = log;
  }

  override onMessage(from: number, message: unknown): void {
    if (!this.running) throw new Error('an ended node handles a message');
    this.log.push(`${this.simulation.nowUs} ${this.peer} message ${String(message)} from ${from}`);
  }

  override onTimer(timer: unknown): void {
    if (!this.running) throw new Error('an ended node handles a timer');
    this.log.push(`${this.simulation.nowUs} ${this.peer} timer ${String(timer)}`);
    this.onTimerFired?.(timer);
  }
}

function started(simulation: Simulation, index: number, log: string[] = []): Scribe {
  const node = new Scribe(log);
  simulation.attach(node, simulation.peers.intern(index));
  return node;
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'nothing thrown';
}

test('events run in time order, and equal times in the order of scheduling, whatever their kind', (t) => {
  const simulation = new Simulation({ seed: 'order' });
  const log: string[] = [];
  const [a, b] = [started(simulation, 0, log), started(simulation, 1, log)];
  simulation.post(a, 20, 1, 'late');
  simulation.setTimer(b, 10, 'first');
  simulation.post(a, 10, 2, 'second');
  simulation.at(10, () => log.push(`${simulation.nowUs} action third`));
  simulation.postToSlot(b.slot, 10, 3, 'fourth');
  simulation.setTimer(a, 0, 'now');
  t.is(simulation.run({ untilUs: 100 }), 'reached');
  t.deepEqual(log, [
    '0 p0 timer now',
    '10 p1 timer first',
    '10 p0 message second from 2',
    '10 action third',
    '10 p1 message fourth from 3',
    '20 p0 message late from 1',
  ]);
  t.is(simulation.nowUs, 100);
  t.is(simulation.eventCount, 6);
  t.is(simulation.meters.counts[METER.timersFired], 3);
});

test('an event scheduled for now by a handler runs after those that were there', (t) => {
  const simulation = new Simulation({ seed: 'now' });
  const log: string[] = [];
  const node = started(simulation, 0, log);
  node.onTimerFired = (timer) => {
    if (timer === 'first') simulation.setTimer(node, 0, 'third');
  };
  simulation.setTimer(node, 5, 'first');
  simulation.setTimer(node, 5, 'second');
  simulation.run({ untilUs: 5 });
  t.deepEqual(log, ['5 p0 timer first', '5 p0 timer second', '5 p0 timer third']);
});

test('a cancelled timer does not fire, and is cancelled once', (t) => {
  const simulation = new Simulation({ seed: 'cancel' });
  const node = started(simulation, 0);
  const [near, far] = [simulation.setTimer(node, 10, 'near'), simulation.setTimer(node, 3_600_000_000, 'far')];
  const fires = simulation.setTimer(node, 20, 'fires');
  t.true(simulation.cancelTimer(near));
  t.false(simulation.cancelTimer(near));
  t.true(simulation.cancelTimer(far));
  t.is(simulation.pendingCount, 1);
  simulation.run({ untilUs: 100 });
  t.false(simulation.cancelTimer(fires));
  t.deepEqual(node.log, ['20 p0 timer fires']);
});

test('handles that name nothing cancel nothing', (t) => {
  const simulation = new Simulation({ seed: 'none' });
  t.false(simulation.cancelTimer(0));
  const node = started(simulation, 0);
  simulation.setTimer(node, 10, 'kept');
  for (const handle of [0, -1, 0.5, 1e15, Number.NaN, Infinity, 2 ** 25 + 1, 2 ** 26]) {
    t.false(simulation.cancelTimer(handle), String(handle));
  }
  simulation.run({ untilUs: 10 });
  t.is(node.log.length, 1);
});

test('a delay that is no integer, negative or beyond the end of time is refused', (t) => {
  const simulation = new Simulation({ seed: 'delays' });
  const node = started(simulation, 0);
  for (const delayUs of [-1, 0.5, Number.NaN, Infinity, 2 ** 52]) {
    t.is(
      codeOf(() => simulation.setTimer(node, delayUs, 'x')),
      'bad-delay',
      String(delayUs),
    );
    t.is(
      codeOf(() => simulation.post(node, delayUs, 0, 'x')),
      'bad-delay',
      String(delayUs),
    );
    t.is(
      codeOf(() => simulation.postToSlot(node.slot, delayUs, 0, 'x')),
      'bad-delay',
      String(delayUs),
    );
  }
  simulation.run({ untilUs: 50 });
  t.is(
    codeOf(() => simulation.at(49, () => {})),
    'time-in-past',
  );
  t.is(
    codeOf(() => simulation.at(50.5, () => {})),
    'bad-delay',
  );
  t.is(simulation.pendingCount, 0);
});

test('a capacity that is no small integer is refused, and none is too few', (t) => {
  for (const capacity of [-1, 1.5, Number.NaN, 2 ** 25 + 1]) {
    t.is(
      codeOf(() => new Simulation({ seed: '', capacity })),
      'bad-capacity',
    );
  }
  const simulation = new Simulation({ seed: '', capacity: 0 });
  const node = started(simulation, 0);
  for (let n = 0; n < 100; n++) simulation.setTimer(node, n, n);
  simulation.run({ untilUs: 100 });
  t.is(node.log.length, 100);
});

test('what was scheduled for a node that ended is never handled, also by a successor in its slot', (t) => {
  const simulation = new Simulation({ seed: 'dead' });
  const log: string[] = [];
  const first = started(simulation, 0, log);
  const { slot } = first;
  simulation.setTimer(first, 1_000_000, 'of the dead');
  simulation.post(first, 2_000_000, 0, 'to the dead');
  simulation.detach(first, 'killed');
  simulation.setTimer(first, 5, 'armed when dead');
  simulation.post(first, 5, 0, 'sent when dead');
  let successor = started(simulation, 1, log);
  for (let index = 2; successor.slot !== slot; index++) {
    simulation.detach(successor, 'killed');
    successor = started(simulation, index, log);
  }
  simulation.post(successor, 3_000_000, 0, 'to the living');
  simulation.run({ untilUs: 10_000_000 });
  t.deepEqual(log, [`3000000 ${successor.peer} message to the living from 0`]);
  t.is(simulation.eventCount, 1);
});

test('a node may end itself and start another while it handles an event', (t) => {
  const simulation = new Simulation({ seed: 'self' });
  const log: string[] = [];
  const node = started(simulation, 0, log);
  node.onTimerFired = () => {
    simulation.detach(node, 'stopped');
    simulation.post(started(simulation, 0, log), 10, 7, 'hello');
  };
  simulation.setTimer(node, 10, 'end');
  simulation.setTimer(node, 10, 'never');
  simulation.run({ untilUs: 100 });
  t.deepEqual(log, ['10 p0 timer end', '20 p0 message hello from 7']);
});

test('lives are counted by peer and by run, and a peer knows when it departed', (t) => {
  const simulation = new Simulation({ seed: 'lives' });
  const peer = simulation.peers.intern(4);
  t.false(peer.departed);
  t.is(peer.departedAtUs, -1);
  const first = started(simulation, 4);
  t.is(first.peer, peer);
  t.is(peer.node, first);
  t.deepEqual([first.serial, first.bornUs, peer.incarnations, peer.departed], [1, 0, 1, false]);
  simulation.run({ untilUs: 70 });
  simulation.detach(first, 'killed');
  t.deepEqual([first.running, peer.departed, peer.departedAtUs], [false, true, 70]);
  simulation.run({ untilUs: 90 });
  const second = started(simulation, 4);
  t.deepEqual([second.serial, second.bornUs, peer.incarnations, peer.departed], [2, 90, 2, false]);
  t.is(JSON.stringify({ peer }), '{"peer":"p4"}');
});

test('a peer has one life at a time, and a node is one life', (t) => {
  const simulation = new Simulation({ seed: 'once' });
  const node = started(simulation, 0);
  t.is(
    codeOf(() => started(simulation, 0)),
    'peer-running',
  );
  t.is(
    codeOf(() => simulation.attach(node, simulation.peers.intern(1))),
    'node-used',
  );
  simulation.detach(node, 'killed');
  t.is(
    codeOf(() => simulation.detach(node, 'killed')),
    'node-ended',
  );
  t.is(
    codeOf(() => simulation.attach(node, node.peer)),
    'node-used',
  );
  t.is(
    codeOf(() => simulation.detach(new Scribe(), 'killed')),
    'node-ended',
  );
  t.is(simulation.live.length, 0);
});

test('the live list holds whoever runs, and running yields them in slot order', (t) => {
  const simulation = new Simulation({ seed: 'live' });
  const nodes = Array.from({ length: 20 }, (_, index) => started(simulation, index));
  for (const index of [0, 19, 7, 8, 18]) simulation.detach(nodes[index]!, 'killed');
  const alive = nodes.filter((node) => node.running);
  t.is(simulation.live.length, 15);
  t.true(alive.every((node) => simulation.live.includes(node)));
  t.true(simulation.live.every((node, place) => node.livePlace === place));
  t.true([...simulation.running()].every((node, place) => node === alive[place]));
});

test('a budget of events ends a run at that event, and the next run goes on', (t) => {
  const simulation = new Simulation({ seed: 'budget' });
  const node = started(simulation, 0);
  for (let n = 0; n < 10_000; n++) simulation.setTimer(node, n, n);
  t.is(simulation.run({ untilUs: 1e6, maxEvents: 0 }), 'events-spent');
  t.is(simulation.run({ untilUs: 1e6, maxEvents: 5_000 }), 'events-spent');
  t.is(simulation.eventCount, 5_000);
  t.is(simulation.nowUs, 4_999);
  t.is(simulation.run({ untilUs: 1e6 }), 'reached');
  t.is(node.log.length, 10_000);
});

test('a run stops between events at untilUs, included', (t) => {
  const simulation = new Simulation({ seed: 'until' });
  const node = started(simulation, 0);
  for (const delayUs of [10, 20, 21]) simulation.setTimer(node, delayUs, delayUs);
  simulation.run({ untilUs: 20 });
  t.deepEqual([node.log.length, simulation.nowUs, simulation.pendingCount], [2, 20, 1]);
  simulation.run({ untilUs: 20 });
  t.is(node.log.length, 2);
  simulation.setTimer(node, 1, 'after 21');
  simulation.run({ untilUs: Infinity });
  t.deepEqual(node.log.slice(2), ['21 p0 timer 21', '21 p0 timer after 21']);
  t.is(simulation.nowUs, 2 ** 52 - 1);
});

test('time never runs back, and stands at integers', (t) => {
  const simulation = new Simulation({ seed: 'back' });
  simulation.run({ untilUs: 1_000 });
  t.is(
    codeOf(() => simulation.run({ untilUs: 999 })),
    'time-in-past',
  );
  t.is(
    codeOf(() => simulation.run({ untilUs: 1_000.5 })),
    'bad-time',
  );
  t.is(
    codeOf(() => simulation.run({ untilUs: Number.NaN })),
    'bad-time',
  );
  t.is(simulation.nowUs, 1_000);
});

test('a run within a run is refused, and an error leaves the simulation fit to run', (t) => {
  const simulation = new Simulation({ seed: 'nested' });
  simulation.at(10, () => void simulation.run({ untilUs: 20 }));
  t.is(
    codeOf(() => simulation.run({ untilUs: 30 })),
    'run-in-run',
  );
  t.is(simulation.run({ untilUs: 30 }), 'reached');
});

test('a run asks every 4,096 events whether it has expired', (t) => {
  const simulation = new Simulation({ seed: 'expired' });
  const node = started(simulation, 0);
  for (let n = 0; n < 20_000; n++) simulation.setTimer(node, n, n);
  let asked = 0;
  t.is(simulation.run({ untilUs: 1e6, expired: () => ++asked === 3 }), 'expired');
  t.is(asked, 3);
  t.is(simulation.eventCount, 3 * 4_096);
  t.is(simulation.run({ untilUs: 1e6, expired: () => false }), 'reached');
  t.is(node.log.length, 20_000);
});

test('an observer sees lives and events, and changes neither', (t) => {
  const seen: string[] = [];
  const observer: Observer = {
    started: (node) => void seen.push(`start ${node.peer}`),
    ended: (node, how) => void seen.push(`${how} ${node.peer}`),
    event: (timeUs, node, kind, payload) =>
      void seen.push(`${timeUs} ${kind === EVENT.timer ? 'timer' : 'message'} ${String(payload)} at ${node.serial}`),
  };
  const run = (watched: boolean): string => {
    const simulation = new Simulation({ seed: 'watched' });
    if (watched) simulation.observer = observer;
    const node = started(simulation, 0);
    simulation.setTimer(node, 5, 'tick');
    simulation.post(node, 6, 0, 'hello');
    simulation.run({ untilUs: 10 });
    simulation.detach(node, 'stopped');
    return simulation.digest.hex;
  };
  t.is(run(true), run(false));
  t.deepEqual(seen, ['start p0', '5 timer tick at 1', '6 message hello at 1', 'stopped p0']);
});

test('the ledger is settled when a node ends', (t) => {
  const simulation = new Simulation({ seed: 'ledger' });
  const ledger = new Ledger(simulation);
  simulation.ledger = ledger;
  const [a, b] = [started(simulation, 0), started(simulation, 1)];
  ledger.open('timer', a, undefined, 'tick');
  ledger.open('timer', b, undefined, 'tick');
  simulation.detach(a, 'killed');
  simulation.detach(b, 'stopped');
  t.like(ledger.summary().sites[0], { opened: 2, reclaimed: 1, leakedAtStop: 1, open: 0 });
});

test('pending events are listed for running nodes only, and a sweep drops the rest', (t) => {
  const simulation = new Simulation({ seed: 'pending' });
  const [a, b] = [started(simulation, 0), started(simulation, 1)];
  simulation.setTimer(a, 10, 'a');
  simulation.post(b, 20, 0, 'b');
  simulation.at(30, () => {});
  simulation.detach(b, 'killed');
  const listed: string[] = [];
  const list = (): void => {
    simulation.forEachPending((node, kind, payload, atUs) => {
      listed.push(`${node.peer} ${kind} ${String(payload)} ${atUs}`);
    });
  };
  list();
  t.deepEqual(listed, ['p0 1 a 10']);
  t.is(simulation.pendingCount, 3);
  simulation.sweep();
  t.is(simulation.pendingCount, 2);
  list();
  t.deepEqual(listed, ['p0 1 a 10', 'p0 1 a 10']);
});

test('identities are interned, and one that was forgotten does not take another down with it', (t) => {
  const simulation = new Simulation({ seed: 'peers' });
  const first = simulation.peers.intern(7);
  t.is(simulation.peers.intern(7), first);
  t.is(simulation.peers.find(8), undefined);
  t.is(simulation.peers.size, 1);
  const node = started(simulation, 7);
  t.throws(() => simulation.peers.forget(first), { message: /down is forgotten/ });
  simulation.detach(node, 'killed');
  simulation.peers.forget(first);
  const second = simulation.peers.intern(7);
  t.not(second, first);
  simulation.peers.forget(first);
  t.is(simulation.peers.find(7), second);
});

/** Passes tokens, arms and cancels timers, ends and begins: everything that a digest must tell apart. */
class Toy extends Node {
  private readonly draw: () => number;
  private handle = -1;

  constructor(draw: () => number) {
    super();
    this.draw = draw;
  }

  override onMessage(_from: number, hops: unknown): void {
    const { simulation } = this;
    const to = simulation.live[this.draw() % simulation.live.length]!;
    simulation.post(to, 1_000 + (this.draw() % 50_000), this.serial, (hops as number) + 1);
    if (this.draw() % 3 === 0) simulation.cancelTimer(this.handle);
    this.handle = simulation.setTimer(this, this.draw() % 200_000, 'tick');
  }

  override onTimer(): void {
    const { simulation, peer } = this;
    if (this.draw() % 8 !== 0 || simulation.live.length < 4) return;
    simulation.detach(this, 'killed');
    const fresh = this.draw() % 2 === 0 ? peer : simulation.peers.intern(100 + this.serial * 50 + (peer.index % 50));
    simulation.attach(new Toy(this.draw), fresh.node === undefined ? fresh : peer);
    simulation.post(fresh.node ?? peer.node!, 500, 0, 0);
  }
}

function toyRun(seed: string, events: number, watch?: (simulation: Simulation) => void, sliceUs = 1e12): Simulation {
  const simulation = new Simulation({ seed });
  const random = simulation.streams.stream('toy');
  const draw = (): number => random.uint32();
  for (let index = 0; index < 50; index++) simulation.attach(new Toy(draw), simulation.peers.intern(index));
  for (const node of simulation.live) simulation.post(node, draw() % 10_000, 0, 0);
  while (simulation.eventCount < events) {
    const maxEvents = events - simulation.eventCount;
    simulation.run({ untilUs: simulation.nowUs + sliceUs, maxEvents });
    watch?.(simulation);
  }
  return simulation;
}

test('one seed has one digest, on every machine and Node version', (t) => {
  const { digest, eventCount } = toyRun('pinned', 100_000);
  t.is(eventCount, 100_000);
  t.is(digest.hex, toyRun('pinned', 100_000).digest.hex);
  t.not(digest.hex, toyRun('another', 100_000).digest.hex);
  t.not(digest.hex, toyRun('pinned', 99_999).digest.hex);
  t.is(digest.hex, 'fbae0dfe430dfd86');
});

test('looking at a run, sweeping it and running it in slices leave its digest alone', (t) => {
  const plain = toyRun('looked at', 60_000, undefined, 50_000);
  const looked = toyRun('looked at', 60_000, undefined, 1e12);
  const swept = toyRun('looked at', 60_000, (simulation) => simulation.sweep(), 50_000);
  t.is(looked.digest.hex, plain.digest.hex);
  t.is(swept.digest.hex, plain.digest.hex);
  t.deepEqual(
    [...swept.running()].map((node) => [node.slot, node.serial]),
    [...plain.running()].map((node) => [node.slot, node.serial]),
  );
});

test('a digest tells apart runs that differ in one delay, kind, node or word', (t) => {
  const digestOf = (schedule: (simulation: Simulation, a: Scribe, b: Scribe) => void): string => {
    const simulation = new Simulation({ seed: 'one' });
    schedule(simulation, started(simulation, 0), started(simulation, 1));
    simulation.run({ untilUs: 100 });
    return simulation.digest.hex;
  };
  const digests = [
    digestOf(() => {}),
    digestOf((simulation, a) => simulation.post(a, 10, 1, 'x')),
    digestOf((simulation, a) => simulation.post(a, 11, 1, 'x')),
    digestOf((simulation, a) => simulation.post(a, 10, 2, 'x')),
    digestOf((simulation, _a, b) => simulation.post(b, 10, 1, 'x')),
    digestOf((simulation, a) => void simulation.setTimer(a, 10, 'x')),
    digestOf((simulation) => void simulation.at(10, () => {})),
    digestOf((simulation, a, b) => {
      simulation.post(a, 10, 1, 'x');
      simulation.post(b, 10, 1, 'x');
    }),
    digestOf((simulation, a, b) => {
      simulation.post(b, 10, 1, 'x');
      simulation.post(a, 10, 1, 'x');
    }),
  ];
  t.is(new Set(digests).size, digests.length);
});

test('100,000 respawns leave the engine at its size', (t) => {
  const simulation = new Simulation({ seed: 'respawns', capacity: 16 });
  const live: Scribe[] = [];
  for (let index = 0; index < 100; index++) live.push(started(simulation, index));
  for (let n = 0; n < 100_000; n++) {
    const node = live[n % 100]!;
    for (const delayUs of [10, 60_000_000, 86_400_000_000]) simulation.setTimer(node, delayUs, 'x');
    simulation.post(node, 5_000, 0, 'y');
    const { peer } = node;
    simulation.detach(node, 'killed');
    simulation.peers.forget(peer);
    live[n % 100] = started(simulation, 100 + n);
    if (n % 100 === 0) simulation.run({ untilUs: simulation.nowUs + 1_000 });
  }
  const inside = simulation as unknown as {
    nodes: unknown[];
    freeSlots: unknown[];
    graveyard: unknown[];
    queue: { words: Int32Array };
  };
  t.true(inside.nodes.length < 130, `${inside.nodes.length} slots`);
  t.true(inside.queue.words.length / 8 <= 256, `${inside.queue.words.length / 8} records`);
  t.true(inside.graveyard.length < 30);
  t.is(simulation.peers.size, 100);
  t.is(simulation.live.length, 100);
  t.true(simulation.pendingCount < 256);
});

test('any mix of starts, ends, timers and messages is handled as a plain list of events would be', (t) => {
  const step = fc.record({
    kind: fc.constantFrom('timer', 'message', 'cancel', 'end', 'start', 'run', 'sweep'),
    which: fc.nat({ max: 7 }),
    delayUs: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 100_000 }), fc.nat({ max: 10_000_000_000 })),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const simulation = new Simulation({ seed: 'model', capacity: 1 });
      const log: string[] = [];
      const nodes = Array.from({ length: 8 }, (_, index) => started(simulation, index, log));
      let model: { atUs: number; order: number; node: Scribe; says: string; handle: number }[] = [];
      const expected: string[] = [];
      let order = 0;
      const runTo = (untilUs: number): void => {
        for (const event of model.toSorted((x, y) => x.atUs - y.atUs || x.order - y.order)) {
          if (event.atUs > untilUs) break;
          if (event.node.running) expected.push(`${event.atUs} ${event.node.peer} ${event.says}`);
        }
        model = model.filter(({ atUs }) => atUs > untilUs);
        simulation.run({ untilUs });
      };
      for (const { kind, which, delayUs } of steps) {
        const node = nodes[which]!;
        const atUs = simulation.nowUs + delayUs;
        order++;
        if (kind === 'timer' && node.running) {
          model.push({ atUs, order, node, says: `timer ${order}`, handle: simulation.setTimer(node, delayUs, order) });
        } else if (kind === 'message') {
          simulation.post(node, delayUs, which, order);
          if (node.running) model.push({ atUs, order, node, says: `message ${order} from ${which}`, handle: -1 });
        } else if (kind === 'cancel') {
          const chosen = model.filter(({ handle, node: owner }) => handle >= 0 && owner.running)[which];
          if (chosen === undefined) continue;
          if (!simulation.cancelTimer(chosen.handle)) throw new Error('a pending timer was not cancelled');
          model = model.filter((event) => event !== chosen);
        } else if (kind === 'end' && node.running) simulation.detach(node, 'killed');
        else if (kind === 'start' && !node.running) nodes[which] = started(simulation, which, log);
        else if (kind === 'sweep') simulation.sweep();
        else if (kind === 'run') runTo(atUs);
      }
      runTo(simulation.nowUs + 20_000_000_000);
      t.deepEqual(log, expected);
      t.is(simulation.pendingCount, 0);
    }),
    { seed: 11, numRuns: 400 },
  );
});
