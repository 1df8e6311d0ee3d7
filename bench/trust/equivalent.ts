// A clean-up line that may be taken away, and how lists of them are written.
// Invariant: an entry gives a reason, and names its line by function and text, so that it does not move with the file.

/** A line whose mutant is no fault. */
export interface Equivalent {
  /** Compiled module, from the compiled root. */
  readonly file: string;
  /** Name of the function around it. */
  readonly within: string;
  /** The line, as compiled. */
  readonly text: string;
  /** Why a run without it holds what it is to hold. */
  readonly reason: string;
  /** Which of the lines of its file that are alike, from 1; default all. */
  readonly nth?: number;
}

/** A function and a line of it. */
export type Place = readonly [within: string, text: string];

/** A timer does nothing any more once what it was for is gone. */
export const STALE_TIMER = 'a timer that is not cancelled fires once, finds nothing, and is armed no more';
/** No clean run comes there. */
export const OF_A_DEFECT = 'stands in the branch of a defect, which a clean stack does not enter';

/** Entries for some lines of a file, which share a reason; `nth` as in {@link Equivalent}. */
export function inFile(file: string, reason: string, places: readonly Place[], nth?: number): Equivalent[] {
  return places.map(([within, text]) => ({ file, within, text, reason, ...(nth === undefined ? {} : { nth }) }));
}
