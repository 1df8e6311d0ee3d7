// What a test of a corpus case asserts: the red of its defect, the evidence, and the green of the same seed without.
// Invariant: a green run is made once per scenario and seed within a test file, whichever cases share it.
import test from 'ava';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import type { CorpusCase } from './membership.ts';

const MOST_SEEDS = 50;

/**
 * Seeds that a case is proven with.
 *
 * @param count - How many, as text: the environment's `CORPUS_SEEDS`, 1 to 50; more take minutes. Default: 1.
 */
export function corpusSeeds(count = '1'): readonly string[] {
  const seeds = ['🙂', '0', '1'];
  while (seeds.length < MOST_SEEDS) seeds.push(`corpus/${seeds.length - 3}`);
  return seeds.slice(0, Number(count));
}

/** Broken properties of green runs, as text, by scenario and seed. */
const greens = new Map<string, string[]>();

/**
 * Declares the test "… is red with it and green without" of a case: for each of `seeds` every property in
 * `breaks` breaks with the defect, some evidence names `subject`, and nothing breaks without it.
 *
 * @param told - What tells the test from another case of the same defect; appended to its title. Default: nothing.
 */
export function testCase(
  { defect, also = [], scenario, breaks, subject }: CorpusCase,
  seeds: readonly string[],
  told = '',
): void {
  test(`${defect} is red with it and green without${told === '' ? '' : `: ${told}`}`, (t) => {
    for (const seed of seeds) {
      const broken = soak(scenario, seed, [defect, ...also]).verdicts.filter(({ ok }) => !ok);
      for (const name of breaks) {
        t.true(
          broken.some((verdict) => verdict.name === name),
          `seed ${seed}: ${name} does not break`,
        );
      }
      const subjects = broken.flatMap(({ evidence }) => evidence.map((piece) => `${piece.subject}: ${piece.text}`));
      t.true(
        subjects.some((found) => found.includes(subject)),
        `seed ${seed}: ${subjects.join(', ')}`,
      );
      t.deepEqual(brokenWithout(scenario, seed), []);
    }
  });
}

function soak(scenario: ScenarioInput, seed: string, defects: readonly string[]): SoakResult {
  return judgeSoak(resolveScenario(parseScenario({ ...scenario, seed, defects: [...defects] }, 'corpus')), {
    twice: false,
  });
}

function brokenWithout(scenario: ScenarioInput, seed: string): string[] {
  const key = JSON.stringify([scenario, seed]);
  let broken = greens.get(key);
  if (broken === undefined) {
    broken = soak(scenario, seed, [])
      .verdicts.filter(({ ok }) => !ok)
      .map(({ name, figure }) => `seed ${seed}: ${name} ${figure}`);
    greens.set(key, broken);
  }
  return broken;
}
