// The corpus of edges that are dead in part: what a fault of the links does to the neighbours' views, or to what they spend.
// Invariant: as in the rest of the corpus; each case shows another symptom of a defect that has its first case elsewhere.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { CorpusCase } from './membership.ts';
import { QUICK } from './stack.ts';

const SECOND = 1_000_000;
/** When the first wave of acts begins: after the bootstrap and a calm; and from one wave to the next. Microseconds. */
const FIRST_WAVE_US = 120 * SECOND;
const WAVE_US = 100 * SECOND;

function waves(count: number, make: (wave: number, atUs: number) => ChurnAction[]): ChurnAction[] {
  return Array.from({ length: count }, (_, wave) => make(wave, FIRST_WAVE_US + wave * WAVE_US)).flat();
}

/**
 * Both of two nodes leave and join anew through each other, the second before the first one's dial has reached it. Each
 * takes the other's join and closes its own connection, and hears of the other's close 130 ms earlier or later than the
 * other does; then they try again as far apart as before, a second and four latencies later, for ever. In 260 ms of
 * these 1.68 s the second has the first as a neighbour and the first has not the second. Three tries are about as long as
 * the gap between two looks at the overlay, so that a pair of looks meets the edge in one state.
 */
const JOIN_LATENCY_US = 170_000;
const APART_US = 130_000;

/** The nodes of the mesh of hubs, all of which are neighbours. */
const MEMBERS = 8;
const HUBS = 3;

/**
 * The nearer to all a node is, the lower its index: payloads travel by node 0, and by the next when that one does not
 * pass them on any more. Microseconds by pair.
 */
const NEAR_TO_HUBS = Array.from({ length: MEMBERS }, (_, from) =>
  Array.from({ length: MEMBERS }, (_same, to) => 10_000 * (1 + 2 * Math.min(from, to))),
);

/** A further symptom of defects that the stack's corpus shows by another. */
export const DEAD_EDGE_CASES: readonly CorpusCase[] = [
  {
    defect: 'gossip-mutual-join-drops-both',
    trigger: 'two nodes join each other within a latency, not at the same moment',
    scenario: {
      ...QUICK,
      nodes: 2,
      startIntervalUs: SECOND,
      network: { latency: { kind: 'fixed', us: JOIN_LATENCY_US } },
      // They find each other at the start by one dial.
      config: { ...QUICK.config, app: { ...(QUICK.config!['app'] as object), tickUs: 1_000 } },
      plan: {
        version: 1,
        actions: waves(8, (_, atUs) => [
          { atUs, kind: 'act', peer: 0, act: 'rotate' },
          { atUs: atUs + APART_US, kind: 'act', peer: 1, act: 'rotate' },
        ]),
      },
    },
    breaks: ['views-symmetric', 'no-wedge'],
    subject: 'as a neighbour, p0 does not have p1',
  },
  {
    // A Prune over a dead path never arrives: who pushes to its sender goes on for ever, whoever else does so too. Each
    // hub that falls silent to most of the others leaves all of those pushing to it, while the tree heals around the next.
    defect: 'gossip-dead-send-path',
    trigger: 'streams of the nodes at the centre of the tree are reset, one hub after the other',
    scenario: {
      ...QUICK,
      nodes: MEMBERS,
      network: { latency: { kind: 'table', regions: NEAR_TO_HUBS } },
      config: {
        ...QUICK.config,
        hyparview: { ...(QUICK.config!['hyparview'] as object), activeViewCapacity: MEMBERS - 1 },
      },
      // So long that a push costs more than an announcement does.
      workload: { broadcastsPerSecond: 4, payloadBytes: 200_000 },
      plan: {
        version: 1,
        // The last member is spared: what a hub broadcasts itself still gets out by it.
        actions: waves(HUBS, (hub, atUs) =>
          Array.from({ length: MEMBERS - 2 - hub }, (_, place): ChurnAction => {
            const args = { alpn: 'gossip', peer: hub + 1 + place };
            return { atUs: atUs + place * SECOND, kind: 'act', peer: hub, act: 'reset-stream', args };
          }),
        ),
      },
    },
    breaks: ['cost-settles', 'no-wedge'],
    subject: 'microseconds of CPU',
  },
];
