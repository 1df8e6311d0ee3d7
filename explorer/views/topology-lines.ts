// What stands between peers at a moment, as lines to draw, and in words.
// Invariant: every pair is told of whole: a line for each kind of tie it has, and no kind is known by its colour alone.
import type { PairNow, PeerNow, TopologyNow } from '../../properties/view/topology.ts';
import { timeText } from '../../properties/view/time-text.ts';

/** Kinds of ties, as they are drawn: the last upon those before. */
export const LINE_KINDS = ['open', 'half-open', 'link', 'one-sided', 'ghost'] as const;

/** `link`: neighbours on both sides. `open`: connected, but not neighbours. `ghost`: leads to a life that is over. */
export type LineKind = (typeof LINE_KINDS)[number];

/** One line. */
export interface Line {
  readonly kind: LineKind;
  /** Of a one-sided relation and of a ghost, the side that holds it; otherwise the lower index. */
  readonly from: number;
  readonly to: number;
  /** Connections that it stands for; 0 for a relation without one. */
  readonly count: number;
  /** True when another line joins the same two, so that this one has to bend. */
  readonly bent: boolean;
}

/** All lines of a moment. */
export function linesOf({ pairs, peers }: TopologyNow): Line[] {
  const live = new Set(peers.filter((peer) => peer.live).map(({ peer }) => peer));
  return pairs.flatMap((pair) => linesOfPair(pair, live));
}

function linesOfPair(pair: PairNow, live: ReadonlySet<number>): Line[] {
  const { a, b, aHasB, bHasA, open, ghosts, halfOpen } = pair;
  const lines: Line[] = [];
  const add = (kind: LineKind, from: number, count: number): void => {
    lines.push({ kind, from, to: from === a ? b : a, count, bent: lines.length > 0 && kind === 'ghost' });
  };
  const bothLive = live.has(a) && live.has(b);
  if (aHasB && bHasA) add('link', a, open);
  else if (bothLive && (aHasB || bHasA)) add('one-sided', aHasB ? a : b, open);
  else if (open > 0) add('open', a, open);
  if (halfOpen > 0 && lines.length === 0) add('half-open', a, halfOpen);
  const gone = !bothLive && (aHasB || bHasA) && !(aHasB && bHasA);
  // A ghost is held by the side that still runs.
  if (ghosts > 0 || gone) add('ghost', live.has(a) ? a : b, ghosts);
  return lines;
}

/** How many lines there are of each kind. */
export function lineCounts(lines: readonly Line[]): Readonly<Record<LineKind, number>> {
  const counts: Record<LineKind, number> = { open: 0, 'half-open': 0, link: 0, 'one-sided': 0, ghost: 0 };
  for (const { kind } of lines) counts[kind]++;
  return counts;
}

/** One pair in words. */
export function pairText({ a, b, aHasB, bHasA, open, ghosts, halfOpen }: PairNow, names: readonly string[]): string {
  const [first, second] = [nameOf(names, a), nameOf(names, b)];
  const parts: string[] = [];
  if (aHasB && bHasA) parts.push('neighbours on both sides');
  else if (aHasB) parts.push(`${first} counts ${second} as a neighbour, ${second} does not count ${first}`);
  else if (bHasA) parts.push(`${second} counts ${first} as a neighbour, ${first} does not count ${second}`);
  if (open > 0) parts.push(counted(open, 'open connection'));
  if (ghosts > 0) parts.push(`${counted(ghosts, 'connection')} to a life that is over`);
  if (halfOpen > 0) parts.push(counted(halfOpen, 'half-open connection'));
  return `${first} and ${second}: ${parts.join('; ')}`;
}

/** One peer in words. */
export function peerText(now: TopologyNow, peer: number, names: readonly string[]): string {
  const name = nameOf(names, peer);
  const known = now.peers.find((one) => one.peer === peer);
  if (known === undefined) return `${name} has not lived yet at ${timeText(now.atUs)}.`;
  const pairs = now.pairs.filter(({ a, b }) => a === peer || b === peer);
  const sum = (of: (pair: PairNow) => number): number => pairs.reduce((total, pair) => total + of(pair), 0);
  const neighbours = sum(({ a, aHasB, bHasA }) => Number(a === peer ? aHasB : bHasA));
  const lone = pairs.filter(({ aHasB, bHasA }) => aHasB !== bHasA).length;
  const ghosts = sum((pair) => pair.ghosts);
  const parts = [
    counted(neighbours, 'neighbour'),
    ...(lone > 0 ? [`${lone} one-sided`] : []),
    counted(
      sum(({ open }) => open),
      'open connection',
    ),
    ...(ghosts > 0 ? [`${ghosts} to lives that are over`] : []),
  ];
  return `${name} ${lifeText(known)}: ${parts.join(', ')}.`;
}

function lifeText({ live, fromUs, endedUs }: PeerNow): string {
  if (!live) return `is gone since ${timeText(endedUs ?? 0)}`;
  return fromUs === 0 ? 'lives from the start' : `lives since ${timeText(fromUs)}`;
}

/** The name of a peer. */
export function nameOf(names: readonly string[], peer: number): string {
  return names[peer] ?? `p${peer}`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
