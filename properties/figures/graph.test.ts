// Graph metrics on graphs whose figures are known.
import test from 'ava';
import fc from 'fast-check';
import { RandomStreams } from '../../sim/random/stream.ts';
import {
  clusteringCoefficient,
  componentSizes,
  graphOf,
  inDegrees,
  pathLengths,
  randomRegularGraph,
  spacedSources,
} from './graph.ts';
import type { Graph } from './graph.ts';

const all = ({ size }: Graph): number[] => spacedSources(size, size);

test('a ring of 10 has no clustering, mean path 25/9 and eccentricity 5', (t) => {
  const ring = graphOf(Array.from({ length: 10 }, (_, node) => [(node + 1) % 10, (node + 9) % 10]));
  t.is(clusteringCoefficient(ring), 0);
  const paths = pathLengths(ring, all(ring));
  t.is(paths.mean, 25 / 9);
  t.deepEqual(paths.eccentricities, new Array<number>(10).fill(5));
  t.is(paths.leastReached, 10);
  t.deepEqual(componentSizes(ring), [10]);
  t.deepEqual([...inDegrees(ring)], new Array<number>(10).fill(2));
});

test('a complete graph has clustering 1 and mean path 1', (t) => {
  const complete = graphOf([0, 1, 2, 3, 4].map((node) => [0, 1, 2, 3, 4].filter((other) => other !== node)));
  t.is(clusteringCoefficient(complete), 1);
  t.is(pathLengths(complete, all(complete)).mean, 1);
  t.deepEqual([...inDegrees(complete)], [4, 4, 4, 4, 4]);
});

test('a star has no clustering, and its leaves are 2 apart', (t) => {
  const star = graphOf([[1, 2, 3, 4], [0], [0], [0], [0]]);
  t.is(clusteringCoefficient(star), 0);
  const paths = pathLengths(star, all(star));
  t.is(paths.mean, (4 + 4 * (1 + 3 * 2)) / 20);
  t.deepEqual(paths.eccentricities, [1, 2, 2, 2, 2]);
});

test('a triangle with a tail has the clustering of its definition', (t) => {
  // Nodes 0, 1 and 2 form the triangle, 3 hangs on 0: of the three pairs of 0's neighbours one is joined.
  const graph = graphOf([[1, 2, 3], [0, 2], [0, 1], [0]]);
  t.is(clusteringCoefficient(graph), (1 / 3 + 1 + 1 + 0) / 4);
});

test('paths stay within their component', (t) => {
  const two = graphOf([[1], [0], [3, 4], [2, 4], [2, 3]]);
  t.deepEqual(componentSizes(two), [3, 2]);
  const paths = pathLengths(two, all(two));
  t.is(paths.mean, 1);
  t.is(paths.leastReached, 2);
});

test('an edge one way counts for components and clustering, and paths follow its direction', (t) => {
  const line = graphOf([[1], [2], []]);
  t.deepEqual(componentSizes(line), [3]);
  t.deepEqual(pathLengths(line, [0, 2]).eccentricities, [2, 0]);
  t.is(pathLengths(line, [2]).mean, 0);
  t.is(clusteringCoefficient(graphOf([[1, 2], [2], []])), 1 / 3);
});

test('the empty graph has no figures and no components', (t) => {
  const empty = graphOf([]);
  t.is(clusteringCoefficient(empty), 0);
  t.deepEqual(componentSizes(empty), []);
});

test('a random regular graph has every node at its degree, edges both ways, no loops and no double edges', (t) => {
  const run = (): void =>
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 60 }), fc.string(), (half, seed) => {
        const graph = randomRegularGraph(2 * half, 5, new RandomStreams(seed).stream('test'));
        const edges = new Set<string>();
        for (let node = 0; node < graph.size; node++) {
          for (const target of graph.targets.subarray(graph.starts[node], graph.starts[node + 1])) {
            if (target === node) return false;
            edges.add(`${node} ${target}`);
          }
        }
        const mutual = [...edges].every((edge) => edges.has(edge.split(' ').toReversed().join(' ')));
        return mutual && edges.size === 5 * graph.size && inDegrees(graph).every((degree) => degree === 5);
      }),
      { seed: 1, numRuns: 50 },
    );
  t.notThrows(run);
});

test('sources are evenly spaced, and all nodes when there are few', (t) => {
  t.deepEqual(spacedSources(10, 4), [0, 2, 5, 7]);
  t.deepEqual(spacedSources(3, 200), [0, 1, 2]);
});
