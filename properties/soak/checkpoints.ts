// Checkpoints: when two runs of one scenario part, as far as their digests at the same moments tell.
// Invariant: two runs that were alike at a moment were alike before it.
import { formatDuration } from '../../sim/duration.ts';
import type { Checkpoint } from './record.ts';

/** The stretch in which two runs part: alike at its start, not alike at its end; microseconds. */
export interface Parting {
  readonly afterUs: number;
  /** Infinity when they differ after the last moment that both kept. */
  readonly byUs: number;
}

/** When two runs part, that are known to: their digests or numbers of events differ in the end. */
export function partingOf(here: readonly Checkpoint[], there: readonly Checkpoint[]): Parting {
  const expected = new Map(there.map(({ atUs, digest }) => [atUs, digest]));
  let afterUs = 0;
  for (const { atUs, digest } of here) {
    const other = expected.get(atUs);
    if (other === undefined) continue;
    if (other !== digest) return { afterUs, byUs: atUs };
    afterUs = atUs;
  }
  return { afterUs, byUs: Infinity };
}

/** A parting in words, such as `alike until 3m, not alike at 3m10s`. */
export function partingText({ afterUs, byUs }: Parting): string {
  const until = `alike until ${formatDuration(afterUs)}`;
  return byUs === Infinity ? `${until}, and not in the end` : `${until}, not alike at ${formatDuration(byUs)}`;
}
