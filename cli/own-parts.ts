// Models and properties of one's own: loads the modules of --use, and takes what they export into the catalogue.
// Invariant: an export is taken by its form; a module that exports neither a model nor a property, or that never gets to
// the end of its loading, is refused.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '../sim/errors.ts';
import type { Model } from '../models/model.ts';
import { BUILT_IN, catalogueWith, looksLikeModel } from '../properties/catalogue.ts';
import type { Catalogue } from '../properties/catalogue.ts';
import type { Property } from '../properties/property.ts';
import { SCENARIOS } from '../properties/soak/scenario.ts';
import { EXIT } from './exit-codes.ts';
import { shellWord } from './format/outcome.ts';
import { complain } from './terminal.ts';

/** Time for a module to load, in milliseconds. */
const LOAD_MS = 10_000;

/**
 * What scenarios may name once the modules are loaded, one after the other.
 *
 * @param paths - Of modules, from the working directory; default none.
 * @param loadMs - A module that has not loaded after so long is taken never to, in milliseconds; default ten seconds.
 * @throws {InputError} `bad-module` for a path that is not there, that cannot be imported, or that exports nothing of
 * use; `unsettled-module` for one that has not loaded in time, or never will; `duplicate-name` for a model or property whose
 * name is taken, be it by a scenario, as the name of a model stands for a scenario of it; and what a declaration throws.
 */
export async function catalogueOf(paths: readonly string[] = [], loadMs = LOAD_MS): Promise<Catalogue> {
  let catalogue = BUILT_IN;
  for (const path of paths) {
    const exported = Object.values(await importedFrom(path, loadMs));
    const models = [...own(catalogue.models, BUILT_IN.models), ...exported.filter(looksLikeModel)];
    const properties = [...own(catalogue.properties, BUILT_IN.properties), ...exported.filter(isProperty)];
    if (!exported.some((value) => looksLikeModel(value) || isProperty(value))) {
      const message = `--use: received ${path}, which exports ${exported.length === 0 ? 'nothing' : 'neither a model nor a property'}, expected a module that exports one`;
      throw new InputError('bad-module', message, { path });
    }
    catalogue = catalogueWith({ models: unique(models), properties: unique(properties) }, `--use: ${path}`);
    refuseNamesOfScenarios(own(catalogue.models, BUILT_IN.models), path);
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

async function importedFrom(path: string, loadMs: number): Promise<Record<string, unknown>> {
  const place = resolve(path);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new InputError('bad-module', `--use: received ${path}, expected a JavaScript module, which is not there`, {
      path,
    });
  }
  if (found.isDirectory()) {
    const message = `--use: received ${path === '' ? 'an empty path' : path}, which is a directory, expected a JavaScript module`;
    throw new InputError('bad-module', message, { path });
  }
  const tellEnd = (): void => {
    complain(`--use: received ${path}, which ends the process while it loads, expected a module that can be imported`);
    process.exitCode = EXIT.usage;
  };
  process.once('exit', tellEnd);
  let timer: NodeJS.Timeout | undefined;
  let tellIdle = (): void => {};
  const never = new Promise<never>((_resolve, reject) => {
    // Where nothing is left to happen, nothing can settle what the module awaits.
    tellIdle = () => reject(unsettled(path, 'and never will, as nothing is left to happen'));
    timer = setTimeout(() => reject(unsettled(path, `after ${loadMs / 1000} s`)), loadMs).unref();
  });
  process.once('beforeExit', tellIdle);
  try {
    return await Promise.race([exportsOf(place, path), never]);
  } finally {
    clearTimeout(timer);
    process.off('exit', tellEnd);
    process.off('beforeExit', tellIdle);
  }
}

async function exportsOf(place: string, path: string): Promise<Record<string, unknown>> {
  try {
    // oxlint-disable-next-line import/no-dynamic-require -- which module it is, the user says
    return (await import(pathToFileURL(place).href)) as Record<string, unknown>;
  } catch (error) {
    if (isMistake(error)) throw new InputError(error.code, `--use: ${path}: ${error.message}`, { path }, error);
    const message = `--use: received ${path}, expected a JavaScript module that can be imported: ${String(error)}`;
    throw new InputError('bad-module', message, { path });
  }
}

/** True for a mistake that a declaration told by itself; the module may have another copy of quicksoak than this one. */
function isMistake(error: unknown): error is InputError {
  return error instanceof Error && error.name === InputError.name && 'code' in error && typeof error.code === 'string';
}

function unsettled(path: string, when: string): InputError {
  const message = `--use: received ${path}, which has not loaded ${when}, expected a module that does not await at its top level what never comes`;
  return new InputError('unsettled-module', message, { path });
}

/** The name of a model that is one's own stands for a scenario of it, which no other scenario may have. */
function refuseNamesOfScenarios(models: readonly Model[], path: string): void {
  const taken = models.find((model) => SCENARIOS.some(({ name }) => name === model.name));
  if (taken === undefined) return;
  const message = `--use: ${path}: received a model of the name ${JSON.stringify(taken.name)}, expected one that no scenario has, as the name of a model stands for a scenario of it`;
  throw new InputError('duplicate-name', message, { what: 'model', name: taken.name });
}

function own<Part>(parts: readonly Part[], builtIn: readonly Part[]): Part[] {
  return parts.filter((part) => !builtIn.includes(part));
}

/** The default export is often one of the named ones as well. */
function unique<Part>(parts: readonly Part[]): Part[] {
  return [...new Set(parts)];
}

function isProperty(value: unknown): value is Property {
  return has(value, { name: 'string', judge: 'function' });
}

function has(value: unknown, fields: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const held = value as Record<string, unknown>;
  return Object.entries(fields).every(([name, type]) => typeof held[name] === type);
}
