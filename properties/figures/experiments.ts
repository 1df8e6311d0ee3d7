// The experiments of `quicksoak figures`, in the order shown.
// Invariant: experiments share nothing, so any choice of them gives the same figures as all.
import { unknownName } from '../../sim/input.ts';
import { BROADCAST_TREE } from './broadcast-tree.ts';
import type { Experiment } from './figure.ts';
import { MASS_FAILURE } from './mass-failure.ts';
import { JOIN_GAP, OVERLAY } from './overlay.ts';
import { REFERENCE_EXPERIMENTS } from './reference.ts';

/** Every experiment. */
export const EXPERIMENTS: readonly Experiment[] = [
  ...REFERENCE_EXPERIMENTS,
  OVERLAY,
  JOIN_GAP,
  MASS_FAILURE,
  BROADCAST_TREE,
];

/**
 * The experiments whose name contains `text`; all when it is undefined.
 *
 * @param where - The place of the text; opens an error's message.
 * @throws {InputError} `unknown-experiment` when there is none, with the known names and the nearest.
 */
export function experimentsNamed(text: string | undefined, where: string): Experiment[] {
  const wanted = EXPERIMENTS.filter(({ name }) => text === undefined || name.includes(text));
  if (wanted.length > 0 && text !== '') return wanted;
  throw unknownName(
    'experiment',
    text ?? '',
    EXPERIMENTS.map(({ name }) => name),
    where,
  );
}
