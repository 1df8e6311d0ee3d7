import test from 'ava';
import { mesh } from '../../models/mesh.ts';
import { tlsProxy } from '../../models/tls-proxy.ts';
import { topicsDefects } from '../../models/topics/contract.ts';
import { corpusSeeds, testCase } from './case.test.fixture.ts';
import { STACK_CASES } from './stack.ts';

test('every defect of the stack has a case', (t) => {
  const reducers = new Set<string>(topicsDefects.map(({ id }) => id));
  const stack = [...mesh.defects, ...tlsProxy.defects].map(({ id }) => id).filter((id) => !reducers.has(id));
  t.deepEqual(STACK_CASES.map(({ defect }) => defect).toSorted(), stack.toSorted());
});

for (const corpusCase of STACK_CASES) testCase(corpusCase, corpusSeeds(process.env['CORPUS_SEEDS']));
