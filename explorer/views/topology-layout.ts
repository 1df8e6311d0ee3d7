// Where the peers of a topology stand: those that live by forces, those that are gone on a rim around them.
// Invariant: nothing random: the same moments shown in the same order give the same places; peers move only when ties change.
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';
import type { Simulation, SimulationLinkDatum, SimulationNodeDatum } from 'd3-force';
import type { PairNow, PeerNow, TopologyNow } from '../../properties/view/topology.ts';

/** Most peers that are gone which are shown: those that somebody still holds, and of the others those that left last. */
export const MOST_HELD = 48;
export const MOST_LAST = 12;
/** Share of the half axes within which the living stand, when there is a rim around them and when there is none. */
const WITHIN_RIM = 0.8;
const WITHOUT_RIM = 0.94;
/** Least angle between two on the rim. */
const RIM_GAP = (2 * Math.PI) / 96;
/** Angle from one peer's default place on the rim to the next one's. */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** A place in a picture whose centre is 0, 0 and whose half axes are 1. */
export interface Place {
  readonly peer: number;
  readonly x: number;
  readonly y: number;
  readonly live: boolean;
}

interface Body extends SimulationNodeDatum {
  readonly peer: number;
}

interface Tie extends SimulationLinkDatum<Body> {
  readonly weight: number;
}

/** See the file's head. */
export class TopologyLayout {
  private readonly bodies = new Map<number, Body>();
  private readonly simulation: Simulation<Body, Tie>;
  private readonly ties = forceLink<Body, Tie>([]).distance(34);
  private shape = '';
  private gone: readonly PeerNow[] = [];
  private holders: ReadonlyMap<number, readonly number[]> = new Map();
  /** Peers that are gone and not shown. */
  goneLeftOut = 0;

  constructor() {
    this.simulation = forceSimulation<Body, Tie>()
      .force('ties', this.ties)
      .force('apart', forceManyBody<Body>().strength(-90).distanceMax(500))
      .force('room', forceCollide<Body>(9))
      .force('x', forceX<Body>().strength(0.05))
      .force('y', forceY<Body>().strength(0.05))
      .alphaDecay(0.035)
      .stop();
  }

  /** True when there is nothing left to move. */
  get resting(): boolean {
    return this.simulation.alpha() < this.simulation.alphaMin();
  }

  /** Takes the topology of a moment; what has changed since the last one begins to move. */
  show(now: TopologyNow): void {
    this.chooseGone(now);
    const live = now.peers.filter((peer) => peer.live);
    const pairs = now.pairs.filter(tied);
    const shape = `${live.map(({ peer }) => peer).join(' ')}|${pairs.map(({ a, b }) => `${a} ${b}`).join(',')}`;
    if (shape === this.shape) return;
    const isFirst = this.shape === '';
    this.shape = shape;
    this.keepLiving(live, pairs);
    const wasHeld = (end: number): Body | undefined => this.bodies.get(end);
    const ties = pairs.flatMap((pair): Tie[] => {
      const [source, target] = [wasHeld(pair.a), wasHeld(pair.b)];
      if (source === undefined || target === undefined) return [];
      return [{ source, target, weight: pair.aHasB || pair.bHasA ? 1 : 0.2 }];
    });
    this.simulation.nodes([...this.bodies.values()]);
    const degree = new Map<unknown, number>();
    for (const { source, target } of ties) {
      for (const end of [source, target]) degree.set(end, (degree.get(end) ?? 0) + 1);
    }
    this.ties
      .strength(({ source, target, weight }) => weight / Math.min(degree.get(source) ?? 1, degree.get(target) ?? 1))
      .links(ties);
    this.simulation.alpha(isFirst ? 1 : Math.max(this.simulation.alpha(), 0.25));
  }

  /** Moves everything by one step. */
  tick(): void {
    this.simulation.tick();
  }

  /** Where everybody stands now, the living first. */
  places(): Place[] {
    const bodies = [...this.bodies.values()].map(({ peer, x = 0, y = 0 }) => ({ peer, x, y }));
    const [middleX, middleY] = [middleOf(bodies.map(({ x }) => x)), middleOf(bodies.map(({ y }) => y))];
    const reach = Math.max(24, ...bodies.map(({ x, y }) => Math.hypot(x - middleX, y - middleY)));
    const scale = (this.gone.length > 0 ? WITHIN_RIM : WITHOUT_RIM) / reach;
    const living = bodies.map(({ peer, x, y }) => ({
      peer,
      x: (x - middleX) * scale,
      y: (y - middleY) * scale,
      live: true,
    }));
    return [...living, ...this.rim(new Map(living.map((place) => [place.peer, place])))];
  }

  private keepLiving(live: readonly PeerNow[], pairs: readonly PairNow[]): void {
    const living = new Set(live.map(({ peer }) => peer));
    for (const peer of this.bodies.keys()) if (!living.has(peer)) this.bodies.delete(peer);
    for (const { peer } of live) {
      if (this.bodies.has(peer)) continue;
      const body: Body = { peer };
      const pair = pairs.find(({ a, b }) => this.bodies.has(a === peer ? b : b === peer ? a : -1));
      const by = pair === undefined ? undefined : this.bodies.get(pair.a === peer ? pair.b : pair.a);
      // Beside somebody it is tied to, on the outer side.
      if (by?.x !== undefined && by.y !== undefined) Object.assign(body, { x: by.x * 1.2 + 3, y: by.y * 1.2 + 2 });
      this.bodies.set(peer, body);
    }
  }

  private chooseGone({ peers, pairs }: TopologyNow): void {
    const gone = peers.filter(({ live }) => !live);
    const isGone = new Set(gone.map(({ peer }) => peer));
    const holders = new Map<number, number[]>();
    for (const { a, b } of pairs) {
      if (isGone.has(a) === isGone.has(b)) continue;
      const [dead, holder] = isGone.has(a) ? [a, b] : [b, a];
      holders.set(dead, [...(holders.get(dead) ?? []), holder]);
    }
    this.holders = holders;
    const lastFirst = gone.toSorted((x, y) => (y.endedUs ?? 0) - (x.endedUs ?? 0) || x.peer - y.peer);
    this.gone = [
      ...lastFirst.filter(({ peer }) => holders.has(peer)).slice(0, MOST_HELD),
      ...lastFirst.filter(({ peer }) => !holders.has(peer)).slice(0, MOST_LAST),
    ];
    this.goneLeftOut = gone.length - this.gone.length;
  }

  /** On the side of who holds them, far enough from one another. */
  private rim(living: ReadonlyMap<number, Place>): Place[] {
    const wanted = this.gone.map(({ peer }) => {
      const held = (this.holders.get(peer) ?? []).flatMap((holder) => living.get(holder) ?? []);
      const [x, y] = [held.reduce((sum, place) => sum + place.x, 0), held.reduce((sum, place) => sum + place.y, 0)];
      const own = (peer * GOLDEN_ANGLE) % (2 * Math.PI);
      return { peer, angle: Math.hypot(x, y) < 1e-6 ? own : (Math.atan2(y, x) + 2 * Math.PI) % (2 * Math.PI) };
    });
    return spread(wanted).map(({ peer, angle }) => ({ peer, x: Math.cos(angle), y: Math.sin(angle), live: false }));
  }
}

function middleOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : (Math.min(...values) + Math.max(...values)) / 2;
}

function tied({ aHasB, bHasA, open }: PairNow): boolean {
  return aHasB || bHasA || open > 0;
}

interface Placed {
  readonly peer: number;
  readonly angle: number;
}

/**
 * Angles at least a gap apart, in the order of those that are wanted and as near to them as that allows: groups that are too
 * close spread around their mean.
 */
function spread(wanted: readonly Placed[]): Placed[] {
  const gap = Math.min(RIM_GAP, (2 * Math.PI) / Math.max(1, wanted.length));
  const order = unrolled(wanted.toSorted((a, b) => a.angle - b.angle || a.peer - b.peer));
  const groups: { sum: number; count: number }[] = [];
  order.forEach(({ angle }, place) => {
    groups.push({ sum: angle - place * gap, count: 1 });
    for (let last = groups.at(-1)!, before = groups.at(-2); before !== undefined; before = groups.at(-2)) {
      if (before.sum / before.count <= last.sum / last.count) break;
      groups.splice(-2, 2, (last = { sum: before.sum + last.sum, count: before.count + last.count }));
    }
  });
  const angles = groups
    .flatMap(({ sum, count }) => Array<number>(count).fill(sum / count))
    .map((one, at) => one + at * gap);
  const [first = 0, last = 0] = [angles[0], angles.at(-1)];
  const isFull = last - first > 2 * Math.PI - gap + 1e-9;
  return order.map(({ peer }, at) => ({
    peer,
    angle: isFull ? first + (at * 2 * Math.PI) / order.length : angles[at]!,
  }));
}

/** Begins after the widest gap, with angles that ascend from there. */
function unrolled(sorted: readonly Placed[]): Placed[] {
  const gapAfter = (at: number): number =>
    at === sorted.length - 1
      ? sorted[0]!.angle + 2 * Math.PI - sorted[at]!.angle
      : sorted[at + 1]!.angle - sorted[at]!.angle;
  let widest = sorted.length - 1;
  for (let at = 0; at < sorted.length - 1; at++) if (gapAfter(at) > gapAfter(widest)) widest = at;
  const [before, after] = [sorted.slice(0, widest + 1), sorted.slice(widest + 1)];
  return [
    ...after,
    ...before.map(({ peer, angle }) => ({ peer, angle: angle + (after.length > 0 ? 2 * Math.PI : 0) })),
  ];
}
