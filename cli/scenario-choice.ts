// From what was typed to one scenario: a named one or a file, with the flags laid over it.
// Invariant: a flag wins over the file; every name is checked where it was typed, before anything runs.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { MAX_AVT_CHARACTERS, parseAvt } from '../sim/churn/avt.ts';
import { parsePlan } from '../sim/churn/plan.ts';
import type { ChurnPlan } from '../sim/churn/plan.ts';
import { churnProfile } from '../sim/churn/profiles.ts';
import { overriddenCosts } from '../sim/cost/table.ts';
import { InputError } from '../sim/errors.ts';
import { shown, unknownName } from '../sim/input.ts';
import type { Model } from '../models/model.ts';
import { modelNamed } from '../models/registry.ts';
import { BUILT_IN } from '../properties/catalogue.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import { propertyNamed } from '../properties/judges/index.ts';
import { looksLikeRepro, parseRepro } from '../properties/repro/file.ts';
import { refuseUnknownPeers } from '../properties/soak/plan-peers.ts';
import { parseScenario, scenarioNamed, SCENARIOS } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import { withConfig, withParameters } from './assignments.ts';
import { readJsonFile, readTextFile } from './input-file.ts';
import type { ScenarioFlags } from './options.ts';
import { looksLikeReport } from './result.ts';

/** A scenario to run, and where it came from, for messages. */
export interface ChosenScenario {
  readonly scenario: Scenario;
  /** The file's path, or `scenario`. */
  readonly where: string;
}

/** What an argument names, before any flag. */
interface Input {
  readonly value: unknown;
  readonly where: string;
  /**
   * True when a person may have written its plan. That of a named scenario may be tried with fewer nodes, and that of what a
   * run wrote may speak of peers of which shrinking has left nothing.
   */
  readonly written: boolean;
}

/**
 * The scenario that was asked for: `argument` names one or a file (a scenario, a repro file, or what `--out` wrote), and
 * the flags are laid over it. Without a seed anywhere, a fresh one is drawn.
 *
 * @param argument - Default: the scenario `swarm`.
 * @param catalogue - What the scenario may name; the name of a model of one's own stands for a scenario of it.
 * @param base - What `argument` stands for, when the caller knows.
 * @throws {InputError} For any mistake, with its place.
 */
export function scenarioFrom(
  argument: string | undefined,
  flags: ScenarioFlags,
  catalogue: Catalogue = BUILT_IN,
  base?: object,
): ChosenScenario {
  refuseContradictions(flags);
  const named = base === undefined ? undefined : { value: base, where: 'scenario', written: false };
  const { value, where, written } = named ?? inputOf(argument ?? 'swarm', catalogue);
  const seeded = typeof value === 'object' && value !== null && 'seed' in value;
  const parsed = parseScenario(value, where);
  const seed = flags.seed ?? (seeded ? parsed.seed : freshSeed());
  const scenario = withFlags(parsed, { ...flags, seed }, where, catalogue);
  if (scenario.plan !== undefined && (flags.plan !== undefined || written)) {
    refusePeersOf(scenario.plan, scenario.nodes, flags.plan ?? `${where}: plan`);
  }
  return { scenario, where };
}

/** A seed nobody has used: eight letters and digits. */
export function freshSeed(): string {
  // Without the letters that are easily misread for another.
  const letters = '23456789abcdefghjkmnpqrstuvwxyz';
  return Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('');
}

/**
 * Refuses a plan that speaks of a peer there can never be; checked before it is sorted, so that a refusal names the place in
 * the file.
 *
 * @throws {InputError} `unknown-peer`, or `bad-plan`.
 */
export function refusePeersOf(plan: unknown, nodes: number, where: string): void {
  parsePlan(plan, where);
  refuseUnknownPeers(plan as ChurnPlan, nodes, where);
}

function inputOf(argument: string, { models }: Catalogue): Input {
  const own = models.filter((model) => !BUILT_IN.models.includes(model)).map(({ name }) => name);
  const named = { where: 'scenario', written: false };
  if (own.includes(argument)) return { value: { name: argument, model: argument }, ...named };
  const known = [...SCENARIOS.map(({ name }) => name), ...own];
  if (known.includes(argument)) return { value: scenarioNamed(argument), ...named };
  const isFile = /[\\/]|\.json$/i.test(argument) || (argument !== '' && existsSync(argument));
  if (!isFile) throw unknownName('scenario', argument, known);
  const value = readJsonFile(argument);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `${argument}: received ${shown(value)}, expected an object, which a scenario is`;
    throw new InputError('bad-scenario', message, { where: argument });
  }
  if (looksLikeReport(value)) return { value: value.scenario, where: argument, written: false };
  if (looksLikeRepro(value)) {
    const { scenario, edited } = parseRepro(value, argument);
    return { value: scenario, where: argument, written: edited };
  }
  return { value: withNamedFiles(value, dirname(argument)), where: argument, written: true };
}

/** A scenario may name its plan and its trace by path, from its own folder. */
function withNamedFiles(input: object, folder: string): object {
  const { plan, profile } = input as { plan?: unknown; profile?: { params?: { trace?: unknown } } | null };
  const pathOf = (name: string): string => (isAbsolute(name) ? name : join(folder, name));
  let result = input;
  if (typeof plan === 'string') result = { ...result, plan: readPlan(pathOf(plan)) };
  const trace = profile?.params?.trace;
  if (typeof trace === 'string') {
    result = { ...result, profile: { ...profile, params: { ...profile?.params, trace: readTrace(pathOf(trace)) } } };
  }
  return result;
}

function withFlags(scenario: Scenario, flags: ScenarioFlags, where: string, catalogue: Catalogue): Scenario {
  const model = modelNamed(scenario.model, where, catalogue.models);
  const { plan, ...others } = scenario;
  const changesChurn = flags.profile !== undefined || flags.trace !== undefined || flags.set !== undefined;
  const givenPlan = flags.plan !== undefined ? readPlan(flags.plan) : changesChurn ? undefined : plan;
  return {
    ...others,
    ...(givenPlan === undefined ? {} : { plan: givenPlan }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.nodes === undefined ? {} : { nodes: flags.nodes }),
    ...(flags.for === undefined ? {} : { for: flags.for }),
    profile: givenPlan === undefined ? profileOf(scenario, flags, where) : scenario.profile,
    defects: defectsOf(scenario, flags.defect, model),
    config: withConfig(scenario.config, flags.config ?? []),
    costs: flags.costs === undefined ? scenario.costs : readCosts(flags.costs, model),
    ...(flags.property === undefined ? {} : { properties: propertiesOf(flags.property, catalogue) }),
  };
}

function profileOf(scenario: Scenario, flags: ScenarioFlags, where: string): Scenario['profile'] {
  const before = scenario.profile;
  const name = flags.profile ?? (flags.trace === undefined ? before.name : 'trace');
  const profile = churnProfile(name, flags.profile === undefined ? `${where}: profile` : '--profile');
  const kept = name === before.name ? before.params : {};
  const params = withParameters(kept, profile, flags.set ?? []);
  if (flags.trace !== undefined) params['trace'] = readTrace(flags.trace);
  if (name === 'trace' && params['trace'] === undefined) {
    throw new InputError('no-trace', 'profile trace: received no trace, expected --trace <file.avt>');
  }
  return { name, params };
}

/** Those of the flag take the place of the scenario's own; `none` alone switches all off. */
function defectsOf(scenario: Scenario, ids: readonly string[] | undefined, model: Model): string[] {
  if (ids === undefined) return scenario.defects;
  const known = model.defects.map(({ id }) => id);
  const unknown = ids.find((id) => id !== 'none' && !known.includes(id));
  if (unknown !== undefined) throw unknownName('defect', unknown, ['none', ...known], '--defect');
  const chosen = [...new Set(ids)];
  if (!chosen.includes('none')) return chosen;
  if (chosen.length === 1) return [];
  const message = `--defect: received none together with ${chosen.filter((id) => id !== 'none').join(', ')}, expected none alone, or defects`;
  throw new InputError('contradiction', message, { ids });
}

function propertiesOf(names: readonly string[], { properties }: Catalogue): string[] {
  return [...new Set(names.map((name) => propertyNamed(name, '--property', properties).name))];
}

function refuseContradictions(flags: ScenarioFlags): void {
  const { plan, profile, trace, set } = flags;
  const drawn =
    profile !== undefined ? '--profile' : trace !== undefined ? '--trace' : set !== undefined ? '--set' : undefined;
  if (plan !== undefined && drawn !== undefined) {
    throw new InputError(
      'contradiction',
      `--plan: received it with ${drawn}, expected one of the two, as a plan takes the place of a profile`,
    );
  }
  if (trace !== undefined && profile !== undefined && profile !== 'trace') {
    throw new InputError(
      'contradiction',
      `--trace: received it with --profile ${profile}, expected the profile trace, or none`,
    );
  }
}

function readCosts(path: string, model: Model): Scenario['costs'] {
  const costs = readJsonFile(path);
  if (model.costs === undefined) {
    const message = `--costs: received ${path} for model ${model.name}, expected a model that charges CPU time`;
    throw new InputError('bad-costs', message, { path, model: model.name });
  }
  overriddenCosts(model.costs, costs, path);
  return costs as Scenario['costs'];
}

/** Valid, and in the order of the file. */
function readPlan(path: string): unknown {
  const plan = readJsonFile(path);
  parsePlan(plan, path);
  return plan;
}

function readTrace(path: string): unknown {
  return parseAvt(readTextFile(path, MAX_AVT_CHARACTERS), path);
}
