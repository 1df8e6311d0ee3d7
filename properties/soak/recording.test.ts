// Recording mode against fast mode, on whole soaks of the swarm.
import test from 'ava';
import fc from 'fast-check';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { describeState } from '../../sim/recording/describe.ts';
import { Timeline } from '../../sim/recording/timeline.ts';
import { modelNamed } from '../../models/registry.ts';
import type { SwarmNode } from '../../models/swarm/node.ts';
import { startSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { Soak } from './scenario.ts';

/** Short timers and retentions make short calms, so that churn comes soon and often. */
const CONFIG = {
  hyparview: { shuffleIntervalUs: 4_000_000, joinBackoffMaxUs: 4_000_000 },
  plumtree: { payloadRetentionUs: 2_000_000, idRetentionUs: 4_000_000 },
};
const DEFECTS = modelNamed('swarm').defects.map(({ id }) => id);
const PROFILES = churnProfiles.map(({ name }) => name).filter((name) => name !== 'trace');

const soaks = fc
  .record({
    seed: fc.string({ maxLength: 4 }),
    nodes: fc.integer({ min: 4, max: 9 }),
    profile: fc.constantFrom(...PROFILES),
    defects: fc.subarray(DEFECTS),
    network: fc.constantFrom({}, { lossShare: 0.1, jitterUs: 5000 }, { clockSkewUs: 50_000, clockDriftPpm: 100 }),
  })
  .map(({ profile, ...rest }) => {
    const workload = { broadcastsPerSecond: 0.5 };
    const scenario = {
      ...rest,
      config: CONFIG,
      workload,
      profile: { name: profile, params: { waves: 2, warmupUs: 10_000_000 } },
    };
    return resolveScenario(parseScenario(scenario, 'test'));
  });

/** Most events of a run here: enough for joins, broadcasts, and the first wave of churn. */
const MOST_EVENTS = 3000;

function fast(soak: Soak, untilUs: number) {
  const started = startSoak(soak);
  started.simulation.run({ untilUs, maxEvents: MOST_EVENTS });
  return started;
}

function recorded(soak: Soak, timeline: Timeline) {
  const started = startSoak(soak, { recorder: timeline });
  started.simulation.run({ untilUs: soak.endUs, maxEvents: MOST_EVENTS });
  return started;
}

test('recording mode and fast mode give the same digest', (t) => {
  let departures = 0;
  fc.assert(
    fc.property(soaks, (soak) => {
      const { simulation: one, driver } = fast(soak, soak.endUs);
      const { simulation: other } = recorded(soak, new Timeline());
      t.deepEqual(
        [other.digest.hex, other.eventCount, other.nowUs, [...other.meters.read()]],
        [one.digest.hex, one.eventCount, one.nowUs, [...one.meters.read()]],
      );
      departures += driver.departures;
    }),
    { seed: 7, numRuns: 15 },
  );
  t.true(departures > 30, 'churn took place');
});

test('the state of a timeline at a time is that of a fast run to that time', (t) => {
  const limits = { items: Infinity, characters: Infinity };
  fc.assert(
    fc.property(soaks, fc.double({ min: 0, max: 1, noNaN: true }), (soak, share) => {
      const timeline = new Timeline();
      const atUs = Math.floor(recorded(soak, timeline).simulation.nowUs * share);
      const { simulation } = fast(soak, atUs);
      for (const node of simulation.running()) {
        const moment = timeline.momentAt(node.peer.index, simulation.nowUs);
        t.deepEqual(describeState(moment?.state, limits), describeState((node as SwarmNode).currentState, limits));
      }
    }),
    { seed: 8, numRuns: 12 },
  );
});
