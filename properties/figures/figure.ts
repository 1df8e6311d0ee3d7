// Figures: what was published, what was measured, and how far apart the two are.
// Invariant: nothing here is tuned; a figure that is off by more than 15% carries the reason that experiments gave.
import { distributionOf } from './distribution.ts';
import type { Distribution } from './distribution.ts';
import type { Round } from './rounds.ts';

/** A figure is off when it differs from the published one by more than this share of it (or absolutely, from 0). */
export const TOLERANCE = 0.15;

/** What a publication says of a figure. */
export type Published =
  /** A value, or one that words stand for, such as 1 for "nearly all". */
  | { readonly kind: 'about'; readonly value: number; readonly text: string }
  /** A value that leaves no room. */
  | { readonly kind: 'exactly'; readonly value: number; readonly text: string }
  /** A bound that it stays below. */
  | { readonly kind: 'below'; readonly value: number; readonly text: string }
  /** Words that no number stands for, or nothing. */
  | { readonly kind: 'words'; readonly text: string };

/** One figure: published beside measured. */
export interface Comparison {
  readonly figure: string;
  readonly published: Published;
  /** Over seeds. */
  readonly measured: Distribution;
  /** Mean measured by published; null when there is no value to divide by. */
  readonly ratio: number | null;
  /** False when nothing was published that it could be held against, or for other circumstances. */
  readonly judged: boolean;
  /** True when it differs from what was published by more than {@link TOLERANCE}, or breaks the bound. */
  readonly off: boolean;
  readonly note: string;
}

/** Figures without a published counterpart, or over rounds. */
export interface FigureTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Every round of one run, for whoever wants to plot. */
export interface RoundSeries {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** What an experiment gives. */
export interface FigureReport {
  readonly name: string;
  readonly title: string;
  /** How it was run, a line each. */
  readonly setup: readonly string[];
  readonly comparisons: readonly Comparison[];
  readonly tables: readonly FigureTable[];
  readonly series: readonly RoundSeries[];
}

/** How figures are asked for. */
export interface FigureOptions {
  /** A tenth of the nodes, fewer seeds and fewer steps. */
  readonly quick: boolean;
  /** How many seeds; an integer, 1 or more; default the experiment's own choice. */
  readonly seeds: number | undefined;
}

/** An experiment: yields the share of it that is done, 0 to 1. */
export interface Experiment {
  readonly name: string;
  readonly summary: string;
  run(options: FigureOptions): Generator<number, FigureReport, undefined>;
}

/** The published value, or the words for it. */
export function about(value: number, text = `about ${value}`): Published {
  return { kind: 'about', value, text };
}

/** A published value that leaves no room. */
export function exactly(value: number): Published {
  return { kind: 'exactly', value, text: String(value) };
}

/** A published bound. */
export function below(value: number): Published {
  return { kind: 'below', value, text: `below ${value}` };
}

/** Words of a publication, or why there are none. */
export function words(text: string): Published {
  return { kind: 'words', text };
}

/**
 * Holds what was measured, a value per seed, against what was published.
 *
 * @param options.why - The reason, shown when it is off.
 * @param options.note - Shown in any case.
 * @param options.comparable - False when the publication's circumstances are not this run's; default true.
 */
export function compare(
  figure: string,
  published: Published,
  measured: readonly number[],
  options: { why?: string; note?: string; comparable?: boolean } = {},
): Comparison {
  const distribution = distributionOf(measured);
  const { why = 'not explained', note, comparable = true } = options;
  const judged = comparable && published.kind !== 'words';
  const off = judged && isOff(published, distribution.mean);
  const divisor = published.kind === 'about' && judged ? published.value : 0;
  const ratio = divisor === 0 ? null : distribution.mean / divisor;
  const text = [note, off ? why : undefined].filter((each) => each !== undefined).join('; ');
  return { figure, published, measured: distribution, ratio, judged, off, note: text };
}

function isOff(published: Published, measured: number): boolean {
  switch (published.kind) {
    case 'about':
      return !(Math.abs(measured - published.value) <= TOLERANCE * Math.abs(published.value || 1));
    case 'exactly':
      return measured !== published.value;
    case 'below':
      return !(measured < published.value);
    case 'words':
      return false;
  }
}

const REFERENCE_SEEDS = ['0', '1', '212312388123', '123'];

/** The seeds to run: those of the reference scenarios first, then 2, 3, 4 and so on. */
export function seedsOf(options: FigureOptions, usual: number): string[] {
  const wanted = options.seeds ?? usual;
  const seeds = REFERENCE_SEEDS.slice(0, wanted);
  for (let next = 2; seeds.length < wanted; next++) if (!seeds.includes(String(next))) seeds.push(String(next));
  return seeds;
}
