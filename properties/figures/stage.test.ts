// Stages on small swarms: bootstrapped, stabilised, failed, and measured alike every time.
import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { distributionOf } from './distribution.ts';
import { EXPERIMENTS, experimentsNamed } from './experiments.ts';
import { about, below, compare, exactly, seedsOf, words } from './figure.ts';
import { componentSizes, overlayGraph } from './graph.ts';
import { referenceRounds } from './reference.ts';
import { cycleUs, stabilise } from './stabilise.ts';
import type { Stage } from './stage.ts';

function stabilised(seed: string, nodes: number, cycles: number): Stage {
  const work = stabilise({ seed, nodes, cycles });
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

test('a stabilised swarm is one component, and a failure takes the share asked for, peer 0 first', (t) => {
  const stage = stabilised('a', 60, 2);
  t.is(stage.simulation.live.length, 60);
  t.deepEqual(componentSizes(overlayGraph(stage.running())), [60]);
  t.is(stage.simulation.nowUs, 60 * 500_000 + 2 * cycleUs(60));
  stage.failAtOnce(0.5);
  t.is(stage.simulation.live.length, 30);
  t.false(stage.running().some((node) => node.peer.index === 0));
});

test('edges to nodes that have failed are not in the graph', (t) => {
  const stage = stabilised('a', 40, 1);
  const before = overlayGraph(stage.running()).targets.length;
  stage.failAtOnce(0.25);
  const graph = overlayGraph(stage.running());
  t.is(graph.size, 30);
  t.true(graph.targets.length < before);
});

test('the same seed gives the same rounds, another seed others', (t) => {
  const scenario = { nodes: 20, rounds: 5, senders: 'random' } as const;
  t.deepEqual(referenceRounds(scenario, 'a'), referenceRounds(scenario, 'a'));
  t.notDeepEqual(referenceRounds(scenario, 'a'), referenceRounds(scenario, 'b'));
});

test('20 nodes reach all with one sender, whose tree has no redundancy once it has formed', (t) => {
  const rounds = referenceRounds({ nodes: 20, rounds: 6, senders: 'one' }, 'a');
  t.true(rounds.every(({ missed, reliability }) => missed === 0 && reliability === 1));
  t.true(rounds[0]!.rmr > 1);
  t.is(rounds[5]!.rmr, 0);
});

test('a figure is off beyond 15 percent, a bound when it is reached, an exact one at once', (t) => {
  t.false(compare('a', about(10), [11.4]).off);
  t.true(compare('a', about(10), [8.4]).off);
  t.is(compare('a', about(10), [8, 10]).ratio, 0.9);
  t.false(compare('a', about(0), [0.1]).off);
  t.true(compare('a', about(0), [0.2]).off);
  t.is(compare('a', about(0), [0.2]).ratio, null);
  t.true(compare('a', below(18), [18]).off);
  t.true(compare('a', exactly(0), [0.001]).off);
  t.true(compare('a', about(1), [NaN]).off);
  t.like(compare('a', words('few'), [1000]), { off: false, judged: false });
  t.like(compare('a', about(1), [5], { comparable: false, why: 'x' }), {
    off: false,
    judged: false,
    ratio: null,
    note: '',
  });
});

test('a figure that is off gives its reason, one that is not does not', (t) => {
  t.is(compare('a', about(1), [2], { why: 'because', note: 'of four' }).note, 'of four; because');
  t.is(compare('a', about(1), [1], { why: 'because', note: 'of four' }).note, 'of four');
  t.is(compare('a', about(1), [2]).note, 'not explained');
});

test('distributions have nearest-rank quartiles', (t) => {
  t.deepEqual(distributionOf([4, 1, 3, 2]), { count: 4, mean: 2.5, min: 1, p25: 1, median: 2, p75: 3, max: 4 });
  t.is(distributionOf([]).count, 0);
});

test('seeds begin with those of the reference and never repeat', (t) => {
  t.deepEqual(seedsOf({ quick: false, seeds: undefined }, 2), ['0', '1']);
  const many = seedsOf({ quick: false, seeds: 200 }, 1);
  t.is(new Set(many).size, 200);
  t.deepEqual(many.slice(0, 6), ['0', '1', '212312388123', '123', '2', '3']);
});

test('experiments have unique names, and an unknown one lists them', (t) => {
  t.is(new Set(EXPERIMENTS.map(({ name }) => name)).size, EXPERIMENTS.length);
  t.is(experimentsNamed('reference', '--only').length, 9);
  const error = t.throws(() => experimentsNamed('overlie', '--only'), { instanceOf: InputError });
  t.is(error.code, 'unknown-experiment');
  t.throws(() => experimentsNamed('', '--only'), { instanceOf: InputError });
});
