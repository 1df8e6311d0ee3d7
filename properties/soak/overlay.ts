// The overlay at a moment: neighbour relations, their symmetry, the connections under them, and components.
// Invariant: an edge counts as one-sided only when it was so at two looks, between the same two incarnations.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { OneSidedEdge, OverlayRecord } from './record.ts';

const MOST_OUTSIDE = 10;

/** The neighbours of each node that has the relation, at one moment. */
export type NeighbourRelation = ReadonlyMap<Node, ReadonlySet<PeerId>>;

/** One-sided edges at one moment, by node and far incarnation. */
export type Edges = ReadonlyMap<string, LookedAtEdge>;

/** A one-sided edge at one look. */
export interface LookedAtEdge {
  readonly node: Node;
  readonly peer: PeerId;
  readonly lacks: OneSidedEdge['lacks'];
}

/** The relation now. */
export function relationOf(nodes: Iterable<Node>): NeighbourRelation {
  const relation = new Map<Node, ReadonlySet<PeerId>>();
  for (const node of nodes) {
    const neighbours = node.neighbours();
    if (neighbours !== undefined) relation.set(node, new Set(neighbours));
  }
  return relation;
}

/** Every edge of the nodes that its far side does not share now. */
export function edgesOf(nodes: Iterable<Node>): Edges {
  const oneSided = new Map<string, LookedAtEdge>();
  const neighboursOf = relationOf(nodes);
  for (const [node, neighbours] of neighboursOf) {
    for (const peer of neighbours) {
      const far = peer.node === undefined ? undefined : neighboursOf.get(peer.node);
      const edge = { node, peer };
      const key = `${node.serial}>${peer.index}/${peer.node?.serial ?? 0}`;
      if (far === undefined || !far.has(node.peer)) oneSided.set(key, { ...edge, lacks: 'neighbour' });
      else if (!connected(node, peer)) oneSided.set(key, { ...edge, lacks: 'connection' });
    }
  }
  return oneSided;
}

/** The edges that were one-sided in the same way at both of two looks. */
export function lastingEdges(first: Edges, second: Edges): Edges {
  return new Map([...second].filter(([key, { lacks }]) => first.get(key)?.lacks === lacks));
}

/** The overlay of the nodes at the end of a calm; undefined when they have no neighbour relation. */
export function overlayOf(nodes: readonly Node[], oneSided: readonly OneSidedEdge[]): OverlayRecord | undefined {
  if (!nodes.some((node) => node.neighbours() !== undefined)) return undefined;
  // A node without the relation, such as one that is leaving, is no part of the overlay.
  const components = componentsOf(nodes.filter((node) => node.neighbours() !== undefined));
  const outside = components
    .slice(1)
    .flat()
    .slice(0, MOST_OUTSIDE)
    .map((node) => String(node.peer));
  const edgeCount = nodes.reduce((sum, node) => sum + (node.neighbours()?.length ?? 0), 0);
  return { edgeCount, oneSided, components: components.map((component) => component.length), outside };
}

function connected(node: Node, peer: PeerId): boolean {
  const connections = node.connections();
  if (connections === undefined) return true;
  for (const other of connections) if (other === peer) return true;
  return false;
}

/** Connected components over edges taken both ways, largest first; ties keep the order of the nodes. */
function componentsOf(nodes: readonly Node[]): Node[][] {
  const adjacent = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) {
    for (const peer of node.neighbours() ?? []) {
      const far = peer.node;
      if (far === undefined || !adjacent.has(far)) continue;
      adjacent.get(node)!.push(far);
      adjacent.get(far)!.push(node);
    }
  }
  const seen = new Set<Node>();
  const components: Node[][] = [];
  for (const start of nodes) {
    if (seen.has(start)) continue;
    seen.add(start);
    const component = [start];
    for (let place = 0; place < component.length; place++) {
      for (const far of adjacent.get(component[place]!)!) {
        if (seen.has(far)) continue;
        seen.add(far);
        component.push(far);
      }
    }
    components.push(component);
  }
  return components.toSorted((a, b) => b.length - a.length);
}
