// Arbitrary networks: a random subset of the faults that befall messages and clocks, each within its range.
// Invariant: a fault that was not picked is off; one that was picked is on, and strong enough to take effect in a run.
import fc from 'fast-check';
import * as v from 'valibot';
import type { NetworkConfig } from '../../sim/network/config.ts';
import { latencies, latencyOptionsSchema } from './latencies.ts';
import type { LatencyOptions } from './latencies.ts';
import { parseOptions, rangeBetween, settledRange, subsetOf } from './ranges.ts';
import type { Range, SettledRange } from './ranges.ts';

/** Faults of the network that need no plan: they befall messages and clocks all through a run. */
export const NETWORK_FAULTS = [
  'jitter',
  'loss',
  'duplicate',
  'reorder',
  'bandwidth',
  'clock-skew',
  'clock-drift',
] as const;

/** Name of such a fault, as a run reports it. */
export type NetworkFault = (typeof NETWORK_FAULTS)[number];

/** Narrows {@link networkFaults}. Every bound is included. */
export interface NetworkFaultOptions {
  /** Which faults may be picked; default all, none with an empty list. */
  readonly faults?: readonly NetworkFault[];
  readonly latency?: LatencyOptions;
  /** Most that is added to one message's latency, an integer of microseconds up to 60,000,000; default 1,000 to 50,000. */
  readonly jitterUs?: Range;
  /** Between 0 and 0.9; default 0.005 to 0.02. */
  readonly lossShare?: Range;
  /** Between 0 and 0.9; default 0.005 to 0.1. */
  readonly duplicateShare?: Range;
  /** Between 0 and 0.9; default 0.005 to 0.1. */
  readonly reorderShare?: Range;
  /** Of each node's uplink, an integer from 100 to 1,000,000,000,000; default 500,000 to 10,000,000. */
  readonly bandwidthBytesPerSecond?: Range;
  /** Most by which a node's clock is off, an integer up to a day; default 1 to 3,600,000,000 (an hour). */
  readonly clockSkewUs?: Range;
  /** Most by which a node's clock runs fast or slow, an integer up to 100,000; default 1 to 1,000. */
  readonly clockDriftPpm?: Range;
}

/** Validates {@link NetworkFaultOptions}. */
export const networkFaultOptionsSchema = v.strictObject({
  faults: v.optional(subsetOf(NETWORK_FAULTS, 'faults')),
  latency: v.optional(latencyOptionsSchema),
  jitterUs: v.optional(rangeBetween(1, 60_000_000)),
  lossShare: v.optional(rangeBetween(0, 0.9, 'numbers')),
  duplicateShare: v.optional(rangeBetween(0, 0.9, 'numbers')),
  reorderShare: v.optional(rangeBetween(0, 0.9, 'numbers')),
  bandwidthBytesPerSecond: v.optional(rangeBetween(100, 1e12)),
  clockSkewUs: v.optional(rangeBetween(1, 86_400_000_000)),
  clockDriftPpm: v.optional(rangeBetween(1, 100_000)),
});

/** A network as a scenario takes it: the faults that are left out are off. */
export type DrawnNetwork = Pick<NetworkConfig, 'latency'> & Partial<NetworkConfig>;

/**
 * Networks for the `network` of a scenario: a latency, and a random subset of the faults, none of them included.
 *
 * They shrink toward fewer faults, weaker ones and a shorter latency.
 *
 * @throws {InputError} `bad-options`.
 */
export function networkFaults(options: NetworkFaultOptions = {}): fc.Arbitrary<DrawnNetwork> {
  const settled = parseOptions(networkFaultOptionsSchema, options, 'networkFaults');
  const { faults = NETWORK_FAULTS } = settled;
  const share = (range: Range | undefined, max: number): fc.Arbitrary<number> =>
    shares(settledRange(range, { min: 0.005, max }));
  const integers = (range: Range | undefined, usual: SettledRange): fc.Arbitrary<number> =>
    fc.integer(settledRange(range, usual));
  return fc
    .record({
      latency: latencies(options.latency),
      picked: fc.subarray([...faults]),
      jitter: integers(settled.jitterUs, { min: 1_000, max: 50_000 }),
      loss: share(settled.lossShare, 0.02),
      duplicate: share(settled.duplicateShare, 0.1),
      reorder: share(settled.reorderShare, 0.1),
      bandwidth: integers(settled.bandwidthBytesPerSecond, { min: 500_000, max: 10_000_000 }),
      skew: integers(settled.clockSkewUs, { min: 1, max: 3_600_000_000 }),
      drift: integers(settled.clockDriftPpm, { min: 1, max: 1_000 }),
    })
    .map(({ latency, picked, jitter, loss, duplicate, reorder, bandwidth, skew, drift }) => {
      const on = (fault: NetworkFault): boolean => picked.includes(fault);
      return {
        latency,
        ...(on('jitter') ? { jitterUs: jitter } : {}),
        ...(on('loss') ? { lossShare: loss } : {}),
        ...(on('duplicate') ? { duplicateShare: duplicate } : {}),
        ...(on('reorder') ? { reorderShare: reorder } : {}),
        ...(on('bandwidth') ? { bandwidthBytesPerSecond: bandwidth } : {}),
        ...(on('clock-skew') ? { clockSkewUs: skew } : {}),
        ...(on('clock-drift') ? { clockDriftPpm: drift } : {}),
      };
    });
}

/** The network faults that a drawn network has, in the order of {@link NETWORK_FAULTS}. */
export function faultsOf(network: Partial<NetworkConfig>): NetworkFault[] {
  const on: Readonly<Record<NetworkFault, boolean>> = {
    jitter: (network.jitterUs ?? 0) > 0,
    loss: (network.lossShare ?? 0) > 0,
    duplicate: (network.duplicateShare ?? 0) > 0,
    reorder: (network.reorderShare ?? 0) > 0,
    bandwidth: (network.bandwidthBytesPerSecond ?? null) !== null,
    'clock-skew': (network.clockSkewUs ?? 0) > 0,
    'clock-drift': (network.clockDriftPpm ?? 0) > 0,
  };
  return NETWORK_FAULTS.filter((fault) => on[fault]);
}

/** Shares in steps of a thousandth, with both ends of the range among them, so that they read well. */
function shares({ min, max }: SettledRange): fc.Arbitrary<number> {
  const steps = Math.ceil((max - min) * 1_000);
  return fc.integer({ min: 0, max: steps }).map((step) => Math.min(max, Math.round((min + step / 1_000) * 1e9) / 1e9));
}
