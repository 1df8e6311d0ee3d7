// The profile that replays an availability trace, cut into waves or as it is.
// Invariant: each churned peer departs and returns in the order of one node of the trace, and is up until its first departure.
import * as v from 'valibot';
import { MAX_DURATION_US, formatDuration } from '../duration.ts';
import { InputError } from '../errors.ts';
import type { RandomStream } from '../random/stream.ts';
import type { AvailabilityTrace } from './avt.ts';
import { MAX_ACTIONS, type ChurnAction } from './plan.ts';
import { numberBetween } from '../input.ts';
import { defineProfile, durationUs, type ChurnProfile, type Population, type Refuse } from './profile.ts';
import { Slots, type Slot } from './slots.ts';
import { tooFewDepartures, waveStartUs, type WaveRequest, type WaveSchedule } from './waves.ts';

const LAYOUTS = ['waves', 'as-is'] as const;
const IDENTITIES = ['same', 'fresh'] as const;

interface TraceParams {
  readonly trace: AvailabilityTrace;
  readonly layout: (typeof LAYOUTS)[number];
  readonly identity: (typeof IDENTITIES)[number];
  readonly gracefulShare: number;
  /** Length of each wave. */
  readonly waveUs: number;
  /** Trace time per virtual time when used as it is. */
  readonly speed: number;
  readonly changes: readonly TraceChange[];
  /** Departures among the changes. */
  readonly departures: number;
}

/** A node of the trace going down or coming up. */
export interface TraceChange {
  /** Microseconds since the earliest start in the trace. */
  readonly atUs: number;
  /** Index of the churned place that replays the node, from 0. */
  readonly place: number;
  readonly up: boolean;
}

/**
 * The changes of the first `places` nodes of a trace that depart at all, in time order (ties by place, then in the
 * node's own order). Every node counts as up until its first departure, as a run begins with all nodes up; an interval
 * that lasts to the end of the trace was cut off by it and is no departure.
 */
export function changesOf(trace: AvailabilityTrace, places: number): TraceChange[] {
  const changes: TraceChange[] = [];
  let place = 0;
  for (const { upUs } of trace.nodes) {
    if (place === places) break;
    if (upUs.length === 0 || (upUs[1] as number) >= trace.durationUs) continue;
    for (let at = 1; at < upUs.length; at += 1) {
      const atUs = upUs[at] as number;
      const up = at % 2 === 0;
      if (up || atUs < trace.durationUs) changes.push({ atUs, place, up });
    }
    place += 1;
  }
  return changes.sort((a, b) => a.atUs - b.atUs || a.place - b.place);
}

/** Replays an availability trace. The trace itself is handed over parsed: see `parseAvt`. */
export const trace: ChurnProfile = defineProfile({
  name: 'trace',
  summary: 'replays the departures and returns of an availability trace (AVT)',
  parameters: [
    { name: 'trace', summary: 'the parsed trace; required' },
    {
      name: 'layout',
      summary:
        'waves (default: each wave replays the next departures, its stretch of the trace scaled to waveUs) or as-is',
    },
    { name: 'waveUs', summary: 'length of each wave in microseconds, 1 or more; default 20s; not used as-is' },
    {
      name: 'speed',
      summary:
        'trace seconds per virtual second when used as-is, above 0; default 1; departures past forUs are cut off',
    },
    { name: 'identity', summary: 'whether a node comes back as the same identity (default) or a fresh one' },
    { name: 'gracefulShare', summary: 'share of the departures that are graceful, 0 to 1; default 0' },
  ],
  entries: {
    trace: v.custom<AvailabilityTrace>(isTrace, 'a parsed availability trace'),
    layout: v.exactOptional(v.picklist(LAYOUTS)),
    identity: v.exactOptional(v.picklist(IDENTITIES)),
    gracefulShare: v.exactOptional(numberBetween(0, 1)),
    waveUs: v.exactOptional(durationUs(1)),
    speed: v.exactOptional(numberBetween(0.000_001, 1_000_000_000)),
  },
  settle(input, population): TraceParams {
    const changes = changesOf(input.trace, population.churned);
    const departures = departuresOf(changes);
    if (departures === 0) {
      throw new InputError(
        'bad-trace',
        'profile trace: received a trace in which no node departs, expected one departure or more',
      );
    }
    return {
      trace: input.trace,
      layout: input.layout ?? 'waves',
      identity: input.identity ?? 'same',
      gracefulShare: input.gracefulShare ?? 0,
      waveUs: input.waveUs ?? 20_000_000,
      speed: input.speed ?? 1,
      changes,
      departures,
    };
  },
  shape: (own) => ({ available: own.departures, spanUs: () => own.waveUs, actions: (perWave) => perWave * 2 }),
  layOut: (own, request, refuse) => (own.layout === 'as-is' ? asIsSchedule(own, request, refuse) : undefined),
  figures: ({ trace: { nodes, durationUs, intervalCount }, changes: _changes, departures: _departures, ...own }) => ({
    ...own,
    traceNodes: nodes.length,
    traceIntervals: intervalCount,
    traceUs: durationUs,
  }),
  describe: (own) => [
    `trace of ${own.trace.nodes.length} nodes and ${own.trace.intervalCount} up-intervals over ${formatDuration(own.trace.durationUs)}, ${own.departures} departures to replay`,
    own.layout === 'waves'
      ? `each wave ${formatDuration(own.waveUs)}`
      : `as it is, ${own.speed} trace seconds a second`,
    `nodes come back as ${own.identity === 'same' ? 'the same identity' : 'a fresh identity'}, share that leaves gracefully ${own.gracefulShare}`,
  ],
  draw: (own, schedule, population, random) => {
    const timed = own.layout === 'waves' ? inWaves(own, schedule) : asIs(own, schedule);
    return actionsOf(timed, own, population, random);
  },
});

/** A single wave: the trace at its own pace, cut off where the last calm before `forUs` has to begin. */
function asIsSchedule(own: TraceParams, request: WaveRequest, refuse: Refuse): WaveSchedule {
  const { warmupUs, calmUs, forUs } = request;
  if (request.waves !== undefined && request.waves !== 1) {
    throw refuse('waves', `received ${request.waves}, expected 1 or none, as a trace used as-is has no waves`);
  }
  const wholeUs = Math.ceil(own.trace.durationUs / own.speed);
  const firstUs = virtualUs(own, own.changes[0] as TraceChange);
  const neededUs = warmupUs + firstUs + calmUs;
  const limitUs = Math.min(forUs ?? MAX_DURATION_US, MAX_DURATION_US);
  if (neededUs > limitUs) {
    throw new InputError(
      'too-short',
      `${formatDuration(limitUs)} is too short for profile trace: needs at least ${formatDuration(neededUs)} (warm-up ${formatDuration(warmupUs)}, first departure ${formatDuration(firstUs)} later, calm ${formatDuration(calmUs)})`,
      { forUs: limitUs, neededUs },
    );
  }
  const spanUs = Math.min(wholeUs, limitUs - warmupUs - calmUs);
  const replayed = own.changes.filter((change) => virtualUs(own, change) <= spanUs);
  const perWave = departuresOf(replayed);
  if (perWave < (request.departures ?? 0)) throw tooFewDepartures('trace', request.departures ?? 0, perWave);
  if (replayed.length > MAX_ACTIONS) {
    throw refuse(
      'trace',
      `received ${replayed.length} departures and returns to replay, expected at most ${MAX_ACTIONS}`,
    );
  }
  return { waves: 1, perWave, spanUs, warmupUs, calmUs, endUs: warmupUs + spanUs + calmUs };
}

function asIs(own: TraceParams, schedule: WaveSchedule): TraceChange[] {
  return own.changes
    .filter((change) => virtualUs(own, change) <= schedule.spanUs)
    .map((change) => ({ ...change, atUs: schedule.warmupUs + virtualUs(own, change) }));
}

/** Each wave takes the changes up to its last departure, and scales their stretch of the trace to its span. */
function inWaves(own: TraceParams, schedule: WaveSchedule): TraceChange[] {
  const timed: TraceChange[] = [];
  let next = 0;
  let fromUs = (own.changes[0] as TraceChange).atUs;
  for (let wave = 0; wave < schedule.waves; wave += 1) {
    const first = next;
    for (let left = schedule.perWave; left > 0; next += 1) if (own.changes[next]?.up === false) left -= 1;
    const untilUs = (own.changes[next - 1] as TraceChange).atUs;
    const scale = untilUs > fromUs ? schedule.spanUs / (untilUs - fromUs) : 0;
    const startUs = waveStartUs(schedule, wave);
    for (const change of own.changes.slice(first, next)) {
      const offsetUs = Math.min(schedule.spanUs, Math.floor((change.atUs - fromUs) * scale));
      timed.push({ ...change, atUs: startUs + offsetUs });
    }
    fromUs = untilUs;
  }
  return timed;
}

function actionsOf(
  timed: readonly TraceChange[],
  own: TraceParams,
  population: Population,
  random: RandomStream,
): ChurnAction[] {
  const slots = new Slots(population);
  return timed.map(({ atUs, place, up }): ChurnAction => {
    const slot = slots.all[place] as Slot;
    if (!up) return { atUs, kind: random.chance(own.gracefulShare) ? 'stop' : 'kill', peer: slot.peer };
    if (own.identity === 'same') return { atUs, kind: 'rejoin', peer: slot.peer };
    slot.peer = slots.fresh();
    return { atUs, kind: 'start', peer: slot.peer };
  });
}

/** When a change happens when the trace is used as it is, from the end of the warm-up. */
function virtualUs(own: TraceParams, change: TraceChange): number {
  return Math.floor(change.atUs / own.speed);
}

function departuresOf(changes: readonly TraceChange[]): number {
  return changes.reduce((count, change) => (change.up ? count : count + 1), 0);
}

function isTrace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { nodes, durationUs, intervalCount } = value as Partial<AvailabilityTrace>;
  return (
    isTime(durationUs) && isTime(intervalCount) && Array.isArray(nodes) && nodes.every((node) => isTraceNode(node))
  );
}

/** A trace that comes out of a scenario file was not read by `parseAvt`, and is held to the same. */
function isTraceNode(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { id, upUs } = value as Partial<AvailabilityTrace['nodes'][number]>;
  if (typeof id !== 'string' || !Array.isArray(upUs) || upUs.length % 2 !== 0) return false;
  return upUs.every((atUs, place) => isTime(atUs) && (place === 0 || atUs >= (upUs[place - 1] as number)));
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
