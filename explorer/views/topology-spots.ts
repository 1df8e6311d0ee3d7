// Peers on a canvas: where they are in pixels, what is under the pointer, and who stands next to somebody in a direction.
// Invariant: a peer wins over the lines at it; of two that fit equally well, the lower index.
import type { Place } from './topology-layout.ts';
import type { Line } from './topology-lines.ts';

const MARGIN_PX = 18;
const PEER_REACH_PX = 14;
const LINE_REACH_PX = 5;

/** A peer on the canvas. */
export interface Spot {
  readonly peer: number;
  readonly x: number;
  readonly y: number;
  readonly live: boolean;
  readonly radius: number;
}

/** Places in pixels of a canvas of that size. */
export function spotsOf(places: readonly Place[], width: number, height: number): Map<number, Spot> {
  const liveCount = places.filter(({ live }) => live).length;
  const radius = Math.max(3, Math.min(8, 40 / Math.sqrt(Math.max(1, liveCount))));
  const [halfWidth, halfHeight] = [width / 2 - MARGIN_PX, height / 2 - MARGIN_PX];
  return new Map(
    places.map(({ peer, x, y, live }) => [
      peer,
      { peer, live, radius: live ? radius : 4.5, x: width / 2 + x * halfWidth, y: height / 2 + y * halfHeight },
    ]),
  );
}

/** The point that a bent line is drawn to. */
export function bend(from: Pick<Spot, 'x' | 'y'>, to: Pick<Spot, 'x' | 'y'>): { x: number; y: number } {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.max(1, Math.hypot(dx, dy));
  return { x: (from.x + to.x) / 2 - (dy / length) * 22, y: (from.y + to.y) / 2 + (dx / length) * 22 };
}

/** The peer, or the pair, at a point; undefined when there is none near it. */
export function hitAt(
  spots: ReadonlyMap<number, Spot>,
  lines: readonly Line[],
  x: number,
  y: number,
): { readonly a: number; readonly b?: number } | undefined {
  let best: number | undefined;
  let least = PEER_REACH_PX;
  for (const spot of spots.values()) {
    const distance = Math.hypot(spot.x - x, spot.y - y);
    if (distance < least) [best, least] = [spot.peer, distance];
  }
  if (best !== undefined) return { a: best };
  let pair: { a: number; b: number } | undefined;
  least = LINE_REACH_PX;
  for (const { from, to, bent } of lines) {
    const [first, second] = [spots.get(from), spots.get(to)];
    if (first === undefined || second === undefined) continue;
    const point = bend(first, second);
    // Half of the way to its control point is where a bent line is furthest out.
    const middle = { x: (first.x + second.x) / 4 + point.x / 2, y: (first.y + second.y) / 4 + point.y / 2 };
    const distance = bent
      ? Math.min(distanceTo(first, middle, x, y), distanceTo(middle, second, x, y))
      : distanceTo(first, second, x, y);
    if (distance < least) [pair, least] = [{ a: Math.min(from, to), b: Math.max(from, to) }, distance];
  }
  return pair;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function distanceTo(from: Point, to: Point, x: number, y: number): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy;
  const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / square));
  return Math.hypot(from.x + share * dx - x, from.y + share * dy - y);
}

const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest peer in the direction of an arrow key; the same one when there is nobody. */
export function towards(spots: ReadonlyMap<number, Spot>, peer: number | undefined, key: string): number | undefined {
  const here = peer === undefined ? undefined : spots.get(peer);
  if (here === undefined) return [...spots.keys()].toSorted((a, b) => a - b)[0];
  const [ux, uy] = DIRECTIONS[key] ?? [0, 0];
  let best = here.peer;
  let least = Infinity;
  for (const spot of spots.values()) {
    const [dx, dy] = [spot.x - here.x, spot.y - here.y];
    const along = dx * ux + dy * uy;
    const aside = Math.abs(dx * uy) + Math.abs(dy * ux);
    // Within the quarter that the key points to.
    if (spot === here || along <= 0 || aside > along) continue;
    const distance = along + 2 * aside;
    if (distance < least) [best, least] = [spot.peer, distance];
  }
  return best;
}
