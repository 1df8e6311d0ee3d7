// What a sweep runs: cells of parameters, each with the same seeds, cut into shards for machines of their own.
// Invariant: a run's number says its seed and its cell; all cells of a seed come before the next seed, and a shard has
// whole seeds, so that cells can be compared seed by seed wherever a sweep ends.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import type { Scenario } from '../soak/scenario.ts';
import type { SoakJob } from './job.ts';

/** Most runs of one sweep, all shards together. */
export const MOST_RUNS = 1_000_000;
/** Most shards of a sweep. */
export const MOST_SHARDS = 10_000;
/** Longest text before the number of a seed, in characters. */
export const MOST_BASE = 900;

/** One setting of the parameters that a sweep varies. */
export interface SweepCell {
  /** As it was typed, such as `nodes=20, shuffleInterval=5s`; empty when nothing varies. */
  readonly label: string;
  /** The values by the parameter's full name, such as `config.hyparview.shuffleIntervalUs`: for a plot. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Its seed is that of each run instead. */
  readonly scenario: Scenario;
}

/** Seeds by number. */
export interface SeedRange {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

/** One of several machines' shares of the seeds. */
export interface Shard {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/** Everything a sweep runs. */
export interface SweepPlan {
  readonly cells: readonly SweepCell[];
  /** Of this shard, in order. */
  readonly seeds: readonly string[];
}

/**
 * Reads how many seeds there are (`1000`, which is `0..999`), or from which to which (`500..999`, both included).
 *
 * @param where - The place of the text; opens an error's message.
 * @throws {InputError} `bad-seeds` for anything else, and for more than {@link MOST_RUNS}.
 */
export function parseSeedRange(text: string, where: string): SeedRange {
  const [, first, last] = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text.trim()) ?? [];
  const range = last === undefined ? { from: 0, to: Number(first) - 1 } : { from: Number(first), to: Number(last) };
  const count = range.to - range.from + 1;
  if (count >= 1 && count <= MOST_RUNS) return range;
  const message = `${where}: received ${shown(text)}, expected how many, from 1 to ${MOST_RUNS}, or from which to which, such as 500..999`;
  throw new InputError('bad-seeds', message, { received: text });
}

/**
 * Reads a shard, such as `2/5`.
 *
 * @param where - The place of the text; opens an error's message.
 * @throws {InputError} `bad-shard`.
 */
export function parseShard(text: string, where: string): Shard {
  const [, index, of] = /^(\d{1,9})\/(\d{1,9})$/.exec(text.trim()) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index >= 1 && shard.index <= shard.of && shard.of <= MOST_SHARDS) return shard;
  const message = `${where}: received ${shown(text)}, expected which of how many, such as 1/4, of at most ${MOST_SHARDS}`;
  throw new InputError('bad-shard', message, { received: text });
}

/**
 * The seeds `<base>/<number>` of a shard: every n-th, so that shards are disjoint and all of them together are all seeds.
 *
 * @param shard - Default: all seeds.
 * @throws {InputError} `bad-seed` for a base of more than {@link MOST_BASE} characters.
 */
export function seedsOf(base: string, { from, to }: SeedRange, shard: Shard = { index: 1, of: 1 }): string[] {
  if (base.length > MOST_BASE) {
    const message = `--seed: received ${base.length} characters, expected at most ${MOST_BASE} for a sweep`;
    throw new InputError('bad-seed', message, { length: base.length });
  }
  const seeds: string[] = [];
  for (let number = from + shard.index - 1; number <= to; number += shard.of) seeds.push(`${base}/${number}`);
  return seeds;
}

/** How many runs a plan has. */
export function runCount({ cells, seeds }: SweepPlan): number {
  return cells.length * seeds.length;
}

/** The cell of a run, by number. */
export function cellIndex({ cells }: SweepPlan, run: number): number {
  return run % cells.length;
}

/** The seed of a run. */
export function seedOf({ cells, seeds }: SweepPlan, run: number): string {
  return seeds[Math.floor(run / cells.length)]!;
}

/** The scenario of a run. */
export function scenarioOf(plan: SweepPlan, run: number): Scenario {
  return { ...plan.cells[cellIndex(plan, run)]!.scenario, seed: seedOf(plan, run) };
}

/** The job that a run is. */
export function jobOf(
  plan: SweepPlan,
  run: number,
  where: string,
  options: Pick<SoakJob, 'twice' | 'maxEvents'> = {},
): SoakJob {
  return { ...options, scenario: scenarioOf(plan, run), where };
}
