// Virtual times as people read them: rounded to what matters.
// Invariant: for reading only; what must be exact is written by `formatDuration`.
import { formatDuration } from '../../sim/duration.ts';

/** A time or an age: `12.3ms`, `26.5s`, `3m25s`, `2h5m`; a calm's last microsecond is that of the action after it. */
export function timeText(us: number): string {
  if (us < 1_000_000) return formatDuration(rounded(us, us < 10_000 ? 10 : 100));
  if (us < 60_000_000) return formatDuration(rounded(us, 100_000));
  return formatDuration(rounded(us, us < 3_600_000_000 ? 1_000_000 : 60_000_000));
}

function rounded(us: number, toUs: number): number {
  return Math.round(us / toUs) * toUs;
}
