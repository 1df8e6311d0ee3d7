import test from 'ava';
import { inspection } from '../../properties/soak/inspect.ts';
import { stateData } from '../../sim/recording/describe.ts';
import { parseScenario, resolveScenario } from '../../properties/soak/scenario.ts';
import type { Soak } from '../../properties/soak/scenario.ts';
import { runSoak } from '../../properties/soak/run.ts';
import { Replayer } from './replayer.ts';
import type { Work } from './replayer.ts';

function soakOf(model: string): Soak {
  const actions = [
    { atUs: 40_000_100, kind: 'respawn', peer: 4, fresh: 6 },
    { atUs: 70_000_000, kind: 'kill', peer: 1 },
  ];
  const input = { model, seed: 'travel', nodes: 6, for: '1m30s', plan: { version: 1, actions } };
  return resolveScenario(parseScenario(input, 'test'));
}

function done<Result>(work: Work<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

for (const model of ['swarm', 'mesh']) {
  test(`the last event of a run of the ${model} has the digest of the run`, (t) => {
    const soak = soakOf(model);
    const record = runSoak(soak);
    const replayer = new Replayer(soak);
    replayer.checkpoints = record.checkpoints;
    t.is(done(replayer.numberAt(soak.endUs)), record.eventCount);
    const last = done(replayer.event(record.eventCount));
    t.like(last, { number: record.eventCount, digest: record.digest, same: true });
    t.deepEqual(done(replayer.event(record.eventCount + 100)), last);
  });

  test(`an event of the ${model} is the same whether one comes to it forwards or backwards`, (t) => {
    const soak = soakOf(model);
    const forwards = new Replayer(soak);
    const middle = done(forwards.numberAt(40_000_000));
    const numbers = Array.from({ length: 80 }, (_, place) => middle - 40 + place);
    const seen = numbers.map((number) => done(forwards.event(number)));
    const backwards = new Replayer(soak);
    t.deepEqual(
      numbers.toReversed().map((number) => done(backwards.event(number))),
      seen.toReversed(),
    );
    t.true(seen.some(({ changes }) => changes.length > 0));
    t.true(seen.some(({ sent }) => sent.length > 0));
  });

  test(`a node of the ${model} is shown as an inspection shows it`, (t) => {
    const soak = soakOf(model);
    const replayer = new Replayer(soak);
    for (const [peer, atUs] of [
      [3, 40_000_000],
      [5, 20_123_456],
      [0, 61_000_000],
    ] as const) {
      const node = done(replayer.node(peer, done(replayer.numberAt(atUs))));
      const inspected = done(inspection(soak, peer, atUs) as Work<unknown>) as { incarnation: number; state: unknown };
      t.true(node.running);
      t.is(node.incarnation, inspected.incarnation);
      // An inspection shows what the reducers keep, a node all that it exposes.
      if (model === 'mesh') t.deepEqual(node.state, stateData(inspected.state));
      else t.true(Object.keys(node.state as object).length > 0);
    }
  });
}

test('digests that are not those of the first run are told of', (t) => {
  const soak = soakOf('swarm');
  const replayer = new Replayer(soak);
  replayer.checkpoints = [{ atUs: 30_000_000, digest: '0000000000000000' }];
  t.false(done(replayer.event(done(replayer.numberAt(60_000_000)))).same);
});

test('a window tells every message with its sender, and none that arrived before it', (t) => {
  const soak = soakOf('swarm');
  const replayer = new Replayer(soak);
  const { messages, timers, more } = done(replayer.messages(30_000_000, 34_000_000));
  t.is(more, 0);
  t.true(messages.length > 0 && timers.length > 0);
  t.true(messages.every(({ arrivesUs, sentUs }) => arrivesUs >= 30_000_000 && sentUs <= 34_000_000));
  const [first] = messages.filter(({ sentUs }) => sentUs > 30_000_000);
  const under = done(replayer.messages(first!.sentUs + 1, first!.sentUs + 2)).messages;
  t.deepEqual(
    under.find(({ sentUs }) => sentUs === first!.sentUs),
    first,
    'those under way at its start are there',
  );
  const events = new Replayer(soak);
  for (const { from, to, arrivesUs, what } of messages.filter((one) => one.arrivesUs < 33_000_000).slice(0, 20)) {
    const last = done(events.numberAt(arrivesUs));
    const arrivals = Array.from({ length: 8 }, (_, back) => done(events.event(last - back)));
    t.truthy(
      arrivals.find(
        (event) => event.atUs === arrivesUs && event.peer === to && event.from === from && event.what.endsWith(what),
      ),
      `${what} from p${from} to p${to}`,
    );
  }
});

test('before the first event nothing runs', (t) => {
  const replayer = new Replayer(soakOf('swarm'));
  t.like(done(replayer.event(0)), { number: 0, kind: 'start', atUs: 0 });
  t.like(done(replayer.node(2, 0)), { running: false, atUs: 0 });
});
