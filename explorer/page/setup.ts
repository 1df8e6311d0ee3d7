// What a person sets up: a base scenario and what is different from it, and the scenario that this comes to.
// Invariant: a set-up is plain text in every field, so that it can stand in an address; what does not fit is found when it is run.
import { InputError } from '../../sim/errors.ts';
import { shown } from '../../sim/input.ts';
import { decodeToken } from '../../properties/repro/token.ts';
import { parseScenario, scenarioNamed } from '../../properties/soak/scenario.ts';
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
 * The scenario of a set-up, to be validated where it is run.
 *
 * @throws {InputError} For a base that is neither a scenario nor a token, and for a number that is none.
 */
export function scenarioOf(setup: Setup): ScenarioInput {
  const { base, model, seed, nodes, profile, defects } = setup;
  const { plan, ...scenario } = baseOf(base);
  const changesChurn = profile !== undefined;
  const changesModel = model !== undefined && model !== scenario.model;
  return {
    ...scenario,
    ...(plan === undefined || changesChurn ? {} : { plan: changesModel ? withoutActs(plan) : plan }),
    ...(seed === undefined ? {} : { seed }),
    ...(nodes === undefined ? {} : { nodes: numberOf(nodes) }),
    ...(setup.for === undefined ? {} : { for: setup.for }),
    ...(changesChurn ? { profile: { name: profile } } : {}),
    // Another model has other settings, other defects and other acts.
    ...(changesModel ? { model, config: {}, defects: [], costs: {} } : {}),
    ...(defects === undefined ? {} : { defects: [...defects] }),
  };
}

/** A plan without what only the model that it was written for can do; anything else is given back, to be refused later. */
function withoutActs(plan: unknown): unknown {
  const { actions } = plan as { actions?: unknown };
  if (!Array.isArray(actions)) return plan;
  const isAct = (action: unknown): boolean => (action as { kind?: unknown } | null)?.kind === 'act';
  return { ...(plan as object), actions: actions.filter((action) => !isAct(action)) };
}

function numberOf(text: string): number {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw new InputError('bad-number', `nodes: received ${shown(text)}, expected a whole number, such as 20`);
}
