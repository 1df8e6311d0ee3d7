// How many edges of a topology there were at each of many moments, for curves.
// Invariant: a count at a moment is that of `topologyAt`; one pass over the rows serves all moments.
import type { EdgeTrack, TopologyTrack } from './topology.ts';

/** Counts at each moment asked for. */
export interface TopologyCounts {
  /** Neighbour relations, each side its own. */
  readonly neighbours: readonly number[];
  /** Connections that lead to a life that runs, and those whose far life has ended. */
  readonly open: readonly number[];
  readonly ghosts: readonly number[];
  readonly halfOpen: readonly number[];
}

/** @param times - Ascending, in microseconds. */
export function topologyCounts(track: TopologyTrack, times: readonly number[]): TopologyCounts {
  const { connections } = track;
  const ghostFromUs = ghostTimes(track);
  const all = countsOf(connections, times);
  const ghosts = countsOf({ ...connections, fromUs: ghostFromUs }, times);
  return {
    neighbours: countsOf(track.neighbours, times),
    open: all.map((count, place) => count - ghosts[place]!),
    ghosts,
    halfOpen: countsOf(track.halfOpen, times),
  };
}

/** When the far life of each connection was over, in microseconds; Infinity while it runs. */
export function ghostTimes({ lives, connections }: TopologyTrack): number[] {
  const livesOf = new Map<number, number[]>();
  lives.peer.forEach((peer, row) => {
    const rows = livesOf.get(peer);
    if (rows === undefined) livesOf.set(peer, [row]);
    else rows.push(row);
  });
  return connections.to.map((peer, row) => {
    const fromUs = connections.fromUs[row]!;
    const life = livesOf.get(peer)?.findLast((one) => lives.fromUs[one]! <= fromUs);
    if (life === undefined) return fromUs;
    const untilUs = lives.untilUs[life]!;
    return untilUs < 0 ? Infinity : Math.max(fromUs, untilUs);
  });
}

function countsOf(
  { fromUs, untilUs }: Pick<EdgeTrack, 'fromUs' | 'untilUs'>,
  times: readonly number[],
): readonly number[] {
  const steps = new Float64Array(times.length + 1);
  fromUs.forEach((begun, row) => {
    const until = untilUs[row]! < 0 ? Infinity : untilUs[row]!;
    if (begun >= until) return;
    steps[firstAtLeast(times, begun)]! += 1;
    steps[firstAtLeast(times, until)]! -= 1;
  });
  let count = 0;
  return times.map((_, place) => (count += steps[place]!));
}

/** Place of the first time at or after `atUs`; the number of times when there is none. */
function firstAtLeast(times: readonly number[], atUs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! < atUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
