import test from 'ava';
import { Census } from '../../sim/census/census.ts';
import { InputError } from '../../sim/errors.ts';
import { METER } from '../../sim/meters.ts';
import type { MeterName } from '../../sim/meters.ts';
import type { Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { CalmRecord, SoakRecord } from '../soak/record.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { TaskAccount } from '../../sim/tasks/account.ts';
import { IDLE_POLL_LIMIT } from '../../sim/tasks/executor.ts';
import { PROPERTIES, propertyNamed } from './index.ts';
import { IDLE_RUN_BUDGET } from './no-busy-loop.ts';

// A real record of a clean soak; every test spoils one thing in it and looks for the property that must notice.
const clean = judgeSoak(resolveScenario(parseScenario({ nodes: 8, seed: 'judges' }, 'test'))).record;

function judge(name: string, record: SoakRecord): Verdict {
  return propertyNamed(name).judge(record);
}

function withCalms(change: (calm: CalmRecord, index: number) => Partial<CalmRecord>): SoakRecord {
  return { ...clean, calms: clean.calms.map((calm, index) => ({ ...calm, ...change(calm, index) })) };
}

function withTail(calm: CalmRecord, meter: MeterName, perNodeAndSecond: number): Partial<CalmRecord> {
  const counts = calm.tail.counts.slice();
  counts[METER[meter]] = (perNodeAndSecond * calm.liveCount * calm.tail.lengthUs) / 1e6;
  return { tail: { ...calm.tail, counts } };
}

/** The swarm runs on links, without tasks, spans or bytes accounted for; `household.test.ts` judges those. */
const NOT_OF_THE_SWARM = ['tasks-finish', 'spans-bounded', 'heap-plateaus', 'no-busy-loop'];

test('a clean record holds under every property, judged', (t) => {
  for (const property of PROPERTIES) {
    const verdict = property.judge(clean);
    t.true(verdict.ok, `${property.name}: ${verdict.figure}`);
    t.is(verdict.judged, !NOT_OF_THE_SWARM.includes(property.name), `${property.name}: ${verdict.figure}`);
    t.deepEqual(verdict.evidence, []);
    t.is(verdict.firstBrokenUs, undefined);
  }
});

test('an empty record is not judged by any property', (t) => {
  const empty = { ...clean, calms: [], ledger: undefined, again: undefined, actions: new Map() };
  for (const property of PROPERTIES)
    t.deepEqual([property.judge(empty).ok, property.judge(empty).judged], [true, false], property.name);
});

test('views-symmetric breaks at one one-sided edge, unless a cut was open', (t) => {
  const edge = { from: 'p1', to: 'p2', lacks: 'neighbour', atUs: 5, heldBy: 'view[*]' } as const;
  const spoil = (faulted: boolean) =>
    withCalms((calm, index) => (index === 3 ? { faulted, overlay: { ...calm.overlay!, oneSided: [edge] } } : {}));
  const verdict = judge('views-symmetric', spoil(false));
  t.false(verdict.ok);
  t.is(verdict.firstBrokenUs, 5);
  t.true(judge('views-symmetric', spoil(true)).ok);
});

test('mesh-connected breaks at two components, but not while severed', (t) => {
  const spoil = (severed: boolean) =>
    withCalms((calm, index) =>
      index === 3 ? { severed, overlay: { ...calm.overlay!, components: [6, 2], outside: ['p3', 'p4'] } } : {},
    );
  t.regex(judge('mesh-connected', spoil(false)).evidence[0]!.text, /6, 2 nodes; outside the largest p3 p4/);
  t.true(judge('mesh-connected', spoil(true)).ok);
});

test('broadcast-delivered breaks at one missed delivery', (t) => {
  const missed = [{ id: 'x', atUs: 9, origin: 'p1', missing: ['p2'] }];
  const record = withCalms(({ broadcasts }, index) =>
    index === 2 ? { broadcasts: { ...broadcasts, reached: broadcasts.reached - 1, missed } } : {},
  );
  const verdict = judge('broadcast-delivered', record);
  t.false(verdict.ok);
  t.is(verdict.firstBrokenUs, 9);
});

for (const meter of ['messagesSent', 'dials', 'timersFired'] as const) {
  test(`cost-settles breaks when ${meter} stay up after churn`, (t) => {
    const before =
      (clean.calms[0]!.tail.counts[METER[meter]]! * 1e6) / clean.calms[0]!.tail.lengthUs / clean.calms[0]!.liveCount;
    t.false(
      judge(
        'cost-settles',
        withCalms((calm, index) => (index === 8 ? withTail(calm, meter, before * 2 + 1.5) : {})),
      ).ok,
    );
    t.true(
      judge(
        'cost-settles',
        withCalms((calm, index) => (index === 8 ? withTail(calm, meter, before * 1.5) : {})),
      ).ok,
    );
  });
}

test('joins-bounded breaks when joins go on in calms, and when each arrival joins too often', (t) => {
  t.false(
    judge(
      'joins-bounded',
      withCalms((calm) => withTail(calm, 'joins', 10)),
    ).ok,
  );
  t.false(
    judge(
      'joins-bounded',
      withCalms((calm) => withTail(calm, 'dials', 10)),
    ).ok,
  );
  const meters = clean.meters.slice();
  meters[METER.joins] = 1e6;
  t.false(judge('joins-bounded', { ...clean, meters }).ok);
});

test('ledger-balanced breaks at one entry left by a stopped owner, and at one mistake', (t) => {
  const ledger = clean.ledger!;
  const [first, ...rest] = ledger.sites;
  const leaky = { ...ledger, sites: [{ ...first!, leakedAtStop: 1, firstLeakUs: 4 }, ...rest] };
  t.is(judge('ledger-balanced', { ...clean, ledger: leaky }).firstBrokenUs, 4);
  const error = { code: 'closed-twice', atUs: 7, kind: 'connection', site: 'link.dial', id: 1 } as const;
  t.is(judge('ledger-balanced', { ...clean, ledger: { ...ledger, errorCount: 1, errors: [error] } }).firstBrokenUs, 7);
});

test('faults-fired breaks at a fault and at an action that never took effect', (t) => {
  t.regex(
    judge('faults-fired', { ...clean, faults: { ...clean.faults, asked: ['loss'] } }).evidence[0]!.text,
    /^loss was asked for and never/,
  );
  const actions = new Map([...clean.actions, ['heal', { asked: 3, applied: 0 }]]);
  t.regex(judge('faults-fired', { ...clean, actions }).evidence[0]!.text, /^heal was asked for 3 times and never/);
});

test('deterministic breaks at another digest', (t) => {
  t.false(judge('deterministic', { ...clean, again: { digest: '0'.repeat(16), eventCount: 1, checkpoints: [] } }).ok);
});

test('residue-bounded breaks at ledger entries and dials about departed peers that pile up, and at a broken promise', (t) => {
  const piled = withCalms(({ drivers }) => ({ deadEntries: new Map([['connection link.dial', drivers.departures]]) }));
  t.is(judge('residue-bounded', piled).evidence[0]!.subject, 'ledger: connection link.dial');
  const ghost = { atUs: 9, from: 'p1', to: 'p2', heldBy: 'queue[*]', departures: 3 };
  const ghosts = (total: number) => ({ total, examples: [ghost], perCalm: clean.calms.map(() => total) });
  t.is(judge('residue-bounded', { ...clean, ghostDials: ghosts(3) }).evidence[0]!.subject, 'dials to departed peers');
  t.true(judge('residue-bounded', { ...clean, ghostDials: ghosts(2) }).ok);
  const violation = { kind: 'cap', path: 'views', size: 31, cap: 30 } as const;
  const promised = withCalms(({ census }) => ({
    census: new Census(
      census.atUs,
      census.nodes.map((node) => Object.assign(Object.create(node) as typeof node, { violations: [violation] })),
    ),
  }));
  t.regex(judge('residue-bounded', promised).figure, /views of p\d+: 31 elements, declared cap 30/);
});

const FINDING = {
  count: 1,
  examples: [{ owner: 'p1', subject: 'p2', bornUs: 1, dueUs: 9, ageUs: 20, bytes: 0 }],
};

test('connections-bounded breaks at one connection past its time, superseded, unused or too many, unless faults are open', (t) => {
  const found = new Map([['connection link.dial', FINDING]]);
  const mostConnected = { owner: 'p1', subject: 'p2', site: 'link.dial', count: 3 };
  for (const spoilt of [{ overdue: found }, { superseded: found }, { unused: found }, { mostConnected }]) {
    const spoil = (faulted: boolean) =>
      withCalms((calm, index) => (index === 3 ? { faulted, resources: { ...calm.resources, ...spoilt } } : {}));
    t.false(judge('connections-bounded', spoil(false)).ok);
    t.true(judge('connections-bounded', spoil(true)).ok);
  }
  const two = withCalms(({ resources }) => ({
    resources: { ...resources, mostConnected: { ...mostConnected, count: 2 } },
  }));
  t.true(judge('connections-bounded', two).ok);
});

test('no-wedge breaks at the third message of a pair that is thrown away, unless faults are open', (t) => {
  const spoil = (count: number, faulted: boolean) => {
    const pairs = [{ owner: 'p1', peer: 'p2', count, what: 'no link', firstUs: 7 }];
    return withCalms(() => ({ faulted, discarded: { total: count, pairCount: 1, pairs } }));
  };
  t.is(judge('no-wedge', spoil(3, false)).firstBrokenUs, 7);
  t.true(judge('no-wedge', spoil(2, false)).ok);
  t.true(judge('no-wedge', spoil(3, true)).ok);
});

test('no-wedge breaks at a lonely node unless the overlay is severed, and at a late arrival', (t) => {
  const lonely = { count: 1, examples: [{ peer: 'p3', sinceUs: 5 }] };
  t.false(
    judge(
      'no-wedge',
      withCalms(() => ({ lonely })),
    ).ok,
  );
  t.true(
    judge(
      'no-wedge',
      withCalms(() => ({ lonely, severed: true })),
    ).ok,
  );
  const late = [{ peer: 'p3', incarnation: 2, bornUs: 10, tookUs: 6_000_000, joined: true }];
  const verdict = judge('no-wedge', { ...clean, arrivals: { ...clean.arrivals!, lateCount: 1, late } });
  t.is(verdict.firstBrokenUs, 10 + clean.bounds.rejoinUs);
});

test('no-busy-loop allows a budget of idle polls in a row, and half of many polls', (t) => {
  const breaks = (longestIdleRun: number, polls: number, idlePolls: number): boolean => {
    const account = new TaskAccount();
    Object.assign(account.of('a.b'), { longestIdleRun, polls, idlePolls, longestIdleAtUs: 3 });
    return !judge('no-busy-loop', { ...clean, tasks: { ...clean.tasks, sites: account.summary() } }).ok;
  };
  t.true(IDLE_RUN_BUDGET < IDLE_POLL_LIMIT, 'the executor holds a task back only past the budget');
  t.deepEqual([breaks(IDLE_RUN_BUDGET, 200, 100), breaks(IDLE_RUN_BUDGET + 1, 200, 100)], [false, true]);
  t.deepEqual([breaks(1, 2000, 1000), breaks(1, 2000, 1001), breaks(1, 1000, 1000)], [false, true, false]);
});

test('cost-settles breaks at work that changes nothing, in the first calm already', (t) => {
  const joins = withCalms((calm, index) => (index === 0 ? withTail(calm, 'joinsRedundant', 0.2) : {}));
  const verdict = judge('cost-settles', joins);
  t.is(verdict.firstBrokenUs, clean.calms[0]!.untilUs);
  t.true(
    judge(
      'cost-settles',
      withCalms((calm) => withTail(calm, 'joinsRedundant', 0.05)),
    ).ok,
  );
});

test('cost-settles breaks at CPU that grows over calms, and not at CPU that is level', (t) => {
  const withCpu = (perNodeAndSecond: (index: number) => number) =>
    withCalms(({ tail, liveCount }, index) => ({
      tail: { ...tail, cpuUs: (perNodeAndSecond(index) * liveCount * tail.lengthUs) / 1e6 },
    }));
  t.false(
    judge(
      'cost-settles',
      withCpu((index) => 10_000 + 1000 * index),
    ).ok,
  );
  t.true(
    judge(
      'cost-settles',
      withCpu((index) => 10_000 + 1000 * (index % 2)),
    ).ok,
  );
  t.false(
    judge(
      'cost-settles',
      withCpu((index) => (index === 5 ? 22_000 : 10_000)),
    ).ok,
  );
});

test('an unknown property is refused with the nearest name', (t) => {
  const error = t.throws(() => propertyNamed('residue-bound'), { instanceOf: InputError });
  t.is(error.code, 'unknown-property');
  t.regex(error.message, /did you mean "residue-bounded"/);
});
