// Profiles whose nodes alternate between sessions up and down: exponential, Weibull and Pareto session times.
// Invariant: session time runs within waves only; in calms every place is up and its session stands still.
import * as v from 'valibot';
import { formatDuration } from '../duration.ts';
import { sampler, type Distribution, type Sampler } from '../random/distributions.ts';
import { gamma } from '../random/math.ts';
import type { RandomStream } from '../random/stream.ts';
import type { ChurnAction } from './plan.ts';
import { numberBetween } from '../input.ts';
import { defineProfile, durationUs, type ChurnProfile, type Population } from './profile.ts';
import { Slots, type Slot } from './slots.ts';
import { waveStartUs, type WaveSchedule } from './waves.ts';

/** Time within which the places that are down at the end of a wave are filled again. */
const REFILL_US = 5_000_000;

interface SessionParams {
  readonly meanUpUs: number;
  readonly meanDownUs: number;
  readonly gracefulShare: number;
  /** Undefined for the exponential distribution, which has none. */
  readonly shape: number | undefined;
}

/** Memoryless sessions. */
export const exponentialSessions: ChurnProfile = sessionProfile('exponential', undefined, (meanUs) => ({
  kind: 'exponential',
  meanUs,
}));

/** Sessions of which the young end soon and the old last, as measured in the wild (Stutzbach and Rejaie, 2006). */
export const weibullSessions: ChurnProfile = sessionProfile(
  'weibull',
  { min: 0.2, max: 20, usual: 0.5 },
  (meanUs, shape) => ({ kind: 'weibull', scaleUs: meanUs / gamma(1 + 1 / shape), shape }),
);

/** Sessions with a heavy tail and a least length (Leonard, Rai and Loguinov, 2005, take shifted ones with shape 3). */
export const paretoSessions: ChurnProfile = sessionProfile(
  'pareto',
  { min: 1.05, max: 20, usual: 2 },
  (meanUs, shape) => ({ kind: 'pareto', scaleUs: (meanUs * (shape - 1)) / shape, shape }),
);

function sessionProfile(
  kind: 'exponential' | 'weibull' | 'pareto',
  shapeRange: { min: number; max: number; usual: number } | undefined,
  distribution: (meanUs: number, shape: number) => Distribution,
): ChurnProfile {
  const shapeEntry =
    shapeRange === undefined ? {} : { shape: v.exactOptional(numberBetween(shapeRange.min, shapeRange.max)) };
  const times = (meanUs: number, shape: number | undefined): Sampler =>
    sampler(whole(distribution(meanUs, shape ?? 1)), 1);
  return defineProfile({
    name: `sessions-${kind}`,
    summary: `nodes alternate between ${kind} sessions up and down; a fresh identity each life`,
    parameters: [
      { name: 'meanUpUs', summary: 'mean session in microseconds, 1000 or more; default 20s' },
      { name: 'meanDownUs', summary: 'mean time between sessions in microseconds, 1000 or more; default 4s' },
      { name: 'gracefulShare', summary: 'share of the sessions that end gracefully, 0 to 1; default 0.5' },
      ...(shapeRange === undefined
        ? []
        : [
            {
              name: 'shape',
              summary: `shape of both distributions, ${shapeRange.min} to ${shapeRange.max}; default ${shapeRange.usual}`,
            },
          ]),
    ],
    entries: {
      meanUpUs: v.exactOptional(durationUs(1_000)),
      meanDownUs: v.exactOptional(durationUs(1_000)),
      gracefulShare: v.exactOptional(numberBetween(0, 1)),
      ...(shapeEntry as { shape: v.ExactOptionalSchema<v.GenericSchema<number>, undefined> }),
    },
    settle: (input): SessionParams => ({
      meanUpUs: input.meanUpUs ?? 20_000_000,
      meanDownUs: input.meanDownUs ?? 4_000_000,
      gracefulShare: input.gracefulShare ?? 0.5,
      shape: shapeRange === undefined ? undefined : (input.shape ?? shapeRange.usual),
    }),
    shape: (own, population) => ({
      spanUs: (perWave) => windowUs(own, population, perWave) + REFILL_US,
      actions: (perWave) => perWave * 2,
    }),
    figures: ({ shape, ...own }) => (shape === undefined ? own : { ...own, shape }),
    describe: (own) => [
      `${kind} sessions${own.shape === undefined ? '' : ` of shape ${own.shape}`}, mean ${formatDuration(own.meanUpUs)} up and ${formatDuration(own.meanDownUs)} down, share that ends gracefully ${own.gracefulShare}`,
    ],
    draw: (own, schedule, population, random) =>
      new SessionDraw(own, population, random, times(own.meanUpUs, own.shape), times(own.meanDownUs, own.shape)).waves(
        schedule,
        windowUs(own, population, schedule.perWave),
      ),
  });
}

/** Twice the time that a wave's departures take on average, and a session more. */
function windowUs(own: SessionParams, population: Population, perWave: number): number {
  const averageUs = (perWave * (own.meanUpUs + own.meanDownUs)) / population.churned;
  return Math.ceil(2 * averageUs + own.meanUpUs);
}

function whole(distribution: Distribution): Distribution {
  if (distribution.kind !== 'weibull' && distribution.kind !== 'pareto') return distribution;
  return { ...distribution, scaleUs: Math.max(1, Math.round(distribution.scaleUs)) };
}

/** A place, and when its session (up or down) ends, in session time. */
interface Session {
  readonly slot: Slot;
  readonly order: number;
  up: boolean;
  endUs: number;
}

/** One plan being drawn: a renewal process per place, cut into waves by the number of departures. */
class SessionDraw {
  private readonly own: SessionParams;
  private readonly random: RandomStream;
  private readonly up: Sampler;
  private readonly down: Sampler;
  private readonly slots: Slots;
  private readonly heap: Session[];
  private readonly actions: ChurnAction[] = [];
  /** Session time: runs within waves only. */
  private nowUs = 0;

  constructor(own: SessionParams, population: Population, random: RandomStream, up: Sampler, down: Sampler) {
    this.own = own;
    this.random = random;
    this.up = up;
    this.down = down;
    this.slots = new Slots(population);
    this.heap = this.slots.all.map((slot, order) => ({ slot, order, up: true, endUs: up(random) }));
    for (let at = this.heap.length >> 1; at >= 0; at -= 1) this.sink(at);
  }

  waves(schedule: WaveSchedule, roomUs: number): ChurnAction[] {
    for (let wave = 0; wave < schedule.waves; wave += 1)
      this.wave(waveStartUs(schedule, wave), schedule.perWave, roomUs);
    return this.actions;
  }

  /**
   * Runs session time until so many departures, and maps the stretch into the wave: as it is when it fits into the
   * room, else scaled down to it. Then the places that are down are filled, so that every calm sees the same population.
   */
  private wave(startUs: number, departures: number, roomUs: number): void {
    const begunUs = this.nowUs;
    const first = this.actions.length;
    for (let left = departures; left > 0;) left -= this.toggleNext();
    const tookUs = this.nowUs - begunUs;
    const scale = tookUs > roomUs ? roomUs / tookUs : 1;
    for (let at = first; at < this.actions.length; at += 1) {
      const action = this.actions[at] as ChurnAction;
      action.atUs = startUs + Math.floor((action.atUs - begunUs) * scale);
    }
    this.refill(startUs + Math.floor(tookUs * scale));
  }

  /** The next session that ends; returns 1 when it was one up, a departure, and 0 otherwise. */
  private toggleNext(): number {
    const session = this.heap[0] as Session;
    this.nowUs = session.endUs;
    const departed = session.up;
    if (departed) {
      const kind = this.random.chance(this.own.gracefulShare) ? 'stop' : 'kill';
      this.actions.push({ atUs: this.nowUs, kind, peer: session.slot.peer });
    } else {
      session.slot.peer = this.slots.fresh();
      this.actions.push({ atUs: this.nowUs, kind: 'start', peer: session.slot.peer });
    }
    session.up = !departed;
    session.endUs = this.nowUs + (departed ? this.down : this.up)(this.random);
    this.sink(0);
    return departed ? 1 : 0;
  }

  private refill(fromUs: number): void {
    const downs = this.heap.filter((session) => !session.up).sort((a, b) => a.order - b.order);
    for (const session of downs) {
      session.slot.peer = this.slots.fresh();
      session.up = true;
      session.endUs = this.nowUs + this.up(this.random);
      this.actions.push({ atUs: fromUs + this.random.between(0, REFILL_US), kind: 'start', peer: session.slot.peer });
    }
    for (let at = this.heap.length >> 1; at >= 0; at -= 1) this.sink(at);
  }

  /** Restores the heap below `at`, by end of session and then by place. */
  private sink(at: number): void {
    const heap = this.heap;
    const session = heap[at];
    if (session === undefined) return;
    for (let hole = at; ;) {
      let child = 2 * hole + 1;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Session)) child += 1;
      const next = heap[child];
      if (next === undefined || before(session, next)) {
        heap[hole] = session;
        return;
      }
      heap[hole] = next;
      hole = child;
    }
  }
}

function before(a: Session, b: Session): boolean {
  return a.endUs < b.endUs || (a.endUs === b.endUs && a.order < b.order);
}
