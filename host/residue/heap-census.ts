// The census by heap snapshot: what nodes hold where a walk over objects cannot see (closures, private fields, generators).
// Invariant: it changes nothing; a class of paths is found again in a later snapshot under the same name.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeapSnapshot } from 'node:v8';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { HeapGraph } from './heap-graph.ts';
import type { Identities } from './identities.ts';

/** Objects of one class of paths. */
export interface HeapClass {
  /** Such as `member.#timers[*].(closure).peer`, from what a node exposes. */
  readonly path: string;
  /** Name of the class of the first of them. */
  readonly className: string;
  count: number;
  bytes: number;
}

/** Mentions of departed peers that no walk over objects finds. */
export interface HeapMention {
  readonly path: string;
  /** One of the peers, such as `p7`. */
  readonly example: string;
  count: number;
}

/** What one snapshot shows of all nodes together. */
export interface HeapCensus {
  /** Virtual time, in microseconds. */
  readonly atUs: number;
  /** Objects that were reached. */
  readonly objectCount: number;
  readonly classes: ReadonlyMap<string, HeapClass>;
  readonly hidden: readonly HeapMention[];
}

/** Classes of paths that are kept apart; what is met later counts with its parent. */
const MOST_CLASSES = 20_000;
/** Steps of a path beyond which objects count with their parents: recursive structures have few classes. */
const MOST_STEPS = 12;

/** Types of nodes that hold nothing further, or parts of one text. */
const NO_OBJECTS: ReadonlySet<string> = new Set([
  'string',
  'concatenated string',
  'sliced string',
  'number',
  'bigint',
  'symbol',
  'hidden',
]);

/** Found in a snapshot by its name; exists while one is taken. */
class QuicksoakHeapRoot {
  readonly nodes: unknown[];

  constructor(nodes: unknown[]) {
    this.nodes = nodes;
  }
}

/** The root of the snapshot that is being taken. */
const held: { root: QuicksoakHeapRoot | undefined } = { root: undefined };

/** Takes a snapshot of the thread's heap, and looks at what the nodes expose. Takes seconds for a large heap. */
export function takeHeapCensus(nodes: readonly Node[], identities: Identities, atUs: number): HeapCensus {
  const exposed = nodes.map((node) => node.expose());
  held.root = new QuicksoakHeapRoot(exposed);
  const path = join(tmpdir(), `quicksoak-${process.pid}-${nodes[0]?.serial ?? 0}-${atUs}.heapsnapshot`);
  try {
    writeHeapSnapshot(path);
    return censusOf(new HeapGraph(readFileSync(path, 'utf8')), identities, atUs);
  } finally {
    held.root = undefined;
    rmSync(path, { force: true });
  }
}

/** Reads a census out of a snapshot that was taken while a root of nodes stood. */
function censusOf(graph: HeapGraph, identities: Identities, atUs: number): HeapCensus {
  const walk = new HeapWalk(graph, identities);
  const root = graph.instanceOf(QuicksoakHeapRoot.name);
  if (root !== undefined) walk.from(root);
  return { atUs, objectCount: walk.objectCount, classes: walk.classes, hidden: [...walk.hidden.values()] };
}

class HeapWalk {
  readonly classes = new Map<string, HeapClass>();
  readonly hidden = new Map<string, HeapMention>();
  objectCount = 0;
  private readonly graph: HeapGraph;
  private readonly identities: Identities;
  private readonly seen: Uint8Array;

  constructor(graph: HeapGraph, identities: Identities) {
    this.graph = graph;
    this.identities = identities;
    this.seen = new Uint8Array(graph.nodeCount);
  }

  /** Breadth first, so that each object counts at a shortest path. */
  from(root: number): void {
    const { graph } = this;
    let layer: { node: number; path: string; steps: number }[] = [{ node: root, path: '', steps: 0 }];
    this.seen[root] = 1;
    while (layer.length > 0) {
      const below: typeof layer = [];
      for (const { node, path, steps } of layer) {
        for (const { step, to } of graph.steps(node)) {
          const reached = this.pathOf(path, step, steps);
          const type = graph.typeOf(to);
          if (type === 'string') this.text(graph.nameOf(to), reached);
          if (this.seen[to] === 1 || NO_OBJECTS.has(type)) continue;
          this.seen[to] = 1;
          this.count(to, reached);
          below.push({ node: to, path: reached, steps: steps + (step === '' ? 0 : 1) });
        }
      }
      layer = below;
    }
  }

  private pathOf(path: string, step: string, steps: number): string {
    // The first two steps are those of the root: its list of nodes.
    if (steps < 2) return '';
    if (steps >= MOST_STEPS || (step === '[*]' && path.endsWith('[*]'))) return path;
    return path === '' && step.startsWith('.') ? step.slice(1) : path + step;
  }

  private count(node: number, path: string): void {
    this.objectCount++;
    const known = this.classes.get(path);
    const bytes = this.graph.sizeOf(node);
    if (known !== undefined) {
      known.count++;
      known.bytes += bytes;
    } else if (this.classes.size < MOST_CLASSES) {
      this.classes.set(path, { path, className: this.graph.nameOf(node), count: 1, bytes });
    }
  }

  /** A text counts where no walk over objects comes: below a closure, a private field, or what is suspended. */
  private text(text: string, path: string): void {
    if (!/[(#]/.test(path)) return;
    this.identities.forEachIn(text, (peer: PeerId) => {
      if (!peer.departed) return;
      const known = this.hidden.get(path);
      if (known === undefined) this.hidden.set(path, { path, example: String(peer), count: 1 });
      else known.count++;
    });
  }
}

/** How a class of paths grew between two snapshots. */
export interface HeapGrowth {
  readonly path: string;
  readonly className: string;
  readonly before: number;
  readonly after: number;
  /** Bytes more than before. */
  readonly bytes: number;
}

/** The classes that hold more objects or bytes than before, those with the most bytes first. */
export function heapGrowth(before: HeapCensus, after: HeapCensus): HeapGrowth[] {
  const grown: HeapGrowth[] = [];
  for (const [path, { className, count, bytes }] of after.classes) {
    const earlier = before.classes.get(path);
    if (count <= (earlier?.count ?? 0) && bytes <= (earlier?.bytes ?? 0)) continue;
    grown.push({ path, className, before: earlier?.count ?? 0, after: count, bytes: bytes - (earlier?.bytes ?? 0) });
  }
  return grown.toSorted((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}
