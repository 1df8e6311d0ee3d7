import test from 'ava';
import { METER } from '../../sim/meters.ts';
import { runSoak } from './run.ts';
import { parseScenario, resolveScenario } from './scenario.ts';

test('any rate of broadcasts is kept to on average, also one whose gap is no whole number of microseconds', (t) => {
  for (const broadcastsPerSecond of [3, 0.7, 1e-12]) {
    const scenario = { nodes: 2, profile: { name: 'none' }, for: '10m', workload: { broadcastsPerSecond } };
    const record = runSoak(resolveScenario(parseScenario(scenario, 'test')), { observe: false });
    const expected = 600 * broadcastsPerSecond;
    const off = Math.abs(record.meters[METER.broadcasts]! - expected);
    t.true(off <= 4 * Math.sqrt(expected) + 0.1, `${broadcastsPerSecond}: ${record.meters[METER.broadcasts]}`);
  }
});
