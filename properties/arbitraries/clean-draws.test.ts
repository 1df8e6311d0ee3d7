import test from 'ava';
import fc from 'fast-check';
import { QUICK_TIMES } from '../quick-times.ts';
import { judgeSoak } from '../soak/judge.ts';
import { resolveScenario } from '../soak/scenario.ts';
import { scenarios } from './scenarios.ts';
import type { ScenarioOptions } from './scenario-options.ts';

/** A draw may ask for what a run gives no occasion for, such as an act on connections in a moment without any. */
const NOT_OF_A_DRAW = 'faults-fired';

/** What is wrong with runs of drawn scenarios that have no defect. */
function redIn(model: string, options: ScenarioOptions, count: number, seed: number): string[] {
  return fc
    .sample(scenarios(model, options), { seed, numRuns: count })
    .flatMap((scenario, index) =>
      judgeSoak(resolveScenario(scenario), { twice: false }).verdicts.flatMap(({ ok, name, evidence }) =>
        ok || name === NOT_OF_A_DRAW ? [] : [`${model} ${index}: ${name}: ${evidence[0]?.text ?? ''}`],
      ),
    );
}

/** Runs of each; `CLEAN_SEEDS=50` runs many more, for minutes. */
const RUNS = Number(process.env['CLEAN_SEEDS'] ?? 2);
const QUICK: Readonly<Record<string, ScenarioOptions>> = {
  swarm: { nodes: { max: 10 }, config: { hyparview: QUICK_TIMES.hyparview, plumtree: QUICK_TIMES.plumtree } },
  mesh: { config: QUICK_TIMES, nodes: { max: 8 } },
  hub: { nodes: { max: 10 } },
  'tls-proxy': { nodes: { max: 8 } },
};

for (const [model, options] of Object.entries(QUICK)) {
  test(`drawn scenarios of ${model} break nothing when no defect is on`, (t) => {
    t.deepEqual(redIn(model, options, RUNS, 7), []);
  });
}
