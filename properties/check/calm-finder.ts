// Finds the calms of a log while it is read, without knowing what is to come.
// Invariant: the calms are those that `calmsOf` finds in a plan with the same moments of churn, at whose length long
// stretches are cut.

/** Looks at the system in every calm; times in microseconds. */
export interface CalmLooks<Measured> {
  /** Called {@link TICKS} times in a calm's length, all through a stretch without churn. */
  tick(atUs: number, fromUs: number): void;
  /** What holds at `untilUs`, the end of a calm that began at `fromUs`; it may yet be thrown away. */
  measure(fromUs: number, untilUs: number): Measured;
  /** The calm stands, and the next may begin at its end. */
  keep(measured: Measured): void;
  /** There was churn. */
  churn(): void;
}

/** Looks in the length of a calm. */
export const TICKS = 8;

/** See the file's head. */
export class CalmFinder<Measured> {
  /** The longest stretch without churn so far, in microseconds. */
  longestUs = 0;
  /** When the next look is due, in microseconds. */
  dueUs: number;
  private readonly calmUs: number;
  private readonly looks: CalmLooks<Measured>;
  private readonly startUs: number;
  private fromUs: number;
  /** Looks since {@link fromUs}. */
  private ticks = 0;
  /** Measured when the calm had its length; it stands when the stretch goes on for as long again. */
  private pending: Measured | undefined = undefined;

  /**
   * @param calmUs - Least length of a calm; a whole number above 0.
   * @param startUs - When the first may begin; default 0.
   */
  constructor(calmUs: number, looks: CalmLooks<Measured>, startUs = 0) {
    this.startUs = startUs;
    this.fromUs = startUs;
    this.calmUs = calmUs;
    this.looks = looks;
    this.dueUs = this.tickUs(1);
  }

  /** Time comes to `atUs`: whatever was due before is looked at. Call it before what happens at `atUs` is taken in. */
  advance(atUs: number): void {
    while (this.dueUs < atUs) this.tick(this.dueUs);
  }

  /** There is churn at `atUs`, which time has come to; call it before it is taken in. */
  churn(atUs: number): void {
    this.close(atUs, atUs - 1);
    this.fromUs = Math.max(atUs, this.startUs);
    this.restart(0);
    this.pending = undefined;
    this.looks.churn();
  }

  /** The log ends at `endUs`. */
  finish(endUs: number): void {
    this.advance(endUs);
    this.close(endUs, endUs);
  }

  private tick(atUs: number): void {
    this.looks.tick(atUs, this.fromUs);
    this.restart(this.ticks + 1);
    if (this.ticks === 2 * TICKS) {
      this.looks.keep(this.pending!);
      this.fromUs += this.calmUs;
      this.restart(TICKS);
    }
    if (this.ticks === TICKS) this.pending = this.looks.measure(this.fromUs, atUs);
  }

  private restart(ticks: number): void {
    this.ticks = ticks;
    this.dueUs = this.tickUs(ticks + 1);
  }

  private tickUs(ticks: number): number {
    return this.fromUs + Math.floor((this.calmUs * ticks) / TICKS);
  }

  private close(nextUs: number, untilUs: number): void {
    this.longestUs = Math.max(this.longestUs, nextUs - this.fromUs);
    if (nextUs - this.fromUs < this.calmUs) return;
    // The look that would have cut the stretch is due at this very moment.
    if (nextUs - this.fromUs === 2 * this.calmUs) {
      this.looks.keep(this.pending!);
      this.fromUs += this.calmUs;
    }
    this.looks.keep(this.looks.measure(this.fromUs, Math.max(untilUs, this.fromUs)));
  }
}
