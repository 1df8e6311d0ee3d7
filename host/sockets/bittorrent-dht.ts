// `bittorrent-dht`, the DHT of WebTorrent (BEP 5), as a hosted target: it looks up torrents and announces itself.
// Invariant: the package is what its authors published; what a node asks of it, its configuration and its draws say.
import { createHash } from 'node:crypto';
import { importPackage } from '../libp2p/installed-package.ts';
import type { HostedModel } from '../model/define-hosted.ts';
import { addressOf, nameOf } from './addresses.ts';
import { defineHostedSockets } from './define-hosted-sockets.ts';
import { installedTarget } from './installed-target.ts';

/** What the target uses of the package. */
interface Dht {
  readonly nodeId: Uint8Array;
  on(event: 'error', listener: (error: Error) => void): void;
  listen(port: number, onListening: () => void): void;
  destroy(done: () => void): void;
  lookup(infoHash: Uint8Array, done: (error: Error | null) => void): void;
  announce(infoHash: Uint8Array, port: number, done: (error: Error | null) => void): void;
}

/** Configuration; see {@link bittorrentDht}. */
export interface DhtConfig {
  /** Milliseconds between two questions of one node, on average. */
  readonly everyMs: number;
  /** How many torrents there are. */
  readonly torrents: number;
  /** After how many milliseconds an announced peer is forgotten; 0, the package's default, never, but for a cap. */
  readonly maxAgeMs: number;
}

/** The release that the tests speak of. */
export const DHT_VERSION = '11.0.12';

const PORT = 6881;

/**
 * The DHT as a model: each node joins by the scenario's contacts, then looks up a torrent at random, or announces that
 * it has it.
 *
 * @throws {InputError} See {@link installedTarget}.
 */
export function bittorrentDht(version = DHT_VERSION): HostedModel<DhtConfig> {
  const installed = installedTarget('bittorrent-dht', version);
  return defineHostedSockets({
    name: `bittorrent-dht@${version}`,
    summary: 'nodes of the BitTorrent DHT that look up torrents and announce themselves, over UDP',
    source: 'https://www.npmjs.com/package/bittorrent-dht',
    config: { everyMs: 5000, torrents: 10, maxAgeMs: 0 },
    // Buckets that nobody changed for 15 minutes are checked, at most 90 seconds later.
    longestTimerUs: 300_000_000,
    load: () => importPackage<{ default: new (options: object) => Dht }>(installed),
    boot: (node, { default: DHT }) => {
      const { everyMs, torrents, maxAgeMs } = node.config;
      const dht = new DHT({
        bootstrap: node.contacts().map((contact) => `${contact}.test:${PORT}`),
        maxAge: maxAgeMs,
      });
      node.isCalled(dht.nodeId, Buffer.from(dht.nodeId).toString('hex'));
      dht.on('error', (error) => {
        throw error;
      });
      let timer: NodeJS.Timeout | undefined;
      const ask = (): void => {
        const infoHash = infoHashOf(Math.floor(Math.random() * torrents));
        if (Math.random() < 0.5) dht.lookup(infoHash, () => undefined);
        else dht.announce(infoHash, PORT, () => undefined);
      };
      dht.listen(PORT, () => {
        const again = (): void => {
          timer = setTimeout(again, (0.5 + Math.random()) * everyMs);
          ask();
        };
        timer = setTimeout(again, Math.random() * everyMs);
      });
      return { dht, workload: { stop: () => clearTimeout(timer) } };
    },
    stop: ({ dht, workload }: { dht: Dht; workload: { stop(): void } }) => {
      workload.stop();
      return new Promise<void>((resolve) => {
        dht.destroy(resolve);
      });
    },
    identities: (_name, index) => {
      const compact = compactOf(index);
      return [compact, compact.toString('hex'), nameOf(index)];
    },
  });
}

/** Address and port as the protocol writes them: six bytes. */
function compactOf(index: number): Buffer {
  const compact = Buffer.from([...addressOf(index).split('.').map(Number), 0, 0]);
  compact.writeUInt16BE(PORT, 4);
  return compact;
}

function infoHashOf(torrent: number): Buffer {
  return createHash('sha1').update(`torrent ${torrent}`).digest();
}
