import test from 'ava';
import { corpusSeeds, testCase } from './case.test.fixture.ts';
import { DEAD_EDGE_CASES } from './dead-edges.ts';
import { STACK_CASES } from './stack.ts';

test('a dead edge shows another symptom of a defect than its first case does', (t) => {
  for (const { defect, breaks } of DEAD_EDGE_CASES) {
    const first = STACK_CASES.find((other) => other.defect === defect)!;
    t.true(
      breaks.some((name) => !first.breaks.includes(name)),
      defect,
    );
  }
});

for (const dead of DEAD_EDGE_CASES) testCase(dead, corpusSeeds(process.env['CORPUS_SEEDS']), dead.trigger);
