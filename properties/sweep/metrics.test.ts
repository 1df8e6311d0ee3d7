// Metrics of runs: what each model has, and that they say what the record says.
import test from 'ava';
import { METER } from '../../sim/meters.ts';
import { runSoak } from '../soak/run.ts';
import { parseScenario, resolveScenario } from '../soak/scenario.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { metricsOf } from './metrics.ts';

const UNIT = /(?:Count|Bytes|Us|Share|Ratio|Cores|PerNodeSecond|^heapBytes\.[\w-]+)$/;

function recordOf(input: ScenarioInput, observe = true): ReturnType<typeof runSoak> {
  const scenario = parseScenario({ nodes: 6, for: '7m', seed: 'metrics', ...input }, 'test');
  return runSoak(resolveScenario(scenario), { observe });
}

test('a model without tasks, CPU and connections has no metrics of them, rather than zeros', (t) => {
  const record = recordOf({});
  const metrics = metricsOf(record);
  for (const name of ['taskSpawnCount', 'cpuUs', 'messageBytes', 'bytesPerNodeSecond', 'calm.cpuUsPerNodeSecond']) {
    t.false(name in metrics, name);
  }
  t.is(metrics['messageCount'], record.meters[METER.messagesSent]);
  t.is(metrics['eventCount'], record.eventCount);
  t.is(metrics['deliveryShare'], 1);
  t.is(metrics['componentCount'], 1);
  t.is(metrics['residueCount'], 0);
});

test('the stack has all of them, each finite and named by its unit', (t) => {
  const record = recordOf({ model: 'mesh', for: '10m', workload: { broadcastsPerSecond: 1 } });
  const metrics = metricsOf(record);
  for (const [name, value] of Object.entries(metrics)) {
    t.regex(name, UNIT);
    t.true(Number.isFinite(value), name);
  }
  t.is(metrics['cpuUs'], record.cost!.totalUs);
  t.true(metrics['openConnectionCount']! > 0);
  t.true(metrics['handshakeCount']! >= metrics['connectionCount']! / 2);
  t.true(metrics['mostOpenTaskCount']! >= metrics['openTaskCount']!);
  const buckets = Object.entries(metrics).filter(([name]) => name.startsWith('heapBytes.'));
  t.is(
    buckets.reduce((sum, [, bytes]) => sum + bytes, 0),
    metrics['heapBytes']!,
  );
});

test('rates are totals over running nodes and seconds', (t) => {
  const quiet = metricsOf(recordOf({ profile: { name: 'none' } }));
  const nodeSeconds = 6 * 420;
  t.true(
    Math.abs(quiet['messagesPerNodeSecond']! * nodeSeconds - quiet['messageCount']!) / quiet['messageCount']! < 0.02,
  );
});

test('a run that was not observed has its totals alone', (t) => {
  const metrics = metricsOf(recordOf({}, false));
  t.true(metrics['messageCount']! > 0);
  t.false('nodeCount' in metrics);
  t.false('residueCount' in metrics);
});
