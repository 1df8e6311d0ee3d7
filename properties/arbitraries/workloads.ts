// Arbitrary workloads: how many broadcasts a second, and how large.
// Invariant: what is drawn lies within the range asked for.
import fc from 'fast-check';
import * as v from 'valibot';
import type { Scenario } from '../soak/scenario.ts';
import { parseOptions, rangeBetween, settledRange } from './ranges.ts';
import type { Range } from './ranges.ts';

/** Narrows {@link workloads}. Every bound is included. */
export interface WorkloadOptions {
  /** Over the whole mesh, between 0 and 10,000 per virtual second, in steps of a tenth from `min` on; default 0.5 to 4. */
  readonly broadcastsPerSecond?: Range;
  /** An integer up to 1,000,000; default 1 to 1,000. */
  readonly payloadBytes?: Range;
}

/** Validates {@link WorkloadOptions}. */
export const workloadOptionsSchema = v.strictObject({
  broadcastsPerSecond: v.optional(rangeBetween(0, 10_000, 'numbers')),
  payloadBytes: v.optional(rangeBetween(0, 1_000_000)),
});

/**
 * Workloads for the `workload` of a scenario. They shrink toward fewer and smaller broadcasts.
 *
 * @throws {InputError} `bad-options`.
 */
export function workloads(options: WorkloadOptions = {}): fc.Arbitrary<Scenario['workload']> {
  const settled = parseOptions(workloadOptionsSchema, options, 'workloads');
  const { min, max } = settledRange(settled.broadcastsPerSecond, { min: 0.5, max: 4 });
  return fc.record({
    broadcastsPerSecond: fc
      .integer({ min: 0, max: Math.ceil((max - min) * 10) })
      .map((tenths) => Math.min(max, Math.round((min + tenths / 10) * 1_000) / 1_000)),
    payloadBytes: fc.integer(settledRange(settled.payloadBytes, { min: 1, max: 1_000 })),
  });
}
