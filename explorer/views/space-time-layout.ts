// A space-time diagram: a lane for each peer, messages slanting from lane to lane, classes by how often they occur.
// Invariant: the same window gives the same lanes; what is left out is counted.
import type { MessageView, MessageWindow } from '../run/run-view.ts';

/** Classes that have a look of their own; the rest share one. */
export const MOST_CLASSES = 7;
/** Messages that a window should hold to be read well. */
const GOOD_MESSAGES = 120;
/** Lengths of a window, in microseconds. */
export const LENGTHS: readonly number[] = [5, 10, 20, 50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000].map(
  (ms) => ms * 1000,
);

/** Lanes from top to bottom. */
export interface Lanes {
  readonly peers: readonly number[];
  /** Peers that took part and have no lane. */
  readonly leftOut: number;
}

/**
 * A lane for each peer that sends or receives, by index; of too many those that say most, and first of all the chosen one with
 * whom it speaks.
 */
export function lanesOf(
  { messages }: Pick<MessageWindow, 'messages'>,
  chosen: number | undefined,
  most: number,
): Lanes {
  const weights = new Map<number, number>();
  const add = (peer: number, by: number): void => {
    if (peer >= 0) weights.set(peer, (weights.get(peer) ?? 0) + by);
  };
  for (const { from, to } of messages) {
    const by = chosen !== undefined && (from === chosen || to === chosen) ? 1_000_000 : 1;
    add(from, by);
    add(to, by);
  }
  if (chosen !== undefined) add(chosen, 1);
  const sorted = [...weights].toSorted(([a, first], [b, second]) => second - first || a - b).map(([peer]) => peer);
  const peers = sorted.slice(0, most).toSorted((a, b) => a - b);
  return { peers, leftOut: sorted.length - peers.length };
}

/** Classes of messages, the most frequent first; those that share the last look come as `other`. */
export function classesOf({ messages }: Pick<MessageWindow, 'messages'>): readonly { name: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { what } of messages) counts.set(what, (counts.get(what) ?? 0) + 1);
  const sorted = [...counts].toSorted(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  const [own, rest] = [sorted.slice(0, MOST_CLASSES), sorted.slice(MOST_CLASSES)];
  const other = rest.reduce((sum, [, count]) => sum + count, 0);
  return [...own, ...(other > 0 ? [['other', other] as const] : [])].map(([name, count]) => ({ name, count }));
}

/** A message as a line; shares of the diagram's width, and numbers of lanes. */
export interface Slant {
  readonly message: MessageView;
  readonly fromX: number;
  readonly toX: number;
  /** Undefined when nobody knows the sender. */
  readonly fromLane: number | undefined;
  readonly toLane: number;
  /** Place of its class. */
  readonly look: number;
}

/** Lines of the messages whose ends have lanes. */
export function slantsOf(window: MessageWindow, { peers }: Lanes): Slant[] {
  const { fromUs, untilUs, messages } = window;
  const lanes = new Map(peers.map((peer, lane) => [peer, lane]));
  const looks = new Map(classesOf(window).map(({ name }, place) => [name, place]));
  const x = (us: number): number => (us - fromUs) / Math.max(1, untilUs - fromUs);
  return messages.flatMap((message): Slant[] => {
    const [fromLane, toLane] = [lanes.get(message.from), lanes.get(message.to)];
    if (toLane === undefined || (fromLane === undefined && message.from >= 0)) return [];
    const look = looks.get(message.what) ?? MOST_CLASSES;
    return [{ message, fromLane, toLane, fromX: x(message.sentUs), toX: x(message.arrivesUs), look }];
  });
}

/** The slant nearest to a point within `reach`, all in pixels; -1 when there is none. */
export function slantAt(
  slants: readonly Slant[],
  scale: { readonly width: number; readonly laneY: (lane: number) => number },
  x: number,
  y: number,
  reach: number,
): number {
  let best = -1;
  let least = reach;
  slants.forEach(({ fromX, toX, fromLane, toLane }, place) => {
    const [x1, x2, y2] = [fromX * scale.width, toX * scale.width, scale.laneY(toLane)];
    const y1 = fromLane === undefined ? y2 : scale.laneY(fromLane);
    const [dx, dy] = [x2 - x1, y2 - y1];
    const square = dx * dx + dy * dy;
    const share = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - x1) * dx + (y - y1) * dy) / square));
    const distance = Math.hypot(x1 + share * dx - x, y1 + share * dy - y);
    if (distance < least) [best, least] = [place, distance];
  });
  return best;
}

/** A length of window that holds a readable number of messages, at so many of them a virtual second. */
export function goodLengthUs(perSecond: number): number {
  const wantedUs = (GOOD_MESSAGES / Math.max(1e-9, perSecond)) * 1e6;
  return LENGTHS.findLast((one) => one <= wantedUs) ?? LENGTHS[0]!;
}
