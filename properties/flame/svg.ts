// Flame graphs as SVG: one static, self-contained picture, root at the bottom, siblings by name.
// Invariant: no script, no reference to anything outside, and no character of a frame's name that XML would read.
import type { CostStack } from '../../sim/cost/account.ts';
import { formatDuration } from '../../sim/duration.ts';
import { contentId } from '../../sim/random/hash.ts';
import { STYLE, grouped, px, svgPicture, xmlText } from '../pictures/svg-text.ts';
import { mergedStacks, plainName } from './stacks.ts';

const ROW_PX = 17;
const BOX_PX = 16;
const TITLE_PX = 44;
const NOTE_PX = 24;
const MARGIN_PX = 10;
/** Frames narrower than this are not drawn. */
const LEAST_PX = 0.1;
/** Widest that a monospaced Latin letter gets at 12 px; wider ones are clipped by their box. */
const LETTER_PX = 7.3;
const TEXT_INDENT_PX = 3;
const LEAST_LETTERS = 3;

/** What a flame graph says besides its stacks. */
export interface SvgText {
  readonly title: string;
  /** Width of the picture in pixels. */
  readonly widthPx: number;
  /** Virtual time that the stacks cover, in microseconds; undefined says nothing about it. */
  readonly durationUs: number | undefined;
}

interface Frame {
  readonly name: string;
  us: number;
  /** Occurrences of stacks that end here. */
  count: number;
  readonly children: Map<string, Frame>;
}

interface Box {
  readonly frame: Frame;
  readonly depth: number;
  readonly leftUs: number;
}

/**
 * A flame graph. Each frame's tooltip has its name, its microseconds (with all it calls), its share of the whole, and how
 * often stacks end there; colours follow from names. Frames narrower than 0.1 px are left out and counted in a note.
 */
export function flameSvg(stacks: readonly CostStack[], { title, widthPx, durationUs }: SvgText): string {
  const root = treeOf(mergedStacks(stacks));
  const innerPx = widthPx - 2 * MARGIN_PX;
  const pxPerUs = root.us > 0 ? innerPx / root.us : 0;
  const { boxes, omitted, depths } = layout(root, pxPerUs);
  const baseY = TITLE_PX + depths * ROW_PX;
  const heightPx = baseY + NOTE_PX;
  const heading = plainName(title);
  const within = durationUs === undefined ? '' : ` in ${formatDuration(Math.round(durationUs))} of virtual time`;
  const summary = root.us > 0 ? `${grouped(root.us)} us of CPU${within}` : `No CPU was charged${within}`;
  const note = omitted === 0 ? '' : `${countOf(omitted, 'frame')} narrower than ${LEAST_PX} px not drawn`;
  return svgPicture({ title: heading, about: summary, widthPx, heightPx }, [
    ...boxes.map((box) => drawn(box, root.us, pxPerUs, baseY)),
    ...(note === '' ? [] : [`<text x="${MARGIN_PX}" y="${baseY + 16}" fill="${STYLE.muted}">${xmlText(note)}</text>`]),
  ]);
}

function treeOf(stacks: readonly CostStack[]): Frame {
  const root: Frame = { name: 'all', us: 0, count: 0, children: new Map() };
  for (const { stack, us, count } of stacks) {
    let frame = root;
    frame.us += us;
    for (const name of stack) {
      let child = frame.children.get(name);
      if (child === undefined) {
        child = { name, us: 0, count: 0, children: new Map() };
        frame.children.set(name, child);
      }
      child.us += us;
      frame = child;
    }
    frame.count += count;
  }
  return root;
}

/** The boxes to draw, parents first, siblings in order; `depths` is how many rows they take. */
function layout(root: Frame, pxPerUs: number): { boxes: Box[]; omitted: number; depths: number } {
  const boxes: Box[] = [];
  let omitted = 0;
  let depths = 0;
  const open: Box[] = pxPerUs > 0 ? [{ frame: root, depth: 0, leftUs: 0 }] : [];
  for (let box = open.pop(); box !== undefined; box = open.pop()) {
    boxes.push(box);
    depths = Math.max(depths, box.depth + 1);
    const above: Box[] = [];
    let { leftUs } = box;
    for (const frame of box.frame.children.values()) {
      if (frame.us * pxPerUs < LEAST_PX) omitted += sizeOf(frame);
      else above.push({ frame, depth: box.depth + 1, leftUs });
      leftUs += frame.us;
    }
    open.push(...above.reverse());
  }
  return { boxes, omitted, depths };
}

/** Frames in the tree under `top`, itself included. */
function sizeOf(top: Frame): number {
  let size = 0;
  const open = [top];
  for (let frame = open.pop(); frame !== undefined; frame = open.pop()) {
    size++;
    for (const child of frame.children.values()) open.push(child);
  }
  return size;
}

/** A box is an inner picture, which clips its text. */
function drawn({ frame, depth, leftUs }: Box, totalUs: number, pxPerUs: number, baseY: number): string {
  const x = MARGIN_PX + leftUs * pxPerUs;
  const width = frame.us * pxPerUs;
  const y = baseY - (depth + 1) * ROW_PX;
  const often = frame.count > 0 ? `, ${countOf(frame.count, 'time')}` : '';
  const share = ((100 * frame.us) / totalUs).toFixed(2);
  const tooltip = `${frame.name}: ${grouped(frame.us)} us, ${share}%${often}`;
  const fill = depth === 0 ? '#e6e2d8' : colourOf(frame.name);
  const label = shortened(frame.name, Math.floor((width - 2 * TEXT_INDENT_PX) / LETTER_PX));
  const text = label === '' ? '' : `<text x="${TEXT_INDENT_PX}" y="12">${xmlText(label)}</text>`;
  return (
    `<svg x="${px(x)}" y="${y}" width="${px(width)}" height="${BOX_PX}"><title>${xmlText(tooltip)}</title>` +
    `<rect width="100%" height="100%" fill="${fill}" stroke="${STYLE.paper}" stroke-width="0.5"/>${text}</svg>`
  );
}

/** `name` cut to `room` letters; empty when there is no room for anything that could be read. */
function shortened(name: string, room: number): string {
  if (name.length <= room) return name;
  const letters = Array.from(name);
  if (letters.length <= room) return name;
  return room < LEAST_LETTERS ? '' : `${letters.slice(0, room - 2).join('')}..`;
}

/** A warm colour, light enough for dark text. */
function colourOf(name: string): string {
  const hash = Number.parseInt(contentId(name).slice(0, 6), 16);
  const red = 225 + (hash % 31);
  const green = 140 + ((hash >>> 5) % 91);
  const blue = 70 + ((hash >>> 12) % 71);
  return `#${[red, green, blue].map((part) => part.toString(16)).join('')}`;
}

function countOf(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}
