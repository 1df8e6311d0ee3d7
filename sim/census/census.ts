// The census of a calm: what every node's state holds, by path class, and which mentions of departed peers are residue.
// Invariant: reads state and changes none; the same state gives the same census, in the same order.
import type { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { PathClasses } from './path-classes.ts';
import type { Judgement, Retention, RetentionRules, Violation } from './retention.ts';
import { Walker, type Walked, type WalkSeed } from './walk.ts';

/** What a census needs of a node. */
export type CensusNode = Pick<Node, 'serial' | 'peer' | 'bornUs' | 'expose'>;

/** A queued message or an armed timer of a live node. Counted as one element of the collection `path`. */
export interface PendingItem {
  readonly node: CensusNode;
  /** Such as `pending.timer.sweep` or `pending.message.Gossip`; every step of it a name. */
  readonly path: string;
  /** Walked for mentions, beneath `path[*]`. */
  readonly payload: unknown;
}

/** What {@link takeCensus} looks at. */
export interface CensusRequest {
  /** Virtual time, in microseconds. */
  readonly nowUs: number;
  readonly nodes: Iterable<CensusNode>;
  /** Items of nodes that are not in `nodes` are passed over. Default none. */
  readonly pending?: Iterable<PendingItem>;
  /** The model's declarations; the same object at each census of a run. */
  readonly retention: RetentionRules;
  /** What walks; default a {@link Walker}. */
  readonly walker?: ((classes: PathClasses) => Walker) | undefined;
  /** Called with what the walk over each node found, before the next begins. */
  readonly onWalked?: (node: CensusNode, walked: Walked) => void;
}

/** Mentions of departed peers, in one path class, that nothing declares. */
export interface Residue {
  /** How often departed peers are mentioned. */
  readonly count: number;
  /** How many departed peers. */
  readonly peerCount: number;
  /** A shortest concrete path to one of them, such as `topics["chat"].peerData[key p7]`. */
  readonly example: string;
}

/** One path class of one node: the size of its collections all together, and of the largest alone. */
export interface ClassSize {
  readonly sum: number;
  readonly largest: number;
}

/** The census of one node. Maps are in the order the walk met the path classes. */
export class NodeCensus {
  /** Number of the incarnation. */
  readonly serial: number;
  readonly peerIndex: number;
  /** The peer's printed form. */
  readonly peerName: string;
  readonly bornUs: number;
  readonly residue: ReadonlyMap<string, Residue>;
  /** Mentions of departed peers that honoured declarations cover, by path class. */
  readonly retained: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
  /** Objects that could not be looked into (weak collections, promises, generators), by path class. */
  readonly notInspected: ReadonlyMap<string, number>;

  private readonly classes: PathClasses;
  /** Triples of class, sum and largest: a census of a million nodes must not hold a Map for each. */
  private readonly packed: Float64Array;

  constructor(node: Omit<CensusNode, 'expose'>, walker: Walked, judgement: Judgement) {
    this.serial = node.serial;
    this.peerIndex = node.peer.index;
    this.peerName = String(node.peer);
    this.bornUs = node.bornUs;
    this.classes = walker.classes;
    this.packed = packSizes(walker);
    this.residue = residueOf(walker, judgement);
    this.retained = retainedOf(walker, judgement);
    this.violations = judgement.violations;
    this.notInspected = byPath(walker.classes, walker.hidden);
  }

  /** Elements (bytes for `(bytes)` classes) of all collections of a path class together. Built anew at each call. */
  get sizes(): Map<string, number> {
    return new Map(this.eachSize().map(([path, { sum }]) => [path, sum]));
  }

  /** Elements of the largest single collection of a path class. Built anew at each call. */
  get largest(): Map<string, number> {
    return new Map(this.eachSize().map(([path, { largest }]) => [path, largest]));
  }

  /** Path classes and their sizes, in the order met. */
  eachSize(): [path: string, size: ClassSize][] {
    const sizes: [string, ClassSize][] = [];
    for (let i = 0; i < this.packed.length; i += 3) {
      const path = this.classes.path(this.packed[i]!);
      sizes.push([path, { sum: this.packed[i + 1]!, largest: this.packed[i + 2]! }]);
    }
    return sizes;
  }
}

/** One path class over all nodes of a census. */
export interface ClassTotal extends ClassSize {
  /** Nodes that have the class. */
  readonly nodeCount: number;
}

/** Residue of one path class over all nodes. */
export interface ResidueTotal extends Residue {
  readonly nodeCount: number;
  /** The incarnation that `example` is from: the one with the most mentions, the first of equals. */
  readonly serial: number;
}

/** What all nodes held at one moment. */
export class Census {
  /** Virtual time, in microseconds. */
  readonly atUs: number;
  readonly nodes: readonly NodeCensus[];

  constructor(atUs: number, nodes: readonly NodeCensus[]) {
    this.atUs = atUs;
    this.nodes = nodes;
  }

  /** Sizes summed over the nodes, by path class; `largest` is the largest single collection anywhere. */
  sizeTotals(): Map<string, ClassTotal> {
    const totals = new Map<string, ClassTotal>();
    for (const node of this.nodes) {
      for (const [path, { sum, largest }] of node.eachSize()) {
        const so = totals.get(path) ?? { sum: 0, largest: 0, nodeCount: 0 };
        totals.set(path, {
          sum: so.sum + sum,
          largest: Math.max(so.largest, largest),
          nodeCount: so.nodeCount + 1,
        });
      }
    }
    return totals;
  }

  /** Residue summed over the nodes, by path class; a peer counts once per node that mentions it. */
  residueTotals(): Map<string, ResidueTotal> {
    const totals = new Map<string, ResidueTotal>();
    const most = new Map<string, number>();
    for (const { serial, residue } of this.nodes) {
      for (const [path, { count, peerCount, example }] of residue) {
        const so = totals.get(path) ?? { count: 0, peerCount: 0, nodeCount: 0, example, serial };
        const leads = count > (most.get(path) ?? 0);
        if (leads) most.set(path, count);
        totals.set(path, {
          count: so.count + count,
          peerCount: so.peerCount + peerCount,
          nodeCount: so.nodeCount + 1,
          example: leads ? example : so.example,
          serial: leads ? serial : so.serial,
        });
      }
    }
    return totals;
  }
}

/** Walks the exposed state and the pending items of every node, and judges each mention of a departed peer. */
export function takeCensus(request: CensusRequest): Census {
  const { nowUs, nodes, pending = [], retention, walker: make, onWalked } = request;
  const seeds = seedsByNode(pending, retention.classes);
  const walker = make?.(retention.classes) ?? new Walker(retention.classes);
  const censuses: NodeCensus[] = [];
  for (const node of nodes) {
    walker.walk(node.expose(), seeds.get(node) ?? [], isDeparted, String(node.peer));
    onWalked?.(node, walker);
    censuses.push(new NodeCensus(node, walker, retention.judge(walker, nowUs)));
  }
  return new Census(nowUs, censuses);
}

/** One path class in which a node mentions a peer. */
export interface PeerPath {
  readonly path: string;
  /** A shortest concrete path. */
  readonly example: string;
  /** The declaration that covers the mention; undefined for residue. */
  readonly retention: Retention | undefined;
}

/**
 * Where one node mentions one peer, nearest first: says why it dialled a peer that is gone, at the moment it does. The
 * peer is judged as departed; for one that is alive, or never lived, no time-bound declaration expires.
 */
export function pathsTo(peer: PeerId, request: Omit<CensusRequest, 'nodes'> & { node: CensusNode }): PeerPath[] {
  const { nowUs, node, pending = [], retention } = request;
  const walker = request.walker?.(retention.classes) ?? new Walker(retention.classes);
  const seeds = seedsByNode(pending, retention.classes).get(node) ?? [];
  walker.walk(node.expose(), seeds, (met) => met === peer, String(node.peer));
  const { covers } = retention.judge(walker, peer.departed ? nowUs : peer.departedAtUs);
  return walker.mentions.map((mention, i) => ({
    path: walker.classes.path(mention.classId),
    example: walker.examplePath(mention),
    retention: covers[i],
  }));
}

function isDeparted(peer: PeerId): boolean {
  return peer.departed;
}

function seedsByNode(pending: Iterable<PendingItem>, classes: PathClasses): Map<CensusNode, WalkSeed[]> {
  const seeds = new Map<CensusNode, WalkSeed[]>();
  for (const { node, path, payload } of pending) {
    const seed = { classId: classes.intern(path), value: payload };
    const others = seeds.get(node);
    if (others === undefined) seeds.set(node, [seed]);
    else others.push(seed);
  }
  return seeds;
}

function packSizes(walker: Walked): Float64Array {
  const packed = new Float64Array(walker.sizedClasses.length * 3);
  walker.sizedClasses.forEach((classId, i) => {
    packed[i * 3] = classId;
    packed[i * 3 + 1] = walker.sizeOf(classId) ?? 0;
    packed[i * 3 + 2] = walker.largestOf(classId) ?? 0;
  });
  return packed;
}

const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

function residueOf(walker: Walked, { covers }: Judgement): ReadonlyMap<string, Residue> {
  if (covers.every((cover) => cover !== undefined)) return NOTHING;
  const residue = new Map<string, Residue>();
  walker.mentions.forEach((mention, i) => {
    if (covers[i] !== undefined) return;
    const path = walker.classes.path(mention.classId);
    const so = residue.get(path);
    residue.set(path, {
      count: (so?.count ?? 0) + mention.count,
      peerCount: (so?.peerCount ?? 0) + 1,
      example: so?.example ?? walker.examplePath(mention),
    });
  });
  return residue;
}

function retainedOf(walker: Walked, { covers }: Judgement): ReadonlyMap<string, number> {
  if (covers.every((cover) => cover === undefined)) return NOTHING;
  const counts = new Map<number, number>();
  walker.mentions.forEach(({ classId, count }, i) => {
    if (covers[i] !== undefined) counts.set(classId, (counts.get(classId) ?? 0) + count);
  });
  return byPath(walker.classes, counts);
}

function byPath(classes: PathClasses, counts: ReadonlyMap<number, number>): ReadonlyMap<string, number> {
  if (counts.size === 0) return NOTHING;
  return new Map([...counts].map(([classId, count]) => [classes.path(classId), count]));
}
