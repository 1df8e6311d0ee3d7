import { createRequire } from 'node:module';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import test from 'ava';
import * as fc from 'fast-check';
import { MultiDirectedGraph } from 'graphology';
import { startSoak } from '../soak/run.ts';
import type { Soak } from '../soak/scenario.ts';
import { exported, RUNS, soakOf } from './traced.test.fixture.ts';

const SECOND_US = 1_000_000;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

const require = createRequire(import.meta.url);
const graphml = require('graphology-graphml') as {
  parse(make: typeof MultiDirectedGraph, text: string): MultiDirectedGraph<Attributes, Attributes>;
};
const parseDot = require('dotparser') as (text: string) => {
  type: string;
  children: {
    type: string;
    node_id?: { id: string };
    edge_list?: { id: string }[];
    attr_list: { id: string; eq: string | number }[];
  }[];
}[];

function graphOf(soak: Soak, terms: Parameters<typeof exported>[2]): MultiDirectedGraph<Attributes, Attributes> {
  return graphml.parse(MultiDirectedGraph, exported('graphml', soak, terms).text);
}

/** The relation that nodes tell of at a moment, read off a run of its own. */
function neighboursAt(soak: Soak, atUs: number): string[] {
  const { simulation } = startSoak(soak);
  simulation.run({ untilUs: atUs });
  return [...simulation.running()]
    .flatMap((node) => (node.neighbours() ?? []).map((peer) => `p${node.peer.index} p${peer.index}`))
    .toSorted();
}

test('a snapshot holds the neighbours that nodes tell of, in both formats', (t) => {
  let edges = 0;
  fc.assert(
    fc.property(RUNS, ({ input, fromUs }) => {
      const soak = soakOf(input);
      if (!['swarm', 'mesh'].includes(soak.model.name)) return;
      const terms = { fromUs, toUs: fromUs, isSnapshot: true };
      const graph = graphOf(soak, terms);
      const told = graph
        .filterEdges((_, { relation }) => relation === 'neighbour')
        .map((edge) =>
          graph
            .extremities(edge)
            .map((name) => name.replace(/#.*/, ''))
            .join(' '),
        );
      const own = neighboursAt(soak, fromUs);
      edges += own.length;
      if (JSON.stringify(told.toSorted()) !== JSON.stringify(own)) throw new Error(`${told.length} of ${own.length}`);
      const [dot] = parseDot(exported('dot', soak, terms).text);
      const drawn = dot!.children.filter(({ type }) => type === 'edge_stmt').length;
      if (drawn !== graph.size) throw new Error(`${drawn} edges drawn of ${graph.size}`);
    }),
    { seed: 66, numRuns: 16 },
  );
  t.true(edges > 150, String(edges));
});

test('over time, a stretch of a relation lies within the life that tells of it, and is as long as it lasted', (t) => {
  let stretches = 0;
  fc.assert(
    fc.property(RUNS, ({ input, fromUs, toUs }) => {
      const soak = soakOf(input);
      const graph = graphOf(soak, { fromUs, toUs });
      graph.forEachEdge((_edge, { start, end, ghost }, from, to, owner, target) => {
        stretches++;
        if (Number(start) < Number(owner['start'])) throw new Error(`${from} to ${to} before its life`);
        if (end !== undefined && Number(end) < Number(start)) throw new Error(`${from} to ${to} ends first`);
        if (end === undefined && owner['live'] !== true)
          throw new Error(`${from} is over, and its edge to ${to} is not`);
        const goneUs = target['live'] === true ? Infinity : Number(target['end'] ?? -1);
        if ((ghost === true) !== goneUs < Number(end ?? Infinity)) {
          // It may have ended in the very instant in which its peer did.
          if (goneUs !== Number(end ?? Infinity)) throw new Error(`${from} to ${to}: ghost ${ghost}`);
        }
      });
    }),
    { seed: 67, numRuns: 12 },
  );
  t.true(stretches > 300, String(stretches));
});

test('Graphviz draws the topology, and titles are text', async (t) => {
  const soak = soakOf({ name: 'a "b" \\ <c> & d', model: 'mesh', seed: '"\n\\', nodes: 4 });
  const terms = { fromUs: 5 * SECOND_US, toUs: 5 * SECOND_US, isSnapshot: true };
  const graphviz = await Graphviz.load();
  const { objects, edges } = JSON.parse(graphviz.layout(exported('dot', soak, terms).text, 'json', 'dot')) as {
    objects: { name: string; live: string }[];
    edges: { relation: string }[];
  };
  t.deepEqual(objects.map(({ name }) => name).toSorted(), ['p0', 'p1', 'p2', 'p3']);
  t.true(
    edges.some(({ relation }) => relation === 'neighbour') && edges.some(({ relation }) => relation === 'connection'),
  );
  t.is(graphOf(soak, terms).order, 4);
});

test('a connection to a peer that is gone is a ghost', (t) => {
  const plan = { version: 1, actions: [{ atUs: 10 * SECOND_US, kind: 'kill', peer: 3 }] };
  const soak = soakOf({ model: 'mesh', seed: '7', nodes: 5, plan });
  const at = (atUs: number): number =>
    graphOf(soak, { fromUs: atUs, toUs: atUs, isSnapshot: true }).filterEdges((_, { ghost }) => ghost === true).length;
  t.is(at(10 * SECOND_US - 1), 0);
  t.true(at(10 * SECOND_US) > 0);
});
