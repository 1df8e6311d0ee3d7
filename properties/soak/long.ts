// The long soaks: the whole stack for days, and ten times as many nodes for an hour. The bench runs both.
// Invariant: churn is spread out, so that the stretches between departures are calms as well and time alone is judged too.
import type { NamedScenario } from './scenario.ts';

/** Departures per second within a wave of `long-soak`: about twenty an hour, none soon after another. */
const HOURLY_RATE = 0.0055;

/** Scenarios that take minutes. */
export const LONG_SCENARIOS: readonly NamedScenario[] = [
  {
    name: 'long-soak',
    summary: 'the mesh for four days, 19 nodes: about every three minutes one is killed and another takes its place',
    scenario: {
      name: 'long-soak',
      model: 'mesh',
      nodes: 19,
      for: '4d',
      profile: { name: 'kill-respawn', params: { ratePerSecond: HOURLY_RATE } },
      workload: { broadcastsPerSecond: 0.2 },
    },
  },
  {
    name: 'mesh-200',
    summary: 'the mesh for an hour, 200 nodes, of which 20 are killed and replaced',
    scenario: {
      name: 'mesh-200',
      model: 'mesh',
      nodes: 200,
      for: '1h',
      profile: { name: 'kill-respawn', params: { waves: 1, departures: 20, ratePerSecond: 0.02 } },
      workload: { broadcastsPerSecond: 0.2 },
    },
  },
];
