// Marks along an axis of virtual time, at round moments.
// Invariant: ascending, within the axis, and each is a time that people write in a few letters.
import { formatDuration } from '../../sim/duration.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Distances between marks that read well, in microseconds. */
const STEPS: readonly number[] = [
  ...[1, 10, 100, 1_000, 10_000, 100_000].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000].map((count) => count * DAY),
];

/**
 * Round moments between two (both included).
 *
 * @param most - Marks that there is room for, 1 or more; there are never more than one above it.
 */
export function timeTicks(fromUs: number, untilUs: number, most: number): number[] {
  const spanUs = Math.max(0, untilUs - fromUs);
  const stepUs = STEPS.find((step) => spanUs / step <= most) ?? STEPS.at(-1)!;
  const ticks: number[] = [];
  for (let atUs = Math.ceil(fromUs / stepUs) * stepUs; atUs <= untilUs; atUs += stepUs) ticks.push(atUs);
  return ticks;
}

/** A mark in words; of marks that are close together only what tells them apart from a moment before. */
export function tickText(atUs: number, sinceUs = 0): string {
  const us = Math.round(atUs - sinceUs);
  return us < 0 ? `-${formatDuration(-us)}` : formatDuration(us);
}
