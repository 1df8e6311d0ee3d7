import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { FAULTS, configuredFaults, networkConfigSchema } from '../../sim/network/config.ts';
import { longestLatencyUs } from '../../sim/network/latency.ts';
import { LATENCY_KINDS, latencies } from './latencies.ts';
import { faultsOf, NETWORK_FAULTS, networkFaults } from './networks.ts';
import { workloads } from './workloads.ts';

const parsed = (network: unknown): v.InferOutput<typeof networkConfigSchema> => v.parse(networkConfigSchema, network);

/** Holds of what is drawn, and of all that it shrinks to. */
function holdsOfAll<Value>(drawn: fc.Arbitrary<Value>, holds: (value: Value) => void, seed: number): void {
  fc.assert(fc.property(drawn, holds), { seed, numRuns: 100 });
  for (let run = 0; run < 10; run++) {
    let mistake: Error | undefined;
    fc.check(
      fc.property(drawn, (value) => {
        try {
          holds(value);
        } catch (error) {
          mistake ??= error as Error;
        }
        return false;
      }),
      { seed: seed + run, numRuns: 1 },
    );
    if (mistake !== undefined) throw mistake;
  }
}

test('latencies are valid and within their range, of every kind', (t) => {
  const seen = new Set<string>();
  holdsOfAll(
    latencies({ us: { min: 2_000, max: 90_000 } }),
    (latency) => {
      const { latency: settled } = parsed({ latency });
      seen.add(settled.kind);
      if (longestLatencyUs(settled) > 90_000) throw new Error(JSON.stringify(latency));
      if (settled.kind === 'uniform' && settled.minUs < 2_000) throw new Error(JSON.stringify(latency));
    },
    1,
  );
  t.deepEqual([...seen].toSorted(), [...LATENCY_KINDS].toSorted());
});

test('latencies of one value are that value, in every kind', (t) => {
  for (const kind of LATENCY_KINDS) {
    const [latency] = fc.sample(latencies({ kinds: [kind], us: { min: 7_000, max: 7_000 } }), { seed: 1, numRuns: 1 });
    t.is(latency!.kind, kind);
    t.is(longestLatencyUs(latency!), 7_000);
  }
});

test('a network has the faults that were picked and no others, each both picked and left out', (t) => {
  const seen = new Map(NETWORK_FAULTS.map((fault) => [fault, new Set<boolean>()]));
  holdsOfAll(
    networkFaults({ lossShare: { min: 0.01, max: 0.03 }, jitterUs: { max: 500 } }),
    (network) => {
      const settled = parsed(network);
      const on = faultsOf(network);
      if (configuredFaults(settled).join() !== on.join()) throw new Error(JSON.stringify(network));
      if (on.includes('loss') && (settled.lossShare < 0.01 || settled.lossShare > 0.03)) throw new Error('loss');
      if (settled.jitterUs > 500) throw new Error('jitter');
      for (const fault of NETWORK_FAULTS) seen.get(fault)!.add(on.includes(fault));
    },
    2,
  );
  for (const [fault, both] of seen) t.is(both.size, 2, fault);
  t.true(NETWORK_FAULTS.every((fault) => (FAULTS as readonly string[]).includes(fault)));
});

test('a network of no faults differs in its latency alone', (t) => {
  fc.assert(
    fc.property(networkFaults({ faults: [] }), (network) => Object.keys(network).join() === 'latency'),
    { seed: 3, numRuns: 50 },
  );
  t.pass();
});

test('workloads are within their ranges, both bounds among them', (t) => {
  const rates = new Set<number>();
  holdsOfAll(
    workloads({ broadcastsPerSecond: { min: 0.25, max: 0.6 }, payloadBytes: { min: 3, max: 5 } }),
    ({ broadcastsPerSecond, payloadBytes }) => {
      rates.add(broadcastsPerSecond);
      if (broadcastsPerSecond < 0.25 || broadcastsPerSecond > 0.6) throw new Error(String(broadcastsPerSecond));
      if (payloadBytes < 3 || payloadBytes > 5) throw new Error(String(payloadBytes));
    },
    4,
  );
  t.deepEqual(
    [...rates].toSorted((a, b) => a - b),
    [0.25, 0.35, 0.45, 0.55, 0.6],
  );
});
