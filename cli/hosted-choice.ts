// What `quicksoak host` is asked to run: a target by name, a model of the user's, or a token of either.
// Invariant: nothing of a target is imported to choose it; a package that is missing is told before anything runs.
import { InputError } from '../sim/errors.ts';
import { shown, unknownName } from '../sim/input.ts';
import { isHosted } from '../host/model/define-hosted.ts';
import { missingOf, targetNamed, TARGETS } from '../host/targets.ts';
import type { HostedTarget } from '../host/targets.ts';
import type { Model } from '../models/model.ts';
import { BUILT_IN } from '../properties/catalogue.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import { decodeToken, looksLikeToken } from '../properties/repro/token.ts';
import type { TokenContent } from '../properties/repro/token.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import { readJsonFile } from './input-file.ts';
import type { ScenarioFlags } from './options.ts';
import { catalogueOf } from './own-parts.ts';
import { refuseFlagsWithToken } from './repro-choice.ts';
import { scenarioFrom } from './scenario-choice.ts';

/** What is to be hosted. */
export interface HostedChoice {
  readonly scenario: Scenario;
  readonly where: string;
  readonly model: Model;
  readonly catalogue: Catalogue;
  /** What is expected of it, when it was named by a token. */
  readonly expected: TokenContent | undefined;
}

/**
 * What scenarios may name in a thread that hosts: the modules of `use`, and the target of that name.
 *
 * @param use - Paths of modules.
 * @throws {InputError} As `catalogueOf`.
 */
export async function hostedCatalogue(use: readonly string[] | undefined, name: string): Promise<Catalogue> {
  const catalogue = await catalogueOf(use);
  const target = targetNamed(name);
  if (target === undefined || catalogue.models.some((model) => model.name === name)) return catalogue;
  return { ...catalogue, models: [...catalogue.models, await target.model()] };
}

/**
 * The target, model or token that `argument` is, with the flags laid over its scenario.
 *
 * @throws {InputError} `unknown-target` with the known names and the nearest, `not-installed` with what to install,
 * `not-hosted` for a model that needs no host; else as `scenarioFrom`.
 */
export async function hostedChoice(argument: string, flags: ScenarioFlags): Promise<HostedChoice> {
  const isToken = looksLikeToken(argument.trim());
  const expected = isToken ? decodeToken(argument.trim()) : undefined;
  if (isToken) refuseFlagsWithToken(flags);
  const isFile = !isToken && /\.json$/i.test(argument);
  const name = expected?.scenario.model ?? (isFile ? modelOfFile(argument) : argument);
  const target = targetNamed(name);
  if (target !== undefined) refuseMissing(target);
  const catalogue = await hostedCatalogue(flags.use, name);
  const model = catalogue.models.find((one) => one.name === name);
  if (model === undefined) throw unknownTarget(name, catalogue);
  if (!isHosted(model)) {
    const message = `received ${shown(name)}, expected a hosted target; a model is run by quicksoak soak`;
    throw new InputError('not-hosted', message, { name });
  }
  if (expected !== undefined) return { scenario: expected.scenario, where: 'token', model, catalogue, expected };
  const base = isFile ? undefined : { ...target?.scenario, name, model: name };
  const chosen = scenarioFrom(argument, flags, catalogue, base);
  return { ...chosen, model, catalogue, expected };
}

/** The model that a scenario file, a repro file, or what `--out` wrote, names. */
function modelOfFile(path: string): string {
  const value = readJsonFile(path) as { model?: unknown; scenario?: { model?: unknown } } | null;
  const name = value?.model ?? value?.scenario?.model;
  if (typeof name === 'string') return name;
  const message = `${path}: model: received ${shown(name)}, expected the name of a hosted target`;
  throw new InputError('bad-scenario', message, { path });
}

function refuseMissing(target: HostedTarget): void {
  const missing = missingOf(target);
  if (missing.length === 0) return;
  const message = `${target.name} needs ${missing.join(' and ')}, expected it to be installed: ${target.install}`;
  throw new InputError('not-installed', message, { target: target.name, missing });
}

/**
 * Refuses a hosted scenario in a command that looks at several runs at once, of which a thread can host one.
 *
 * @throws {InputError} `hosted`.
 */
export function refuseHosted({ model }: Scenario, { models }: Catalogue, command: string): void {
  const found = models.find((one) => one.name === model);
  if (found === undefined || !isHosted(found)) return;
  const message = `${command}: received ${shown(model)}, which is hosted, expected another model; quicksoak host runs it, twice, each in a thread of its own`;
  throw new InputError('hosted', message, { model });
}

function unknownTarget(name: string, { models }: Catalogue): InputError {
  const own = models.filter((model) => !BUILT_IN.models.includes(model) && isHosted(model)).map((model) => model.name);
  const known = [...new Set([...TARGETS.map((target) => target.name), ...own])];
  return unknownName('target', name, known);
}
