// The network's configuration and the list of faults it can inject.
// Invariant: a fault that is configured is counted when it takes effect, so an inert one can be found.
import * as v from 'valibot';
import { integerBetween, numberBetween } from '../input.ts';
import { latencySchema } from './latency.ts';

const share = numberBetween(0, 0.9);
const timeoutUs = integerBetween(1_000, 3_600_000_000);

/** Validates a {@link NetworkConfig}; every field has a default, and the default network is fault-free. */
export const networkConfigSchema = v.strictObject({
  latency: v.optional(latencySchema, { kind: 'uniform', minUs: 10_000, maxUs: 50_000 }),
  jitterUs: v.optional(integerBetween(0, 60_000_000), 0),
  lossShare: v.optional(share, 0),
  duplicateShare: v.optional(share, 0),
  reorderShare: v.optional(share, 0),
  bandwidthBytesPerSecond: v.optional(v.nullable(numberBetween(100, 1e12)), null),
  clockSkewUs: v.optional(integerBetween(0, 86_400_000_000), 0),
  clockDriftPpm: v.optional(numberBetween(0, 100_000), 0),
  connectTimeoutUs: v.optional(timeoutUs, 1_000_000),
  idleTimeoutUs: v.optional(timeoutUs, 10_000_000),
});

/**
 * The network of a scenario. Shares are from 0 to 0.9 (included). `jitterUs` is the most that is added to one
 * message's latency; `clockSkewUs` and `clockDriftPpm` bound what each node draws, both ways.
 */
export type NetworkConfig = v.InferOutput<typeof networkConfigSchema>;

/** Kinds of fault, by how a run reports them. */
export const FAULTS = [
  'jitter',
  'loss',
  'duplicate',
  'reorder',
  'bandwidth',
  'clock-skew',
  'clock-drift',
  'partition',
  'hold',
  'black-hole',
] as const;

/** Name of a fault. */
export type Fault = (typeof FAULTS)[number];

/** The faults that a configuration asks for; those of a plan are added when its actions run. */
export function configuredFaults(config: NetworkConfig): Fault[] {
  const asked: Fault[] = [];
  if (config.jitterUs > 0) asked.push('jitter');
  if (config.lossShare > 0) asked.push('loss');
  if (config.duplicateShare > 0) asked.push('duplicate');
  if (config.reorderShare > 0) asked.push('reorder');
  if (config.bandwidthBytesPerSecond !== null) asked.push('bandwidth');
  if (config.clockSkewUs > 0) asked.push('clock-skew');
  if (config.clockDriftPpm > 0) asked.push('clock-drift');
  return asked;
}
