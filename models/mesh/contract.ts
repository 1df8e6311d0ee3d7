// What the mesh application is configured by, what a plan may do to it, what it costs, and its defects.
// Invariant: every default is that of the reports, or a round number that the reports do not give.
import * as v from 'valibot';
import { integerBetween } from '../../sim/input.ts';
import type { Defect, DefectSwitches } from '../defect.ts';

const periodUs = integerBetween(1_000, 86_400_000_000);

/** The protocol that the application's own connections speak. */
export const MESH_ALPN = 'mesh';

/** Validates a {@link MeshAppConfig}; every field has a default. */
export const meshAppConfigSchema = v.strictObject({
  /** Time between two looks at the registry of discovered peers. */
  tickUs: v.optional(periodUs, 100_000),
  /** Let ticks pass that would find nothing new: they cost no event, and are charged for all the same. */
  elideIdleTicks: v.optional(v.boolean(), true),
  pingIntervalUs: v.optional(periodUs, 15_000_000),
  /** Time between two announcements of a node; others learn of it at once when it starts. */
  announceIntervalUs: v.optional(periodUs, 60_000_000),
  /** How long a peer stays discovered without a new announcement. */
  announceLifetimeUs: v.optional(periodUs, 120_000_000),
  /** How long the flood guard remembers an origin that it hears nothing more of. */
  floodGuardUs: v.optional(periodUs, 60_000_000),
  /** Pause before a closed topic is entered again. */
  reopenUs: v.optional(periodUs, 1_000_000),
  /** Peers with the last indices of the initial nodes that observe: they ask no registry to join at every tick, whatever the defect. */
  observers: v.optional(integerBetween(0, 1000), 0),
});

/** Parameters of the application; times in microseconds. */
export type MeshAppConfig = Readonly<v.InferOutput<typeof meshAppConfigSchema>>;

/** What a plan may do to a node, beside churn and network faults. */
export const meshActs = [
  /** Leave the topic and enter it again at once; the process and its connections live on. */
  'rotate',
  /** Open a further connection to a peer that there is one to: of the application, or with `layer` `gossip` of the actor. */
  'dial-again',
  /** Begin to dial a peer, and give it up in mid-handshake. */
  'cancel-dial',
  /** Abort one connection task. */
  'abort-child',
  /** The topic is closed under the application. */
  'close-topic',
  'advertise-only',
  'reset-stream',
  'stop-reading',
  'change-path',
  'stop-answering',
] as const;

/** CPU by frame, in microseconds. Calibrated: `join-storm` says by what. */
export const MESH_COSTS = {
  poll: 1,
  tick: 30,
  'join_peers/look': 0.05,
  'event_loop/event': 6,
  'ping/send': 25,
  'ping/answer': 25,
  'discovery/announcement': 15,
} as const;

/** The faults of the application that can be reinstated. */
export const meshAppDefects = [
  {
    id: 'app-join-every-tick',
    source: 'incident report',
    layer: 'application',
    summary: 'every 100 ms tick asks the whole registry to join, for ever',
  },
  {
    id: 'app-joined-set-never-shrinks',
    source: 'incident report',
    layer: 'application',
    summary:
      'the set of peers that were asked to join keeps departed ones, so that one that returns is not asked again',
  },
  {
    id: 'app-mesh-id-registry-insert-only',
    source: 'incident report',
    layer: 'application',
    summary: 'the mesh-id registry is filled on connect and not emptied on disconnect',
  },
  {
    id: 'app-registry-overwrite',
    source: 'incident report',
    layer: 'application',
    summary:
      'a further connection of a peer takes its place in the registry without closing the old one, whose readers stay',
  },
  {
    id: 'app-continue-on-closed',
    source: 'incident report',
    layer: 'application',
    summary: 'when the event channel is closed the loop goes on instead of ending: it spins',
  },
  {
    id: 'app-origin-map',
    source: 'mStream#884',
    layer: 'application',
    summary: 'the flood guard remembers every origin for ever',
  },
  {
    id: 'app-instrumented-loop',
    source: 'incident report',
    layer: 'application',
    summary: 'a loop that never returns runs inside a span, which keeps every event; each export walks them all',
  },
] as const satisfies readonly Defect[];

/** Which of {@link meshAppDefects} are on. */
export type MeshAppDefects = DefectSwitches<(typeof meshAppDefects)[number]['id']>;
