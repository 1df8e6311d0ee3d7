// Overlay graphs and what the papers measure on them: clustering, path lengths, degrees, components.
// Invariant: metrics are functions of the graph alone; edges to nodes that are not in it are left out.
import type { Node } from '../../sim/node.ts';
import type { RandomStream } from '../../sim/random/stream.ts';

/** A directed graph over nodes 0 to `size - 1`: the targets of node n are `targets[starts[n]]` to `targets[starts[n + 1] - 1]`. */
export interface Graph {
  readonly size: number;
  readonly starts: Int32Array;
  readonly targets: Int32Array;
}

/** Distances from some sources, in hops. */
export interface PathLengths {
  /** Mean over all ordered pairs of a source and another node that it reaches; 0 when there are none. */
  readonly mean: number;
  /** Largest distance from each source to a node it reaches, in the order of the sources. */
  readonly eccentricities: readonly number[];
  /** Fewest nodes that a source reaches, itself included. */
  readonly leastReached: number;
}

/** The graph of neighbour relations among `nodes`, numbered as listed. */
export function overlayGraph(nodes: readonly Node[]): Graph {
  const placeOf = new Map(nodes.map((node, place) => [node.peer, place]));
  return graphOf(
    nodes.map((node) => {
      const places: number[] = [];
      for (const peer of node.neighbours() ?? []) {
        const place = placeOf.get(peer);
        if (place !== undefined && peer.node === nodes[place]) places.push(place);
      }
      return places;
    }),
  );
}

/** The graph in which `lists[n]` are the targets of node n. */
export function graphOf(lists: readonly (readonly number[])[]): Graph {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, node) => {
    starts[node + 1] = starts[node]! + list.length;
  });
  const targets = new Int32Array(starts[lists.length]!);
  lists.forEach((list, node) => targets.set(list, starts[node]));
  return { size: lists.length, starts, targets };
}

/**
 * A random graph in which every node has `degree` neighbours, edges both ways, no loops and no double edges: what an
 * overlay without any structure would be. Pairs the ends of edges at random and swaps away what is not allowed.
 *
 * @param size - Nodes; above `degree`, and `size * degree` is even.
 */
export function randomRegularGraph(size: number, degree: number, random: RandomStream): Graph {
  const ends: number[] = [];
  for (let node = 0; node < size; node++) for (let end = 0; end < degree; end++) ends.push(node);
  random.shuffle(ends);
  const edges = new Map<number, number>();
  const keyOf = (place: number): number => {
    const [first, second] = [ends[place]!, ends[place + 1]!];
    return first < second ? first * size + second : second * size + first;
  };
  const count = (key: number, change: number): void => void edges.set(key, (edges.get(key) ?? 0) + change);
  for (let place = 0; place < ends.length; place += 2) count(keyOf(place), 1);
  const isBad = (place: number): boolean => ends[place] === ends[place + 1] || edges.get(keyOf(place))! > 1;
  // A swap may spoil an edge that was fine, so they are looked at until all are.
  for (let swaps = -1; swaps !== 0;) {
    swaps = 0;
    for (let place = 0; place < ends.length; place += 2) {
      if (!isBad(place)) continue;
      const other = 2 * random.below(ends.length / 2);
      for (const each of [place, other]) count(keyOf(each), -1);
      [ends[place + 1], ends[other + 1]] = [ends[other + 1]!, ends[place + 1]!];
      for (const each of [place, other]) count(keyOf(each), 1);
      swaps++;
    }
  }
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (let place = 0; place < ends.length; place += 2) {
    lists[ends[place]!]!.push(ends[place + 1]!);
    lists[ends[place + 1]!]!.push(ends[place]!);
  }
  return graphOf(lists);
}

/**
 * Average clustering coefficient: of the pairs of a node's targets, the share that an edge joins, in either direction;
 * the mean over all nodes, those with fewer than two targets counting 0 (HyParView, section 2.3).
 *
 * @returns From 0 to 1 (included); 0 for the empty graph.
 */
export function clusteringCoefficient({ size, starts, targets }: Graph): number {
  const edges = new Set<number>();
  for (let node = 0; node < size; node++) {
    for (let place = starts[node]!; place < starts[node + 1]!; place++) edges.add(node * size + targets[place]!);
  }
  let sum = 0;
  for (let node = 0; node < size; node++) {
    const [start, end] = [starts[node]!, starts[node + 1]!];
    let joined = 0;
    for (let left = start; left < end; left++) {
      for (let right = left + 1; right < end; right++) {
        const [first, second] = [targets[left]!, targets[right]!];
        if (edges.has(first * size + second) || edges.has(second * size + first)) joined++;
      }
    }
    const pairs = ((end - start) * (end - start - 1)) / 2;
    if (pairs > 0) sum += joined / pairs;
  }
  return size === 0 ? 0 : sum / size;
}

/** Shortest paths from each of `sources`, by breadth-first search along the edges' directions. */
export function pathLengths(graph: Graph, sources: readonly number[]): PathLengths {
  const depths = new Int32Array(graph.size);
  const order = new Int32Array(graph.size);
  const eccentricities: number[] = [];
  let [sum, pairs, leastReached] = [0, 0, graph.size];
  for (const source of sources) {
    const reached = search(graph, source, depths, order);
    for (let place = 1; place < reached; place++) sum += depths[order[place]!]!;
    pairs += reached - 1;
    eccentricities.push(depths[order[reached - 1]!]!);
    leastReached = Math.min(leastReached, reached);
  }
  return { mean: pairs === 0 ? 0 : sum / pairs, eccentricities, leastReached };
}

/** How many edges end at each node. */
export function inDegrees({ size, targets }: Graph): Int32Array {
  const degrees = new Int32Array(size);
  for (const target of targets) degrees[target]!++;
  return degrees;
}

/** Sizes of the components, largest first, edges taken both ways. */
export function componentSizes({ size, starts, targets }: Graph): number[] {
  const parents = Int32Array.from({ length: size }, (_, node) => node);
  const rootOf = (node: number): number => {
    let root = node;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
    return root;
  };
  for (let node = 0; node < size; node++) {
    for (let place = starts[node]!; place < starts[node + 1]!; place++) {
      parents[rootOf(node)] = rootOf(targets[place]!);
    }
  }
  const sizes = new Int32Array(size);
  for (let node = 0; node < size; node++) sizes[rootOf(node)]!++;
  return [...sizes].filter((count) => count > 0).toSorted((a, b) => b - a);
}

/** Evenly spaced nodes to search from: `count` of them, or all when there are no more. */
export function spacedSources(size: number, count: number): number[] {
  const wanted = Math.min(size, count);
  return Array.from({ length: wanted }, (_, place) => Math.floor((place * size) / wanted));
}

/** Fills `order` with the nodes that `source` reaches, nearest first, and their `depths`; returns how many. */
function search({ starts, targets }: Graph, source: number, depths: Int32Array, order: Int32Array): number {
  depths.fill(-1);
  depths[source] = 0;
  order[0] = source;
  let reached = 1;
  for (let place = 0; place < reached; place++) {
    const node = order[place]!;
    for (let edge = starts[node]!; edge < starts[node + 1]!; edge++) {
      const target = targets[edge]!;
      if (depths[target]! >= 0) continue;
      depths[target] = depths[node]! + 1;
      order[reached++] = target;
    }
  }
  return reached;
}
