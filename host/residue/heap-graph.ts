// A heap snapshot of V8 as a graph: what can be reached from an object, also by closures, private fields and generators.
// Invariant: it reads what was written, and follows no edge that leads into the engine's own business or the harness.

/** What JSON of a snapshot holds, as far as it is read. */
interface SnapshotFile {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly (string | readonly string[])[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly (string | readonly string[])[];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** One step of a path from an object to what it holds. */
export interface HeapStep {
  /** As it is written in a path class, such as `.member`, `[*]` or `.#timer`. */
  readonly step: string;
  readonly to: number;
}

/** Internal edges that lead to what code holds, by how a path names them. */
const FOLLOWED: Readonly<Record<string, string>> = {
  // Of Maps and Sets; what they hold has numbers for names.
  table: '',
  context: '.(closure)',
  // The scope around a scope.
  previous: '',
  parameters_and_registers: '.(suspended)',
  bound_argument: '.(bound)',
  bound_this: '.(bound)',
  reactions_or_result: '.(promise)',
  fulfill_handler: '',
  reject_handler: '',
  promise_or_capability: '',
  value: '',
};
/** Properties that lead away from an object's own state. */
const PASSED_OVER: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'map']);
/** Types of nodes that hold nothing of the target's. */
const ENGINE: ReadonlySet<string> = new Set(['code', 'object shape', 'native', 'synthetic', 'wasm object']);
/** What the registered symbol of an opaque object is called in a snapshot. */
const OPAQUE = 'quicksoak.opaque';

/** See the file's head. */
export class HeapGraph {
  readonly nodeCount: number;
  private readonly file: SnapshotFile;
  private readonly nodeWidth: number;
  private readonly edgeWidth: number;
  private readonly nodeTypes: readonly string[];
  private readonly edgeTypes: readonly string[];
  private readonly place: Readonly<Record<'type' | 'name' | 'size', number>>;
  /** Where the edges of a node begin. */
  private readonly firstEdge: Uint32Array;
  private readonly opaqueShapes = new Map<number, boolean>();

  /** @param text - JSON, as `v8.writeHeapSnapshot` writes it. */
  constructor(text: string) {
    const file = JSON.parse(text) as SnapshotFile;
    const { node_fields, node_types, edge_fields, edge_types } = file.snapshot.meta;
    this.file = file;
    this.nodeWidth = node_fields.length;
    this.edgeWidth = edge_fields.length;
    this.nodeTypes = node_types[0] as readonly string[];
    this.edgeTypes = edge_types[0] as readonly string[];
    this.place = {
      type: node_fields.indexOf('type'),
      name: node_fields.indexOf('name'),
      size: node_fields.indexOf('self_size'),
    };
    this.nodeCount = file.nodes.length / this.nodeWidth;
    this.firstEdge = new Uint32Array(this.nodeCount + 1);
    const edgeCount = node_fields.indexOf('edge_count');
    for (let node = 0; node < this.nodeCount; node++) {
      this.firstEdge[node + 1] =
        this.firstEdge[node]! + file.nodes[node * this.nodeWidth + edgeCount]! * this.edgeWidth;
    }
  }

  /** The only instance of a class of this name. */
  instanceOf(className: string): number | undefined {
    for (let node = 0; node < this.nodeCount; node++) {
      if (this.typeOf(node) === 'object' && this.nameOf(node) === className) return node;
    }
    return undefined;
  }

  typeOf(node: number): string {
    return this.nodeTypes[this.file.nodes[node * this.nodeWidth + this.place.type]!] ?? '';
  }

  /** Name of the class of an object; the text of a string. */
  nameOf(node: number): string {
    return this.file.strings[this.file.nodes[node * this.nodeWidth + this.place.name]!] ?? '';
  }

  /** Own size, in bytes. */
  sizeOf(node: number): number {
    return this.file.nodes[node * this.nodeWidth + this.place.size]!;
  }

  /** What a node holds, one step away. */
  *steps(node: number): Generator<HeapStep, void, undefined> {
    const { edges } = this.file;
    const isContext = this.nameOf(node) === 'system / Context';
    for (let edge = this.firstEdge[node]!; edge < this.firstEdge[node + 1]!; edge += this.edgeWidth) {
      const to = edges[edge + 2]! / this.nodeWidth;
      if (ENGINE.has(this.typeOf(to))) continue;
      const step = this.stepOf(this.edgeTypes[edges[edge]!] ?? '', edges[edge + 1]!, isContext);
      if (step !== undefined && !this.isOpaque(to)) yield { step, to };
    }
  }

  private stepOf(type: string, nameOrIndex: number, isContext: boolean): string | undefined {
    if (type === 'element') return '[*]';
    const name = this.file.strings[nameOrIndex] ?? '';
    if (type === 'property') return PASSED_OVER.has(name) ? undefined : fieldStep(name);
    if (type === 'context') return name === 'this' ? '' : `.${name}`;
    // A snapshot names the numbered slots of tables and frames by their numbers.
    if (type === 'internal') return FOLLOWED[name] ?? (/^\d+$/.test(name) && !isContext ? '[*]' : undefined);
    return undefined;
  }

  /** True for what is marked by the harness; the mark is on some prototype. */
  private isOpaque(node: number): boolean {
    if (this.typeOf(node) !== 'object') return false;
    const { edges, strings } = this.file;
    const known = this.opaqueShapes.get(node);
    if (known !== undefined) return known;
    // Set first, as a chain may be a circle in a snapshot.
    this.opaqueShapes.set(node, false);
    let found = false;
    for (let edge = this.firstEdge[node]!; !found && edge < this.firstEdge[node + 1]!; edge += this.edgeWidth) {
      if (this.edgeTypes[edges[edge]!] !== 'property') continue;
      const name = strings[edges[edge + 1]!] ?? '';
      if (name === '__proto__') found = this.isOpaque(edges[edge + 2]! / this.nodeWidth);
      else found = name.includes(OPAQUE);
    }
    this.opaqueShapes.set(node, found);
    return found;
  }
}

function fieldStep(name: string): string {
  if (/^[A-Za-z_$#][\w$#]*$/.test(name)) return `.${name}`;
  const symbol = /^<symbol (.*)>$/.exec(name)?.[1];
  return symbol === undefined ? '[*]' : `.@${symbol.replaceAll(/[^\w$-]+/g, '_')}`;
}
