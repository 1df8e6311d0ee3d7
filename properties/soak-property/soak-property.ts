// The soak of a model as a property of fast-check: scenarios are drawn, run and judged; a finding shrinks and is told.
// Invariant: while a finding shrinks it stays the same finding; a mistake of the caller is thrown at once and never shrunk.
import fc from 'fast-check';
import * as v from 'valibot';
import { formatDuration } from '../../sim/duration.ts';
import { InputError, QuicksoakError } from '../../sim/errors.ts';
import { integerBetween, shown } from '../../sim/input.ts';
import { contentId } from '../../sim/random/hash.ts';
import type { Model } from '../../models/model.ts';
import { modelNamed, MODELS } from '../../models/registry.ts';
import { badOptions, parseOptions } from '../arbitraries/ranges.ts';
import type { ScenarioOptions } from '../arbitraries/scenario-options.ts';
import { scenarios } from '../arbitraries/scenarios.ts';
import { catalogueWith, looksLikeModel } from '../catalogue.ts';
import type { Catalogue } from '../catalogue.ts';
import { causesOf, causeText } from '../causes.ts';
import { propertyNamed } from '../judges/index.ts';
import type { Property } from '../property.ts';
import { shrinkable } from '../shrink/shrinkable.ts';
import type { ExplicitScenario } from '../soak/explicit.ts';
import { judgeSoak } from '../soak/judge.ts';
import type { SoakResult } from '../soak/judge.ts';
import { resolveScenario } from '../soak/scenario.ts';
import { brokenIn, SoakFailure } from './failure.ts';
import type { FailureContext } from './failure.ts';
import { Traced } from './traced.ts';

/** What a soak property is judged by, beside what narrows its scenarios. */
export interface SoakPropertyOptions extends ScenarioOptions {
  /** Properties of one's own, beside those of quicksoak. */
  readonly properties?: readonly Property[];
  /** Names of the properties to judge by, own ones included; default all. Not together with `except`. */
  readonly only?: readonly string[];
  /** Names of properties not to judge by; default none. */
  readonly except?: readonly string[];
  /** Run what is drawn twice, for the property `deterministic`; default true. What it is shrunk to is run once. */
  readonly twice?: boolean;
  /** Most events of one run, between 1,000 and 1,000,000,000,000 (included); default 20,000,000. */
  readonly maxEvents?: number;
  /** Module to name behind `--use` in the last line of a failure; default a placeholder. Not needed for built-in parts. */
  readonly use?: string;
  /** Called with every failure, the smallest one last, such as to write its `fileText` to a file. */
  readonly onFailure?: (failure: SoakFailure) => void;
}

const ownSchema = v.strictObject({
  properties: v.optional(
    v.array(
      v.custom<Property>(
        (value) => typeof (value as Property | null)?.judge === 'function',
        'a property, with a judge',
      ),
    ),
  ),
  only: v.optional(v.pipe(v.array(v.string()), v.minLength(1, 'one property at least'))),
  except: v.optional(v.array(v.string())),
  twice: v.optional(v.boolean(), true),
  maxEvents: v.optional(integerBetween(1_000, 1e12), 20_000_000),
  use: v.optional(v.string()),
  onFailure: v.optional(v.function()),
});

const WHERE = 'soakProperty';

/**
 * What the verdict on a draw is not held against by default: a scenario that nobody wrote may ask for a fault that the
 * model gives no occasion for.
 */
const NOT_OF_A_DRAW = 'faults-fired';

/** What is known of a draw while it is shrunk. */
interface Finding {
  /** Causes of the first failure, as texts; undefined until there is one. */
  causes: ReadonlySet<string> | undefined;
  /** The last failure, and of which scenario. */
  latest: { readonly scenario: ExplicitScenario; readonly failure: SoakFailure } | undefined;
}

/** What a property judges and tells by. */
interface Judging extends FailureContext {
  readonly catalogue: Catalogue;
  readonly twice: boolean;
  readonly maxEvents: number;
}

/**
 * A property for `fc.assert`: scenarios of the model, drawn by {@link scenarios}, break none of the properties.
 *
 * A failure is a {@link SoakFailure}; it shrinks as long as one of the causes that the drawn scenario showed is left. The
 * `seed` and `path` that fast-check prints replay it. Mistakes, such as a property or a model that throws, are thrown out of
 * `fc.assert` at once as {@link InputError}, with the scenario in `details.scenario`.
 *
 * `faults-fired` does not fail a drawn scenario unless `only` names it.
 *
 * @param model - A model, or the name of one of quicksoak's.
 * @throws {InputError} `bad-model`, `bad-options`, `unknown-model`, `unknown-property`, `duplicate-name` at once; while it runs, what
 * `scenarios`, a model or a property throws, and `budget-exhausted` when a run that broke nothing reached `maxEvents`.
 */
export function soakProperty(
  model: Model | string,
  options: SoakPropertyOptions = {},
): fc.IPropertyWithHooks<[ExplicitScenario]> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badOptions(WHERE, `received ${shown(options)}, expected an object`);
  }
  const { properties = [], only, except, twice, maxEvents, use, onFailure, ...narrowing } = options;
  parseOptions(ownSchema, givenOnly({ properties, only, except, twice, maxEvents, use, onFailure }), WHERE);
  const settled = { twice: twice ?? true, maxEvents: maxEvents ?? 20_000_000 };
  const system = typeof model === 'string' ? modelNamed(model, WHERE) : checkedModel(model);
  const catalogue = catalogueWith({ models: [system], properties }, WHERE);
  const judged = judgedNames(catalogue, only, except);
  const own = !MODELS.includes(system) || properties.length > 0;
  const judging: Judging = {
    catalogue,
    use: own ? (use ?? '<your module>') : undefined,
    counts: (name) => name !== NOT_OF_A_DRAW || only !== undefined,
    twice: settled.twice && (judged === undefined || judged.includes('deterministic')),
    maxEvents: settled.maxEvents,
  };
  const drawn = scenarios(system, narrowing).map((scenario) =>
    judged === undefined ? scenario : { ...scenario, properties: [...judged] },
  );
  const traced = new Traced<ExplicitScenario, Finding>(
    // Without hints: what a run tells is not there when a path is replayed, which would then lead elsewhere.
    shrinkable(drawn, catalogue),
    () => ({ causes: undefined, latest: undefined }),
    labelOf,
  );
  const property = fc.property(traced, (scenario) => {
    const finding = traced.of(scenario);
    const failure = failureOf(scenario, finding, judging);
    if (failure === undefined) return;
    finding.latest = { scenario, failure };
    onFailure?.(failure);
    throw failure;
  });
  return throwingMistakes(property);
}

/**
 * A scenario in a line, and what broke in it: fast-check would print all of its JSON, and some test runners print
 * nothing but the message of fast-check. The id tells scenarios apart that read alike.
 */
function labelOf(scenario: ExplicitScenario, { latest }: Finding): string {
  const { model, nodes, plan, for: lasts } = scenario;
  const id = contentId(JSON.stringify(scenario));
  const line = `scenario ${id}: ${model}, ${nodes} nodes, ${plan.actions.length} actions, ${lasts}`;
  return latest?.scenario === scenario ? `${line}\n${latest.failure.message}\n` : line;
}

/** The failure of a scenario; undefined when none of the draw's causes is left. */
function failureOf(scenario: ExplicitScenario, finding: Finding, judging: Judging): SoakFailure | undefined {
  const result = judgedOnce(scenario, finding, judging);
  const causes = causesOf(brokenIn(result, judging)).map(causeText);
  if (causes.length === 0) {
    if (result.record.cutShort === undefined) return undefined;
    // A run that was too long to shrink to is none of the finding's.
    if (finding.causes !== undefined) return undefined;
    throw budgetExhausted(result, judging);
  }
  finding.causes ??= new Set(causes);
  return causes.some((cause) => finding.causes?.has(cause)) ? new SoakFailure(result, judging) : undefined;
}

function judgedOnce(scenario: ExplicitScenario, { causes }: Finding, judging: Judging): SoakResult {
  const { catalogue, maxEvents } = judging;
  const twice =
    judging.twice && (causes === undefined || [...causes].some((cause) => cause.startsWith('deterministic')));
  try {
    return judgeSoak(resolveScenario(scenario, 'drawn scenario', catalogue), { twice, maxEvents });
  } catch (error) {
    throw error instanceof QuicksoakError ? inScenario(error, scenario) : error;
  }
}

/** The same mistake, with the scenario that showed it. */
function inScenario(error: QuicksoakError, scenario: ExplicitScenario): InputError {
  const message = `${error.message}, in a drawn scenario of ${scenario.nodes} nodes with seed ${JSON.stringify(scenario.seed)}`;
  const details = { ...error.details };
  // Not shown by a test runner, which would print a plan of hundreds of lines.
  Object.defineProperty(details, 'scenario', { value: scenario, enumerable: false });
  return new InputError(error.code, message, details, error.cause);
}

function budgetExhausted({ soak, record }: SoakResult, { maxEvents }: Judging): InputError {
  const received = `received ${maxEvents}, which a run of ${soak.nodes} nodes reached at ${formatDuration(record.endUs)} of ${formatDuration(soak.endUs)}`;
  const expected = 'expected more, or scenarios of fewer nodes or a shorter duration';
  const message = `${WHERE}: options: maxEvents: ${received}, ${expected}`;
  return inScenario(new InputError('budget-exhausted', message, { maxEvents }), soak.scenario as ExplicitScenario);
}

/** The model, when it has the form of one: in JavaScript anything may stand in its place. */
function checkedModel(model: Model): Model {
  if (looksLikeModel(model)) return model;
  const expected = 'expected a model, such as defineModel makes, or the name of one';
  throw new InputError('bad-model', `${WHERE}: model: received ${shown(model)}, ${expected}`, {});
}

/** Names to judge by; undefined for all. */
function judgedNames(
  { properties }: Catalogue,
  only: readonly string[] | undefined,
  except: readonly string[] | undefined,
): readonly string[] | undefined {
  if (only !== undefined && except !== undefined) {
    throw badOptions(WHERE, 'received only and except, expected one of them');
  }
  for (const name of only ?? []) propertyNamed(name, `${WHERE}: options: only`, properties);
  for (const name of except ?? []) propertyNamed(name, `${WHERE}: options: except`, properties);
  if (only !== undefined) return only;
  if (except === undefined || except.length === 0) return undefined;
  const left = properties.map(({ name }) => name).filter((name) => !except.includes(name));
  if (left.length > 0) return left;
  throw badOptions(WHERE, 'except: received every property there is, expected one to be left');
}

function givenOnly(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The property, out of which all but findings is thrown: fast-check would shrink it, and print the smallest scenario. */
function throwingMistakes<Ts>(property: fc.IPropertyWithHooks<Ts>): fc.IPropertyWithHooks<Ts> {
  const run = property.run.bind(property);
  property.run = (value) => {
    const failure = run(value);
    if (failure === null || !('error' in failure) || failure.error instanceof SoakFailure) return failure;
    throw failure.error;
  };
  return property;
}
