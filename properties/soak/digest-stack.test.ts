import test from 'ava';
import { QUICK } from '../corpus/stack.ts';
import { runSoak } from './run.ts';
import type { SoakOptions } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { ScenarioInput } from './scenario.ts';

const SEEDS = ['0', '1', '', '🙂'];
const SMALL = { nodes: 5, profile: { name: 'kill-respawn', params: { waves: 1 } } };
const ROUGH = {
  latency: { kind: 'lognormal', medianUs: 30_000, sigma: 0.5 },
  jitterUs: 30_000,
  lossShare: 0.02,
  duplicateShare: 0.02,
  reorderShare: 0.05,
  clockSkewUs: 500_000,
  clockDriftPpm: 200,
} as const;

const RUNS: Readonly<Record<string, ScenarioInput>> = {
  mesh: { ...QUICK, ...SMALL },
  'mesh with defects': {
    ...QUICK,
    ...SMALL,
    defects: [
      'app-registry-overwrite',
      'gossip-send-arm-disabled',
      'otel-debug-floor',
      'quic-address-map-never-evicted',
    ],
  },
  'mesh on a rough network': { ...QUICK, ...SMALL, network: ROUGH },
  hub: { model: 'hub', ...SMALL },
  'hub on a rough network': { model: 'hub', ...SMALL, network: ROUGH },
  'tls-proxy': { model: 'tls-proxy', ...SMALL },
  'tls-proxy with its defect': { model: 'tls-proxy', ...SMALL, defects: ['tls-close-notify-trailer'] },
};

/** Other costs, which must steer nothing. */
const COSTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mesh: { poll: 0, tick: 1e6, 'endpoint.connect': 0 },
  hub: { poll: 0, 'hub/fan_out': 1e6 },
  'tls-proxy': { 'proxy/TlsStream<TcpStream>/poll_read/span.enter': 1e6 },
};

function digest(scenario: ScenarioInput, options: SoakOptions = {}): string {
  return runSoak(resolveScenario(parseScenario(scenario, 'test')), options).digest;
}

for (const [name, run] of Object.entries(RUNS)) {
  test(`a run of ${name} is the same again, unobserved, with windows of cost, and at other costs`, (t) => {
    const digests = SEEDS.map((seed) => {
      const scenario = { ...run, seed };
      const first = digest(scenario);
      t.is(digest(scenario, { observe: false }), first, `again and unobserved, seed ${seed}`);
      return first;
    });
    t.is(new Set(digests).size, SEEDS.length);
    const [scenario, first] = [{ ...run, seed: SEEDS[0]! }, digests[0]!];
    t.is(digest(scenario), first, 'again');
    t.is(digest(scenario, { costWindows: true }), first, 'with windows of cost');
    t.is(digest({ ...scenario, costs: { ...COSTS[run.model!] } }), first, 'at other costs');
  });
}
