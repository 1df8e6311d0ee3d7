// What narrows drawn scenarios, and what is drawn where nothing does.
// Invariant: settled options are complete, and fit the model.
import type * as fc from 'fast-check';
import * as v from 'valibot';
import { parseDuration } from '../../sim/duration.ts';
import { unknownName } from '../../sim/input.ts';
import type { Model } from '../../models/model.ts';
import { MOST_NODES } from '../soak/scenario.ts';
import { actsSchema, changeKinds, plannedAct, USUAL_CHANGES } from './churn-plans.ts';
import { NETWORK_FAULTS, networkFaultOptionsSchema } from './networks.ts';
import type { NetworkFault, NetworkFaultOptions } from './networks.ts';
import { CHANGE_KINDS } from './planned-churn.ts';
import type { ChangeKind, PlannedAct } from './planned-churn.ts';
import { PROFILE_NAMES } from './profiles.ts';
import type { ProfileName } from './profiles.ts';
import { badOptions, parseOptions, rangeBetween, settledRange, subsetOf } from './ranges.ts';
import type { Range, SettledRange } from './ranges.ts';
import { workloadOptionsSchema } from './workloads.ts';
import type { WorkloadOptions } from './workloads.ts';

/** Where the churn of a scenario comes from. */
export const CHURN_SOURCES = ['none', 'profile', 'plan'] as const;

/** One of {@link CHURN_SOURCES}. */
export type ChurnSource = (typeof CHURN_SOURCES)[number];

/** Narrows `scenarios`. Every bound is included. */
export interface ScenarioOptions {
  /** An integer between 2 and 100,000; default 4 to 20. */
  readonly nodes?: Range;
  /** Default all, one at a time. */
  readonly churn?: readonly ChurnSource[];
  /** Profiles that may be picked; default all, but live-rotation for a model without acts. */
  readonly profiles?: readonly ProfileName[];
  /** Kinds of change that a plan may be made of; default all, but `act` for a model without acts. */
  readonly changeKinds?: readonly ChangeKind[];
  /** Acts that a plan or live rotation may hold; default all of the model's. */
  readonly acts?: readonly (string | PlannedAct)[];
  /** Changes of a plan, between 0 and 10,000; default 1 to 60. */
  readonly changes?: Range;
  /** Waves of churn, between 1 and 1,000, each followed by a calm; default 5 to 8. A slope needs four calms. */
  readonly waves?: Range;
  /** Length of a plan's wave in microseconds, between 1,000,000 and a day; default 30 s to two minutes. */
  readonly spanUs?: Range;
  /** How long a run may last, such as `{ max: '20m' }`; default as long as its waves and calms need. */
  readonly duration?: { readonly min?: string; readonly max?: string };
  /** Network faults that may be picked; default all. The same as `network.faults`. */
  readonly faults?: readonly NetworkFault[];
  readonly network?: NetworkFaultOptions;
  readonly workload?: WorkloadOptions;
  /** Values of the model's configuration, or an arbitrary of them; default its own. */
  readonly config?: Readonly<Record<string, unknown>> | fc.Arbitrary<Record<string, unknown>>;
  /** Defects to switch on, or an arbitrary of such lists; default none. */
  readonly defects?: readonly string[] | fc.Arbitrary<readonly string[]>;
  /** The seed of every run; default a fresh one each. */
  readonly seed?: string;
}

/** Options with every default filled in. */
export interface SettledOptions {
  readonly model: Model;
  readonly nodes: SettledRange;
  readonly churn: readonly ChurnSource[];
  readonly profiles: readonly ProfileName[];
  readonly kinds: readonly ChangeKind[];
  readonly acts: readonly PlannedAct[];
  readonly changes: SettledRange;
  readonly waves: SettledRange;
  readonly spanUs: SettledRange;
  readonly duration: { readonly minUs: number; readonly maxUs: number };
  readonly network: NetworkFaultOptions & { readonly faults: readonly NetworkFault[] };
  readonly workload: WorkloadOptions;
  readonly config: Record<string, unknown> | fc.Arbitrary<Record<string, unknown>>;
  readonly defects: readonly string[] | fc.Arbitrary<readonly string[]>;
  readonly seed: string | undefined;
}

const WHERE = 'scenarios';

const arbitrary = v.custom<fc.Arbitrary<never>>((value) => isArbitrary(value), 'an arbitrary');
const byName = v.record(v.string(), v.unknown());

const optionsSchema = v.strictObject({
  nodes: v.optional(rangeBetween(2, MOST_NODES)),
  churn: v.optional(v.pipe(subsetOf(CHURN_SOURCES, 'sources of churn'), v.minLength(1, 'one source at least'))),
  profiles: v.optional(v.pipe(subsetOf(PROFILE_NAMES, 'profiles'), v.minLength(1, 'one profile at least'))),
  changeKinds: v.optional(v.pipe(subsetOf(CHANGE_KINDS, 'kinds of change'), v.minLength(1, 'one kind at least'))),
  acts: v.optional(actsSchema),
  changes: v.optional(rangeBetween(0, 10_000)),
  waves: v.optional(rangeBetween(1, 1_000)),
  spanUs: v.optional(rangeBetween(1_000_000, 86_400_000_000)),
  duration: v.optional(v.strictObject({ min: v.optional(v.string()), max: v.optional(v.string()) })),
  faults: v.optional(subsetOf(NETWORK_FAULTS, 'faults')),
  network: v.optional(networkFaultOptionsSchema),
  workload: v.optional(workloadOptionsSchema),
  config: v.optional(v.union([arbitrary, byName], 'an object, or an arbitrary of one')),
  defects: v.optional(v.union([arbitrary, v.array(v.string())], 'a list of defects, or an arbitrary of one')),
  seed: v.optional(v.pipe(v.string(), v.maxLength(1_000))),
});

/**
 * Fills in every default.
 *
 * @throws {InputError} `bad-options`; `unknown-act` and `unknown-defect` for what the model has not; `bad-duration`.
 */
export function settledOptions(model: Model, given: ScenarioOptions): SettledOptions {
  const { network = {}, faults = network.faults ?? NETWORK_FAULTS, ...options } = checked(model, given);
  const acts = (options.acts ?? actsOf(model)).map(plannedAct);
  const rotates = acts.some(({ switched }) => switched !== true);
  const profiles = (options.profiles ?? PROFILE_NAMES).filter((name) => name !== 'live-rotation' || rotates);
  if (profiles.length === 0) {
    throw badOptions(WHERE, 'profiles: received live-rotation alone and no acts, expected another profile, or acts');
  }
  return {
    model,
    nodes: settledRange(options.nodes, { min: 4, max: 20 }),
    churn: options.churn ?? CHURN_SOURCES,
    profiles,
    kinds: changeKinds(options.changeKinds, acts, WHERE),
    acts,
    changes: settledRange(options.changes, USUAL_CHANGES),
    waves: settledRange(options.waves, { min: 5, max: 8 }),
    spanUs: settledRange(options.spanUs, { min: 30_000_000, max: 120_000_000 }),
    duration: durationOf(options.duration),
    network: { ...network, faults },
    workload: options.workload ?? {},
    config: options.config ?? {},
    defects: options.defects ?? [],
    seed: options.seed,
  };
}

function checked(model: Model, given: ScenarioOptions): ScenarioOptions {
  parseOptions(optionsSchema, given, WHERE);
  for (const act of given.acts ?? []) {
    const { act: name } = plannedAct(act);
    if (!model.acts.includes(name)) throw unknownName('act', name, model.acts, `${WHERE}: options: acts`);
  }
  const known = model.defects.map(({ id }) => id);
  for (const defect of isArbitrary(given.defects) ? [] : (given.defects ?? [])) {
    if (!known.includes(defect)) throw unknownName('defect', defect, known, `${WHERE}: options: defects`);
  }
  return given;
}

/** True for an arbitrary of any copy of fast-check: that of a suite need not be the one of quicksoak. */
export function isArbitrary<Drawn, Plain>(value: fc.Arbitrary<Drawn> | Plain): value is fc.Arbitrary<Drawn> {
  if (typeof value !== 'object' || value === null) return false;
  const { generate, shrink } = value as Partial<fc.Arbitrary<unknown>>;
  return typeof generate === 'function' && typeof shrink === 'function';
}

function actsOf({ acts, switchedActs = [] }: Model): PlannedAct[] {
  return acts.map((act) => ({ act, switched: switchedActs.includes(act) }));
}

function durationOf({ min, max }: NonNullable<ScenarioOptions['duration']> = {}): SettledOptions['duration'] {
  const minUs = min === undefined ? 0 : parseDuration(min, `${WHERE}: options: duration.min`);
  const maxUs = max === undefined ? Infinity : parseDuration(max, `${WHERE}: options: duration.max`);
  if (minUs <= maxUs) return { minUs, maxUs };
  throw badOptions(WHERE, `duration: received min ${min} and max ${max}, expected max at or above min`);
}
