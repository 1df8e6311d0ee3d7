import test from 'ava';
import { CLEAN_MODELS, cleanProfiles, cleanScenario, wrongIn } from './clean-runs.test.fixture.ts';
import { judgeSoak } from './judge.ts';
import { resolveScenario } from './scenario.ts';

/** Few large meshes, many small ones: small ones are where overlays come apart. */
const SIZES = [8, 24, 9, 10, 40, 12, 8, 16, 10, 9, 14, 8, 11, 60, 100, 200];
/** Seeds per profile; `CLEAN_SEEDS=50` runs many more, for minutes, and `npm run clean-runs` a thousand. */
const SEED_COUNT = Number(process.env['CLEAN_SEEDS'] ?? 2);

const swarm = CLEAN_MODELS.find(({ name }) => name === 'swarm')!;

for (const profile of cleanProfiles(swarm)) {
  test(`with all defects off every property holds under ${profile}`, (t) => {
    for (let index = 0; index < SEED_COUNT; index++) {
      const run = { model: swarm, profile, index, sizes: SIZES };
      const twice = index === 0;
      const { soak, verdicts } = judgeSoak(resolveScenario(cleanScenario(run)), { twice });
      t.deepEqual(wrongIn(run, verdicts, twice), [], `seed ${soak.seed}, ${soak.nodes} nodes`);
    }
  });
}
