// The part of a model that follows from what it declares; whoever declares nonsense is told so where it is declared.
// Invariant: what passes here has a name, a configuration with defaults, defects of distinct ids and times of 0 or more.
import * as v from 'valibot';
import { RetentionRules } from '../../sim/census/retention.ts';
import type { Retention } from '../../sim/census/retention.ts';
import { costTable } from '../../sim/cost/table.ts';
import type { CostTable } from '../../sim/cost/table.ts';
import { InputError } from '../../sim/errors.ts';
import { describeIssue, shown, unknownName } from '../../sim/input.ts';
import type { Defect } from '../defect.ts';
import type { Model } from '../model.ts';
import { isSchema, schemaOfDefaults } from './config-schema.ts';
import type { ConfigOf, Declaration, DefectList, Tagged, TimeUs } from './contract.ts';

const NAME = /^[A-Za-z\d][\w.@-]*$/;
const KEBAB = /^[a-z\d]+(-[a-z\d]+)*$/;

/** The model but for its world. */
export type Declared<Config> = Omit<Model<Config>, 'build'>;

/** Any declaration. */
type AnyDeclaration<Shape extends object> = Declaration<
  Tagged,
  Shape,
  DefectList,
  string,
  Readonly<Record<string, number>>
>;

/**
 * Checks a declaration and fills in what it leaves out.
 *
 * @param functions - Names of the fields that must be functions.
 * @param others - Names of the further fields that this kind of model may have.
 * @throws {InputError} `bad-model` in one sentence; `bad-retention`, `bad-path-class` or `bad-costs` for what it retains
 * or charges.
 */
export function declared<Shape extends object>(
  declaration: AnyDeclaration<Shape>,
  functions: readonly string[],
  others: readonly string[],
): Declared<ConfigOf<Shape>> {
  type Config = ConfigOf<Shape>;
  const { name, acts = [], summary, source = 'none was named' } = declaration;
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw refused(
      'a model',
      'name',
      name,
      'letters, digits, ".", "_", "@" and "-", without spaces, such as "heartbeat"',
    );
  }
  const where = `model ${JSON.stringify(name)}`;
  if (typeof summary !== 'string' || summary.trim() === '') throw refused(where, 'summary', summary, 'one sentence');
  refuseUnknown(declaration, [...FIELDS, ...functions, ...others], where);
  for (const field of functions) {
    const given = (declaration as unknown as Record<string, unknown>)[field];
    if (typeof given !== 'function') throw refused(where, field, given, 'a function');
  }
  if (!['links', 'datagrams', undefined].includes(declaration.transport)) {
    throw refused(where, 'transport', declaration.transport, '"links" or "datagrams"');
  }
  for (const act of distinct(acts, where, 'acts')) {
    if (!KEBAB.test(act)) throw refused(where, 'acts', act, 'names in kebab-case, such as "dial-again"');
  }
  const { switchedActs = [] } = declaration;
  for (const act of distinct(switchedActs, where, 'switchedActs')) {
    if (!acts.includes(act))
      throw refused(where, 'switchedActs', act, `some of its acts: ${acts.join(', ') || 'none'}`);
  }
  const costs = costsOf(declaration.costs, where);
  const timer = timeOf(declaration.longestTimerUs, where, 'longestTimerUs');
  const linger = timeOf(declaration.lingerUs ?? 0, where, 'lingerUs');
  const retention = (config: Config): readonly Retention[] => declaration.retains?.(config) ?? [];
  const retained = timeOf(
    declaration.longestRetentionUs ?? ((config: Config) => longestOf(retention(config))),
    where,
    'longestRetentionUs',
  );
  const configSchema = schemaFor<Config>(declaration.config, where);
  const defaults = defaultsOf(configSchema, where);
  // What is wrong with the defaults is told here; what is wrong with another configuration, when it is used.
  new RetentionRules(retention(defaults));
  for (const time of [timer, linger, retained]) time(defaults);
  return {
    name,
    summary,
    source,
    configSchema,
    defects: defectsOf(declaration.defects ?? [], name, where),
    acts,
    switchedActs,
    longestTimerUs: timer,
    longestRetentionUs: retained,
    lingerUs: linger,
    retention,
    ...(costs === undefined ? {} : { costs }),
    ...(declaration.contradiction === undefined
      ? {}
      : { contradiction: (config, network) => declaration.contradiction!(config, network) }),
  };
}

/** What every declaration may have. */
const FIELDS = [
  'name',
  'summary',
  'source',
  'config',
  'defects',
  'acts',
  'switchedActs',
  'costs',
  'types',
  'neighbours',
  'longestTimerUs',
  'longestRetentionUs',
  'lingerUs',
  'retains',
  'contradiction',
  'transport',
  'bytes',
  'broadcasts',
];

/** A field that is mistyped would be left out in silence, and its default would hold. */
function refuseUnknown(declaration: object, known: readonly string[], where: string): void {
  const field = Object.keys(declaration).find((name) => !known.includes(name));
  if (field === undefined) return;
  throw new InputError('bad-model', unknownName('field', field, known, where).message, { field });
}

function refused(where: string, field: string, received: unknown, expected: string): InputError {
  const message = `${where}: ${field}: received ${shown(received)}, expected ${expected}`;
  return new InputError('bad-model', message, { field });
}

function distinct(names: readonly string[], where: string, field: string): readonly string[] {
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined) throw refused(where, field, twice, 'each once, and this comes twice');
  return names;
}

function defectsOf(list: DefectList, model: string, where: string): readonly Defect[] {
  const defects = Array.isArray(list)
    ? (list as readonly Defect[])
    : Object.entries(list as Exclude<DefectList, readonly Defect[]>).map(([id, text]): Defect => {
        if (typeof text === 'object') refuseUnknown(text, ['summary', 'source', 'layer'], `${where}: defects: ${id}`);
        const {
          summary,
          source = `the model ${model}`,
          layer = model,
        } = typeof text === 'string' ? { summary: text } : text;
        return { id, summary, source, layer };
      });
  const ids = distinct(
    defects.map(({ id }) => id),
    where,
    'defects',
  );
  for (const id of ids) {
    if (typeof id !== 'string' || !KEBAB.test(id)) {
      throw refused(where, 'defects', id, 'ids in kebab-case, such as "suspicions-kept"');
    }
  }
  for (const { id, summary } of defects) {
    if (typeof summary !== 'string' || summary.trim() === '') {
      throw refused(where, `defects: ${id}`, summary, 'one sentence that says what goes wrong');
    }
  }
  return defects;
}

function costsOf(costs: Readonly<Record<string, number>> | undefined, where: string): CostTable | undefined {
  if (costs === undefined) return undefined;
  try {
    return costTable(costs);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.code, `${where}: ${error.message}`, error.details, error);
  }
}

/** A time that follows from the configuration, checked whenever it is asked for. */
function timeOf<Config>(time: TimeUs<Config>, where: string, field: string): (config: Config) => number {
  const expected = 'an integer of microseconds, 0 or more';
  if (typeof time !== 'function' && typeof time !== 'number') throw refused(where, field, time, expected);
  return (config) => {
    const us = typeof time === 'function' ? time(config) : time;
    if (!Number.isSafeInteger(us) || us < 0) throw refused(where, field, us, expected);
    return us;
  };
}

function longestOf(retained: readonly Retention[]): number {
  return Math.max(0, ...retained.map((one) => ('forUs' in one ? one.forUs : 0)));
}

function schemaFor<Config>(config: object | undefined, where: string): v.GenericSchema<unknown, Config> {
  if (config === undefined) return v.strictObject({}) as unknown as v.GenericSchema<unknown, Config>;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw refused(where, 'config', config, 'an object of defaults or a valibot schema');
  }
  const schema = isSchema(config) ? config : schemaOfDefaults(config, `${where}: config`);
  return schema as v.GenericSchema<unknown, Config>;
}

function defaultsOf<Config>(schema: v.GenericSchema<unknown, Config>, where: string): Config {
  const result = v.safeParse(schema, {});
  if (result.success) return result.output;
  const issue = describeIssue(result.issues, `${where}: config`);
  throw new InputError('bad-model', `${issue}; every field of a configuration needs a default`, { field: 'config' });
}
