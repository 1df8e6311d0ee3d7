import test from 'ava';
import { topicsDefects } from '../../models/topics/contract.ts';
import { judgeSoak } from '../soak/judge.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import type { SoakResult } from '../soak/judge.ts';
import { corpusSeeds, testCase } from './case.test.fixture.ts';
import { MEMBERSHIP_CASES } from './membership.ts';

function soak(scenario: ScenarioInput, seed: string, defects: string[]): SoakResult {
  return judgeSoak(resolveScenario(parseScenario({ ...scenario, seed, defects }, 'corpus')), { twice: false });
}

test('every defect of membership and broadcast has a case', (t) => {
  t.deepEqual(MEMBERSHIP_CASES.map(({ defect }) => defect).toSorted(), topicsDefects.map(({ id }) => id).toSorted());
});

for (const one of MEMBERSHIP_CASES) testCase(one, corpusSeeds(process.env['CORPUS_SEEDS']));

test('the growth per departure stands in the evidence', (t) => {
  const { verdicts } = soak(MEMBERSHIP_CASES[0]!.scenario, '0', ['peer-topics-not-pruned']);
  const evidence = verdicts.find(({ name }) => name === 'residue-bounded')!.evidence[0]!;
  t.is(evidence.subject, 'peerTopics[key]');
  t.true((evidence.data['slopePerDeparture'] as number) > 0.1);
  t.regex(evidence.text, /per departure .*such as p\d+: peerTopics\[key p\d+\]/);
});
