// Releases of gossipsub as targets of `quicksoak host`: those that the findings speak of, and any other by its version.
// Invariant: nothing of a package is imported by naming it.
import type { HostedTarget } from '../targets.ts';
import { installCommand, releaseOf, STUDIED_VERSIONS } from './release.ts';

const PREFIX = 'gossipsub@';

/** A minute instead of the package's hour, so that calms are minutes: what is kept for longer than it should shows alike. */
const RETAIN_SCORE_MS = 60_000;

/** The releases that stand in the list of targets. */
export const GOSSIPSUB_TARGETS: readonly HostedTarget[] = STUDIED_VERSIONS.map((version) => targetOf(version));

/**
 * The target `gossipsub@<version>`, whether or not that release is listed; undefined for any other name.
 *
 * @throws {InputError} `bad-version`, `no-dialect`.
 */
export function gossipsubTarget(name: string): HostedTarget | undefined {
  return name.startsWith(PREFIX) ? targetOf(name.slice(PREFIX.length)) : undefined;
}

function targetOf(version: string): HostedTarget {
  const release = releaseOf(version);
  return {
    name: `${PREFIX}${version}`,
    summary: `${release.packageName} ${version}, unmodified`,
    needs: [release.alias],
    install: installCommand(release),
    scenario: { config: { retainScoreMs: RETAIN_SCORE_MS }, workload: { broadcastsPerSecond: 1 } },
    model: async () => {
      const { gossipsubModel } = await import('./gossipsub-model.ts');
      return gossipsubModel(version);
    },
  };
}
