import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { swarm } from '../../models/swarm.ts';
import type { SwarmNode } from '../../models/swarm/node.ts';
import { causesOf } from '../causes.ts';
import { catalogueWith } from '../catalogue.ts';
import type { Property, Verdict } from '../property.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { always } from './always.ts';
import { eventually } from './eventually.ts';
import { heartbeat, heartbeatSoak } from './heartbeat.test.fixture.ts';
import { plateaus } from './plateaus.ts';
import { settles } from './settles.ts';

const notItself = always(heartbeat, {
  name: 'not-itself',
  holds: ({ suspected }, { peer }) => !suspected.has(peer) || `suspects itself among ${suspected.size}`,
});
const hearsSomebody = eventually(heartbeat, {
  name: 'hears-somebody',
  within: '5s',
  holds: ({ heard }) => heard.size > 0,
});
const suspicionsEnd = eventually(heartbeat, {
  name: 'suspicions-end',
  within: '60s',
  when: ({ suspected }) => suspected.size > 0,
  holds: ({ suspected }) => suspected.size === 0,
});
const suspectsPlateau = plateaus(heartbeat, { name: 'suspects-plateau', measure: ({ suspected }) => suspected.size });
const beatsSettle = settles(heartbeat, { name: 'beats-settle', count: ({ sent }) => sent, slack: 5 });
const ALL = [notItself, hearsSomebody, suspicionsEnd, suspectsPlateau, beatsSettle];

/** The verdict of one property on one soak of heartbeats. */
function verdictOf(property: Property, input: ScenarioInput): Verdict {
  const { verdicts } = judgeSoak(heartbeatSoak(input, ...ALL), { twice: false });
  return verdicts.find(({ name }) => name === property.name)!;
}

const quiet = { profile: { name: 'none' }, for: '3m' };
/** The same for a model with longer timers. */
const quietSwarm = { ...quiet, nodes: 8, for: '6m' };

test('without a defect all hold, and are judged', (t) => {
  const { ok, verdicts } = judgeSoak(heartbeatSoak({}, ...ALL));
  t.deepEqual(
    verdicts.filter((verdict) => !verdict.ok).map(({ name, figure }) => `${name}: ${figure}`),
    [],
  );
  t.true(ok);
  for (const { name } of ALL) t.true(verdicts.find((verdict) => verdict.name === name)!.judged, name);
});

test('always tells the first violation with node, time, input and state', (t) => {
  const { ok, figure, evidence, firstBrokenUs } = verdictOf(notItself, { ...quiet, defects: ['suspects-itself'] });
  t.false(ok);
  t.is(figure, 'broken in 10 of 10 lives: suspects itself among 1');
  const [first] = evidence;
  t.regex(first!.text, /^p\d at 1m4[0-9.]+s, after timer beat: suspects itself among 1; its state: \{ heard: \{ p\d: /);
  t.is(first!.subject, 'suspects itself among #');
  t.is(first!.data['atUs'], firstBrokenUs);
  t.deepEqual(causesOf([{ name: 'not-itself', ok, evidence }]), [
    { property: 'not-itself', where: 'suspects itself among #' },
  ]);
});

test('always looks at a node from its start on', (t) => {
  const seen: string[] = [];
  const watching = always(heartbeat, {
    name: 'watching',
    holds: ({ rounds }, { peer, incarnation, nowUs }) => {
      if (peer.index === 0 && nowUs === 0) seen.push(`${peer} ${incarnation} ${rounds}`);
      return true;
    },
  });
  const { verdicts } = judgeSoak(heartbeatSoak({ ...quiet, properties: ['watching'] }, watching));
  t.deepEqual(seen, ['p0 1 0']);
  t.regex(verdicts[0]!.figure, /^held after \d+ events of 10 lives$/);
});

test('eventually tells who was promised what, and how late it came', (t) => {
  const late = verdictOf(suspicionsEnd, { defects: ['suspicions-kept'] });
  t.false(late.ok);
  t.regex(late.figure, /^late \d+ of \d+ times; \d+ had not the time, or met a fault$/);
  t.regex(late.evidence[0]!.text, /^p\d+.*: promised at .*, due by .*, had not come true by .*; its state then: \{/);
  const slow = eventually(heartbeat, { name: 'slow', within: '1s', holds: ({ rounds }) => rounds >= 5 });
  const { evidence } = judgeSoak(heartbeatSoak({ ...quiet, properties: ['slow'] }, slow)).verdicts[0]!;
  t.regex(evidence[0]!.text, /^p0: promised at 0s, due by 1s, came true at [\d.]+s only|had not come true by/);
  t.is(evidence.length, 10);
});

test('eventually judges no promise whose time was cut short, and none in a fault when told so', (t) => {
  const long = eventually(heartbeat, { name: 'long', within: '1h', holds: () => false });
  const verdict = judgeSoak(heartbeatSoak({ ...quiet, properties: ['long'] }, long)).verdicts[0]!;
  t.true(verdict.ok);
  t.false(verdict.judged);
  t.is(verdict.figure, 'not judged: 10 times it had not the time, or met a fault');
  const scenario: ScenarioInput = {
    plan: {
      version: 1,
      actions: [
        {
          atUs: 40_000_000,
          kind: 'partition',
          name: 'a',
          groups: [
            [0, 1, 2, 3, 4],
            [5, 6, 7, 8, 9],
          ],
        },
        { atUs: 80_000_000, kind: 'heal', name: 'a' },
      ],
    },
  };
  for (const outsideFaults of [false, true]) {
    const property = eventually(heartbeat, {
      name: 'few-suspects',
      within: '5s',
      outsideFaults,
      when: ({ suspected }) => suspected.size > 0,
      holds: ({ suspected }) => suspected.size === 0,
    });
    const input = { ...scenario, properties: ['few-suspects'] };
    const { ok, judged } = judgeSoak(heartbeatSoak(input, property), { twice: false }).verdicts[0]!;
    t.deepEqual([ok, judged], outsideFaults ? [true, false] : [false, true]);
  }
});

test('plateaus tells a measure that grows, with its driver', (t) => {
  const { ok, figure, evidence, firstBrokenUs } = verdictOf(suspectsPlateau, { defects: ['suspicions-kept'] });
  t.false(ok);
  t.regex(figure, /^1 per departure and node: 0 to \d+ per node over 9 calms$/);
  t.is(evidence[0]!.data['driver'], 'departures');
  t.true(firstBrokenUs! > 30_000_000);
  const perHour = plateaus(heartbeat, {
    name: 'rounds',
    measure: ({ rounds }) => rounds,
    per: 'hours',
    leastGrowth: 5,
  });
  const verdict = judgeSoak(heartbeatSoak({ properties: ['rounds'] }, perHour), { twice: false }).verdicts[0]!;
  t.false(verdict.ok);
  t.regex(verdict.figure, /^36\d\d per virtual hour and node/);
});

test('settles tells a rate that churn leaves raised', (t) => {
  const { ok, figure, evidence } = verdictOf(beatsSettle, { defects: ['beats-pile'] });
  t.false(ok);
  t.regex(figure, /^up to \d+ per node and second in calms, \S+ before churn$/);
  t.is(evidence[0]!.subject, 'beats-settle');
});

test('a property of one model does not judge a run of another', (t) => {
  const catalogue = catalogueWith({ models: [heartbeat], properties: ALL });
  const scenario = parseScenario({ ...quietSwarm, properties: ALL.map(({ name }) => name) }, 'test');
  const { verdicts } = judgeSoak(resolveScenario(scenario, 'test', catalogue), { twice: false });
  for (const { ok, judged, figure } of verdicts) {
    t.deepEqual([ok, judged, figure], [true, false, 'not judged: the run is of another model']);
  }
});

test('a function from a node stands in for a model that exposes no state', (t) => {
  const fewNeighbours = always((node) => (node as SwarmNode).currentState, {
    name: 'one-topic',
    holds: ({ topics }) => topics.length <= 1,
  });
  const catalogue = catalogueWith({ properties: [fewNeighbours] });
  const scenario = parseScenario({ ...quietSwarm, model: swarm.name, properties: ['one-topic'] }, 'test');
  const [verdict] = judgeSoak(resolveScenario(scenario, 'test', catalogue), { twice: false }).verdicts;
  t.true(verdict!.ok && verdict!.judged);
});

test('a property that throws, or gives what is no answer, is told of in one sentence', (t) => {
  const errorOf = (property: Property): InputError =>
    t.throws(() => judgeSoak(heartbeatSoak({ ...quiet, properties: [property.name] }, property)), {
      instanceOf: InputError,
    });
  const throws = errorOf(
    always(heartbeat, {
      name: 'throws',
      holds: () => {
        throw new RangeError('too much');
      },
    }),
  );
  t.is(throws.code, 'property-threw');
  t.is(
    throws.message,
    'property "throws": its handled() threw RangeError: too much on p0 at 0s, expected it to return',
  );
  const forgets = errorOf(always(heartbeat, { name: 'forgets', holds: (() => {}) as never }));
  t.is(forgets.code, 'bad-property');
  t.regex(forgets.message, /^property "forgets": holds returned undefined/);
  t.is(errorOf(eventually(heartbeat, { name: 'odd', within: '1s', holds: (() => 1) as never })).code, 'bad-property');
  t.is(errorOf(plateaus(heartbeat, { name: 'nan', measure: () => Number.NaN })).code, 'bad-property');
  const falls = errorOf(settles(heartbeat, { name: 'falls', count: ({ rounds }) => -rounds }));
  t.regex(falls.message, /^property "falls": count fell from -\d+ to -\d+ on p\d+ by .*, expected a running total$/);
});

test('a property that cannot be is refused where it is made', (t) => {
  const refused = (make: () => Property): string => t.throws(make, { instanceOf: InputError }).message;
  const holds = (): boolean => true;
  t.regex(
    refused(() => always(heartbeat, { name: 'Two Words', holds })),
    /^always: name: received "Two Words"/,
  );
  t.regex(
    refused(() => always({} as never, { name: 'a', holds })),
    /^property "a": received \{\} for a model/,
  );
  t.regex(
    refused(() => always(heartbeat, { name: 'a', holds: 3 as never })),
    /^property "a": holds: received 3/,
  );

  t.regex(
    refused(() => eventually(heartbeat, { name: 'a', within: '30', holds })),
    /^property "a": within: received "30"/,
  );
  t.regex(
    refused(() => eventually(heartbeat, { name: 'a', within: '3s', holds, when: 1 as never })),
    /when: received 1/,
  );
  const measure = (): number => 1;
  t.regex(
    refused(() => plateaus(heartbeat, { name: 'a', measure, per: 'days' as never })),
    /per: received "days"/,
  );
  t.regex(
    refused(() => plateaus(heartbeat, { name: 'a', measure, leastGrowth: 0 })),
    /leastGrowth: received 0/,
  );
  t.regex(
    refused(() => settles(heartbeat, { name: 'a', count: measure, ratio: 0.5 })),
    /ratio: received 0.5/,
  );
  t.regex(
    refused(() => settles(heartbeat, { name: 'a', count: measure, slack: -1 })),
    /slack: received -1/,
  );
});
