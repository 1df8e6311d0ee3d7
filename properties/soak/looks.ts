// When a run is looked at: twice in a row at the overlay, in the middle and at the end of each calm, and for its timeline.
// Invariant: all times follow from the scenario, never from what a run shows.
import type { Calm } from '../../sim/churn/calms.ts';
import { settleUs } from './bounds.ts';
import type { Observation } from './observation.ts';
import type { Soak } from './scenario.ts';
import { sampleTimes } from './timeline.ts';
import type { TimelineSampler } from './timeline.ts';

/** Least time between two looks at the overlay that make a pair, in microseconds. */
const LEAST_LOOK_GAP_US = 5_000_000;

/** What watches a run. */
export interface Observers {
  readonly observation: Observation;
  readonly sampler: TimelineSampler;
}

/** One look. */
export interface Look {
  /** Virtual time, in microseconds. */
  readonly atUs: number;
  readonly take: () => void;
}

/** Every look at a run, in time order; the timeline is sampled after the calms are looked at. */
export function allLooks(soak: Soak, { observation, sampler }: Observers): Look[] {
  const looks = soak.calms.flatMap((calm) => looksOf(soak, observation, calm));
  const samples = sampleTimes(soak.endUs).map((atUs) => ({ atUs, take: () => sampler.take() }));
  return [...looks, ...samples].toSorted((a, b) => a.atUs - b.atUs);
}

/** When a calm is looked at. The overlay is looked at twice in a row, early, in the middle and at the end. */
function looksOf(soak: Soak, observation: Observation, calm: Calm): Look[] {
  const gapUs = lookGapUs(soak);
  const settledUs = calm.fromUs + settleUs(soak);
  const lastLookUs = calm.untilUs - gapUs;
  const middleUs = Math.floor(Math.min(Math.max((calm.fromUs + calm.untilUs) / 2, settledUs), lastLookUs));
  const pairAt = (atUs: number): Look[] => [
    { atUs, take: () => observation.lookFirst() },
    { atUs: atUs + gapUs, take: () => observation.lookAgain() },
  ];
  const earlyUs = calm.fromUs + 2 * settleUs(soak);
  return [
    ...(earlyUs + gapUs < middleUs ? pairAt(earlyUs) : []),
    { atUs: middleUs, take: () => observation.reachMiddle(calm) },
    ...(middleUs + gapUs < lastLookUs ? pairAt(middleUs) : []),
    ...pairAt(lastLookUs),
    { atUs: calm.untilUs, take: () => observation.finishCalm(calm) },
  ];
}

/**
 * Time between two looks that make a pair, in microseconds: an edge that is one-sided for longer stays so. One side may
 * lack the other while a handshake is under way and, where messages are lost, until the idle timeout.
 */
function lookGapUs(soak: Soak): number {
  const { lossShare, idleTimeoutUs } = soak.network;
  return Math.max(LEAST_LOOK_GAP_US, settleUs(soak) - (lossShare > 0 ? 0 : idleTimeoutUs));
}
