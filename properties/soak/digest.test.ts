import test from 'ava';
import { runSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { ScenarioInput } from './scenario.ts';

// Pinned, so that another machine, another Node version or an unintended change of behaviour shows. A change that is
// meant to alter runs alters these, and raises TOKEN_VERSION when a default is what changed.
const PINNED: readonly [digest: string, scenario: ScenarioInput][] = [
  ['262756ca3027e856', { seed: '', nodes: 8, profile: { name: 'kill-respawn', params: { waves: 2 } } }],
  ['5e18054b573cf17d', { seed: '🙂', nodes: 10, profile: { name: 'sessions-weibull', params: { waves: 2 } } }],
  ['50b71800f447329d', { seed: '1', nodes: 12, profile: { name: 'partition', params: { waves: 1 } } }],
  [
    '712c134978e8dd9e',
    {
      seed: '0',
      nodes: 8,
      profile: { name: 'sessions-pareto', params: { waves: 1 } },
      network: {
        latency: { kind: 'lognormal', medianUs: 30_000, sigma: 0.5 },
        jitterUs: 5_000,
        lossShare: 0.01,
        duplicateShare: 0.01,
        reorderShare: 0.02,
        bandwidthBytesPerSecond: 1e6,
        clockSkewUs: 100_000,
        clockDriftPpm: 100,
      },
    },
  ],
  [
    '242066bc4f809b3f',
    {
      model: 'mesh',
      seed: '🙂',
      nodes: 8,
      profile: { name: 'kill-respawn', params: { waves: 1 } },
      workload: { broadcastsPerSecond: 0.5 },
    },
  ],
  [
    'dd2e7d6783d13c88',
    {
      model: 'mesh',
      seed: '',
      nodes: 6,
      defects: ['gossip-send-arm-disabled'],
      profile: { name: 'live-rotation', params: { waves: 1 } },
      network: {
        latency: { kind: 'lognormal', medianUs: 30_000, sigma: 0.5 },
        jitterUs: 5_000,
        lossShare: 0.01,
        clockDriftPpm: 100,
      },
    },
  ],
  ['fab1c345ac150618', { model: 'hub', seed: '0', nodes: 8, profile: { name: 'restart', params: { waves: 2 } } }],
  [
    '2df280669c8ea06d',
    { model: 'tls-proxy', seed: '1', nodes: 6, profile: { name: 'graceful', params: { waves: 1 } } },
  ],
];

for (const [digest, scenario] of PINNED) {
  test(`the run of the ${scenario.model ?? 'swarm'} with seed ${JSON.stringify(scenario.seed)} under ${scenario.profile?.name ?? ''} has its pinned digest`, (t) => {
    const record = runSoak(resolveScenario(parseScenario(scenario, 'test')));
    t.is(record.digest, digest);
    for (const fault of record.faults.asked) t.true(record.faults.fired[fault] > 0, fault);
  });
}
