// The times that a soak is measured against.
// Invariant: all follow from the scenario, never from what a run shows.
import { longestLatencyUs } from '../../sim/network/latency.ts';
import type { Bounds } from './record.ts';
import type { Soak } from './scenario.ts';

/** Time a broadcast has to reach every node, in microseconds (a round of the reference scenarios lasts as long). */
export const DELIVERY_BOUND_US = 5_000_000;

/** Least virtual time between the last churn and a broadcast that is judged: dead links must have idled out. */
export function settleUs(soak: Soak): number {
  const { connectTimeoutUs, idleTimeoutUs, latency } = soak.network;
  return connectTimeoutUs + idleTimeoutUs + 4 * longestLatencyUs(latency);
}

/** How much longer than {@link settleUs} work may wait in a buffer before nobody seems to turn, in microseconds. */
const WAIT_SLACK_US = 5_000_000;
/** What a node has at least to find its first neighbour in, in microseconds. */
const LEAST_REJOIN_US = 5_000_000;

/** The times that a soak is measured against. A node must be let in before the idle timeout frees what its past holds. */
export function boundsOf(soak: Soak): Bounds {
  const settled = settleUs(soak);
  const lingered = settled + (soak.model.lingerUs?.(soak.config) ?? 0);
  return {
    settleUs: lingered,
    residueUs: Math.max(lingered, soak.calmUs - settled),
    waitUs: settled + WAIT_SLACK_US,
    rejoinUs: Math.max(LEAST_REJOIN_US, Math.floor(soak.network.idleTimeoutUs / 2)),
  };
}
