// The packages that can be hosted by name: what each needs, how it is installed, and the model that runs it.
// Invariant: nothing is installed or imported by being listed here; a model imports its package when it is loaded.
import type { Model } from '../models/model.ts';
import { findInstalled } from './libp2p/installed-package.ts';
import { GOSSIPSUB_TARGETS, gossipsubTarget } from './libp2p/gossipsub-target.ts';

/** A package, in one version, that `quicksoak host` runs. */
export interface HostedTarget {
  /** As it is typed, such as `gossipsub@17.1.1`; the name of its model as well. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** What must be importable from here, such as `@libp2p/gossipsub`. */
  readonly needs: readonly string[];
  /** The command that installs what it needs. */
  readonly install: string;
  /** What a soak of it is unless told otherwise, as in a scenario file, without name, model and seed. Default nothing. */
  readonly scenario?: Readonly<Record<string, unknown>>;
  /** Its model, which is not loaded yet. */
  model(): Promise<Model>;
}

/** Everything that can be hosted by name, a line each. */
export const TARGETS: readonly HostedTarget[] = [
  ...GOSSIPSUB_TARGETS,
  // whole libp2p, and packages over sockets
  {
    name: 'libp2p@3.3.11',
    summary: 'whole libp2p with TCP, noise, yamux, identify and gossipsub 17.1.1',
    needs: ['libp2p', '@libp2p/tcp', '@libp2p/noise', '@libp2p/yamux', '@libp2p/identify', 'gossipsub-17'],
    install:
      'npm install --save-dev libp2p@3.3.11 @libp2p/tcp @libp2p/noise @libp2p/yamux @libp2p/identify gossipsub-17@npm:@libp2p/gossipsub@17.1.1',
    // Shorter than the packages' own times, hours, so that what they forget is seen to be forgotten.
    scenario: {
      nodes: 8,
      config: { maxPeerAgeMs: 60_000, retainScoreMs: 60_000 },
      profile: { name: 'kill-respawn', params: { waves: 3 } },
      workload: { broadcastsPerSecond: 0.5 },
    },
    model: async () => (await import('./sockets/libp2p.ts')).wholeLibp2p(),
  },
  {
    name: 'bittorrent-dht@11.0.12',
    summary: 'the DHT of WebTorrent, over UDP',
    needs: ['bittorrent-dht'],
    install: 'npm install --save-dev bittorrent-dht@11.0.12',
    scenario: { nodes: 10, config: { everyMs: 30_000 }, profile: { name: 'kill-respawn', params: { waves: 3 } } },
    model: async () => (await import('./sockets/bittorrent-dht.ts')).bittorrentDht(),
  },
];

/**
 * A target by name: one that is listed, or another release of a package of which some are.
 *
 * @throws {InputError} For a release that cannot be hosted, with the reason.
 */
export function targetNamed(name: string): HostedTarget | undefined {
  return TARGETS.find((target) => target.name === name) ?? gossipsubTarget(name);
}

/** What of a target's needs is not installed here. */
export function missingOf({ needs }: HostedTarget): string[] {
  return needs.filter((specifier) => findInstalled(specifier) === undefined);
}
