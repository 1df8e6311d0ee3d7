// Which releases of gossipsub can be hosted, and how one is asked for: `gossipsub@17.1.1`.
// Invariant: a release that cannot be hosted is refused in one sentence that says what can be done about it.
import { InputError } from '../../sim/errors.ts';
import { findInstalled } from './installed-package.ts';
import type { InstalledPackage } from './installed-package.ts';

/**
 * How a release of libp2p hands out streams: `message`, a handler `(stream, connection)` and streams that dispatch what
 * they receive; `duplex`, a handler `({ stream, connection })` and streams with a source and a sink.
 */
export type Dialect = 'message' | 'duplex';

/** Major versions that an adapter is written for, under the name that they were published by. */
const MAJORS: readonly {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly dialect: Dialect;
}[] = [
  { from: 10, to: 14, name: '@chainsafe/libp2p-gossipsub', dialect: 'duplex' },
  { from: 15, to: 17, name: '@libp2p/gossipsub', dialect: 'message' },
];

/** Releases that the findings speak of; they are development dependencies of quicksoak itself. */
export const STUDIED_VERSIONS = ['17.1.1', '15.0.21', '14.1.2', '10.1.0'] as const;

/** One release of gossipsub. */
export interface Release {
  readonly version: string;
  /** The name it was published by. */
  readonly packageName: string;
  /** Under which it is to be installed. */
  readonly alias: string;
  readonly dialect: Dialect;
}

/**
 * Reads a version.
 *
 * @throws {InputError} `bad-version` for anything but `<major>.<minor>.<patch>`, `no-dialect` for a release whose
 * streams no adapter speaks.
 */
export function releaseOf(version: string): Release {
  const major = /^(\d+)\.\d+\.\d+$/.exec(version)?.[1];
  if (major === undefined) {
    throw new InputError(
      'bad-version',
      `gossipsub: received version ${JSON.stringify(version)}, expected one such as 17.1.1`,
    );
  }
  const found = MAJORS.find(({ from, to }) => from <= Number(major) && Number(major) <= to);
  if (found === undefined) {
    const first = MAJORS[0]!.from;
    const last = MAJORS.at(-1)!.to;
    throw new InputError(
      'no-dialect',
      `gossipsub: received version ${version}, whose streams no adapter speaks, expected a major version from ${first} to ${last}`,
    );
  }
  return { version, packageName: found.name, alias: `gossipsub-${major}`, dialect: found.dialect };
}

/** What installs a release under its alias. */
export function installCommand({ version, packageName, alias }: Release): string {
  return `npm install --save-dev ${alias}@npm:${packageName}@${version}`;
}

/**
 * Finds a release where it is installed under its alias.
 *
 * @throws {InputError} `package-not-installed`, `wrong-version`; both say what to install.
 */
export function installedRelease(release: Release): InstalledPackage {
  const { version, packageName, alias } = release;
  const install = installCommand(release);
  const found = findInstalled(alias);
  if (found === undefined) {
    throw new InputError(
      'package-not-installed',
      `gossipsub@${version}: no package ${alias} is installed, expected \`${install}\``,
    );
  }
  if (found.name !== packageName || found.version !== version) {
    throw new InputError(
      'wrong-version',
      `gossipsub@${version}: ${alias} is ${found.name}@${found.version}, expected \`${install}\``,
    );
  }
  return found;
}
