// Node clocks: skew and drift as a pure function of seed and peer.
// Invariant: a node's clock is monotone, and a delay on it maps to a delay on the simulation's clock of 0 or more.
import type { PairSource } from '../random/pair-source.ts';
import type { NetworkConfig } from './config.ts';

/** How one node's clock differs from the simulation's. */
export interface NodeClock {
  /** Added to the time, in microseconds; may be negative. */
  readonly skewUs: number;
  /** How much faster it runs: 1.0001 gains 100 us per second. */
  readonly rate: number;
}

/** The clock that agrees with the simulation's. */
export const TRUE_CLOCK: NodeClock = { skewUs: 0, rate: 1 };

/** The clock of a peer: skew and drift are uniform within the configured bounds. */
export function clockOf(config: NetworkConfig, pairs: PairSource, peerIndex: number): NodeClock {
  if (config.clockSkewUs === 0 && config.clockDriftPpm === 0) return TRUE_CLOCK;
  const draws = pairs.at(peerIndex, 0);
  const skew = draws.uint32() / 2 ** 31 - 1;
  const drift = draws.uint32() / 2 ** 31 - 1;
  return { skewUs: Math.round(skew * config.clockSkewUs), rate: 1 + (drift * config.clockDriftPpm) / 1e6 };
}

/** The node's reading at a virtual time, in microseconds. */
export function readClock(clock: NodeClock, nowUs: number): number {
  return clock === TRUE_CLOCK ? nowUs : Math.floor(nowUs * clock.rate) + clock.skewUs;
}

/** How long a delay on the node's clock takes on the simulation's, in microseconds. */
export function trueDelayUs(clock: NodeClock, delayUs: number): number {
  return clock === TRUE_CLOCK ? delayUs : Math.round(delayUs / clock.rate);
}
