import test from 'ava';
import { InputError } from '../../sim/errors.ts';
import { parseScenario } from '../soak/scenario.ts';
import type { Scenario, ScenarioInput } from '../soak/scenario.ts';
import { ablate } from './ablation.ts';
import type { Ablation, AblateOptions } from './ablation.ts';
import type { AblationStep } from './cells.ts';

const TOPICS = 'peer-topics-not-pruned';
const TIMEOUT = 'hyparview-data-kept-on-neighbor-timeout';
const EVICTION = 'hyparview-data-kept-on-passive-eviction';

function scenarioOf(defects: string[], input: ScenarioInput = {}): Scenario {
  return parseScenario({ nodes: 8, seed: 'ablation', defects, ...input }, 'test');
}

function finished(scenario: Scenario, options?: AblateOptions): { ablation: Ablation; steps: AblationStep[] } {
  const steps: AblationStep[] = [];
  const runs = ablate(scenario, options);
  for (let next = runs.next(); ; next = runs.next()) {
    if (next.done === true) return { ablation: next.value, steps };
    steps.push(next.value);
  }
}

test('two leaks of one property mask each other: three red cells of four', (t) => {
  const shares: number[] = [];
  const { ablation, steps } = finished(scenarioOf([TOPICS, TIMEOUT]), { onProgress: (share) => shares.push(share) });
  t.true(ablation.ok);
  t.false(ablation.cutShort);
  // All off, all on and each alone: with two defects, each alone is the other's fix as well.
  t.deepEqual(
    ablation.cells.map(({ defects }) => defects),
    [[], [TOPICS, TIMEOUT], [TOPICS], [TIMEOUT]],
  );
  t.deepEqual(
    steps.map(({ done }) => done),
    [1, 2, 3, 4],
  );
  t.true(steps.every(({ done, planned }) => done <= planned));
  t.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
  t.is(shares.at(-1), 1);

  t.true(ablation.properties.includes('residue-bounded'));
  const residue = ablation.properties.indexOf('residue-bounded');
  t.deepEqual([ablation.allOn[residue], ablation.allOff[residue]], ['broke', 'held']);
  for (const row of ablation.rows) t.deepEqual([row.alone[residue], row.fixed[residue]], ['broke', 'broke']);

  const [pair] = ablation.pairs;
  t.is(ablation.pairs.length, 1);
  t.is(pair!.redCells, 3);
  t.deepEqual(
    pair!.interactions.find(({ name }) => name === 'residue-bounded'),
    { name: 'residue-bounded', interaction: 'masked', alike: false },
  );
});

test('a fix unmasks the next leak: the property stays red and points elsewhere', (t) => {
  const { ablation } = finished(scenarioOf([TIMEOUT, TOPICS]));
  const [first, second] = ablation.fixes;
  const still = first!.stillBroken.find(({ name }) => name === 'residue-bounded');
  t.deepEqual(still!.heldBy, first!.left);
  const [subject] = ablation.cells.find(({ defects }) => defects.join('+') === first!.left.join('+'))!.broken[0]!
    .subjects;
  t.is(still!.subject, subject);
  t.true(second!.turnedGreen.includes('residue-bounded'));
  t.deepEqual(second!.left, []);
  t.deepEqual(second!.stillBroken, []);
});

test('the result is plain JSON, and the same again', (t) => {
  const { ablation } = finished(scenarioOf([TOPICS]));
  t.deepEqual(JSON.parse(JSON.stringify(ablation)), ablation);
  t.deepEqual(finished(scenarioOf([TOPICS])).ablation, ablation);
  t.is(ablation.cells.length, 2);
  t.deepEqual(ablation.pairs, []);
  t.deepEqual(ablation.fixes[0]!.left, []);
});

test('pairs that are asked for take the place of those that would be run', (t) => {
  const scenario = scenarioOf([TOPICS, TIMEOUT, EVICTION], {
    nodes: 6,
    profile: { name: 'kill-respawn', params: { waves: 1 } },
  });
  const { ablation } = finished(scenario, { pairs: [`${EVICTION} + ${TOPICS}`] });
  t.deepEqual(
    ablation.pairs.map(({ defects }) => defects),
    [[EVICTION, TOPICS]],
  );
  // All off, all on, three alone, three fixed: the pair is one of the last.
  t.is(ablation.cells.length, 8);
  t.is(ablation.fixes.length, 3);
});

test('an ablation that is cut short gives what was run, and no more', (t) => {
  let runs = 0;
  const { ablation, steps } = finished(scenarioOf([TOPICS, TIMEOUT]), {
    expired: () => runs > 1,
    onProgress: (share) => {
      if (share > 0.5) runs = 2;
    },
  });
  t.true(ablation.cutShort);
  t.is(steps.length, ablation.cells.length);
  t.true(ablation.cells.length < 4 && ablation.cells.length > 0);
  t.true(ablation.rows.some((row) => row.alone.includes('not-run')));
  t.deepEqual(ablation.fixes, []);
});

test('a scenario without defects, one with too many and a pair that is none are refused', (t) => {
  const code = (scenario: Scenario, pairs?: string[]): string | undefined =>
    t.throws(() => ablate(scenario, pairs === undefined ? {} : { pairs }), { instanceOf: InputError })?.code;
  t.is(code(scenarioOf([])), 'no-defects');
  t.is(code(scenarioOf(Array.from({ length: 13 }, (_, index) => `d${index}`))), 'too-many-defects');
  for (const pair of ['', TOPICS, `${TOPICS}+`, `${TOPICS}+${TOPICS}`, `${TOPICS}+${TIMEOUT}+${TOPICS}`]) {
    t.is(code(scenarioOf([TOPICS, TIMEOUT]), [pair]), 'bad-pair', pair);
  }
  t.is(code(scenarioOf([TOPICS, TIMEOUT]), [`${TOPICS}+${EVICTION}`]), 'unknown-defect');
  t.is(code(scenarioOf(['no-such-defect'])), 'unknown-defect');
});
