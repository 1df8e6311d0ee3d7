import test from 'ava';
import { Node } from '../../sim/node.ts';
import { Simulation } from '../../sim/simulation.ts';
import {
  CHUNK_EVENTS,
  compareRuns,
  comparison,
  digestDivergence,
  digestsOf,
  firstDifference,
  laneOf,
  toldEvents,
} from './compare.ts';
import type { Comparison, Divergence, Lane, Stretch, ToldEvent } from './compare.ts';
import { parseScenario, resolveScenario } from './scenario.ts';

interface Ball {
  readonly kind: string;
  readonly count: number;
}

/** What a run does otherwise from its n-th event on. */
interface Flaw {
  readonly at: number;
  readonly delayUs?: number;
  readonly kind?: string;
  readonly mark?: number;
  readonly to?: number;
  readonly asTimer?: boolean;
  readonly word?: number;
}

/** Players that throw a ball in a circle. */
class Player extends Node {
  private readonly players: readonly Player[];
  private readonly flaw: Flaw | undefined;

  constructor(players: readonly Player[], flaw: Flaw | undefined) {
    super();
    this.players = players;
    this.flaw = flaw;
  }

  override onMessage(_from: number, message: unknown): void {
    const count = (message as Ball).count + 1;
    const {
      delayUs = 1000,
      kind = 'ball',
      mark = 0,
      to = 0,
      asTimer = false,
      word = this.slot,
    } = this.flaw?.at === count ? this.flaw : {};
    const next = this.players[(count + to) % this.players.length]!;
    const ball = { kind, count, mark };
    if (asTimer) this.simulation.setTimer(next, delayUs, ball);
    else this.simulation.post(next, delayUs, word, ball);
  }

  override onTimer(timer: unknown): void {
    this.onMessage(0, timer);
  }
}

function lane(flaw?: Flaw, endUs = 20_000_000): Lane {
  const simulation = new Simulation({ seed: 'compare' });
  const players: Player[] = [];
  for (let index = 0; index < 5; index++) players.push(new Player(players, flaw));
  for (const [index, player] of players.entries()) simulation.attach(player, simulation.peers.intern(index));
  simulation.at(0, () => simulation.post(players[0]!, 0, 0, { kind: 'ball', count: 0, mark: 0 }));
  return { simulation, endUs, classOf: (payload) => (payload as Ball).kind };
}

function divergenceOf(comparison: Comparison): Divergence | undefined {
  return comparison.kind === 'diverged' ? comparison.divergence : undefined;
}

test('two equal runs are the same, with their digest', (t) => {
  const result = compareRuns(
    () => lane(),
    () => lane(),
  );
  t.like(result, { kind: 'same', eventCount: 20_002 });
  t.is(result.kind === 'same' ? result.digest.length : 0, 16);
});

test('the first event that differs is named, in whatever it differs', (t) => {
  // Event 0 is the control action, event n + 1 the n-th ball.
  const cases: [Flaw, Divergence['differs'], number][] = [
    [{ at: 9000, delayUs: 1001 }, 'time', 9001],
    [{ at: 9000, to: 2 }, 'node', 9001],
    [{ at: 9000, asTimer: true }, 'kind', 9001],
    [{ at: 9000, kind: 'stone' }, 'payload-class', 9001],
    [{ at: 9000, word: 77 }, 'sender', 9001],
  ];
  for (const [flaw, differs, index] of cases) {
    const divergence = divergenceOf(
      compareRuns(
        () => lane(),
        () => lane(flaw),
      ),
    );
    t.like(divergence, { differs, index });
  }
});

test('a divergence shows what each side did', (t) => {
  const divergence = divergenceOf(
    compareRuns(
      () => lane(),
      () => lane({ at: 3, kind: 'stone', delayUs: 5 }),
    ),
  );
  t.deepEqual(divergence, {
    index: 4,
    differs: 'time',
    first: {
      atUs: 3000,
      node: 'p3',
      incarnation: 4,
      kind: 'message',
      payloadClass: 'ball',
      payload: '{ kind: "ball", count: 3, mark: 0 }',
    },
    second: {
      atUs: 2005,
      node: 'p3',
      incarnation: 4,
      kind: 'message',
      payloadClass: 'stone',
      payload: '{ kind: "stone", count: 3, mark: 0 }',
    },
  });
});

test('content that differs before it shows in the digest is what is named', (t) => {
  const divergence = divergenceOf(
    compareRuns(
      () => lane({ at: 30, mark: 1 }),
      () => {
        const second = lane({ at: 30, mark: 2 });
        second.simulation.at(50_000, () => {});
        return second;
      },
    ),
  );
  t.like(divergence, { differs: 'payload', index: 31 });
});

test('a run that ends before the other is told', (t) => {
  const divergence = divergenceOf(
    compareRuns(
      () => lane(undefined, 1_000_000),
      () => lane(undefined, 2_000_000),
    ),
  );
  t.like(divergence, { differs: 'length', index: 1002, first: undefined });
});

test('a model that keeps state between runs is found out, and its first event named', (t) => {
  let shared = 0;
  const make = (): Lane => {
    const made = lane();
    made.simulation.at(7_000_000, () => made.simulation.at(7_000_000 + shared++, () => {}));
    return made;
  };
  const divergence = divergenceOf(compareRuns(make, make));
  t.like(divergence, { differs: 'time', first: { kind: 'control', node: 'the plan or workload' } });
});

test('a run on its own has the digests of the steps of a comparison', (t) => {
  const steps = [
    ...comparison(
      () => lane(),
      () => lane(),
    ),
  ];
  const alone = digestsOf(lane());
  t.deepEqual(alone, { digests: steps.map(({ digest }) => digest), eventCount: 20_002 });
  t.is(alone.digests.length, Math.ceil(20_002 / CHUNK_EVENTS));
});

test('two runs known by their digests alone part between two checkpoints', (t) => {
  const [one, other] = [digestsOf(lane()), digestsOf(lane({ at: 9000, delayUs: 1001 }))];
  t.is(digestDivergence(one, digestsOf(lane())), undefined);
  t.like(digestDivergence(one, other), { fromIndex: 8192, untilIndex: 12_288, here: one.digests[2] });
  t.deepEqual(digestDivergence(one, digestsOf(lane(undefined, 1_000_000))), {
    fromIndex: 0,
    untilIndex: 4096,
    here: one.digests[0]!,
    there: digestsOf(lane(undefined, 1_000_000)).digests[0]!,
  });
});

function told(side: Lane, stretch: Stretch): ToldEvent[] {
  const steps = toldEvents(side, stretch);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

test('runs that were told event by event part where a comparison says they do', (t) => {
  const stretch = { fromIndex: 8192, untilIndex: 12_288 };
  const flaws: Flaw[] = [
    { at: 9000, delayUs: 1001 },
    { at: 9000, mark: 3 },
    { at: 9000, word: 77 },
  ];
  const whole = told(lane(), stretch);
  t.is(whole.length, 4096);
  t.is(firstDifference(whole, told(lane(), stretch), stretch), undefined);
  for (const flaw of flaws) {
    // Told events cross from one process to another as text.
    const other = JSON.parse(JSON.stringify(told(lane(flaw), stretch))) as ToldEvent[];
    const found = firstDifference(whole, other, stretch);
    t.is(found?.index, 9001);
    if (flaw.mark === undefined) {
      const compared = compareRuns(
        () => lane(),
        () => lane(flaw),
      );
      t.deepEqual(found, divergenceOf(compared));
    }
  }
});

test('a stretch that a run does not reach the end of is told as far as it goes', (t) => {
  const stretch = { fromIndex: 500, untilIndex: 4096 };
  const short = told(lane(undefined, 1_000_000), stretch);
  t.is(short.length, 1002 - 500);
  t.like(firstDifference(told(lane(), stretch), short, stretch), { differs: 'length', index: 1002, second: undefined });
  t.deepEqual(told(lane(undefined, 1_000_000), { fromIndex: 2000, untilIndex: 4096 }), []);
});

test('a soak of the swarm is the same as itself, and parts from one with another seed', (t) => {
  const soak = (seed: string) =>
    resolveScenario(parseScenario({ seed, nodes: 8, for: '30s', plan: { version: 1, actions: [] } }, 'test'));
  t.is(
    compareRuns(
      () => laneOf(soak('a')),
      () => laneOf(soak('a')),
    ).kind,
    'same',
  );
  t.is(
    compareRuns(
      () => laneOf(soak('a')),
      () => laneOf(soak('b')),
    ).kind,
    'diverged',
  );
});
