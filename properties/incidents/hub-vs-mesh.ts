// hub-vs-mesh: what a mesh and a hub cost as nodes grow, and what one death costs each.
// Invariant: both run the same workload over the same network; nothing was reported, so all but CPU is predicted.
import { METER } from '../../sim/meters.ts';
import type { TimelineSample } from '../soak/record.ts';
import type { Incident, IncidentRow, IncidentRun, IncidentRuns, IncidentVariant } from './incident.ts';
import { coresOver, endsOf, gained, ratePerSecond, shownNumber, TOO_SHORT } from './figures.ts';
import type { Window, WindowEnds } from './figures.ts';
import { SECOND_US } from './settings.ts';

const SIZES = [10, 20, 50, 100, 200, 500];
const MODELS = ['mesh', 'hub'] as const;

/** Everybody has joined, or connected. */
const STEADY_US = 15 * SECOND_US;
/** A member is killed, then peer 0: the hub, or any node of the mesh. */
const MEMBER_DIES_US = 40 * SECOND_US;
const FIRST_DIES_US = 65 * SECOND_US;
/** What was under way at a death is over. */
const UNDER_WAY_US = SECOND_US;
const END_US = 90 * SECOND_US;

const STEADY: Window = { fromUs: STEADY_US, untilUs: MEMBER_DIES_US - SECOND_US };
const AFTER_MEMBER: Window = { fromUs: MEMBER_DIES_US + UNDER_WAY_US, untilUs: FIRST_DIES_US - SECOND_US };
const AFTER_FIRST: Window = { fromUs: FIRST_DIES_US + UNDER_WAY_US, untilUs: END_US };

export const hubVersusMesh: Incident = {
  name: 'hub-vs-mesh',
  summary: 'CPU, handshakes, bytes and delivery of a mesh and of a hub from 10 to 500 nodes, and one death in each',
  story:
    'Before the mesh was mended a hub was nearly built in its place: every node on one connection to a controller that ' +
    'sequences broadcasts and fans them out. Nothing was reported of it, so this compares the two models over a minute ' +
    'and a half: all nodes start at once, one broadcast begins a second, a member is killed at 40 s, and peer 0, which ' +
    'is the hub where there is one, at 65 s.',
  scenario: {
    ...sized(SIZES[0]!),
    model: 'mesh',
    for: '90s',
    startIntervalUs: 0,
    workload: { broadcastsPerSecond: 1 },
  },
  runs: SIZES.flatMap((nodes) =>
    MODELS.map((model): IncidentVariant => {
      const title = model === 'hub' ? `a hub and ${nodes - 1} members` : `a mesh of ${nodes}`;
      return { key: `${model}-${nodes}`, title, change: { ...sized(nodes), model } };
    }),
  ),
  rows,
};

function sized(nodes: number): Pick<Incident['scenario'], 'nodes' | 'plan'> {
  const actions = [
    { atUs: MEMBER_DIES_US, kind: 'kill', peer: nodes - 1 },
    { atUs: FIRST_DIES_US, kind: 'kill', peer: 0 },
  ];
  return { nodes, plan: { version: 1, actions } };
}

interface Metric {
  readonly what: string;
  readonly unit: string;
  readonly status: IncidentRow['status'];
  readonly note?: string;
  readonly window: Window;
  readonly figure: (ends: WindowEnds, run: IncidentRun, window: Window) => string;
}

const METRICS: readonly Metric[] = [
  {
    what: 'CPU of all nodes',
    unit: 'cores',
    status: 'calibrated',
    note: 'at rest, with one broadcast a second',
    window: STEADY,
    figure: (ends) => shownNumber(coresOver(ends), 3),
  },
  {
    what: 'CPU of the busiest node',
    unit: '% of a core',
    status: 'calibrated',
    note: 'over one second',
    window: STEADY,
    figure: (_ends, run) => shownNumber(busiest(run, STEADY) * 100, 2),
  },
  {
    what: 'handshakes per node until all are in',
    unit: '',
    status: 'predicted',
    window: { fromUs: 0, untilUs: STEADY_US },
    figure: (ends, { soak }) => shownNumber(gained(ends, 'dials') / soak.nodes, 1),
  },
  {
    what: 'bytes sent by all nodes',
    unit: 'KB/s',
    status: 'predicted',
    window: STEADY,
    figure: (ends) => shownNumber(ratePerSecond(ends, 'bytesSent') / 1000, 0),
  },
  {
    what: 'delivered',
    unit: '%',
    status: 'predicted',
    window: STEADY,
    figure: delivered,
  },
  {
    what: 'delivered after a member died',
    unit: '%',
    status: 'predicted',
    note: 'to those that live',
    window: AFTER_MEMBER,
    figure: delivered,
  },
  {
    what: 'delivered after peer 0 died',
    unit: '%',
    status: 'predicted',
    note: 'the hub, where there is one',
    window: AFTER_FIRST,
    figure: delivered,
  },
  {
    what: 'handshakes begun after peer 0 died',
    unit: 'per second',
    status: 'predicted',
    window: AFTER_FIRST,
    figure: (ends) => shownNumber(ratePerSecond(ends, 'dials'), 1),
  },
];

function rows(runs: IncidentRuns): IncidentRow[] {
  return METRICS.flatMap((metric) =>
    MODELS.flatMap((model) => {
      const made = SIZES.flatMap((nodes) => {
        const run = runs.get(`${model}-${nodes}`);
        // A run of another size is told as what it is.
        return run === undefined ? [] : [{ nodes: run.soak.nodes, text: measured(metric, run) }];
      });
      if (made.length === 0) return [];
      const { what, unit, status, note } = metric;
      return [
        {
          what: `${what}, ${model} of ${made.map(({ nodes }) => nodes).join(' / ')}`,
          unit,
          reported: undefined,
          measured: made.map(({ text }) => text).join(' / '),
          status,
          ...(note === undefined ? {} : { note }),
        },
      ];
    }),
  );
}

function measured({ window, figure }: Metric, run: IncidentRun): string {
  const ends = endsOf(run.record, window);
  return ends === undefined ? TOO_SHORT : figure(ends, run, window);
}

/** First deliveries as a share of those that all live nodes but the origins would make. */
function delivered(_ends: WindowEnds, { record }: IncidentRun, window: Window): string {
  const quiet = quietSamples(record.timeline).filter(({ atUs }) => atUs >= window.fromUs && atUs <= window.untilUs);
  const [first, last] = [quiet[0], quiet.at(-1)];
  if (first === undefined || last === undefined || first === last) return TOO_SHORT;
  const between = { first, last, seconds: 0 };
  const due = gained(between, 'broadcasts') * (last.liveCount - 1);
  return due === 0 ? '0' : shownNumber((gained(between, 'deliveries') / due) * 100, 1);
}

/** Those before which no broadcast began for a second, so that none is under way. */
function quietSamples(timeline: readonly TimelineSample[]): TimelineSample[] {
  return timeline.filter(({ meters }, place) => {
    const before = timeline[place - 1];
    return before !== undefined && meters[METER.broadcasts] === before.meters[METER.broadcasts];
  });
}

function busiest({ record }: IncidentRun, { fromUs, untilUs }: Window): number {
  const { timeline } = record;
  return timeline.reduce((most, { atUs, busiestUs }, place) => {
    const before = timeline[place - 1];
    if (before === undefined || before.atUs < fromUs || atUs > untilUs) return most;
    return Math.max(most, busiestUs / (atUs - before.atUs));
  }, 0);
}
