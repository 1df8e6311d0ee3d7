import test from 'ava';
import { invariant } from '../../sim/errors.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { PeerEntry } from '../../models/gossip/peers.ts';
import { startSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import { corpusSeeds, testCase } from './case.test.fixture.ts';
import { RETURNING_CASES, RETURNING_PEER } from './returning.ts';

for (const corpusCase of RETURNING_CASES) {
  testCase(corpusCase, corpusSeeds(process.env['CORPUS_SEEDS']), corpusCase.trigger);
}

/** What is looked at at the end of a run. */
interface Looked {
  readonly returned: Node;
  readonly others: readonly Node[];
  /** Messages that were thrown away, as `from > to`. */
  readonly discarded: readonly string[];
  /** Dials between the one that returned and the others since its network is back. */
  readonly dials: readonly string[];
}

function lookAt(defect: string, defects: readonly string[]): Looked {
  const { scenario } = RETURNING_CASES.find((corpusCase) => corpusCase.defect === defect)!;
  const soak = resolveScenario(parseScenario({ ...scenario, seed: '0', defects: [...defects] }, 'corpus'));
  const backUs = soak.plan.actions.at(-1)!.atUs;
  const discarded: string[] = [];
  const dials: string[] = [];
  const isBetweenThem = (node: Node, peer: PeerId): boolean =>
    peer.node !== undefined && [node.peer.index, peer.index].includes(RETURNING_PEER);
  const { simulation } = startSoak(soak, {
    observer: {
      discarded: (node, peer) => {
        discarded.push(`${node.peer} > ${peer}`);
      },
      dialled: (node, peer) => {
        if (simulation.nowUs >= backUs && isBetweenThem(node, peer)) dials.push(`${node.peer} > ${peer}`);
      },
    },
  });
  simulation.run({ untilUs: soak.endUs });
  const nodes = [...simulation.running()];
  const returned = nodes.find(({ peer }) => peer.index === RETURNING_PEER);
  invariant(returned !== undefined, 'the node that returned runs');
  return { returned, others: nodes.filter((node) => node !== returned), discarded, dials };
}

/** The parts of a node of the mesh that the two defects are in. */
function stateOf(node: Node): {
  readonly entries: ReadonlyMap<PeerId, PeerEntry>;
  readonly discovered: ReadonlyMap<PeerId, unknown>;
  readonly asked: ReadonlyMap<PeerId, unknown>;
} {
  const { gossip, mesh } = node.expose() as {
    gossip: { peers: Map<PeerId, PeerEntry> };
    mesh: { discovered: Map<PeerId, unknown>; asked: Map<PeerId, unknown> };
  };
  return { entries: gossip.peers, discovered: mesh.discovered, asked: mesh.asked };
}

/** True when the entry stands for a connection that is closed. */
function isDead(entry: PeerEntry | undefined): boolean {
  return entry?.kind === 'active' && entry.send.connection.isClosed;
}

test('peers that were cut off hold entries of dead connections on both sides, and nobody dials', (t) => {
  const { returned, others, discarded, dials } = lookAt('gossip-peer-kept-on-close', ['gossip-peer-kept-on-close']);
  for (const other of others) {
    t.true(isDead(stateOf(other).entries.get(returned.peer)), `${other.peer}`);
    t.true(isDead(stateOf(returned).entries.get(other.peer)), `${other.peer}`);
    t.true(stateOf(other).discovered.has(returned.peer), `${other.peer} hears of it`);
  }
  t.deepEqual([...(returned.neighbours() ?? [])], []);
  t.deepEqual(dials, []);
  // Of the contact that is gone its Join tells: it went into a channel that nobody reads.
  t.true(discarded.includes(`${returned.peer} > p100`), discarded.join(', '));
});

test('a peer that was forgotten stays among those that were asked, on both sides, and nobody asks', (t) => {
  const defect = 'app-joined-set-never-shrinks';
  const { returned, others, discarded, dials } = lookAt(defect, [defect]);
  for (const other of others) {
    t.true(stateOf(other).asked.has(returned.peer) && stateOf(returned).asked.has(other.peer), `${other.peer}`);
    t.true(stateOf(other).discovered.has(returned.peer), `${other.peer} hears of it`);
    t.false(stateOf(other).entries.has(returned.peer), `${other.peer}`);
  }
  t.deepEqual([...(returned.neighbours() ?? [])], []);
  t.deepEqual({ discarded, dials }, { discarded: [], dials: [] });
});

for (const { defect, trigger } of RETURNING_CASES) {
  test(`without the defect it is let in again: ${trigger}`, (t) => {
    const { returned, others, discarded, dials } = lookAt(defect, []);
    t.deepEqual(
      [...(returned.neighbours() ?? [])].map(String).toSorted(),
      others.map(({ peer }) => String(peer)).toSorted(),
    );
    for (const other of others) t.false(isDead(stateOf(other).entries.get(returned.peer)), `${other.peer}`);
    t.true(dials.length > 0);
    t.deepEqual(discarded, []);
  });
}
