// What the nodes of one run of a hosted gossipsub share: the library, the links, and who is called what.
// Invariant: it belongs to the run alone; no node learns from it what no message told it, but who runs.
import type { LinkNetwork } from '../../sim/network/links.ts';
import type { PeerId } from '../../sim/peer.ts';
import { channelLinks } from '../channels/channel-table.ts';
import type { HostedRun } from '../model/hosted-life.ts';
import type { GossipsubConfig } from './gossipsub-config.ts';
import { ipOf } from './identity.ts';
import type { Library, Libp2pPeerId } from './library.ts';
import type { StackWorld } from './stack.ts';
import { streamKindOf } from './stream-kind.ts';
import type { StreamKind } from './stream-kind.ts';

/** See the file's head. */
export class GossipsubWorld implements StackWorld {
  readonly run: HostedRun<GossipsubConfig>;
  readonly library: Library;
  readonly streams: StreamKind;
  readonly links: LinkNetwork;
  private readonly names = new Map<string, PeerId>();

  constructor(run: HostedRun<GossipsubConfig>, library: Library) {
    this.run = run;
    this.library = library;
    this.streams = streamKindOf(library);
    this.links = channelLinks(run.network);
    run.links = this.links;
  }

  /** A peer has its key. */
  identified(peer: PeerId, peerId: Libp2pPeerId): void {
    const { identities } = this.run;
    const name = peerId.toString();
    this.names.set(name, peer);
    identities.add(peer, name);
    identities.add(peer, keyBytesOf(peerId));
    identities.add(peer, ipOf(peer));
  }

  peerNamed(name: string): PeerId | undefined {
    return this.names.get(name);
  }
}

/** A peer id as bytes, which is what messages carry. */
function keyBytesOf(peerId: Libp2pPeerId): Uint8Array {
  return peerId.toMultihash?.().bytes ?? peerId.toBytes!();
}
