// Vector clocks of the lives of a run: what each knows of the turns of all.
// Invariant: of two turns that were ticked, one happened before the other exactly when its clock is nowhere larger and
// somewhere smaller (Fidge 1988, Mattern 1989).
import type { Life, Turn } from './happenings.ts';

/** Ticks known, by life; lives of which nothing is known are left out. */
export type VectorClock = ReadonlyMap<Life, number>;

/** See the file's head. */
export class VectorClocks {
  private readonly latest = new WeakMap<Life, VectorClock>();
  private readonly ofTurns = new WeakMap<Turn, VectorClock>();

  /** Ticks the life of a turn, with all that it learned from what it received; told in the order of the turns. */
  tick(turn: Turn): VectorClock {
    const { life, received } = turn;
    const clock = new Map(this.latest.get(life));
    clock.set(life, (clock.get(life) ?? 0) + 1);
    // One that was sent before the window tells of nothing in it.
    const learned = received === undefined ? undefined : this.ofTurns.get(received.from);
    for (const [other, count] of learned ?? []) if (count > (clock.get(other) ?? 0)) clock.set(other, count);
    this.latest.set(life, clock);
    this.ofTurns.set(turn, clock);
    return clock;
  }
}
