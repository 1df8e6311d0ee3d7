// The corpus: one case per reported defect, each with the churn that its report names and with the least that shows it.
// Invariant: every defect of every model has exactly one case here, with the source of its report.
import { unknownName } from '../../sim/input.ts';
import type { Defect } from '../../models/defect.ts';
import { MODELS } from '../../models/registry.ts';
import type { ScenarioInput } from '../soak/scenario.ts';
import { MEMBERSHIP_CASES } from './membership.ts';
import type { CorpusCase } from './membership.ts';
import { SHRUNK } from './shrunk.ts';
import { STACK_CASES } from './stack.ts';

/** A defect with its case, and the smallest scenario known that shows it. */
export interface CorpusEntry extends CorpusCase {
  readonly about: Defect;
  /** With its plan written out and without defects; its seed is its own. */
  readonly shrunk: ScenarioInput;
  /** Those of `breaks` that the shrunk scenario breaks as well; at least one. */
  readonly shrunkBreaks: readonly string[];
}

/** The cases that have the churn of their reports, in the order of the corpus. */
export const CASES: readonly CorpusCase[] = [...MEMBERSHIP_CASES, ...STACK_CASES];

/** The corpus, in the order of its cases. */
export function corpus(): CorpusEntry[] {
  const defects = new Map(MODELS.flatMap((model) => model.defects).map((defect) => [defect.id, defect]));
  return CASES.map((one) => {
    const { scenario, breaks } = SHRUNK[one.defect]!;
    return { ...one, about: defects.get(one.defect)!, shrunk: scenario, shrunkBreaks: breaks };
  });
}

/**
 * The entries of these defects, in the order of the corpus.
 *
 * @param ids - None for all.
 * @throws {InputError} `unknown-defect` with the known ones and the nearest.
 */
export function corpusNamed(ids: readonly string[]): CorpusEntry[] {
  const entries = corpus();
  const known = entries.map(({ defect }) => defect);
  for (const id of ids) if (!known.includes(id)) throw unknownName('defect', id, known);
  return ids.length === 0 ? entries : entries.filter(({ defect }) => ids.includes(defect));
}
