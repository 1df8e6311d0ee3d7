// What a person sets up: a base scenario and what is different from it, and the scenario that this comes to.
// Invariant: a set-up is plain text in every field, so that it can stand in an address; what does not fit is found when it is run.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import { decodeToken } from '../../properties/repro/token.ts';
import { explicitScenario } from '../../properties/soak/explicit.ts';
import { parseScenario, resolveScenario, scenarioNamed } from '../../properties/soak/scenario.ts';
import type { ScenarioInput } from '../../properties/soak/scenario.ts';

/** What is to be run. An undefined field stays as the base has it. */
export interface Setup {
  /** Name of a scenario, a token, or a scenario itself as JSON. */
  readonly base: string;
  readonly model?: string;
  readonly seed?: string;
  readonly nodes?: string;
  /** Virtual time, such as `30m`. */
  readonly for?: string;
  /** Name of a churn profile. */
  readonly profile?: string;
  /** Empty switches all off. */
  readonly defects?: readonly string[];
}

/** Fields of a set-up that are texts. */
export const TEXT_FIELDS = ['model', 'seed', 'nodes', 'for', 'profile'] as const;

/** What kind of base a text is meant as. */
export function kindOf(base: string): 'name' | 'token' | 'json' {
  if (base.startsWith('{')) return 'json';
  return /^qs\d+-/.test(base) ? 'token' : 'name';
}

/**
 * The scenario that a set-up's base is.
 *
 * @throws {InputError} For one that is none.
 */
export function baseOf(base: string): ScenarioInput {
  switch (kindOf(base)) {
    case 'token':
      return decodeToken(base, 'token').scenario;
    case 'json':
      return parseScenario(parsedJson(base), 'scenario of the address');
    case 'name':
      return scenarioNamed(base);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const message = `scenario of the address: received ${shown(text)}, expected JSON`;
    throw new InputError('bad-address', message, { received: text });
  }
}

/**
 * The scenario of a set-up, to be validated where it is run. On another model than the base's the same churn happens at the
 * same times, so that the two can be compared; settings, defects and acts belong to a model, and are left out.
 *
 * @throws {InputError} For a base that is neither a scenario nor a token, for a number that is none, and for a base that
 * cannot be resolved when it is to be run on another model.
 */
export function scenarioOf(setup: Setup): ScenarioInput {
  const { model, defects, ...others } = setup;
  const own = changed(others);
  const chosen = defects === undefined ? {} : { defects: [...defects] };
  if (model === undefined || model === own.model) return { ...own, ...chosen };
  const where = `scenario ${own.name ?? ''}`;
  const { plan, ...explicit } = explicitScenario(resolveScenario(parseScenario(own, where), where));
  const actions = plan.actions.filter(({ kind }) => kind !== 'act');
  return { ...explicit, plan: { ...plan, actions }, model, config: {}, costs: {}, defects: [], ...chosen };
}

/** The base with its changed fields, on its own model. */
function changed({ base, seed, nodes, profile, for: time }: Omit<Setup, 'model' | 'defects'>): ScenarioInput {
  const { plan, ...scenario } = baseOf(base);
  return {
    ...scenario,
    // A profile takes the place of a plan.
    ...(plan === undefined || profile !== undefined ? {} : { plan }),
    ...(seed === undefined ? {} : { seed }),
    ...(nodes === undefined ? {} : { nodes: numberOf(nodes) }),
    ...(time === undefined ? {} : { for: time }),
    ...(profile === undefined ? {} : { profile: { name: profile } }),
  };
}

function numberOf(text: string): number {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw new InputError('bad-number', `nodes: received ${shown(text)}, expected a whole number, such as 20`);
}
