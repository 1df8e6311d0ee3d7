// Flame graphs in the formats that other tools read.
// Invariant: equal stacks (in any order, when their microseconds are integers) and options give equal bytes.
import { strToU8 } from 'fflate';
import type { CostStack } from '../../sim/cost/account.ts';
import { InputError } from '../../sim/errors.ts';
import { integerBetween, parseInput, shown } from '../../sim/input.ts';
import { foldedStacks } from './folded.ts';
import { pprofProfile } from './pprof.ts';
import { speedscopeFile } from './speedscope.ts';
import { flameSvg } from './svg.ts';

/** Every {@link FlameFormat}, in the order to list them. */
export const FLAME_FORMATS = ['folded', 'speedscope', 'pprof', 'svg'] as const;

/** Folded stacks, a speedscope file, a gzipped pprof profile, or a picture. */
export type FlameFormat = (typeof FLAME_FORMATS)[number];

/** What a flame graph says besides its stacks. */
export interface FlameOptions {
  /** Default: `simulated CPU`. Folded stacks have no title. */
  readonly title?: string;
  /** Width of the picture in pixels, between 200 and 20,000 (included); default 1,200. For `svg` only. */
  readonly widthPx?: number;
  /** Virtual time that the stacks cover, in microseconds; default: not said. For `pprof` and `svg`. */
  readonly durationUs?: number;
}

const DEFAULT_TITLE = 'simulated CPU';
const DEFAULT_WIDTH_PX = 1200;

/** By the end of a file's name; the first that fits counts. */
const FORMAT_BY_ENDING: readonly (readonly [ending: string, format: FlameFormat])[] = [
  ['.folded', 'folded'],
  ['.txt', 'folded'],
  ['.speedscope.json', 'speedscope'],
  ['.json', 'speedscope'],
  ['.pb.gz', 'pprof'],
  ['.pprof', 'pprof'],
  ['.svg', 'svg'],
];

/**
 * A flame graph as the bytes of a file; text is UTF-8. Frames' names are brought onto one line, and stacks that are then
 * equal are merged.
 *
 * @param stacks - Frames from the root to the leaf; microseconds and counts are finite and not below 0.
 * @throws {InputError} `bad-flame-width` when `options.widthPx` is out of bounds.
 */
export function writeFlame(
  stacks: readonly CostStack[],
  format: FlameFormat,
  { title = DEFAULT_TITLE, widthPx = DEFAULT_WIDTH_PX, durationUs }: FlameOptions = {},
): Uint8Array {
  switch (format) {
    case 'folded':
      return strToU8(foldedStacks(stacks));
    case 'speedscope':
      return strToU8(speedscopeFile(stacks, title));
    case 'pprof':
      return pprofProfile(stacks, title, durationUs);
    case 'svg':
      parseInput(integerBetween(200, 20_000), widthPx, 'width of the flame graph', 'bad-flame-width');
      return strToU8(flameSvg(stacks, { title, widthPx, durationUs }));
  }
}

/**
 * The format that a file's name asks for by its ending, in either case: `.folded` and `.txt` folded stacks, `.json`
 * speedscope, `.pb.gz` and `.pprof` pprof, `.svg` a picture.
 *
 * @throws {InputError} `unknown-flame-format` for any other ending.
 */
export function flameFormatOf(fileName: string): FlameFormat {
  const name = fileName.toLowerCase();
  const known = FORMAT_BY_ENDING.find(([ending]) => name.endsWith(ending));
  if (known !== undefined) return known[1];
  const endings = FORMAT_BY_ENDING.map(([ending, format]) => `${ending} (${format})`).join(', ');
  const message = `unknown flame graph format: received ${shown(fileName)}, expected a file name that ends in ${endings}`;
  throw new InputError('unknown-flame-format', message, { received: fileName, known: FLAME_FORMATS });
}
