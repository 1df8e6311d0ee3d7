// What a token or a repro file says is to be run, and what is expected of it.
// Invariant: a text is a token by its form alone; a file is never read for a text that has that form.
import { existsSync } from 'node:fs';
import { InputError } from '../sim/errors.ts';
import { shown } from '../sim/input.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import { parseRepro } from '../properties/repro/file.ts';
import { decodeToken, looksLikeToken } from '../properties/repro/token.ts';
import { expectationOf } from '../properties/repro/verify.ts';
import type { Expectation } from '../properties/repro/verify.ts';
import { readJsonFile } from './input-file.ts';
import type { ScenarioFlags } from './options.ts';
import { asRepro } from './result.ts';
import { refusePeersOf, scenarioFrom } from './scenario-choice.ts';
import type { ChosenScenario } from './scenario-choice.ts';

/** A repro to run, and where it came from, for messages. */
export interface ChosenRepro {
  readonly expected: Expectation;
  /** The file's path, or `token`. */
  readonly where: string;
}

/**
 * The repro that `argument` is: a token, a repro file, or what `--out` wrote.
 *
 * @throws {InputError} For any mistake, with its place.
 */
export function reproFrom(argument: string): ChosenRepro {
  const text = argument.trim();
  if (looksLikeToken(text)) return { expected: decodeToken(text), where: 'token' };
  if (!/[\\/]|\.json$/i.test(argument) && !existsSync(argument)) {
    const message = `received ${shown(argument)}, expected a token (qs1-...) or a repro file`;
    throw new InputError('bad-token', message, { received: argument });
  }
  const repro = parseRepro(asRepro(readJsonFile(argument), argument), argument);
  const { plan, nodes } = repro.scenario;
  if (repro.edited && plan !== undefined) refusePeersOf(plan, nodes, `${argument}: plan`);
  return { expected: expectationOf(repro), where: argument };
}

/**
 * The scenario that was asked for, where a token may stand in place of a name or a file; see `scenarioFrom`.
 *
 * @throws {InputError} `contradiction` when flags would change the scenario of a token; else as `scenarioFrom`.
 */
export function scenarioOrTokenFrom(
  argument: string | undefined,
  flags: ScenarioFlags,
  catalogue?: Catalogue,
): ChosenScenario {
  if (argument === undefined || !looksLikeToken(argument.trim())) return scenarioFrom(argument, flags, catalogue);
  refuseFlagsWithToken(flags);
  return { scenario: decodeToken(argument.trim()).scenario, where: 'token' };
}

/** @throws {InputError} `contradiction` when flags would change the scenario of a token. */
export function refuseFlagsWithToken(flags: ScenarioFlags): void {
  const given = SCENARIO_FLAGS.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const message = `--${given}: received it with a token, expected one of the two, as a token holds the whole scenario`;
  throw new InputError('contradiction', message, { flag: given });
}

const SCENARIO_FLAGS = [
  'seed',
  'nodes',
  'for',
  'profile',
  'set',
  'trace',
  'plan',
  'defect',
  'config',
  'property',
  'costs',
] as const satisfies readonly (keyof ScenarioFlags)[];
