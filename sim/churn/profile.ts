// What a churn profile is, and the parameters that all of them share.
// Invariant: peers 0 to keep - 1 are never started, ended or cut off alone by any profile.
import * as v from 'valibot';
import { MAX_DURATION_US, formatDuration } from '../duration.ts';
import { InputError } from '../errors.ts';
import { integerBetween, parseInput } from '../input.ts';
import type { RandomStream } from '../random/stream.ts';
import { sortedPlan, type ChurnAction, type ChurnPlan } from './plan.ts';
import { MAX_WAVES, layOutWaves, type WaveRequest, type WaveSchedule, type WaveShape } from './waves.ts';

/** Most nodes a profile draws churn for. */
export const MAX_NODES = 1_000_000;

/** Room that the default warm-up leaves for the bootstrap before its calm, in microseconds. */
export const BOOTSTRAP_US = 30_000_000;

/**
 * What a caller asks of a profile: the shared parameters, and the profile's own by name (see
 * {@link ChurnProfile.parameters}). Times are integers of microseconds.
 */
export interface ProfileInput {
  /** Nodes that the scenario starts, peers 0 to nodes - 1; an integer between 2 and 1,000,000 (included). */
  readonly nodes: number;
  /** Length of a calm; 1 or more. See `calmLengthUs`. */
  readonly calmUs: number;
  /**
   * Peers 0 to keep - 1 are observers: never touched, so that there are survivors in which residue can be seen.
   * An integer between 0 and nodes - 1 (included); default: a quarter of the nodes, rounded up, and 2 at least (as far
   * as one node is left to churn).
   */
  readonly keep?: number;
  /** Time before the first wave; default: 30 s for the bootstrap, then a calm. */
  readonly warmupUs?: number;
  /** Number of waves, between 1 and 100,000 (included); default: 8, or as many as fit into `forUs`. */
  readonly waves?: number;
  /** Least number of departures in all; only for a profile that {@link ChurnProfile.departs}. */
  readonly departures?: number;
  /** The warm-up, the waves and their calms must fit into this. */
  readonly forUs?: number;
  readonly [parameter: string]: unknown;
}

/** A parameter of one profile. */
export interface ProfileParameter {
  readonly name: string;
  /** What it is, its unit, its range and its default, in one clause. */
  readonly summary: string;
}

/** A named way to draw churn plans. */
export interface ChurnProfile {
  readonly name: string;
  /** One clause for lists. */
  readonly summary: string;
  /** Whether its plans end incarnations; only then does it know the parameter `departures`. */
  readonly departs: boolean;
  /** Its own parameters, beside the shared ones of {@link ProfileInput}. */
  readonly parameters: readonly ProfileParameter[];
  /**
   * Validates parameters and fills in every default.
   *
   * @param where - The place of the parameters, for messages; default `profile <name>`.
   * @throws {InputError} `bad-profile` for a parameter that is unknown or out of range, and the codes of
   * `layOutWaves`: `too-short`, `plan-too-long`, `too-few-departures`; `bad-trace` for a trace without departures.
   */
  resolve(input: ProfileInput, where?: string): ResolvedProfile;
}

/** A profile with every parameter settled, ready to draw. */
export interface ResolvedProfile {
  readonly name: string;
  /** Every parameter, defaults filled in, as plain JSON (a trace by its figures). */
  readonly params: Readonly<Record<string, unknown>>;
  readonly schedule: WaveSchedule;
  /** Incarnations that a plan means to end: waves times departures of a wave. */
  readonly departures: number;
  /** When the last calm is over, in microseconds; a run of this length sees the whole plan and every calm. */
  readonly endUs: number;
  /** Every parameter in words, a line each, for a header. */
  describe(): string[];
  /** Draws a plan. The same stream state gives the same plan, on every engine. */
  draw(random: RandomStream): ChurnPlan;
}

/** Who may be churned. */
export interface Population {
  readonly nodes: number;
  readonly keep: number;
  /** How many nodes are churned: nodes - keep, 1 or more. */
  readonly churned: number;
}

/** What sets one profile apart; see {@link defineProfile}. */
export interface ProfileDefinition<Entries extends v.ObjectEntries, Own extends object> {
  readonly name: string;
  readonly summary: string;
  /** Default true. */
  readonly departs?: boolean;
  readonly parameters: readonly ProfileParameter[];
  /** Schema of its own parameters. */
  readonly entries: Entries;
  /** Fills its own defaults; throws `bad-profile` for values that contradict one another. */
  settle(input: v.InferOutput<v.ObjectSchema<Entries, undefined>>, population: Population, refuse: Refuse): Own;
  /** How its waves grow; the default is one departure a time, without limit. */
  shape(own: Own, population: Population): Partial<WaveShape> & Pick<WaveShape, 'spanUs' | 'actions'>;
  /** Lays out its plan in its own way; undefined for the common way, by `shape`. */
  layOut?(own: Own, request: WaveRequest, refuse: Refuse): WaveSchedule | undefined;
  /** Its settled parameters as plain JSON; default: all of them. */
  figures?(own: Own): Readonly<Record<string, unknown>>;
  /** Its settled parameters in words. */
  describe(own: Own): string[];
  /** Draws its actions, in any order. */
  draw(own: Own, schedule: WaveSchedule, population: Population, random: RandomStream): ChurnAction[];
}

/** Makes the error for a parameter: `received ..., expected ...` follows its name. */
export type Refuse = (parameter: string, receivedAndExpected: string) => InputError;

/**
 * Makes a profile of what sets it apart; the shared parameters, the layout of the waves and the header are common.
 */
export function defineProfile<Entries extends v.ObjectEntries, Own extends object>(
  definition: ProfileDefinition<Entries, Own>,
): ChurnProfile {
  const departs = definition.departs ?? true;
  const { departures, ...others } = sharedEntries;
  // One strict schema over both halves refuses an unknown key, and `departures` where nothing departs.
  const schema = v.strictObject({ ...others, ...(departs ? { departures } : {}), ...definition.entries });
  const sharedSchema = v.object(sharedEntries);
  const ownSchema = v.object(definition.entries);

  return {
    name: definition.name,
    summary: definition.summary,
    departs,
    parameters: definition.parameters,
    resolve(input: ProfileInput, where = `profile ${definition.name}`): ResolvedProfile {
      parseInput(schema, input, where, 'bad-profile');
      const asked: SharedInput = v.parse(sharedSchema, input);
      const refuse: Refuse = (parameter, text) =>
        new InputError('bad-profile', `${where}: ${parameter}: ${text}`, { where });
      const population = populationOf(asked, refuse);
      const own = definition.settle(v.parse(ownSchema, input), population, refuse);
      const warmupUs = asked.warmupUs ?? asked.calmUs + BOOTSTRAP_US;
      const perWave = departs ? defaultPerWave(population.nodes) : 0;
      const shape: WaveShape = {
        perWave,
        available: Number.POSITIVE_INFINITY,
        roundUp: (atLeast) => atLeast,
        ...definition.shape(own, population),
      };
      const request: WaveRequest = { ...asked, profile: definition.name, warmupUs };
      const schedule = definition.layOut?.(own, request, refuse) ?? layOutWaves(request, shape);
      return resolved(definition, own, population, schedule);
    },
  };
}

/** A parameter that is a duration in integer microseconds, between `min` and ten years (both included). */
export function durationUs(min: number): v.GenericSchema<number> {
  return integerBetween(min, MAX_DURATION_US);
}

/** Churn events per virtual second unless asked otherwise: a twentieth of the nodes, and 1 at least. */
export function defaultRatePerSecond(nodes: number): number {
  return Math.max(1, nodes / 20);
}

const sharedEntries = {
  nodes: integerBetween(2, MAX_NODES),
  calmUs: durationUs(1),
  keep: v.exactOptional(integerBetween(0, MAX_NODES)),
  warmupUs: v.exactOptional(durationUs(0)),
  waves: v.exactOptional(integerBetween(1, MAX_WAVES)),
  departures: v.exactOptional(integerBetween(1, 1_000_000)),
  forUs: v.exactOptional(durationUs(1)),
};
type SharedInput = v.InferOutput<v.ObjectSchema<typeof sharedEntries, undefined>>;

function populationOf(asked: SharedInput, refuse: Refuse): Population {
  const { nodes } = asked;
  const keep = asked.keep ?? Math.min(nodes - 1, Math.max(2, Math.ceil(nodes / 4)));
  if (keep >= nodes)
    throw refuse('keep', `received ${keep}, expected fewer than the ${nodes} nodes, so that one is left to churn`);
  return { nodes, keep, churned: nodes - keep };
}

function defaultPerWave(nodes: number): number {
  return Math.min(5_000, Math.max(20, nodes));
}

function resolved<Entries extends v.ObjectEntries, Own extends object>(
  definition: ProfileDefinition<Entries, Own>,
  own: Own,
  population: Population,
  schedule: WaveSchedule,
): ResolvedProfile {
  const { waves, perWave, warmupUs, calmUs, spanUs, endUs } = schedule;
  const { nodes, keep } = population;
  const departures = waves * perWave;
  const figures = definition.figures?.(own) ?? own;
  const params = { nodes, keep, warmupUs, calmUs, waves, ...(departures > 0 ? { departures } : {}), ...figures };
  return {
    name: definition.name,
    params,
    schedule,
    departures,
    endUs,
    describe: () => [
      `profile ${definition.name}: ${definition.summary}`,
      `${nodes} nodes, ${keptInWords(keep)} never touched`,
      `warm-up ${formatDuration(warmupUs)}, ${wavesInWords(schedule)}, over at ${formatDuration(endUs)}`,
      ...(spanUs > 0 ? [`room of a wave ${formatDuration(spanUs)}`] : []),
      ...definition.describe(own),
    ],
    draw: (random) => sortedPlan(definition.draw(own, schedule, population, random)),
  };
}

function keptInWords(keep: number): string {
  if (keep === 0) return 'none of them';
  return keep === 1 ? 'peer 0' : `peers 0 to ${keep - 1}`;
}

function wavesInWords(schedule: WaveSchedule): string {
  const { waves, perWave, spanUs, calmUs } = schedule;
  const calms = `${formatDuration(calmUs)}`;
  if (spanUs === 0) return `${waves} calms of ${calms}`;
  const departures = perWave > 0 ? ` of ${perWave} departures` : '';
  return `${waves} ${waves === 1 ? 'wave' : 'waves'}${departures}, each followed by a calm of ${calms}`;
}
