// The catalogue: the models and properties that a scenario may name; those of quicksoak, and a user's own beside them.
// Invariant: names are unique; what is looked up by name is looked up here and nowhere else.
import { InputError } from '../sim/errors.ts';
import type { Model } from '../models/model.ts';
import { MODELS } from '../models/registry.ts';
import { PROPERTIES } from './judges/index.ts';
import type { Property } from './property.ts';

/** What a scenario may name. */
export interface Catalogue {
  readonly models: readonly Model[];
  /** In the order of the verdict table. */
  readonly properties: readonly Property[];
}

/** True for what has the form of a {@link Model}; what a model does is not looked at. */
export function looksLikeModel(value: unknown): value is Model {
  if (typeof value !== 'object' || value === null) return false;
  const { name, configSchema, build, retention } = value as Partial<Record<keyof Model, unknown>>;
  const named = typeof name === 'string' && typeof configSchema === 'object' && configSchema !== null;
  return named && typeof build === 'function' && typeof retention === 'function';
}

/** What comes with quicksoak. */
export const BUILT_IN: Catalogue = { models: MODELS, properties: PROPERTIES };

/** Models and properties of one's own; either may be left out. */
export type OwnParts = Partial<Catalogue>;

/**
 * What comes with quicksoak, and some of one's own after it. A part that is in the catalogue already is not added again.
 *
 * @param where - The place the parts are from; opens an error's message.
 * @throws {InputError} `duplicate-name` for a model or property whose name is taken by another.
 */
export function catalogueWith({ models = [], properties = [] }: OwnParts, where = 'catalogue'): Catalogue {
  return {
    models: joined('model', BUILT_IN.models, models, where),
    properties: joined('property', BUILT_IN.properties, properties, where),
  };
}

function joined<Part extends { readonly name: string }>(
  what: string,
  known: readonly Part[],
  own: readonly Part[],
  where: string,
): readonly Part[] {
  const parts = [...known];
  for (const part of own) {
    const taken = parts.find(({ name }) => name === part.name);
    if (taken === part) continue;
    if (taken !== undefined) {
      const message = `${where}: received a ${what} of the name ${JSON.stringify(part.name)}, expected one that no other ${what} has`;
      throw new InputError('duplicate-name', message, { what, name: part.name });
    }
    parts.push(part);
  }
  return parts;
}
