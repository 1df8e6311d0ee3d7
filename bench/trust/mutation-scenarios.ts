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

/** Waves enough for what chance takes away again to grow all the same. */
const MORE = { waves: 16 };

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

/** Views so small that peers leave the passive one while they are asked for an edge, or after they have refused it. */
const SMALL_VIEWS: ScenarioInput = { config: { hyparview: { passiveViewCapacity: 2, shuffleIntervalUs: 10_000_000 } } };

/** One passive peer, and answers that come so late that it has made way for another, or the active view is full. */
const LATE_ANSWERS: ScenarioInput = {
  nodes: 30,
  seed: 'mutants',
  config: { hyparview: { passiveViewCapacity: 1, shuffleIntervalUs: 4_000_000, neighborTimeoutUs: 2_000_000 } },
  network: { latency: { kind: 'fixed', us: 300_000 } },
  workload: { broadcastsPerSecond: 0.1 },
  profile: { name: 'graceful', params: { waves: 16 } },
};

/** No passive view at all: who leaves the active one is known no more. */
const NO_PASSIVE_VIEW: ScenarioInput = {
  config: { hyparview: { passiveViewCapacity: 0 } },
  profile: { name: 'graceful' },
};

/** Nothing but membership is said, and that seldom: who is gone has to be found out by the end of a link. */
const SILENT: ScenarioInput = {
  nodes: 12,
  seed: 'mutants',
  workload: { broadcastsPerSecond: 0 },
  profile: { name: 'kill-respawn', params: { waves: 4, departures: 12 } },
};

/** Far more peers than views hold, few of which leave: connections to former neighbours would add up for long. */
const ROOMY: ScenarioInput = {
  ...QUICK,
  nodes: 14,
  seed: 'mutants',
  profile: { name: 'graceful', params: { waves: 8, departures: 8 } },
};

/** Connections that outlast several cuts, each of which stops them for a second. */
const CUT_AGAIN_AND_AGAIN: ScenarioInput = {
  model: 'tls-proxy',
  nodes: NODES,
  seed: 'mutants',
  config: { connectIntervalUs: 6_000_000, mostRecords: 60, recordGapUs: 1_000_000 },
  plan: inWaves(10, 3_000_000, () => [
    {
      atUs: 0,
      kind: 'partition',
      groups: [
        [0, 1, 2],
        [3, 4, 5, 6],
      ],
    },
    { atUs: 1_000_000, kind: 'heal' },
  ]),
};

/** What the hub sends a member is held up until the hub lets it go; it comes back, and has to be served as before. */
const HELD_UP: ScenarioInput = {
  model: 'hub',
  nodes: NODES,
  seed: 'mutants',
  config: { memberQueueCapacity: 1, quic: { streamWindowBytes: 8_000 } },
  workload: { broadcastsPerSecond: 10, payloadBytes: 1_000 },
  plan: inWaves(1, 0, (count) => [
    { atUs: 0, kind: 'hold', from: 0, to: 1 + (count % (NODES - 1)) },
    { atUs: 4_000_000, kind: 'release', from: 0, to: 1 + (count % (NODES - 1)) },
  ]),
};

/** Nodes stop announcing only and begin anew before their timer has fired, each time at another point of its interval. */
const ANNOUNCES_ANEW: ScenarioInput = {
  nodes: NODES,
  seed: 'mutants',
  config: { hyparview: QUICK_TIMES.hyparview, plumtree: QUICK_TIMES.plumtree },
  plan: inWaves(4, 1_010_000, (count) =>
    [4, 5, 6].flatMap((peer) => [
      ...(count === 0 ? [announcing(peer, 0, true)] : []),
      announcing(peer, 7_000 * count + 1_000, false),
      announcing(peer, 7_000 * count + 2_000, true),
    ]),
  ),
};

/** More messages than a list of them is let grow to wait for a peer that stops reading, and is then read. */
const READS_AGAIN: ScenarioInput = {
  ...QUICK,
  nodes: NODES,
  seed: 'mutants',
  for: '6m',
  config: { ...QUICK_TIMES, quic: { streamWindowBytes: 4_000_000, connectionWindowBytes: 16_000_000 } },
  workload: { broadcastsPerSecond: 30, payloadBytes: 16 },
  plan: {
    version: 1,
    actions: [true, false].map((on) => ({
      atUs: on ? 120_000_000 : 170_000_000,
      kind: 'act',
      peer: 5,
      act: 'stop-reading',
      args: { on },
    })),
  },
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
  // Broadcasts so many that something is remembered of them all the time.
  under('swarm', { workload: { broadcastsPerSecond: 2 } }, 'live-rotation', MORE),
  acting('rotate', {}, { model: 'tls-proxy', config: {} }),
  { name: 'swarm of 20 nodes with small passive views', scenario: { ...SMALL_VIEWS, nodes: 20, seed: 'mutants' } },
  {
    name: 'swarm of 40 nodes with small passive views, few of which leave',
    scenario: {
      ...SMALL_VIEWS,
      nodes: 40,
      seed: 'mutants',
      profile: { name: 'graceful', params: { waves: 8, departures: 16 } },
    },
  },
  { name: 'swarm of 20 nodes without passive views', scenario: { ...NO_PASSIVE_VIEW, nodes: 20, seed: 'mutants' } },
  { name: 'swarm of 30 nodes that answer late', scenario: LATE_ANSWERS },
  { name: 'swarm of 12 nodes without broadcasts', scenario: SILENT },
  { name: 'mesh of 14 nodes, few of which leave', scenario: ROOMY },
  { name: 'swarm, nodes announce anew', scenario: ANNOUNCES_ANEW },
  { name: 'mesh, a peer reads again', scenario: READS_AGAIN },
  { name: 'tls-proxy, cut again and again', scenario: CUT_AGAIN_AND_AGAIN },
  { name: 'hub, members are held up', scenario: HELD_UP },
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

function announcing(peer: number, atUs: number, on: boolean): ChurnAction {
  return { atUs, kind: 'act', peer, act: 'advertise-only', args: { on } };
}

/** Each node in turn, with time for a calm between every four of them. */
function acting(act: string, args: Readonly<Record<string, string>>, over: ScenarioInput = {}): MutationScenario {
  const plan = inWaves(4, 1_000_000, (count) => [
    { atUs: 0, kind: 'act', peer: count % NODES, act, args: { ...args } },
  ]);
  const told = Object.values(args).map((value) => ` of ${value}`);
  const scenario = { ...QUICK, ...over, nodes: NODES, seed: 'mutants', plan };
  return { name: `${scenario.model}, ${act}${told.join('')}`, scenario };
}

/**
 * A plan of six waves, with time for a calm after each.
 *
 * @param stepUs - From one step of a wave to the next, in microseconds.
 * @param make - The actions of a step, timed from its start, given how many steps came before in all waves.
 */
function inWaves(perWave: number, stepUs: number, make: (count: number) => ChurnAction[]): ScenarioInput['plan'] {
  const steps = Array.from({ length: 6 * perWave }, (_, count) => count);
  const actions = steps.flatMap((count) => {
    const startUs = 120_000_000 + Math.floor(count / perWave) * 100_000_000 + (count % perWave) * stepUs;
    return make(count).map((action): ChurnAction => ({ ...action, atUs: startUs + action.atUs }));
  });
  return { version: 1, actions };
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
