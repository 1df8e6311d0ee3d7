// Models and properties of one's own: loads the modules of --use, and takes what they export into the catalogue.
// Invariant: an export is taken by its form; a module that exports neither a model nor a property is refused.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../sim/errors.ts';
import type { Model } from '../models/model.ts';
import { BUILT_IN, catalogueWith } from '../properties/catalogue.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import type { Property } from '../properties/property.ts';
import { shellWord } from './format/outcome.ts';

/**
 * What scenarios may name once the modules are loaded, one after the other.
 *
 * @param paths - Of modules, from the working directory; default none.
 * @throws {InputError} `bad-module` for a path that is not there, that cannot be imported, or that exports nothing of
 * use; `duplicate-name` for a model or property whose name is taken.
 */
export async function catalogueOf(paths: readonly string[] = []): Promise<Catalogue> {
  let catalogue = BUILT_IN;
  for (const path of paths) {
    const exported = Object.values(await importedFrom(path));
    const models = [...own(catalogue.models, BUILT_IN.models), ...exported.filter(isModel)];
    const properties = [...own(catalogue.properties, BUILT_IN.properties), ...exported.filter(isProperty)];
    if (!exported.some((value) => isModel(value) || isProperty(value))) {
      const message = `--use: received ${path}, which exports ${exported.length === 0 ? 'nothing' : 'neither a model nor a property'}, expected a module that exports one`;
      throw new InputError('bad-module', message, { path });
    }
    catalogue = catalogueWith({ models: unique(models), properties: unique(properties) }, `--use: ${path}`);
  }
  return catalogue;
}

/** The paths as others may be told them, such as another thread: absolute. */
export function absolutePaths(paths: readonly string[] = []): string[] {
  return paths.map((path) => resolve(path));
}

/** The flags that name the modules once more, for a line to paste; empty for none. */
export function useText(paths: readonly string[] = []): string {
  return paths.map((path) => ` --use ${shellWord(path)}`).join('');
}

async function importedFrom(path: string): Promise<Record<string, unknown>> {
  const place = resolve(path);
  if (!existsSync(place)) {
    throw new InputError('bad-module', `--use: received ${path}, expected a JavaScript module, which is not there`, {
      path,
    });
  }
  try {
    // oxlint-disable-next-line import/no-dynamic-require -- which module it is, the user says
    return (await import(pathToFileURL(place).href)) as Record<string, unknown>;
  } catch (error) {
    const message = `--use: received ${path}, expected a JavaScript module that can be imported: ${String(error)}`;
    throw new InputError('bad-module', message, { path });
  }
}

function own<Part>(parts: readonly Part[], builtIn: readonly Part[]): Part[] {
  return parts.filter((part) => !builtIn.includes(part));
}

/** The default export is often one of the named ones as well. */
function unique<Part>(parts: readonly Part[]): Part[] {
  return [...new Set(parts)];
}

function isModel(value: unknown): value is Model {
  return has(value, { name: 'string', configSchema: 'object', build: 'function', retention: 'function' });
}

function isProperty(value: unknown): value is Property {
  return has(value, { name: 'string', judge: 'function' });
}

function has(value: unknown, fields: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const held = value as Record<string, unknown>;
  return Object.entries(fields).every(([name, type]) => typeof held[name] === type);
}
