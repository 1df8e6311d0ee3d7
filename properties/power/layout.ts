// How churn is laid out in the time a canary has: the profile's own waves, fewer and smaller ones, or churn to the very end.
// Invariant: a function of the profile, its parameters and the time; what was asked of a wave explicitly is never changed.
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { ChurnProfile, ResolvedProfile } from '../../sim/churn/profile.ts';
import { InputError } from '../../sim/errors.ts';
import { FEWEST_CALMS } from '../slope.ts';

/** Parameters of a profile, without those that the scenario settles. */
export type ProfileParams = Readonly<Record<string, unknown>>;

/** What a layout must fit into. */
export interface Room {
  readonly nodes: number;
  /** Microseconds, as all times here. */
  readonly calmUs: number;
  readonly forUs: number;
}

/** A layout, by the parameters that give it. */
export type Layout =
  /** Every calm of the waves fits. */
  | { readonly kind: 'waves'; readonly params: ProfileParams }
  /** Nothing that ends with a calm fits: there is churn until the time is up, and the plan is cut off there. */
  | { readonly kind: 'cut'; readonly params: ProfileParams };

/**
 * Waves that give one calm more than a slope needs, as the first comes before them. With just enough, a slope is sure to no
 * more than 95.8%: 2 of 30 clean runs of three waves were red, of four waves none of 30.
 */
const SURE_WAVES = FEWEST_CALMS;
/** Fewest waves that give a slope at all. */
const FEWEST_WAVES = FEWEST_CALMS - 1;
/** So many times the churn makes up for the wave that is missing. */
const WORTH_A_WAVE = 2;
/** Part of a time too short for anything that is left for the bootstrap, at most. */
const WARMUP_PART = 3;
/** Parameters that say how much a wave holds, or how many there are. */
const SIZES = ['waves', 'departures', 'actsPerWave'] as const;

/** Whether churn of the profile has a rate. */
export function takesRate(profile: ChurnProfile): boolean {
  return profile.parameters.some(({ name }) => name === 'ratePerSecond');
}

/**
 * Lays churn out. The profile's own waves are taken where four of them fit, which is five calms. Else four smaller ones are,
 * as large as there is room for, or three where these hold twice the churn: it is churn in all that finds most. Else two or
 * one, then one after the bootstrap alone, and then churn to the very end.
 *
 * @throws {InputError} For parameters that the profile refuses whatever the time.
 */
export function layOut(profile: ChurnProfile, params: ProfileParams, room: Room): Layout {
  const own = fitting(profile, params, room);
  const isFixed = SIZES.some((name) => params[name] !== undefined);
  if (own !== undefined && (isFixed || own.schedule.waves >= SURE_WAVES)) return { kind: 'waves', params };
  if (!isFixed) {
    const smaller = squeezed(profile, params, room);
    if (smaller !== undefined) return { kind: 'waves', params: smaller };
  }
  if (own !== undefined) return { kind: 'waves', params };
  const { forUs } = room;
  const warmupUs = params['warmupUs'] ?? Math.min(BOOTSTRAP_US, Math.floor(forUs / WARMUP_PART));
  return { kind: 'cut', params: endless(profile, { ...params, warmupUs }, room) };
}

/** Fewer waves, each as large as fits; undefined when not one of a single departure does. */
function squeezed(profile: ChurnProfile, params: ProfileParams, room: Room): ProfileParams | undefined {
  const sized = sizer(profile, params, room);
  if (sized === undefined) return undefined;
  const laid = (waves: number, warmup: ProfileParams): { churn: number; params: ProfileParams } => {
    const sizedParams = (perWave: number): ProfileParams => ({ ...params, ...warmup, ...sized.params(waves, perWave) });
    const perWave = largest(sized.usual, (size) => fitting(profile, sizedParams(size), room) !== undefined);
    return { churn: waves * perWave, params: sizedParams(perWave) };
  };
  const [sure, fewest] = [laid(SURE_WAVES, {}), laid(FEWEST_WAVES, {})];
  if (sure.churn > 0 && fewest.churn < WORTH_A_WAVE * sure.churn) return sure.params;
  const early = params['warmupUs'] === undefined ? [laid(1, { warmupUs: BOOTSTRAP_US })] : [];
  return [fewest, laid(2, {}), laid(1, {}), ...early].find(({ churn }) => churn > 0)?.params;
}

/** How the size of a profile's waves is set; undefined when it cannot be. */
function sizer(
  profile: ChurnProfile,
  params: ProfileParams,
  { nodes, calmUs }: Room,
): { usual: number; params(waves: number, perWave: number): ProfileParams } | undefined {
  const { schedule, params: settled } = profile.resolve({ ...params, nodes, calmUs });
  if (profile.departs) {
    return { usual: schedule.perWave, params: (waves, perWave) => ({ waves, departures: waves * perWave }) };
  }
  const acts = settled['actsPerWave'];
  return typeof acts === 'number'
    ? { usual: acts, params: (waves, actsPerWave) => ({ waves, actsPerWave }) }
    : undefined;
}

/** The largest from 1 to `most` (included) that fits, where what is larger than one that does not fit does not either; or 0. */
function largest(most: number, fits: (size: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** One wave that lasts for longer than there is time. */
function endless(profile: ChurnProfile, params: ProfileParams, { nodes, calmUs, forUs }: Room): ProfileParams {
  const free = Object.fromEntries(Object.entries(params).filter(([name]) => !SIZES.some((size) => size === name)));
  const { params: settled } = profile.resolve({ ...free, nodes, calmUs });
  const rate = settled['ratePerSecond'];
  if (typeof rate !== 'number') return free;
  const perWave = Math.max(1, Math.ceil((rate * forUs) / 1_000_000));
  return { ...free, waves: 1, ...(profile.departs ? { departures: perWave } : { actsPerWave: perWave }) };
}

/** Undefined when there is no room for it. */
function fitting(profile: ChurnProfile, params: ProfileParams, room: Room): ResolvedProfile | undefined {
  try {
    return profile.resolve({ ...params, ...room });
  } catch (error) {
    if (error instanceof InputError && error.code === 'too-short') return undefined;
    throw error;
  }
}
