import test from 'ava';
import { mesh } from '../../models/mesh.ts';
import { tlsProxy } from '../../models/tls-proxy.ts';
import { topicsDefects } from '../../models/topics/contract.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { STACK_CASES } from './stack.ts';

/** Seeds per case; `CORPUS_SEEDS=10` runs more, for minutes. */
const SEEDS = ['🙂', '0', '1', ...Array.from({ length: 47 }, (_, index) => `corpus/${index}`)].slice(
  0,
  Number(process.env['CORPUS_SEEDS'] ?? 1),
);

function soak(scenario: ScenarioInput, seed: string, defects: readonly string[]): SoakResult {
  return judgeSoak(resolveScenario(parseScenario({ ...scenario, seed, defects: [...defects] }, 'corpus')), {
    twice: false,
  });
}

/** Several cases have one scenario; a green run of it is made once. */
const greens = new Map<string, string[]>();

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

test('every defect of the stack has a case', (t) => {
  const reducers = new Set<string>(topicsDefects.map(({ id }) => id));
  const stack = [...mesh.defects, ...tlsProxy.defects].map(({ id }) => id).filter((id) => !reducers.has(id));
  t.deepEqual(STACK_CASES.map(({ defect }) => defect).toSorted(), stack.toSorted());
});

for (const { defect, also = [], scenario, breaks, subject } of STACK_CASES) {
  test(`${defect} is red with it and green without`, (t) => {
    for (const seed of SEEDS) {
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
