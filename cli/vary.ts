// The cells of a sweep, from what was typed after --vary.
// Invariant: every combination of values is a cell, the first flag varying slowest; a name means one parameter or is
// refused, and every cell's scenario is validated before anything runs.
import { churnProfile } from '../sim/churn/profiles.ts';
import { parseDuration } from '../sim/duration.ts';
import { InputError } from '../sim/errors.ts';
import { nearest, parseInput, shown } from '../sim/input.ts';
import { modelNamed } from '../models/registry.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import { parseScenario, resolveScenario } from '../properties/soak/scenario.ts';
import type { Scenario } from '../properties/soak/scenario.ts';
import type { SweepCell } from '../properties/sweep/plan.ts';
import { settableParameters, stem, withConfig, withParameters } from './assignments.ts';
import { keyAndValue } from './options.ts';

const FLAG = '--vary';
/** Most cells of a sweep. */
const MOST_CELLS = 10_000;

/** A parameter of a scenario. */
interface Parameter {
  /** Its full name, such as `config.hyparview.shuffleIntervalUs`. */
  readonly name: string;
  /** The scenario with it set to what `text` says. */
  set(scenario: Scenario, text: string, catalogue: Catalogue): Scenario;
  /** What it is in a scenario, for a plot. */
  value(scenario: Scenario): unknown;
}

/** What was typed after one flag. */
interface Variation {
  readonly key: string;
  readonly texts: readonly string[];
}

/**
 * Every combination of what the texts vary; one cell of the scenario itself when there is none.
 *
 * @param texts - Each `key=value,value,...`, in the order given.
 * @param where - Where the scenario came from; opens an error's message.
 * @throws {InputError} For a key that is unknown or fits several parameters, for a value that does not fit, for the same
 * key or value twice, and for a combination that is no scenario, such as a time too short for its churn.
 */
export function cellsOf(
  scenario: Scenario,
  where: string,
  texts: readonly string[],
  catalogue: Catalogue,
): SweepCell[] {
  const variations = texts.map(variationOf);
  const cellCount = variations.reduce((count, variation) => count * variation.texts.length, 1);
  if (cellCount > MOST_CELLS) {
    const message = `${FLAG}: received ${cellCount} combinations of values, expected at most ${MOST_CELLS}`;
    throw new InputError('too-many-cells', message, { cellCount });
  }
  let combinations: (readonly string[])[] = [[]];
  for (const variation of variations) {
    combinations = combinations.flatMap((before) => variation.texts.map((text) => [...before, text]));
  }
  return combinations.map((values) => cellOf(scenario, where, variations, values, catalogue));
}

function variationOf(text: string): Variation {
  const [key, list] = keyAndValue(FLAG, text);
  const texts = splitList(list);
  const twice = texts.find((one, place) => texts.indexOf(one) !== place);
  if (texts.every((one) => one !== '') && twice === undefined) return { key, texts };
  const received = twice === undefined ? shown(list) : `${shown(twice)} twice`;
  throw new InputError(
    'bad-values',
    `${FLAG}: ${key}: received ${received}, expected different values, with commas between`,
    {
      key,
      list,
    },
  );
}

/** Splits at commas that stand in no brackets, braces or quotes. */
export function splitList(text: string): string[] {
  const items = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (!quoted && '[{'.includes(character)) depth++;
    if (!quoted && ']}'.includes(character)) depth--;
    if (character === ',' && depth === 0 && !quoted) items.push('');
    else items[items.length - 1] += character;
  }
  return items.map((item) => item.trim());
}

function cellOf(
  base: Scenario,
  where: string,
  variations: readonly Variation[],
  texts: readonly string[],
  catalogue: Catalogue,
): SweepCell {
  // Which parameters there are depends on the model and the profile, so those are set first.
  const order = [...variations.keys()].toSorted((a, b) => rank(variations[a]!.key) - rank(variations[b]!.key));
  let scenario = base;
  const chosen: Parameter[] = [];
  for (const place of order) {
    const { key } = variations[place]!;
    const parameter = parameterNamed(key, scenario, catalogue);
    if (chosen.some((other) => other?.name === parameter.name)) {
      const message = `${FLAG}: received ${parameter.name} twice, expected each parameter once`;
      throw new InputError('duplicate-name', message, { name: parameter.name });
    }
    const set = parameter.set(scenario, texts[place]!, catalogue);
    scenario = parseScenario(set, `${FLAG} ${key}=${texts[place]}`);
    chosen[place] = parameter;
  }
  const label = variations.map(({ key }, place) => `${key}=${texts[place]}`).join(', ');
  // Refused here, a combination costs no run.
  resolveScenario(scenario, label === '' ? where : `${FLAG} ${label}`, catalogue);
  const values = Object.fromEntries(chosen.map((parameter) => [parameter.name, parameter.value(scenario)]));
  return { label, values, scenario };
}

function rank(key: string): number {
  return key === 'model' ? 0 : key === 'profile' ? 1 : 2;
}

/** A full name wins over one without its unit, and that over the end of a name. */
function parameterNamed(key: string, scenario: Scenario, catalogue: Catalogue): Parameter {
  const parameters = parametersOf(scenario, catalogue);
  const tries: ((name: string) => boolean)[] = [
    (name) => name === key,
    (name) => name === `config.${key}`,
    (name) => stem(name) === key || stem(name) === `config.${key}`,
    (name) => name.endsWith(`.${key}`) || stem(name).endsWith(`.${key}`),
  ];
  for (const fits of tries) {
    const found = parameters.filter(({ name }) => fits(name));
    if (found.length === 1) return found[0]!;
    if (found.length === 0) continue;
    const names = found.map(({ name }) => name).join(', ');
    const message = `${FLAG}: received ${shown(key)}, which is the end of several names, expected one of them: ${names}`;
    throw new InputError('ambiguous-parameter', message, { key });
  }
  // What a configuration may have and has not by default, its schema judges.
  if (key.startsWith('config.')) return configParameter(key.slice('config.'.length));
  throw unknownParameter(
    key,
    parameters.map(({ name }) => name),
  );
}

/** The nearest is told as one may type it: its last part without the unit. */
function unknownParameter(key: string, names: readonly string[]): InputError {
  const near =
    nearest(key, names) ??
    nearest(
      stem(lastPart(key)),
      names.map((name) => stem(lastPart(name))),
    );
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`;
  const message = `${FLAG}: unknown parameter ${shown(key)}${hint === '' ? '.' : hint} Known: ${names.join(', ')}`;
  return new InputError('unknown-parameter', message, { key, ...(near === undefined ? {} : { suggestion: near }) });
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/** Every parameter that a scenario has. */
function parametersOf(scenario: Scenario, catalogue: Catalogue): Parameter[] {
  const { configSchema } = modelNamed(scenario.model, FLAG, catalogue.models);
  const config = parseInput(configSchema, scenario.config, `${FLAG}: config`, 'bad-scenario');
  const profile = churnProfile(scenario.profile.name, FLAG);
  return [
    ...FIELDS,
    ...leavesOf(scenario.network).map((path) => partParameter('network', path)),
    ...leavesOf(scenario.workload).map((path) => partParameter('workload', path)),
    ...(scenario.plan === undefined ? settableParameters(profile).map(profileParameter) : []),
    ...leavesOf(config).map(configParameter),
  ];
}

const FIELDS: readonly Parameter[] = [
  { name: 'model', set: (scenario, model) => ({ ...scenario, model }), value: ({ model }) => model },
  { name: 'nodes', set: (scenario, text) => withField(scenario, 'nodes', text), value: ({ nodes }) => nodes },
  {
    name: 'forUs',
    set: (scenario, text) => ({ ...scenario, for: text }),
    value: (scenario) => parseDuration(scenario.for ?? '', FLAG),
  },
  {
    name: 'contacts',
    set: (scenario, text) => withField(scenario, 'contacts', text),
    value: ({ contacts }) => contacts,
  },
  {
    name: 'startIntervalUs',
    set: (scenario, text) => withField(scenario, 'startIntervalUs', text),
    value: ({ startIntervalUs }) => startIntervalUs,
  },
  {
    name: 'defects',
    set: (scenario, text) => ({ ...scenario, defects: text === 'none' ? [] : text.split('+') }),
    value: ({ defects }) => (defects.length === 0 ? 'none' : defects.join('+')),
  },
  {
    name: 'profile',
    set: (scenario, name) => {
      if (scenario.plan !== undefined) {
        const message = `${FLAG}: received profile for a scenario with a plan, expected one of the two, as a plan takes the place of a profile`;
        throw new InputError('contradiction', message, {});
      }
      const params = name === scenario.profile.name ? scenario.profile.params : {};
      return { ...scenario, profile: { name: churnProfile(name, FLAG).name, params } };
    },
    value: ({ profile }) => profile.name,
  },
];

function profileParameter(name: string): Parameter {
  return {
    name: `profile.${name}`,
    set: (scenario, text) => {
      const { profile } = scenario;
      // Commas part the values of the flag, so the items of one are parted by plus signs.
      const value = name === 'faults' ? text.replaceAll('+', ',') : text;
      const params = withParameters(profile.params, churnProfile(profile.name, FLAG), [`${name}=${value}`], FLAG);
      return { ...scenario, profile: { ...profile, params } };
    },
    value: ({ profile }) => plotted(profile.params[name]),
  };
}

function partParameter(part: 'network' | 'workload', path: string): Parameter {
  return {
    name: `${part}.${path}`,
    set: (scenario, text) => withField(scenario, `${part}.${path}`, text),
    value: (scenario) => plotted(at(scenario[part], path)),
  };
}

function configParameter(path: string): Parameter {
  return {
    name: `config.${path}`,
    set: (scenario, text) => ({ ...scenario, config: withConfig(scenario.config, [`${path}=${text}`], FLAG) }),
    value: ({ config }) => plotted(at(config, path)),
  };
}

/** The scenario with the field at a dotted path set, read as a value of a configuration is. */
function withField(scenario: Scenario, path: string, text: string): Scenario {
  return withConfig({ ...scenario }, [`${path}=${text}`], FLAG) as Scenario;
}

/** Dotted paths of everything in an object that is no object itself. */
function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, held]) => leavesOf(held, path === '' ? key : `${path}.${key}`));
}

function at(value: unknown, path: string): unknown {
  let held = value;
  for (const name of path.split('.')) {
    held = typeof held === 'object' && held !== null ? (held as Record<string, unknown>)[name] : undefined;
  }
  return held;
}

/** A number, a text, true or false as it is; what else there is as a text. */
function plotted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null);
}
