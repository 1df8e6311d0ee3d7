// Draws a topology on a canvas: lines by kind, peers upon them, and what the pointer is on before all else.
// Invariant: a kind of line has a dash or a mark of its own besides its colour; names are drawn as text.
import type { Surface } from './canvas.ts';
import type { Token } from './palette.ts';
import { LINE_KINDS, nameOf } from './topology-lines.ts';
import type { Line, LineKind } from './topology-lines.ts';
import { bend } from './topology-spots.ts';
import type { Spot } from './topology-spots.ts';

/** How each kind of line looks. */
export const LINE_LOOKS: Readonly<Record<LineKind, { token: Token; dash: readonly number[]; width: number }>> = {
  open: { token: 'line-strong', dash: [], width: 1 },
  'half-open': { token: 'faint', dash: [1, 4], width: 1.5 },
  link: { token: 'edge-open', dash: [], width: 1.4 },
  'one-sided': { token: 'edge-asymmetric', dash: [1, 3], width: 1.8 },
  ghost: { token: 'edge-ghost', dash: [5, 4], width: 1.6 },
};

/** Most living peers that have their names beside them all the time. */
const MOST_NAMED = 40;

/** What is drawn. */
export interface Picture {
  readonly spots: ReadonlyMap<number, Spot>;
  readonly lines: readonly Line[];
  readonly names: readonly string[];
  readonly hidden: ReadonlySet<LineKind>;
  readonly selected: number | undefined;
  /** The peer or the pair under the pointer. */
  readonly hovered: { readonly a: number; readonly b?: number } | undefined;
}

/** Draws it. */
export function paintTopology(surface: Surface, picture: Picture): void {
  const { lines, hidden, selected, hovered } = picture;
  const centre = hovered ?? (selected === undefined ? undefined : { a: selected });
  const isNear = ({ from, to }: Line): boolean =>
    centre === undefined ||
    (centre.b === undefined
      ? from === centre.a || to === centre.a
      : Math.min(from, to) === Math.min(centre.a, centre.b) && Math.max(from, to) === Math.max(centre.a, centre.b));
  const { context } = surface;
  for (const kind of LINE_KINDS) {
    if (hidden.has(kind)) continue;
    const ofKind = lines.filter((line) => line.kind === kind);
    // Many lines hide one another and the peers between them.
    const plain = kind !== 'ghost' && kind !== 'one-sided' && ofKind.length > 250 ? 0.55 : 1;
    context.globalAlpha = centre === undefined ? plain : 0.18;
    paintLines(surface, picture, kind, centre === undefined ? ofKind : ofKind.filter((line) => !isNear(line)));
    context.globalAlpha = 1;
    if (centre !== undefined) paintLines(surface, picture, kind, ofKind.filter(isNear));
  }
  const near = new Set(lines.filter(isNear).flatMap(({ from, to }) => [from, to]));
  paintSpots(surface, picture, centre === undefined ? undefined : near.add(centre.a));
  paintNames(surface, picture, near);
}

function paintLines({ context, colours }: Surface, { spots }: Picture, kind: LineKind, lines: readonly Line[]): void {
  const { token, dash, width } = LINE_LOOKS[kind];
  context.strokeStyle = colours[token];
  context.fillStyle = colours[token];
  context.setLineDash([...dash]);
  // A path for each width, as many lines as there are in it: strokes are what costs.
  const byWidth = new Map<number, Line[]>();
  for (const line of lines) {
    const wide = width + widening(line.count);
    const known = byWidth.get(wide);
    if (known === undefined) byWidth.set(wide, [line]);
    else known.push(line);
  }
  for (const [wide, some] of byWidth) {
    context.lineWidth = wide;
    context.beginPath();
    for (const line of some) {
      const [from, to] = [spots.get(line.from), spots.get(line.to)];
      if (from !== undefined && to !== undefined) trace(context, from, to, line);
    }
    context.stroke();
  }
  context.setLineDash([]);
  if (kind === 'one-sided') for (const line of lines) paintSide(context, spots, line);
}

function trace(context: CanvasRenderingContext2D, from: Spot, to: Spot, { bent }: Line): void {
  context.moveTo(from.x, from.y);
  if (!bent) {
    context.lineTo(to.x, to.y);
    return;
  }
  const { x, y } = bend(from, to);
  context.quadraticCurveTo(x, y, to.x, to.y);
}

/** A one-sided relation is solid up to its middle on the side that has it, and points at the side that does not. */
function paintSide(context: CanvasRenderingContext2D, spots: Picture['spots'], line: Line): void {
  const [from, to] = [spots.get(line.from), spots.get(line.to)];
  if (from === undefined || to === undefined) return;
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(x, y);
  context.stroke();
  context.beginPath();
  context.moveTo(x + 6 * Math.cos(angle), y + 6 * Math.sin(angle));
  context.lineTo(x + 6 * Math.cos(angle + 2.3), y + 6 * Math.sin(angle + 2.3));
  context.lineTo(x + 6 * Math.cos(angle - 2.3), y + 6 * Math.sin(angle - 2.3));
  context.fill();
}

/** Two connections, one of each side, are as it should be: a line gets wider with more. */
function widening(count: number): number {
  return count <= 2 ? 0 : Math.min(4, Math.round(Math.log2(count / 2) * 1.5) / 2);
}

function paintSpots({ context, colours }: Surface, picture: Picture, near: ReadonlySet<number> | undefined): void {
  const { spots, selected } = picture;
  for (const { peer, x, y, live, radius } of spots.values()) {
    context.globalAlpha = near === undefined || near.has(peer) ? 1 : 0.35;
    if (live) {
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colours['node-live'];
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = colours.card;
      context.stroke();
    } else paintGone(context, colours.card, colours.muted, x, y, radius);
    context.globalAlpha = 1;
    if (peer !== selected) continue;
    context.beginPath();
    context.arc(x, y, radius + 4, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = colours.ink;
    context.stroke();
  }
}

/** A cross, on a ground of its own so that lines end before it. */
function paintGone(context: CanvasRenderingContext2D, ground: string, ink: string, x: number, y: number, size: number) {
  context.beginPath();
  context.arc(x, y, size + 2, 0, 2 * Math.PI);
  context.fillStyle = ground;
  context.fill();
  context.strokeStyle = ink;
  context.lineWidth = 1.6;
  context.beginPath();
  context.moveTo(x - size * 0.75, y - size * 0.75);
  context.lineTo(x + size * 0.75, y + size * 0.75);
  context.moveTo(x + size * 0.75, y - size * 0.75);
  context.lineTo(x - size * 0.75, y + size * 0.75);
  context.stroke();
}

/** Beside the spots; only of those in question when there are many. */
function paintNames({ context, colours, width }: Surface, picture: Picture, near: ReadonlySet<number>): void {
  const { spots, names, selected, hovered } = picture;
  const centre = hovered?.a ?? selected;
  const few = spots.size <= MOST_NAMED;
  context.font = `11px ${colours.sans}`;
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  for (const { peer, x, y, radius } of spots.values()) {
    const important = peer === centre || (hovered?.b !== undefined && peer === hovered.b);
    if (!few && !important && !(centre !== undefined && near.size <= MOST_NAMED && near.has(peer))) continue;
    if (few && centre !== undefined && !near.has(peer)) continue;
    const text = nameOf(names, peer);
    const left = x > width - 40;
    context.textAlign = left ? 'right' : 'left';
    const at = left ? x - radius - 4 : x + radius + 4;
    context.strokeStyle = colours.card;
    context.lineWidth = 3;
    context.strokeText(text, at, y);
    context.fillStyle = important ? colours.ink : colours.muted;
    context.fillText(text, at, y);
  }
}
