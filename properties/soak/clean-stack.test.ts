import test from 'ava';
import type { ExecutionContext } from 'ava';
import { CLEAN_MODELS, cleanProfiles, cleanScenario, wrongIn } from './clean-runs.test.fixture.ts';
import type { CleanRun } from './clean-runs.test.fixture.ts';
import { judgeSoak } from './judge.ts';
import { resolveScenario } from './scenario.ts';

/** Small ones are where overlays come apart. */
const SIZES = [8, 5, 9, 6, 12, 8, 16, 10, 7, 14, 20, 8, 11, 30];
/** Seeds per profile of the small mesh and of the hub; `CLEAN_SEEDS=50` runs many more, for minutes, and `npm run clean-runs` a thousand. */
const SEEDS = Number(process.env['CLEAN_SEEDS'] ?? 1);

function assertClean(t: ExecutionContext, run: Omit<CleanRun, 'sizes'>): void {
  const whole = { ...run, sizes: SIZES };
  const { soak, verdicts } = judgeSoak(resolveScenario(cleanScenario(whole)), { twice: false });
  t.deepEqual(wrongIn(whole, verdicts, false), [], `seed ${soak.seed}, ${soak.nodes} nodes`);
}

for (const model of CLEAN_MODELS.filter(({ name }) => name === 'mesh' || name === 'hub')) {
  for (const profile of cleanProfiles(model)) {
    test(`with all defects off every property holds for the ${model.name} under ${profile}`, (t) => {
      for (let index = 0; index < SEEDS; index++) assertClean(t, { model, profile, index });
    });
  }
}

test('with all defects off every property holds for the mesh as it ships', (t) => {
  const model = CLEAN_MODELS.find(({ name }) => name === 'mesh')!;
  for (const profile of ['kill-respawn', 'live-rotation'])
    assertClean(t, { model, profile, index: 0, over: { config: {} } });
});
