import test from 'ava';
import type { Model } from '../../models/model.ts';
import { typesOf } from '../../models/own/contract.ts';
import { defineModel } from '../../models/own/reducer-model.ts';
import type { PeerId } from '../../sim/peer.ts';
import { catalogueWith } from '../catalogue.ts';
import { householdSoak } from '../soak/household.test.fixture.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { explain } from './explain.ts';
import type { Explanation } from './explain.ts';
import { lenderSoak } from './lender.test.fixture.ts';
import { prefixOf } from './prefix.ts';
import { RunWatch } from './run-watch.ts';
import { summaryOf } from './summary.ts';
import type { Explained } from './summary.ts';

function explained(explanation: Explanation): Explained {
  if (explanation.kind !== 'explained') throw new Error(`${explanation.kind}: ${JSON.stringify(explanation)}`);
  return explanation;
}

test('the scan finds the shortest prefix although a longer one does not leave the thing', (t) => {
  const soak = lenderSoak('open', 'hurry', 'wait', 'hurry', 'wait');
  const found = explained(explain(soak));
  t.like(found.found.leak, { kind: 'entry', site: 'lender.dial', owner: 1, subject: 0, fault: 'overdue' });
  t.deepEqual(found.found.tried, [0, 1]);
  t.like(found.prefix, { count: 1, of: 5, action: { text: 'act open p1', atUs: 100_000_000 } });
  t.deepEqual(found.release.shorter, { kind: 'never-opened' });
  const left = [0, 1, 2, 3, 4, 5].filter((count) => {
    const watch = new RunWatch(prefixOf(soak, count, found.found.leak.bornUs).soak, found.found.leak);
    watch.started.simulation.run({ untilUs: soak.endUs });
    return watch.isLeft();
  });
  t.deepEqual(left, [1, 3, 5]);
});

test('what released the thing in the prefix with one action less is told', (t) => {
  // The deadline is set before the handshake begins, so that no prefix leaves it but the whole.
  const found = explained(explain(lenderSoak('hurry', 'open', 'ask', 'wait')));
  t.deepEqual(found.found.tried, [0, 1, 2, 3, 4]);
  t.deepEqual(found.release.shorter, { kind: 'ended', atUs: 110_000_000, reason: 'gave up', what: 'timer deadline' });
  t.regex(
    summaryOf(found)[0]!,
    /^The shortest prefix that leaves it has 4 of 4 actions, the last act wait p1 at 1m43s/,
  );
  t.regex(summaryOf(found)[0]!, /With 3 it ended at 1m50s \(gave up\) on timer deadline\.$/);
});

test('the story tells who did and sent what when, from the birth to the calm', (t) => {
  const { story } = explained(explain(lenderSoak('hurry', 'open', 'ask', 'wait')));
  t.deepEqual(
    story.map(({ atUs, node, what }) => `${atUs / 1_000_000} ${node} ${what}`),
    [
      '101 plan act open p1',
      '101 p1 act open: opened half-open lender.dial about p0',
      '102 plan act ask p1',
      '102 p1 act ask: sent question to p0',
      '103 plan act wait p1',
      '600 p1 end of the calm: half-open lender.dial of p1 about p0 is still open',
    ],
  );
});

test('what the owner had last to do with its subject is told with its sender', (t) => {
  const { story } = explained(explain(lenderSoak('open', 'ask'), { node: 1 }));
  t.deepEqual(
    story.map(({ node, what }) => `${node} ${what}`),
    [
      'plan act open p1',
      'p1 act open: opened half-open lender.dial about p0',
      'p1 end of the calm: half-open lender.dial of p1 about p0 is still open',
    ],
  );
  const asked = explained(explain(lenderSoak('ask', 'hurry', 'open', 'ask', 'wait')));
  const watched = asked.story.map(({ node, what }) => `${node} ${what}`);
  t.true(watched.includes('p1 act ask: sent question to p0'));
  t.is(asked.release.last?.what, 'message answer from p0');
});

test('a task about a peer that was killed is explained by the kill, and the story says where it is parked', (t) => {
  const plan = { version: 1, actions: [{ atUs: 100_000_000, kind: 'kill', peer: 4 }] };
  const soak = householdSoak({ plan, for: '6m' }, 'reader-stays');
  const found = explained(explain(soak));
  t.like(found.found.leak, { entryKind: 'task', site: 'household.reader', subject: 4, fault: 'overdue' });
  t.like(found.prefix, { count: 1, of: 1, action: { text: 'kill p4', atUs: 100_000_000 } });
  t.is(found.release.shorter.kind, 'in-use');
  t.like(found.release.turn, { node: 'p4', did: 'was killed' });
  t.like(found.holders[0], { path: 'household.actor/household.reader', standing: 'parked', awaits: 'sleep reader' });
  t.regex(found.story.at(-1)!.what, /still open; household\.actor\/household\.reader is parked: sleep reader$/);
});

test('what leaks without churn is told to need none', (t) => {
  const plan = { version: 1, actions: [{ atUs: 100_000_000, kind: 'kill', peer: 4 }] };
  const found = explained(explain(householdSoak({ plan, for: '6m' }, 'spins')));
  t.like(found.found.leak, { site: 'household.spinner', owner: 0, fault: 'spins' });
  t.is(found.prefix.count, 0);
  t.regex(summaryOf(found)[0]!, /^It leaks without any churn: with none of the one action/);
});

test('a connection that nobody uses is told from those to neighbours', (t) => {
  const found = explained(explain(householdSoak({ profile: { name: 'none' }, for: '30m' }, 'strangers-linked')));
  const { leak } = found.found;
  t.like(leak, { entryKind: 'connection', site: 'household.link', fault: 'unused' });
  t.is((leak.owner + leak.subject!) % 3, 0, 'those whose indices add up to a multiple of three are strangers');
  t.regex(summaryOf(found)[0]!, /is open although p\d is no neighbour and nobody uses it/);
});

test('the same thing is explained the same twice', (t) => {
  const plan = { version: 1, actions: [{ atUs: 100_000_000, kind: 'kill', peer: 4 }] };
  const once = explained(explain(householdSoak({ plan, for: '6m' }, 'reader-stays')));
  const again = explained(explain(householdSoak({ plan, for: '6m' }, 'reader-stays')));
  t.deepEqual(once, again);
  t.deepEqual(summaryOf(once), summaryOf(again));
});

test('what is explained can be narrowed to a node, a place and a property', (t) => {
  const plan = { version: 1, actions: [{ atUs: 100_000_000, kind: 'kill', peer: 4 }] };
  const soak = householdSoak({ plan, for: '6m' }, 'reader-stays');
  t.like(explained(explain(soak, { node: 3 })).found.leak, { owner: 3, site: 'household.reader' });
  const link = explained(explain(soak, { properties: ['connections-bounded'], place: 'link' })).found;
  t.like(link.leak, { entryKind: 'connection', site: 'household.link' });
  t.is(link.property, 'connections-bounded');
  t.like(explain(soak, { node: 4 }), { kind: 'nothing' });
  t.like(explain(soak, { properties: ['no-wedge'] }), { kind: 'nothing', why: 'no-wedge did not break' });
  t.throws(() => explain(soak, { properties: ['no-wegde'] }), { code: 'unknown-property' });
});

test('a run in which nothing broke leaves nothing to explain', (t) => {
  const plan = { version: 1, actions: [{ atUs: 100_000_000, kind: 'kill', peer: 4 }] };
  t.like(explain(householdSoak({ plan, for: '6m' })), { kind: 'nothing', why: 'no property broke' });
});

/** Asks a peer that it has met every 5 s, and forgets whom its link was closed to; not the question. */
const asker = defineModel({
  name: 'asker',
  summary: 'asks peers, and keeps what it asked',
  types: typesOf<{ message: 'ask' | 'answer'; timer: 'ask' }>(),
  longestTimerUs: 5_000_000,
  state: ({ contacts }) => ({ met: new Set(contacts), asked: new Map<PeerId, number>() }),
  handle({ met, asked }, input, io) {
    if (input.kind === 'message') {
      met.add(input.from);
      if (input.message === 'ask') io.send(input.from, 'answer');
      else asked.delete(input.from);
    } else if (input.kind === 'closed') met.delete(input.peer);
    else {
      for (const peer of met) {
        io.send(peer, 'ask');
        asked.set(peer, io.nowUs);
      }
      io.setTimer(5_000_000, 'ask');
    }
  },
});

test('a link that is closed is told as that, whichever way its end was found out', (t) => {
  const scenario = parseScenario({ model: 'asker', nodes: 8, seed: '1', for: '6m' }, 'asker');
  const soak = resolveScenario(scenario, 'asker', catalogueWith({ models: [asker] }));
  const found = explained(explain(soak, { place: 'asked' }));
  t.like(found.found.leak, { kind: 'mention', path: 'asked[key]' });
  const did = `learned that its connection to p${found.found.leak.subject} is closed`;
  t.like(found.release.turn, { what: 'link closed', did });
  t.true(found.story.some(({ what }) => what.startsWith(`link closed: ${did}`)));
  t.false(found.story.some(({ what }) => /message (?:close|deadline)/.test(what)));
});

test('how one other ended, some and all are told in numbers that fit', (t) => {
  const found = explained(explain(lenderSoak('open', 'ask'), { node: 1 }));
  const way = { reason: 'done', what: 'timer tick', fromSubject: false };
  const told = (count: number, ended: number): string => {
    const expected = { ...way, count };
    return summaryOf({
      ...found,
      release: { ...found.release, expected, others: { ended, settled: 0, ways: [] } },
    })[1]!;
  };
  t.regex(told(1, 1), /\bthe one other of half-open lender\.dial that ended/i);
  t.regex(told(2, 2), /\ball 2 others of half-open lender\.dial that ended/i);
  t.regex(told(1, 3), /\b1 of the 3 others of half-open lender\.dial that ended/i);
});

test('a search that is ended early says how far it came', (t) => {
  const soak = lenderSoak('hurry', 'open', 'ask', 'wait');
  t.like(explain(soak, { expired: () => true }), { kind: 'unfinished', found: undefined });
  let scanning = false;
  let share = 0;
  const explanation = explain(soak, {
    onProgress: (done) => {
      t.true(done >= share && done <= 1);
      share = done;
      scanning = done > 0.6;
    },
    expired: () => scanning,
  });
  t.like(explanation, { kind: 'unfinished', found: { planned: 5, text: 'half-open lender.dial of p1 about p0' } });
  t.deepEqual(explanation.kind === 'unfinished' ? explanation.found!.tried : [], [0, 1]);
});

test('a model of one’s own that throws in a prefix is told as one', (t) => {
  const soak = lenderSoak('open', 'ask');
  let builds = 0;
  const throwing: Model['build'] = (context) => {
    const world = soak.model.build(context);
    // The judged run and the survey go well; the prefixes do not.
    if (++builds > 2) context.simulation.at(50_000_000, () => (undefined as unknown as { gone(): void }).gone());
    return world;
  };
  t.throws(() => explain({ ...soak, model: { ...soak.model, build: throwing } }), { code: 'model-threw' });
});
