// The corpus of the stack: per defect of application, telemetry, gossip actor and transport, the churn that its report names.
// Invariant: a case says what must go red, never how a property finds it; each is red with its defect, green without.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { QUICK_TIMES } from '../quick-times.ts';
import type { CorpusCase } from './membership.ts';

/** A small mesh with times like that. */
export const QUICK: ScenarioInput = {
  model: 'mesh',
  nodes: 8,
  config: QUICK_TIMES,
  workload: { broadcastsPerSecond: 0.5 },
};

/** When the first wave of acts begins: after the bootstrap and a calm; and from one wave to the next. Microseconds. */
const FIRST_WAVE_US = 120_000_000;
const WAVE_US = 100_000_000;
const WAVES = 8;

/** Waves of an act, a second apart within a wave. */
function waves(perWave: number, make: (count: number) => Extract<ChurnAction, { kind: 'act' }>[]): ScenarioInput {
  const actions: ChurnAction[] = [];
  for (let wave = 0; wave < WAVES; wave++) {
    for (let count = 0; count < perWave; count++) {
      for (const action of make(wave * perWave + count)) {
        actions.push({ ...action, atUs: action.atUs + FIRST_WAVE_US + wave * WAVE_US + count * 1_000_000 });
      }
    }
  }
  return { ...QUICK, plan: { version: 1, actions } };
}

/** The same act by the nodes in turn. */
function acts(
  perWave: number,
  act: string,
  args: Readonly<Record<string, string | number | boolean>> = {},
): ScenarioInput {
  return waves(perWave, (count) => [{ atUs: 0, kind: 'act', peer: count % 8, act, args: { ...args } }]);
}

const atRest: ScenarioInput = { ...QUICK, profile: { name: 'none' }, for: '12m' };
/** Long enough for the exporter's walk over the loop's events to show among what a node spends. */
const longLoop: ScenarioInput = {
  ...atRest,
  nodes: 3,
  for: '90m',
  workload: { broadcastsPerSecond: 10 },
  config: { ...QUICK_TIMES, telemetry: { exportIntervalUs: 1_000_000 } },
};
/** So few that all are neighbours: a join that is asked for again changes nothing, and still costs. */
const storm: ScenarioInput = { ...atRest, nodes: 4, for: '4m' };
const respawned: ScenarioInput = { ...QUICK, profile: { name: 'kill-respawn' } };
const rotated: ScenarioInput = { ...QUICK, profile: { name: 'live-rotation' } };

/** Shuffles are so frequent that some walk is under way when its origin is killed; it is answered while the origin is down. */
const answeredWhenDown: ScenarioInput = {
  ...QUICK,
  config: { ...QUICK_TIMES, hyparview: { ...QUICK_TIMES.hyparview, shuffleIntervalUs: 1_000_000 } },
  profile: { name: 'restart', params: { minDownUs: 3_000_000, maxDownUs: 6_000_000 } },
};

/** In each wave a node leaves while its neighbours take its goodbye and say nothing; a fresh one comes in its place. */
const unansweredLeave: ScenarioInput = {
  ...QUICK,
  plan: {
    version: 1,
    actions: Array.from({ length: 5 }, (_, wave) => wave).flatMap((wave): ChurnAction[] => {
      const atUs = FIRST_WAVE_US + wave * WAVE_US;
      const mute = (on: boolean, atMuteUs: number): ChurnAction[] =>
        [0, 1, 2].map((peer) => ({ atUs: atMuteUs, kind: 'act', peer, act: 'stop-answering', args: { on } }));
      return [
        ...mute(true, atUs),
        { atUs: atUs + 1_000_000, kind: 'stop', peer: 7 - wave },
        { atUs: atUs + 2_000_000, kind: 'start', peer: 100 + wave },
        ...mute(false, atUs + 12_000_000),
      ];
    }),
  },
};

/** Every defect of the stack above membership and broadcast. */
export const STACK_CASES: readonly CorpusCase[] = [
  {
    defect: 'app-join-every-tick',
    trigger: 'none: steady state',
    scenario: storm,
    breaks: ['joins-bounded', 'cost-settles'],
    subject: 'joins',
  },
  {
    defect: 'gossip-join-always-dials',
    trigger: 'with app-join-every-tick',
    also: ['app-join-every-tick'],
    scenario: storm,
    breaks: ['joins-bounded', 'cost-settles'],
    subject: 'dials',
  },
  {
    defect: 'app-joined-set-never-shrinks',
    trigger: 'fresh-identity churn',
    scenario: respawned,
    breaks: ['residue-bounded'],
    subject: 'mesh.asked',
  },
  {
    defect: 'app-mesh-id-registry-insert-only',
    trigger: 'fresh-identity churn',
    scenario: respawned,
    breaks: ['residue-bounded'],
    subject: 'mesh.meshIds',
  },
  {
    defect: 'app-registry-overwrite',
    trigger: 'a live peer dials again, keep-alive on',
    scenario: acts(6, 'dial-again'),
    breaks: ['connections-bounded', 'tasks-finish'],
    subject: 'mesh.frame-reader',
  },
  {
    defect: 'app-continue-on-closed',
    trigger: 'the gossip topic is closed',
    scenario: acts(1, 'close-topic'),
    breaks: ['no-busy-loop'],
    subject: 'mesh.event-loop',
  },
  {
    defect: 'app-origin-map',
    trigger: 'fresh-identity churn',
    scenario: { ...respawned, workload: { broadcastsPerSecond: 2 } },
    breaks: ['collections-plateau'],
    subject: 'mesh.origins',
  },
  {
    defect: 'app-instrumented-loop',
    trigger: 'time',
    scenario: longLoop,
    breaks: ['spans-bounded', 'cost-settles'],
    subject: 'telemetry.span',
  },
  {
    defect: 'otel-debug-floor',
    trigger: 'churn',
    scenario: respawned,
    breaks: ['spans-bounded', 'heap-plateaus'],
    subject: 'telemetry',
  },
  {
    defect: 'otel-span-per-connection-handler',
    trigger: 'long connections',
    scenario: atRest,
    breaks: ['spans-bounded'],
    subject: 'telemetry.span',
  },
  {
    defect: 'sampler-enumerates-processes',
    trigger: 'time',
    scenario: {
      ...atRest,
      config: { ...QUICK_TIMES, telemetry: { sampleIntervalUs: 5_000_000, hostProcesses: 2_000 } },
    },
    breaks: ['heap-plateaus'],
    subject: 'sampler',
  },
  {
    defect: 'gossip-send-arm-disabled',
    trigger: 'live rotation',
    scenario: rotated,
    breaks: ['tasks-finish', 'connections-bounded'],
    subject: 'gossip.connection-loop',
  },
  {
    defect: 'gossip-join-both-halves',
    trigger: 'live rotation',
    scenario: rotated,
    breaks: ['tasks-finish', 'connections-bounded'],
    subject: 'gossip.connection-loop',
  },
  {
    defect: 'gossip-peer-kept-on-close',
    trigger: 'contact by shuffles only, then close',
    scenario: respawned,
    breaks: ['residue-bounded'],
    subject: 'gossip.peers',
  },
  {
    defect: 'gossip-peer-kept-on-dial-failure',
    trigger: 'a dead peer is dialled, then comes back',
    scenario: answeredWhenDown,
    breaks: ['no-wedge', 'collections-plateau'],
    subject: 'gossip.pending',
  },
  {
    defect: 'gossip-superseded-list-unbounded',
    trigger: 'one peer reconnects in a loop',
    scenario: waves(10, () => [{ atUs: 0, kind: 'act', peer: 3, act: 'dial-again', args: { layer: 'gossip' } }]),
    breaks: ['collections-plateau'],
    subject: 'others',
  },
  {
    defect: 'gossip-actor-awaits-slow-peer',
    trigger: 'a peer stops reading',
    scenario: {
      ...QUICK,
      for: '10m',
      workload: { broadcastsPerSecond: 20, payloadBytes: 4_000 },
      plan: {
        version: 1,
        actions: [{ atUs: 180_000_000, kind: 'act', peer: 5, act: 'stop-reading', args: { on: true } }],
      },
    },
    breaks: ['no-wedge'],
    subject: 'gossip.',
  },
  {
    defect: 'gossip-cancelled-child-panics',
    trigger: 'a connection task is aborted',
    scenario: acts(1, 'abort-child'),
    breaks: ['no-wedge'],
    subject: 'gossip.actor',
  },
  {
    defect: 'gossip-mutual-join-drops-both',
    trigger: 'both sides dial at once over equal latency',
    scenario: {
      ...atRest,
      nodes: 2,
      startIntervalUs: 0,
      config: { ...QUICK_TIMES, app: { ...QUICK_TIMES.app, tickUs: 1_000 } },
      network: { latency: { kind: 'fixed', us: 20_000 } },
    },
    breaks: ['no-wedge'],
    subject: 'without a neighbour',
  },
  {
    defect: 'gossip-refuse-while-old-lingers',
    trigger: 'a peer is killed and starts again with the same identity within the idle timeout',
    scenario: {
      ...QUICK,
      nodes: 4,
      network: { idleTimeoutUs: 30_000_000 },
      profile: { name: 'restart', params: { minDownUs: 100_000, maxDownUs: 1_000_000 } },
    },
    breaks: ['no-wedge'],
    subject: 'its first neighbour',
  },
  {
    defect: 'gossip-dead-send-path',
    trigger: 'one stream is reset',
    scenario: acts(2, 'reset-stream', { alpn: 'gossip' }),
    breaks: ['no-wedge'],
    subject: 'gossip: the send channel is closed',
  },
  {
    defect: 'quic-connecting-dropped',
    trigger: 'a dial is cancelled in mid-handshake',
    scenario: acts(6, 'cancel-dial'),
    breaks: ['connections-bounded', 'tasks-finish'],
    subject: 'quic.half-open',
  },
  {
    defect: 'quic-address-map-never-evicted',
    trigger: 'fresh-identity churn, more identities than the map is to hold',
    scenario: respawned,
    breaks: ['collections-plateau'],
    subject: 'quic.addresses',
  },
  {
    defect: 'quic-abandoned-paths-kept',
    trigger: 'one long connection changes its path again and again',
    scenario: acts(10, 'change-path'),
    breaks: ['collections-plateau'],
    subject: 'abandoned',
  },
  {
    defect: 'quic-close-without-deadline',
    trigger: 'a link stops answering while it is closed',
    scenario: unansweredLeave,
    breaks: ['no-wedge', 'tasks-finish'],
    subject: 'told to stop',
  },
  {
    defect: 'tls-close-notify-trailer',
    trigger: 'a connection is closed with a trailing record',
    scenario: { model: 'tls-proxy', nodes: 6, profile: { name: 'none' }, for: '3m' },
    breaks: ['no-busy-loop'],
    subject: 'proxy',
  },
];
