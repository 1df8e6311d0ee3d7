import test from 'ava';
import { takeCensus } from '../../sim/census/census.ts';
import { RetentionRules } from '../../sim/census/retention.ts';
import { GOSSIPSUB_DEFAULTS } from './gossipsub-config.ts';
import { gossipsubModel } from './gossipsub-model.ts';
import { gossipsubWorld } from './gossipsub-run.test.fixture.ts';
import type { Driven } from './gossipsub-run.test.fixture.ts';
import { STUDIED_VERSIONS } from './release.ts';

/** Where peers that are gone are mentioned now: on purpose, and not. */
function mentions({ simulation, world }: Driven, version: string): { retained: string[]; residue: string[] } {
  const model = gossipsubModel(version);
  const config = { ...GOSSIPSUB_DEFAULTS, scored: false };
  const census = takeCensus({
    nowUs: simulation.nowUs,
    nodes: simulation.running(),
    retention: new RetentionRules(model.retention(config)),
    walker: (classes) => world.walker!(classes),
  });
  const retained = new Set(Array.from(census.nodes, (node) => [...node.retained.keys()]).flat());
  return { retained: [...retained].toSorted(), residue: [...census.residueTotals().keys()].toSorted() };
}

for (const version of STUDIED_VERSIONS) {
  test.serial(
    `${version}: scores and addresses of who left are kept for an hour, deliveries for two minutes, then nothing`,
    async (t) => {
      // Without parameters of topics every score is zero, and so kept.
      const driven = await gossipsubWorld(version, 3, { scored: false, ownTopic: false });
      const { simulation, world } = driven;
      for (let second = 5; second < 20; second++) {
        simulation.at(second * 1_000_000, () => world.broadcast(simulation.live[second % 3]!, `message ${second}`));
      }
      const gone = simulation.peers.intern(1);
      simulation.at(20_000_000, () => world.kill(gone.node!));
      // The link has idled out by now.
      await driven.until(40);
      const soon = mentions(driven, version);
      const scores = [
        'gossipsub.score.peerIPs[*][*]',
        'gossipsub.score.peerIPs[key]',
        'gossipsub.score.peerStats[key]',
      ];
      for (const path of [...scores, 'gossipsub.score.deliveryRecords.records[*].peers[*]'])
        t.true(soon.retained.includes(path), path);
      t.deepEqual(soon.residue, []);
      await driven.until(150);
      const later = mentions(driven, version);
      for (const path of scores) t.true(later.retained.includes(path), path);
      t.false(later.retained.some((path) => path.includes('deliveryRecords')));
      t.deepEqual(later.residue, []);
      await driven.until(3640);
      t.deepEqual(mentions(driven, version), { retained: [], residue: [] });
      t.deepEqual(driven.finish(), []);
    },
  );
}
