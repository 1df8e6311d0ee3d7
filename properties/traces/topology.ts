// The topology of a run over time, as GraphML or DOT: a node per life, an edge per stretch of a relation.
// Invariant: nodes stand before edges; an edge is as long as the relation that one side told of, and its ends exist.
// Source: GraphML primer; the DOT language.
import type { Soak } from '../soak/scenario.ts';
import { dotEdge, dotNode, dotText } from './dot.ts';
import { graphmlEdge, graphmlHead, graphmlNode } from './graphml.ts';
import type { Life, TracedEntry, TraceListener } from './happenings.ts';
import type { TextOut } from './text-out.ts';

/** A life in a graph; times in virtual seconds, as exact text. */
export interface GraphNode {
  readonly life: Life;
  /** Undefined for a life that had ended before the window, or that never began. */
  readonly fromUs: number | undefined;
  /** Undefined while it goes on. */
  readonly untilUs: number | undefined;
  readonly isLive: boolean;
}

/** A relation of one life to another, as long as it lasted. */
export interface GraphEdge {
  readonly from: Life;
  readonly to: Life;
  readonly relation: 'neighbour' | 'connection' | 'half-open';
  /** Of a connection; empty for a neighbour. */
  readonly site: string;
  readonly fromUs: number;
  /** Undefined while it lasts. */
  readonly untilUs: number | undefined;
  /** True when the life that it leads to ended first: the other side holds on to nobody. */
  readonly isGhost: boolean;
  /** Of neighbours in a snapshot: whether the other side tells of it too; undefined elsewhere. */
  readonly isMutual: boolean | undefined;
}

/** Writes the topology of a run. Edges are held until its end, as nodes stand before them. */
export class TopologyWriter implements TraceListener {
  private readonly out: TextOut;
  private readonly soak: Soak;
  private readonly format: 'graphml' | 'dot';
  private readonly isSnapshot: boolean;
  private readonly running = new Map<Life, number>();
  private readonly nodes = new Map<Life, GraphNode>();
  private readonly edges: GraphEdge[] = [];
  private readonly up = new Map<Life, Map<Life, number>>();

  /** @param isSnapshot - Only what there is at the end of the window. */
  constructor(out: TextOut, soak: Soak, format: 'graphml' | 'dot', isSnapshot: boolean) {
    this.out = out;
    this.soak = soak;
    this.format = format;
    this.isSnapshot = isSnapshot;
  }

  /** What was written, in words. */
  get tally(): string {
    return `${this.nodes.size} nodes, ${this.edges.length} edges`;
  }

  began(life: Life): void {
    this.running.set(life, life.bornUs);
  }

  ended(life: Life, atUs: number): void {
    for (const [to, sinceUs] of this.up.get(life) ?? []) this.neighbourEdge(life, to, sinceUs, atUs);
    this.up.delete(life);
    this.running.delete(life);
    if (!this.isSnapshot) this.nodes.set(life, { life, fromUs: life.bornUs, untilUs: atUs, isLive: false });
  }

  stillRunning(life: Life): void {
    this.nodes.set(life, { life, fromUs: life.bornUs, untilUs: undefined, isLive: true });
  }

  neighbour(life: Life, to: Life, isUp: boolean, atUs: number): void {
    let edges = this.up.get(life);
    if (edges === undefined) this.up.set(life, (edges = new Map<Life, number>()));
    const sinceUs = edges.get(to);
    if (isUp) {
      if (sinceUs === undefined) edges.set(to, atUs);
      return;
    }
    edges.delete(to);
    if (sinceUs !== undefined) this.neighbourEdge(life, to, sinceUs, atUs);
  }

  closed(entry: TracedEntry, atUs: number): void {
    if (!this.isSnapshot) this.connectionEdge(entry, atUs);
  }

  stillOpen(entry: TracedEntry): void {
    this.connectionEdge(entry, undefined);
  }

  finish(): void {
    for (const [life, edges] of this.up) {
      for (const [to, sinceUs] of edges) this.neighbourEdge(life, to, sinceUs, undefined);
    }
    for (const { from, to } of this.edges) for (const life of [from, to]) this.mention(life);
    const { scenario, seed } = this.soak;
    const title = `${scenario.name}, seed ${JSON.stringify(seed)}`;
    const nodes = [...this.nodes.values()].toSorted(
      (a, b) => a.life.peer - b.life.peer || a.life.number - b.life.number,
    );
    const edges = this.edges.toSorted((a, b) => a.fromUs - b.fromUs);
    if (this.format === 'graphml') {
      this.out.add(graphmlHead(title));
      for (const node of nodes) this.out.add(graphmlNode(node));
      edges.forEach((edge, place) => this.out.add(graphmlEdge(edge, place)));
      this.out.add('  </graph>\n</graphml>\n');
    } else {
      this.out.add(`digraph ${dotText(title)} {\n`);
      for (const node of nodes) this.out.add(dotNode(node));
      for (const edge of edges) this.out.add(dotEdge(edge));
      this.out.add('}\n');
    }
    this.out.flush();
  }

  /** Named by an edge and not running in the window. */
  private mention(life: Life): void {
    if (this.nodes.has(life)) return;
    const fromUs = life.number === 0 ? undefined : life.bornUs;
    this.nodes.set(life, { life, fromUs, untilUs: undefined, isLive: false });
  }

  private neighbourEdge(from: Life, to: Life, fromUs: number, untilUs: number | undefined): void {
    if (this.isSnapshot && untilUs !== undefined) return;
    const isMutual = this.isSnapshot ? this.up.get(to)?.has(from) === true : undefined;
    this.add({ from, to, relation: 'neighbour', site: '', fromUs, untilUs, isMutual, isGhost: !this.running.has(to) });
  }

  private connectionEdge({ kind, owner, subject, site, bornUs }: TracedEntry, untilUs: number | undefined): void {
    if ((kind !== 'connection' && kind !== 'half-open') || subject === undefined) return;
    const isGhost = !this.running.has(subject);
    this.add({ from: owner, to: subject, relation: kind, site, fromUs: bornUs, untilUs, isMutual: undefined, isGhost });
  }

  private add(edge: GraphEdge): void {
    this.edges.push(edge);
  }
}
