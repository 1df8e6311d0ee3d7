// A package that is hosted by name and version, where it is installed.
// Invariant: what runs is the version that was asked for, or nothing.
import { InputError } from '../../sim/errors.ts';
import { findInstalled } from '../libp2p/installed-package.ts';
import type { InstalledPackage } from '../libp2p/installed-package.ts';

/**
 * Finds a package.
 *
 * @throws {InputError} `package-not-installed`, `wrong-version`; both say what to install.
 */
export function installedTarget(name: string, version: string): InstalledPackage {
  const found = findInstalled(name);
  const install = `npm install --save-dev ${name}@${version}`;
  if (found === undefined) {
    throw new InputError('package-not-installed', `${name}@${version} is not installed, expected \`${install}\``);
  }
  if (found.version !== version) {
    const message = `${name}@${version}: version ${found.version} is installed, expected \`${install}\``;
    throw new InputError('wrong-version', message);
  }
  return found;
}
