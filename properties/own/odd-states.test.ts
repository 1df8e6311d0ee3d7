import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import type { PeerId } from '../../sim/peer.ts';
import { defineModel } from '../../models/own/reducer-model.ts';
import type { OwnModel } from '../../models/own/contract.ts';
import { typesOf } from '../../models/own/contract.ts';
import { catalogueWith } from '../catalogue.ts';
import { compareRuns, laneOf } from '../soak/compare.ts';
import { inspection } from '../soak/inspect.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { Soak } from '../soak/scenario.ts';
import { heartbeatSoak } from './heartbeat.test.fixture.ts';

/** A soak of four nodes without churn. */
function quietSoak(model: OwnModel<unknown>): Soak {
  const scenario = { model: model.name, nodes: 4, profile: { name: 'none' }, for: '90s' };
  return resolveScenario(parseScenario(scenario, 'odd'), 'odd', catalogueWith({ models: [model] }));
}

/** Judges nodes that do nothing but hold such a state. */
function judgeHolding(hold: () => unknown): SoakResult {
  const model = defineModel({
    name: 'holder',
    summary: 'holds something odd',
    types: typesOf<{ timer: 'tick' }>(),
    longestTimerUs: 1_000_000,
    state: ({ self }) => ({ held: self.index === 0 ? hold() : 0, ticks: 0 }),
    handle(state, input, io) {
      if (input.kind === 'timer') state.ticks++;
      if (input.kind === 'start' || input.kind === 'timer') io.setTimer(1_000_000, 'tick');
    },
  });
  return judgeSoak(quietSoak(model));
}

const refuse = (): never => {
  throw new Error('it was called');
};

class Hidden {
  readonly #inside = new Map([[1, 2]]);
  readonly seen = [1];
  get size(): number {
    return this.#inside.size;
  }
}

const ODD: Readonly<Record<string, () => unknown>> = {
  'a getter': () => Object.defineProperty({ a: 1 }, 'trap', { get: refuse, enumerable: true }),
  'a Proxy that refuses': () => new Proxy({}, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse }),
  'a Proxy of a Map': () => new Proxy(new Map([[1, 2]]), {}),
  'a cycle': () => {
    const one: { self?: unknown; list: unknown[] } = { list: [] };
    one.self = one;
    one.list.push(one.list, one);
    return one;
  },
  'private fields': () => new Hidden(),
  'symbols, functions and weak collections': () => ({
    [Symbol('a')]: new Map(),
    f: refuse,
    w: new WeakMap(),
    s: Symbol('b'),
  }),
  'dates, errors and bytes': () => [new Date(0), new Error('e'), new Uint8Array(10_000_000), /x/u],
  'a chain of 20,000 objects': () => {
    const top: { next?: object } = {};
    for (let i = 0, at: { next?: object } = top; i < 20_000; i++) at = at.next = {};
    return top;
  },
};

for (const [what, hold] of Object.entries(ODD)) {
  test(`a state with ${what} is judged`, (t) => {
    const { verdicts } = judgeHolding(hold);
    t.deepEqual(
      verdicts.filter(({ ok }) => !ok),
      [],
    );
  });
}

test('a Map of 300,000 entries is walked, and its size is told', (t) => {
  const { record } = judgeHolding(() => new Map(Array.from({ length: 300_000 }, (_, i) => [i, i])));
  t.is(record.calms[0]!.census.sizeTotals().get('held')!.sum, 300_000);
});

test('a state beyond what a census walks ends the run in one sentence', (t) => {
  const endless = (): unknown => {
    const list: unknown[] = [];
    list.length = 4_000_000_000;
    return list;
  };
  const error = t.throws(() => judgeHolding(endless), { instanceOf: InputError });
  t.is(error.code, 'state-too-large');
  t.regex(error.message, /^the state of p0 holds more than 20000000 elements, those that go beyond at held;/);
});

test('a reducer that is not deterministic is found, and the event at which it parts is named', (t) => {
  const sent = new Map<PeerId, number>();
  let rolls = 0;
  const rolling = defineModel({
    name: 'rolling',
    summary: 'sends what a process-wide Map and counter say',
    types: typesOf<{ message: { readonly kind: 'roll'; readonly value: number }; timer: 'roll' }>(),
    longestTimerUs: 1_000_000,
    state: ({ contacts }) => ({ contacts }),
    handle(state, input, io) {
      if (input.kind === 'start' || input.kind === 'timer') io.setTimer(1_000_000 + (rolls % 7), 'roll');
      if (input.kind !== 'timer') return;
      for (const peer of state.contacts) {
        sent.set(peer, rolls++);
        io.send(peer, { kind: 'roll', value: sent.size });
      }
    },
  });
  const soak = quietSoak(rolling);
  const { verdicts } = judgeSoak(soak);
  const verdict = verdicts.find(({ name }) => name === 'deterministic')!;
  t.false(verdict.ok);
  const comparison = compareRuns(
    () => laneOf(soak),
    () => laneOf(soak),
  );
  if (comparison.kind !== 'diverged') return t.fail();
  const { first, second } = comparison.divergence;
  t.is(first!.node, second!.node);
  t.regex(first!.node, /^p\d$/);
  t.is(first!.payloadClass, 'roll');
});

test("a node of a model of one's own is inspected at a virtual time", (t) => {
  const steps = inspection(heartbeatSoak({ nodes: 4, profile: { name: 'none' }, for: '90s' }), 1, 30_000_000);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const node = step.value;
  if (!node.running) return t.fail();
  t.true((node.state as { rounds: number }).rounds >= 29);
  t.regex(node.last.input, /^(?:message|timer) beat/);
  t.true(node.next!.changes!.length > 0);
});
