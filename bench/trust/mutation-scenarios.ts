// The scenarios that a mutant of the stack is tried with, likely killers first.
// Invariant: each is green without a mutation; a mutant is red when any property breaks in any of them.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import { MEMBERSHIP_CASES } from '../../properties/corpus/membership.ts';
import { RETURNING_CASES } from '../../properties/corpus/returning.ts';
import { QUICK, STACK_CASES } from '../../properties/corpus/stack.ts';
import { QUICK_TIMES } from '../../properties/quick-times.ts';
import { PROPERTIES } from '../../properties/judges/index.ts';
import type { ScenarioInput } from '../../properties/soak/scenario.ts';

/** A scenario to try mutants with. */
export interface MutationScenario {
  readonly name: string;
  readonly scenario: ScenarioInput;
}

/** Acts that the nodes of a small mesh carry out in turns, in waves with calms between them. */
const ACTS = [
  'app-registry-overwrite',
  'app-continue-on-closed',
  'gossip-superseded-list-unbounded',
  'gossip-cancelled-child-panics',
  'gossip-refuse-while-old-lingers',
  'gossip-dead-send-path',
  'gossip-mutual-join-drops-both',
  'gossip-peer-kept-on-dial-failure',
  'quic-connecting-dropped',
  'quic-abandoned-paths-kept',
  'quic-close-without-deadline',
];

/** Of membership and broadcast: what no profile brings about. */
const MEMBERSHIP = ['plumtree-missing-unbounded'];

/** Few, so that a run is short, and more than an active view holds. */
const NODES = 7;

const ROUGH = { jitterUs: 30_000, lossShare: 0.02, duplicateShare: 0.02, reorderShare: 0.05 };

/** Waves enough for a slope, and small ones: most mutants die in the first run, which is cold. */
const FEWER = { waves: 6, departures: 72 };

/** A peer stops reading while much is sent to it. */
const STOPS_READING: ScenarioInput = {
  ...QUICK,
  nodes: NODES,
  seed: 'mutants',
  for: '6m',
  workload: { broadcastsPerSecond: 20, payloadBytes: 4_000 },
  plan: {
    version: 1,
    actions: [{ atUs: 120_000_000, kind: 'act', peer: 5, act: 'stop-reading', args: { on: true } }],
  },
};

/** Queues of one place for broadcasts that take long: not every member has them in time, and that alone is not judged. */
const SLOW_HUB: ScenarioInput = {
  model: 'hub',
  config: { memberQueueCapacity: 1 },
  workload: { broadcastsPerSecond: 20, payloadBytes: 200_000 },
  properties: PROPERTIES.map(({ name }) => name).filter((name) => name !== 'broadcast-delivered'),
};

/** Peers that are not neighbours are talked to all the time, so that nodes leave with dials under way. */
const FREQUENT_SHUFFLES: ScenarioInput = {
  ...QUICK,
  config: { ...QUICK_TIMES, hyparview: { ...QUICK_TIMES.hyparview, shuffleIntervalUs: 5_000_000 } },
};

/** Every scenario, in the order of trying. */
export const MUTATION_SCENARIOS: readonly MutationScenario[] = [
  under('mesh', QUICK, 'kill-respawn', FEWER),
  under('mesh', QUICK, 'graceful', FEWER),
  under('hub', { model: 'hub' }, 'kill-respawn'),
  under('hub', { model: 'hub' }, 'graceful'),
  under('tls-proxy', { model: 'tls-proxy' }, 'kill-respawn'),
  under('tls-proxy', { model: 'tls-proxy' }, 'graceful'),
  under('swarm', {}, 'kill-respawn'),
  under('swarm', {}, 'graceful'),
  under('hub', SLOW_HUB, 'kill-respawn', FEWER, ' with members that fall behind'),
  under('mesh', QUICK, 'live-rotation'),
  under('mesh', QUICK, 'restart'),
  under('mesh', QUICK, 'sessions-exponential', FEWER),
  under('mesh', QUICK, 'partition'),
  under('mesh', QUICK, 'none'),
  ...STACK_CASES.filter(({ defect }) => ACTS.includes(defect)).map(ofCase),
  { name: 'mesh, a peer stops reading', scenario: STOPS_READING },
  acting('reset-stream', { alpn: 'mesh' }),
  // Handshakes that are over before the dial is given up.
  acting('cancel-dial', {}, { network: { latency: { kind: 'fixed', us: 1_500 } } }),
  under('mesh', FREQUENT_SHUFFLES, 'sessions-exponential', FEWER, ' with frequent shuffles'),
  ...RETURNING_CASES.map(ofCase),
  ...MEMBERSHIP_CASES.filter(({ defect }) => MEMBERSHIP.includes(defect)).map(ofCase),
  under('swarm', { workload: { broadcastsPerSecond: 10 } }, 'kill-respawn', FEWER, ' with many broadcasts'),
  // More peers than views have room for.
  { name: 'swarm of 20 nodes under kill-respawn', scenario: { nodes: 20, seed: 'mutants' } },
  {
    name: 'swarm of 40 nodes under mass-failure',
    scenario: { nodes: 40, seed: 'mutants', profile: { name: 'mass-failure' } },
  },
  under('swarm', {}, 'mass-failure'),
  under('swarm', {}, 'sessions-pareto'),
  under('swarm', { network: ROUGH }, 'partition', {}, ' on a rough network'),
  under('tls-proxy', { model: 'tls-proxy', network: ROUGH }, 'partition', {}, ' on a rough network'),
  under('hub', { model: 'hub', network: ROUGH }, 'partition', {}, ' on a rough network'),
  under('mesh', { ...QUICK, network: ROUGH }, 'rejoin', {}, ' on a rough network'),
];

function under(
  name: string,
  scenario: ScenarioInput,
  profile: string,
  params: Readonly<Record<string, unknown>> = {},
  told = '',
): MutationScenario {
  return {
    name: `${name} under ${profile}${told}`,
    scenario: { ...scenario, nodes: NODES, seed: 'mutants', profile: { name: profile, params } },
  };
}

/** Each node in turn, with time for a calm between every four of them. */
function acting(act: string, args: Readonly<Record<string, string>>, over: ScenarioInput = {}): MutationScenario {
  const actions = Array.from({ length: 24 }, (_, count): ChurnAction => {
    const atUs = 120_000_000 + Math.floor(count / 4) * 100_000_000 + (count % 4) * 1_000_000;
    return { atUs, kind: 'act', peer: count % NODES, act, args: { ...args } };
  });
  const told = Object.values(args).map((value) => ` of ${value}`);
  return {
    name: `mesh, ${act}${told.join('')}`,
    scenario: { ...QUICK, ...over, nodes: NODES, seed: 'mutants', plan: { version: 1, actions } },
  };
}

function ofCase({
  defect,
  trigger,
  scenario,
}: {
  defect: string;
  trigger: string;
  scenario: ScenarioInput;
}): MutationScenario {
  return { name: `${defect}: ${trigger}`, scenario: { ...scenario, seed: 'mutants' } };
}
