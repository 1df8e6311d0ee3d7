import test from 'ava';
import fc from 'fast-check';
import * as v from 'valibot';
import { PeerId } from '../peer.ts';
import { RandomStreams } from '../random/stream.ts';
import { Simulation } from '../simulation.ts';
import { clockOf, readClock, TRUE_CLOCK, trueDelayUs } from './clocks.ts';
import { networkConfigSchema } from './config.ts';
import type { NetworkConfig } from './config.ts';
import { Network } from './network.ts';

function configOf(clockSkewUs: number, clockDriftPpm: number): NetworkConfig {
  return v.parse(networkConfigSchema, { clockSkewUs, clockDriftPpm });
}

const pairs = new RandomStreams('clocks').pairs('network/clock');

test('without skew and drift every clock is the true one', (t) => {
  t.is(clockOf(configOf(0, 0), pairs, 3), TRUE_CLOCK);
  t.is(readClock(TRUE_CLOCK, 12_345), 12_345);
  t.is(trueDelayUs(TRUE_CLOCK, 12_345), 12_345);
});

test('skew and drift stay in their bounds both ways, belong to the peer, and differ between peers', (t) => {
  const config = configOf(1_000_000, 500);
  const clocks = Array.from({ length: 2000 }, (_, index) => clockOf(config, pairs, index));
  t.true(clocks.every(({ skewUs }) => Number.isInteger(skewUs) && Math.abs(skewUs) <= 1_000_000));
  t.true(clocks.every(({ rate }) => Math.abs(rate - 1) <= 500e-6));
  for (const sign of [-1, 1]) {
    t.true(clocks.some(({ skewUs }) => skewUs * sign > 900_000));
    t.true(clocks.some(({ rate }) => (rate - 1) * sign > 450e-6));
  }
  t.deepEqual(clockOf(config, pairs, 77), clocks[77]);
  t.true(new Set(clocks.map(({ skewUs }) => skewUs)).size > 1900);
  const meanSkewUs = clocks.reduce((sum, { skewUs }) => sum + skewUs, 0) / clocks.length;
  t.true(Math.abs(meanSkewUs) < 60_000, String(meanSkewUs));
});

test('a clock never runs back, and its readings and delays are whole microseconds', (t) => {
  const config = configOf(86_400_000_000, 100_000);
  const time = fc.integer({ min: 0, max: 2 ** 50 });
  fc.assert(
    fc.property(fc.nat({ max: 1000 }), time, fc.integer({ min: 0, max: 2 ** 40 }), (index, nowUs, delayUs) => {
      const clock = clockOf(config, pairs, index);
      const [before, after] = [readClock(clock, nowUs), readClock(clock, nowUs + delayUs)];
      const delay = trueDelayUs(clock, delayUs);
      const integers = [before, after, delay].every(Number.isSafeInteger);
      return integers && after >= before && delay >= 0 && Math.abs(delay * clock.rate - delayUs) <= 1;
    }),
    { seed: 1, numRuns: 2000 },
  );
  t.pass();
});

test('a clock that gains shows more time, and its timers are due sooner', (t) => {
  const clock = { skewUs: 500, rate: 1.0001 };
  t.is(readClock(clock, 1_000_000), 1_000_600);
  t.is(trueDelayUs(clock, 1_000_100), 1_000_000);
});

test('a network counts each clock that is off', (t) => {
  const network = new Network(new Simulation({ seed: 'off' }), configOf(1_000_000, 500));
  for (let index = 0; index < 10; index++) network.clockOf(new PeerId(index));
  t.is(network.fired['clock-skew'], 10);
  t.is(network.fired['clock-drift'], 10);
  t.deepEqual([...network.asked], ['clock-skew', 'clock-drift']);
  const exact = new Network(new Simulation({ seed: 'exact' }), configOf(0, 0));
  t.is(exact.clockOf(new PeerId(0)), TRUE_CLOCK);
  t.is(exact.fired['clock-skew'], 0);
});
