// Arbitrary churn plans: explicit actions on peers that are there to be acted on.
// Invariant: whatever is drawn, or yielded while shrinking, is a valid plan for the nodes asked for.
import fc from 'fast-check';
import * as v from 'valibot';
import { BOOTSTRAP_US } from '../../sim/churn/profile.ts';
import type { ChurnPlan } from '../../sim/churn/plan.ts';
import { integerBetween } from '../../sim/input.ts';
import { CHANGE_KINDS, planOf, STEP_RANGE } from './planned-churn.ts';
import type { ChangeKind, PlannedAct, PlanStep } from './planned-churn.ts';
import { badOptions, parseOptions, rangeBetween, settledRange, subsetOf } from './ranges.ts';
import type { Range, SettledRange } from './ranges.ts';

/** Narrows {@link churnPlans}. Times are integers of microseconds; every bound is included. */
export interface ChurnPlanOptions {
  /** Peers 0 to nodes - 1 run when the plan begins, as in a scenario of so many nodes; between 2 and 100,000. */
  readonly nodes: number;
  /** Peers 0 to keep - 1 are not churned; below `nodes`. Default: a quarter of the nodes, at least 2, as far as one is left. */
  readonly keep?: number;
  /** Kinds of change that may be picked; default all. */
  readonly kinds?: readonly ChangeKind[];
  /** Acts that may be picked, such as those of the model; default none, and then there is no change of kind `act`. */
  readonly acts?: readonly (string | PlannedAct)[];
  /** Changes of the plan, between 0 and 10,000; what ends a change comes on top. Default 1 to 60. */
  readonly changes?: Range;
  /** Waves that the changes fall into, between 1 and 1,000; default 1 to 8. */
  readonly waves?: Range;
  /** When the first wave begins; default 30 s. */
  readonly fromUs?: number;
  /** Length of a wave, between 1,000 and a day; default a minute. */
  readonly spanUs?: number;
  /** From the end of a wave to the next, up to a day; default a minute. */
  readonly calmUs?: number;
}

const DAY_US = 86_400_000_000;
const argsSchema = v.record(v.string(), v.union([v.number(), v.string(), v.boolean()]));
const actSchema = v.union(
  [v.string(), v.strictObject({ act: v.string(), args: v.optional(argsSchema), switched: v.optional(v.boolean()) })],
  'the name of an act, or {act, args, switched}',
);

/** Validates a list of acts, each by its name or as a {@link PlannedAct}. */
export const actsSchema = v.array(actSchema, 'a list of acts');

/** Usual counts of changes and waves. */
export const USUAL_CHANGES: SettledRange = { min: 1, max: 60 };

const optionsSchema = v.strictObject({
  nodes: integerBetween(2, 100_000),
  keep: v.optional(integerBetween(0, 100_000)),
  kinds: v.optional(v.pipe(subsetOf(CHANGE_KINDS, 'kinds of change'), v.minLength(1, 'one kind at least'))),
  acts: v.optional(actsSchema),
  changes: v.optional(rangeBetween(0, 10_000)),
  waves: v.optional(rangeBetween(1, 1_000)),
  fromUs: v.optional(integerBetween(0, DAY_US), BOOTSTRAP_US),
  spanUs: v.optional(integerBetween(1_000, DAY_US), 60_000_000),
  calmUs: v.optional(integerBetween(0, DAY_US), 60_000_000),
});

/**
 * Churn plans for so many nodes: a random subset of the kinds of change, spread over waves.
 *
 * A change concerns a peer that is in the state it needs: only who runs is ended, only who was ended comes back. A wave
 * leaves as many nodes running as it found, be it by starts and stops of its own, and closes every fault that it opens.
 * Plans shrink toward fewer changes and fewer waves.
 *
 * @throws {InputError} `bad-options`.
 */
export function churnPlans(options: ChurnPlanOptions): fc.Arbitrary<ChurnPlan> {
  const settled = parseOptions(optionsSchema, options, 'churnPlans');
  const { nodes, keep = usualKeep(nodes), fromUs, spanUs, calmUs } = settled;
  if (keep >= nodes) throw badOptions('churnPlans', `keep: received ${keep}, expected fewer than the ${nodes} nodes`);
  const acts = (settled.acts ?? []).map(plannedAct);
  const kinds = changeKinds(settled.kinds, acts, 'churnPlans');
  return fc
    .record({
      kinds: fc.subarray(kinds, { minLength: 1 }),
      waves: fc.integer(settledRange(settled.waves, { min: 1, max: 8 })),
      steps: planSteps(settledRange(settled.changes, USUAL_CHANGES)),
    })
    .map(({ kinds: picked, waves, steps }) =>
      planOf(steps, { nodes, keep, kinds: picked, acts, waves, fromUs, spanUs, calmUs }),
    );
}

/**
 * The kinds of change that are possible: without acts, none of kind `act`.
 *
 * @throws {InputError} `bad-options` when none is left.
 */
export function changeKinds(
  asked: readonly ChangeKind[] = CHANGE_KINDS,
  acts: readonly PlannedAct[],
  where: string,
): ChangeKind[] {
  const kinds = asked.filter((kind) => kind !== 'act' || acts.length > 0);
  if (kinds.length > 0) return kinds;
  throw badOptions(where, 'kinds: received act alone and no acts, expected another kind, or acts');
}

/** So many steps. */
export function planSteps({ min, max }: SettledRange): fc.Arbitrary<PlanStep[]> {
  const field = fc.nat(STEP_RANGE - 1);
  const step = fc.record({ wave: field, at: field, kind: field, peer: field, choice: field, lasts: field });
  return fc.array(fc.noBias(step), { minLength: min, maxLength: max, size: 'max' });
}

/** An act in full, whichever way it was written. */
export function plannedAct(act: v.InferOutput<typeof actSchema>): PlannedAct {
  if (typeof act === 'string') return { act };
  const { act: name, args, switched } = act;
  return { act: name, ...(args === undefined ? {} : { args }), ...(switched === undefined ? {} : { switched }) };
}

/** Peers that are left alone unless asked otherwise, as by the churn profiles. */
export function usualKeep(nodes: number): number {
  return Math.min(nodes - 1, Math.max(2, Math.ceil(nodes / 4)));
}
