// A package under an alias as it is installed, and what its own dependencies are from where it lies.
// Invariant: what a package is given is of the very copies that it imports itself, so that classes and checks agree.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'import-meta-resolve';

/** One installed package. */
export interface InstalledPackage {
  /** Its own name, whatever the alias. */
  readonly name: string;
  readonly version: string;
  /** URL of its entry. */
  readonly url: string;
}

/** Looks for an alias where quicksoak lies, and then where the process was started; undefined when it is at neither. */
export function findInstalled(alias: string): InstalledPackage | undefined {
  for (const from of [import.meta.url, pathToFileURL(`${process.cwd()}/`).href]) {
    const url = resolvedFrom(alias, from);
    if (url !== undefined) return { ...manifestAbove(url), url };
  }
  return undefined;
}

/** Imports a module as the package would. */
export async function importAs<Exports>({ url }: InstalledPackage, specifier: string): Promise<Exports> {
  // oxlint-disable-next-line import/no-dynamic-require -- what is hosted is the caller's choice
  return (await import(resolve(specifier, url))) as Exports;
}

/** Imports the package itself. */
export async function importPackage<Exports>({ url }: InstalledPackage): Promise<Exports> {
  // oxlint-disable-next-line import/no-dynamic-require -- what is hosted is the caller's choice
  return (await import(url)) as Exports;
}

function resolvedFrom(specifier: string, from: string): string | undefined {
  try {
    return resolve(specifier, from);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The nearest manifest that names a package: folders within one may have manifests that only say how to load. */
function manifestAbove(url: string): { name: string; version: string } {
  for (let folder = new URL('.', url); ; folder = new URL('..', folder)) {
    try {
      const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Record<string, unknown>;
      if (typeof manifest['name'] === 'string' && typeof manifest['version'] === 'string') {
        return { name: manifest['name'], version: manifest['version'] };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || folder.pathname === '/') throw error;
    }
  }
}
