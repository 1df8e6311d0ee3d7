// The common frame of every profile: a warm-up, then waves of churn, each followed by a calm.
// Invariant: all of a wave happens within its span, so the next wave begins a full calm after the last moment of this one.
import { MAX_DURATION_US, formatDuration } from '../duration.ts';
import { InputError } from '../errors.ts';
import { MAX_ACTIONS } from './plan.ts';

/** Waves of a plan unless asked otherwise: enough points for a Theil-Sen slope and a last doubling. */
export const DEFAULT_WAVES = 8;
/** Most waves a plan is given. */
export const MAX_WAVES = 100_000;

/** What a plan of waves is asked for; times in microseconds. */
export interface WaveRequest {
  /** Name of the profile, for messages. */
  readonly profile: string;
  readonly warmupUs: number;
  readonly calmUs: number;
  /** Exactly so many waves. Default: 8, or as many as fit into `forUs`. */
  readonly waves?: number | undefined;
  /** At least so many departures in all. Default: by the profile. */
  readonly departures?: number | undefined;
  /** The whole must fit into this. */
  readonly forUs?: number | undefined;
}

/** How a profile's waves grow with the departures in them. */
export interface WaveShape {
  /** Departures of a wave unless asked otherwise; 0 for a profile without any. */
  readonly perWave: number;
  /** Departures there can be in all; Infinity but for traces. */
  readonly available: number;
  /** Least number of departures, `atLeast` or more, that makes a whole wave. */
  roundUp(atLeast: number): number;
  /** Room that a wave of so many departures takes, in microseconds. */
  spanUs(perWave: number): number;
  /** Most actions that a wave of so many departures takes. */
  actions(perWave: number): number;
}

/** Where the waves of a plan lie. */
export interface WaveSchedule {
  readonly waves: number;
  /** Departures in each wave: after wave i there were i * perWave. */
  readonly perWave: number;
  /** Room of a wave in microseconds. */
  readonly spanUs: number;
  readonly warmupUs: number;
  readonly calmUs: number;
  /** When the last calm is over, in microseconds. */
  readonly endUs: number;
}

/** When wave `index` (from 0) begins, in microseconds. */
export function waveStartUs(schedule: WaveSchedule, index: number): number {
  return schedule.warmupUs + index * (schedule.spanUs + schedule.calmUs);
}

/**
 * Lays out the waves of a plan. Without `forUs`: the waves asked for, or 8. With it: as many as there is room for,
 * up to 100,000 waves and 1,000,000 actions; when `departures` do not fit at the default size, fewer and larger waves.
 *
 * @throws {InputError} `too-short` when `forUs` has no room, `plan-too-long` past 1,000,000 actions or ten years,
 * `too-few-departures` when there are not as many departures as asked for.
 */
export function layOutWaves(request: WaveRequest, shape: WaveShape): WaveSchedule {
  const departures = request.departures ?? 0;
  if (departures > shape.available) throw tooFewDepartures(request.profile, departures, shape.available);
  const usualWaves = request.waves ?? Math.min(DEFAULT_WAVES, shape.available);
  const base =
    request.departures === undefined
      ? Math.min(shape.perWave, Math.max(1, Math.floor(shape.available / usualWaves)))
      : Math.ceil(departures / usualWaves);
  const layOut = (waves: number): WaveSchedule => {
    const perWave = shape.roundUp(Math.max(base, Math.ceil(departures / waves)));
    const spanUs = Math.ceil(shape.spanUs(perWave));
    const endUs = request.warmupUs + waves * (spanUs + request.calmUs);
    return { waves, perWave, spanUs, warmupUs: request.warmupUs, calmUs: request.calmUs, endUs };
  };

  const limitUs = Math.min(request.forUs ?? MAX_DURATION_US, MAX_DURATION_US);
  const most = request.waves ?? (request.forUs === undefined ? usualWaves : mostWaves(layOut(1), limitUs, base, shape));
  const least = request.waves ?? (request.forUs === undefined ? usualWaves : 1);
  for (let waves = most; waves >= least; waves -= 1) {
    const schedule = layOut(waves);
    const fits = schedule.endUs <= limitUs && waves * shape.actions(schedule.perWave) <= MAX_ACTIONS;
    if (fits && waves * schedule.perWave <= shape.available) return schedule;
  }
  throw noRoom(request, shape, layOut(least));
}

/** The error for a plan of more departures than there can be. */
export function tooFewDepartures(profile: string, departures: number, available: number): InputError {
  return new InputError(
    'too-few-departures',
    `profile ${profile}: received parameters for ${departures} departures, expected at most the ${available} there are`,
    { departures, available },
  );
}

/** An upper bound of the waves that fit, so that the search need not begin at {@link MAX_WAVES}. */
function mostWaves(single: WaveSchedule, limitUs: number, base: number, shape: WaveShape): number {
  const perWave = shape.roundUp(base);
  const roundUs = Math.ceil(shape.spanUs(perWave)) + single.calmUs;
  const byTime = Math.floor((limitUs - single.warmupUs) / roundUs);
  const byActions = Math.floor(MAX_ACTIONS / Math.max(1, shape.actions(perWave)));
  const byDepartures = perWave === 0 ? MAX_WAVES : Math.floor(shape.available / perWave);
  return Math.min(byTime, byActions, byDepartures, MAX_WAVES);
}

function noRoom(request: WaveRequest, shape: WaveShape, schedule: WaveSchedule): InputError {
  const { waves, perWave, spanUs, endUs } = schedule;
  const parts = `warm-up ${formatDuration(request.warmupUs)}, ${waves} ${waves === 1 ? 'wave' : 'waves'} of ${formatDuration(spanUs)}, calm ${formatDuration(request.calmUs)}${waves === 1 ? '' : ' after each'}`;
  const { forUs, profile } = request;
  if (forUs !== undefined && endUs > forUs) {
    const message = `${formatDuration(forUs)} is too short for profile ${profile}: needs at least ${formatDuration(endUs)} (${parts})`;
    return new InputError('too-short', message, { forUs, neededUs: endUs });
  }
  if (endUs > MAX_DURATION_US) {
    const message = `profile ${profile}: received parameters for a plan of ${formatDuration(endUs)} (${parts}), expected at most ten years`;
    return new InputError('plan-too-long', message, { endUs });
  }
  if (waves * perWave > shape.available) return tooFewDepartures(profile, waves * perWave, shape.available);
  const actions = waves * shape.actions(perWave);
  const message = `profile ${profile}: received parameters for a plan of up to ${actions} actions, expected at most ${MAX_ACTIONS}`;
  return new InputError('plan-too-long', message, { actions });
}
