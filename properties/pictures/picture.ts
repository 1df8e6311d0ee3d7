// Single pictures of a run: which there are, how one is asked for, and how it is drawn.
// Invariant: a name that is no picture is refused before the run; one that the run cannot fill says so in the picture's place.
import { parseDuration } from '../../sim/duration.ts';
import { InputError } from '../../sim/errors.ts';
import { shown, unknownName } from '../../sim/input.ts';
import { flameSvg } from '../flame/svg.ts';
import type { RunData } from '../view/run-data.ts';
import { timelineSvg } from './timeline-svg.ts';
import { topologySvg } from './topology-svg.ts';

/** Charts of the timeline that are pictures of their own. */
const CHARTS = ['leak', 'tasks', 'connections', 'handshakes', 'heap', 'spans', 'cpu', 'messages'] as const;

/** Every picture: all curves, each chart alone, the topology, the flame graph. */
export const PICTURES = ['timeline', ...CHARTS, 'topology', 'flame'] as const;

/** Name of a picture. */
export type PictureName = (typeof PICTURES)[number];

/** A picture to be drawn. */
export interface Picture {
  readonly name: PictureName;
  /** Virtual time of a topology, in microseconds; undefined for the end of the run. */
  readonly atUs: number | undefined;
}

const FLAME_PX = 1200;

/**
 * Reads what a picture and its file are: `timeline.svg`, `topology@3m25s=mesh.svg`.
 *
 * @param where - Opens an error's message, such as `--svg`.
 * @throws {InputError} `unknown-picture`, `bad-picture` for a file that does not end in `.svg` or a time where none is.
 */
export function parsePicture(text: string, where: string): { picture: Picture; path: string } {
  const split = text.indexOf('=');
  const path = text.slice(split + 1);
  const asked = split < 0 ? (/([^/\\]*)\.svg$/i.exec(path)?.[1] ?? path) : text.slice(0, split);
  const [, word = '', time] = /^([^@]*)(?:@(.*))?$/.exec(asked) ?? [];
  const name = PICTURES.find((known) => known === word);
  if (name === undefined) throw unknownName('picture', word, PICTURES, where);
  if (!/\.svg$/i.test(path)) {
    throw new InputError('bad-picture', `${where}: received ${shown(path)}, expected a file name that ends in .svg`);
  }
  if (time !== undefined && name !== 'topology') {
    throw new InputError('bad-picture', `${where}: received a time for ${name}, expected one for topology only`);
  }
  const atUs = time === undefined ? undefined : parseDuration(time, where, { allowZero: true });
  return { picture: { name, atUs }, path };
}

/** The picture, as the text of a file; undefined when the run has nothing to fill it with. */
export function drawPicture(data: RunData, { name, atUs }: Picture): string | undefined {
  if (name === 'topology') return topologySvg(data, Math.min(atUs ?? data.reachedUs, data.reachedUs));
  if (name === 'flame') {
    if (data.flame.length === 0) return undefined;
    const title = `${data.scenario.name}: simulated CPU of ${data.scenario.nodes} nodes`;
    return flameSvg(data.flame, { title, widthPx: FLAME_PX, durationUs: data.reachedUs });
  }
  const { charts } = data.timeline;
  const wanted = name === 'timeline' ? charts : charts.filter(({ id }) => id === name);
  return wanted.length === 0 ? undefined : timelineSvg(data, wanted);
}
