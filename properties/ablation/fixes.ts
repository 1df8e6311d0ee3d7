// What each fix buys: from all defects on, one fixed after the other, until none is left.
// Invariant: a step fixes one defect and nothing else; what it claims is the difference of two runs.
import type { KeyFigure } from '../usage/key-figures.ts';
import type { AblationCell, AblationCells, AblationStep, RunCells } from './cells.ts';

/** A property that is still broken after a fix. */
export interface StillBroken {
  readonly name: string;
  /** What its evidence points at now; undefined when it does not say. */
  readonly subject: string | undefined;
  /** What it pointed at before the fix and no longer does: the fix shows there, and the next leak is unmasked. */
  readonly gone: readonly string[];
  /** Defects left that break it alone: the next to fix. */
  readonly heldBy: readonly string[];
}

/** One fix. */
export interface AblationFix {
  readonly defect: string;
  /** Defects that are left on. */
  readonly left: readonly string[];
  readonly turnedGreen: readonly string[];
  /** Properties that held before this fix and break after it: the fixed defect had hidden them. */
  readonly turnedRed: readonly string[];
  readonly stillBroken: readonly StillBroken[];
  /** After the fix; those before it are the figures of the step before, or of all on. */
  readonly figures: readonly KeyFigure[];
}

/**
 * Fixes one defect after the other. The next is the one whose fix turns most properties green, as far as runs say so
 * already; among equals the one that alone breaks most of what is red; then the first in order.
 *
 * @param cells - All on, each alone on and each alone off have been run.
 * @returns Fewer steps than defects when a run was cut short.
 */
export function* fixInTurn(
  defects: readonly string[],
  cells: RunCells & Pick<AblationCells, 'take'>,
): Generator<AblationStep, AblationFix[], undefined> {
  const fixes: AblationFix[] = [];
  let left = defects;
  while (left.length > 0) {
    const before = cells.find(left);
    const fixed = nextToFix(left, cells);
    const after = left.filter((id) => id !== fixed);
    if (!(yield* cells.take([after]))) break;
    fixes.push(fixBetween(fixed, before!, cells.find(after)!, cells));
    left = after;
  }
  return fixes;
}

function nextToFix(left: readonly string[], cells: RunCells): string {
  const red = namesOf(cells.find(left)!);
  const scores = left.map((id) => {
    const after = cells.find(left.filter((other) => other !== id));
    const greens = after === undefined ? expectedGreens(id, left, red, cells) : lost(red, namesOf(after)).length;
    const alone = namesOf(cells.find([id])!).filter((name) => red.includes(name)).length;
    return { id, greens, alone };
  });
  return scores.reduce((best, one) =>
    one.greens > best.greens || (one.greens === best.greens && one.alone > best.alone) ? one : best,
  ).id;
}

/** How many red properties only this one of those left breaks by itself. */
function expectedGreens(id: string, left: readonly string[], red: readonly string[], cells: RunCells): number {
  return red.filter((name) => {
    const breakers = breakersOf(name, left, cells);
    return breakers.length === 1 && breakers[0] === id;
  }).length;
}

function fixBetween(defect: string, before: AblationCell, after: AblationCell, cells: RunCells): AblationFix {
  const [was, is] = [namesOf(before), namesOf(after)];
  return {
    defect,
    left: after.defects,
    turnedGreen: lost(was, is),
    turnedRed: lost(is, was),
    stillBroken: after.broken
      .filter(({ name }) => was.includes(name))
      .map(({ name, subjects }) => {
        const gone = lost(before.broken.find((one) => one.name === name)!.subjects, subjects);
        return { name, subject: subjects[0], gone, heldBy: breakersOf(name, after.defects, cells) };
      }),
    figures: after.figures,
  };
}

function breakersOf(property: string, left: readonly string[], cells: RunCells): string[] {
  return left.filter((id) => namesOf(cells.find([id])!).includes(property));
}

function namesOf({ broken }: AblationCell): string[] {
  return broken.map(({ name }) => name);
}

function lost(before: readonly string[], after: readonly string[]): string[] {
  return before.filter((name) => !after.includes(name));
}
