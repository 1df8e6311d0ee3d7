import test from 'ava';
import { MEMBERSHIP_CASES } from '../corpus/membership.ts';
import { QUICK } from '../corpus/stack.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { explain } from './explain.ts';
import { summaryOf } from './summary.ts';
import type { Explained } from './summary.ts';

function explained(input: ScenarioInput, properties?: readonly string[]): Explained {
  const soak = resolveScenario(parseScenario({ seed: '0', ...input }, 'test'));
  const explanation = explain(soak, properties === undefined ? {} : { properties });
  if (explanation.kind !== 'explained') throw new Error(JSON.stringify(explanation));
  return explanation;
}

/** One act after the bootstrap. */
function act(name: string, peer: number): ScenarioInput {
  return {
    ...QUICK,
    nodes: 6,
    plan: { version: 1, actions: [{ atUs: 120_000_000, kind: 'act', peer, act: name }] },
    for: '3m15s',
  };
}

test('gossip-send-arm-disabled: the loop stands in a select whose arm is disabled', (t) => {
  const found = explained({ ...act('rotate', 3), defects: ['gossip-send-arm-disabled'] });
  t.like(found.found.leak, { entryKind: 'connection', site: 'quic.connection-gossip', fault: 'superseded' });
  const loop = found.holders.find(({ path }) => path === 'gossip.actor/gossip.connection-loop')!;
  t.like(loop, { standing: 'parked', subject: `p${found.found.leak.subject}` });
  t.true(loop.awaits.includes('{ closed, message: disabled }'), loop.awaits);
  t.like(found.prefix, { count: 1, of: 1, action: { text: 'act rotate p3' } });
  t.is(found.release.turn!.did, `opened connection quic.connection-gossip about p${found.found.leak.subject}`);
  t.is(found.release.expected, undefined);
});

test('quic-connecting-dropped: the handshake that was given up stays, and nothing that ends others comes', (t) => {
  const found = explained({ ...act('cancel-dial', 2), defects: ['quic-connecting-dropped'] }, ['connections-bounded']);
  t.like(found.found.leak, { entryKind: 'half-open', site: 'quic.half-open', owner: 2, fault: 'overdue' });
  t.like(found.prefix, { count: 1, action: { text: 'act cancel-dial p2', atUs: 120_000_000 } });
  t.deepEqual(found.release.shorter, { kind: 'never-opened' });
  t.is(found.release.expected?.reason, 'established');
  t.true(found.story.some(({ what }) => what.startsWith('timer giveUp: closed task mesh.cancelled-dial')));
});

test('peer-topics-not-pruned: the mention outlives the news that the link is closed', (t) => {
  const { scenario, defect } = MEMBERSHIP_CASES.find((one) => one.defect === 'peer-topics-not-pruned')!;
  const found = explained({ ...scenario, defects: [defect] });
  const { subject } = found.found.leak;
  t.like(found.found.leak, { kind: 'mention', path: 'peerTopics[key]', fault: 'residue' });
  t.regex(found.prefix.action!.text, new RegExp(`^respawn p${subject} `));
  t.is(found.release.shorter.kind, 'subject-lives');
  t.is(found.release.turn!.did, `learned that its connection to p${subject} is closed`);
  t.regex(summaryOf(found)[2]!, new RegExp(`^It was put there on message \\w+ from p${subject} at `));
  t.true(found.story.length >= 4 && found.story.length <= 12);
});
