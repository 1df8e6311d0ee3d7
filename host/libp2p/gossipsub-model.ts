// Releases of gossipsub as models: any scenario, any churn, all properties.
// Invariant: the package is unmodified; a model imports it when it is loaded, and not before.
import { defineHostedStack } from '../model/define-hosted.ts';
import type { HostedModel } from '../model/define-hosted.ts';
import { GOSSIPSUB_DEFAULTS, LONGEST_TIMER_US, longestRetentionUs, retentionOf } from './gossipsub-config.ts';
import type { GossipsubConfig } from './gossipsub-config.ts';
import { GossipsubLife } from './gossipsub-life.ts';
import { GossipsubWorld } from './gossipsub-world.ts';
import { loadLibrary } from './library.ts';
import { installedRelease, releaseOf } from './release.ts';

/** The mark that libp2p's peer ids have, in every version. */
const PEER_ID = Symbol.for('@libp2p/peer-id');

/**
 * A release of gossipsub as a model, named as `gossipsub@17.1.1`.
 *
 * @throws {InputError} `bad-version`, `no-dialect`, `package-not-installed`, `wrong-version`.
 */
export function gossipsubModel(version: string): HostedModel<GossipsubConfig> {
  const release = releaseOf(version);
  installedRelease(release);
  return defineHostedStack({
    name: `gossipsub@${version}`,
    summary: `${release.packageName} ${version}, unmodified, over connections of the simulation`,
    source: `https://www.npmjs.com/package/${release.packageName}/v/${version}`,
    config: GOSSIPSUB_DEFAULTS,
    acts: ['flap-streams'],
    longestTimerUs: LONGEST_TIMER_US,
    longestRetentionUs,
    retains: retentionOf,
    recognise: (value) => (PEER_ID in value ? String(value as { toString(): string }) : undefined),
    load: () => loadLibrary(release),
    population: (run, library) => {
      const world = new GossipsubWorld(run, library);
      return (peer) => new GossipsubLife(world, peer);
    },
  });
}
