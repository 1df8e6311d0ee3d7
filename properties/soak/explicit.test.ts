import test from 'ava';
import { churnProfiles } from '../../sim/churn/profiles.ts';
import { explicitScenario } from './explicit.ts';
import { runSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';
import type { Soak } from './scenario.ts';

test('the explicit form of a scenario runs to the same digest, with the same calms', (t) => {
  for (const { name } of churnProfiles.filter((profile) => profile.name !== 'trace')) {
    const drawn = resolveScenario(
      parseScenario({ nodes: 8, seed: 'explicit', profile: { name, params: { waves: 1 } } }, 'drawn'),
    );
    const written = JSON.parse(JSON.stringify(explicitScenario(drawn))) as unknown;
    const explicit: Soak = resolveScenario(parseScenario(written, 'explicit'));
    t.deepEqual(explicit.calms, drawn.calms, name);
    t.is(explicit.endUs, drawn.endUs, name);
    t.is(runSoak(explicit, { observe: false }).digest, runSoak(drawn, { observe: false }).digest, name);
  }
});
