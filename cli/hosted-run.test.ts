import { fileURLToPath } from 'node:url';
import test from 'ava';
import { parseScenario } from '../properties/soak/scenario.ts';
import { runHostedSoak } from './hosted-run.ts';

const FIXTURE = fileURLToPath(new URL('./hosted.test.fixture.js', import.meta.url));

test('a run whose heap is full between two events is lost to that, and is not told as one that ran out of time', async (t) => {
  const plan = { version: 1, actions: [] };
  const result = await runHostedSoak({
    scenario: parseScenario({ model: 'hoards', seed: 's', nodes: 2, plan }, 'test'),
    where: 'test',
    use: [FIXTURE],
    twice: false,
    heapMiB: 256,
    outputs: [],
    heapSnapshot: false,
    stop: new Int32Array(new SharedArrayBuffer(4)),
  });
  if (result.kind !== 'lost') return t.fail(result.kind);
  const { outcome, verdict, endUs } = result.lost;
  t.is(outcome, 'out-of-memory');
  t.is(verdict.name, 'no-wedge');
  t.false(verdict.ok);
  t.is(verdict.figure, 'the run takes too much memory: more than 256 MiB of heap');
  t.true(endUs > 20_000_000);
});
