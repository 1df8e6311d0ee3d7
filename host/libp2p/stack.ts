// What stands in for libp2p under a hosted protocol: its connections to other nodes, and the components it is given.
// Invariant: a node has met a peer exactly while it has a connection to it; topologies hear of the first and the last.
import { opaque } from '../../sim/census/opaque.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Channel, ChannelEnd } from '../channels/channel.ts';
import type { Acceptance, ChannelTable } from '../channels/channel-table.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner, Remote } from './connection.ts';
import { ipOf } from './identity.ts';
import type { Libp2pIdentity, Library } from './library.ts';
import { silentComponentLogger } from './logger.ts';
import { PeerStore } from './peer-store.ts';
import { Registrar } from './registrar.ts';
import type { StreamKind } from './stream-kind.ts';

const SERVICE = 'libp2p';
/** How long libp2p waits for a dial, in milliseconds. */
const DIAL_MS = 10_000;
/** Wire size of a greeting: about what noise, yamux and identify take. */
const GREETING_BYTES = 500;

/** What each side of a connection tells the other, as libp2p's identify does. */
interface Greeting {
  readonly peerId: string;
  readonly address: string;
  readonly protocols: readonly string[];
}

/** What the stacks of one run share. */
export interface StackWorld {
  readonly library: Library;
  readonly streams: StreamKind;
  /** The peer behind a name, when it has ever run. */
  peerNamed(name: string): PeerId | undefined;
}

/** The components that gossipsub is given. */
export interface Components {
  readonly peerId: unknown;
  readonly privateKey: unknown;
  readonly logger: unknown;
  readonly registrar: Registrar;
  readonly peerStore: PeerStore;
  readonly connectionManager: object;
}

/** See the file's head. */
export class Stack implements ConnectionOwner {
  readonly registrar = new Registrar();
  readonly streams: StreamKind;
  readonly components: Components;
  private readonly world: StackWorld;
  private readonly channels: ChannelTable;
  private readonly greetingOf: () => Greeting;
  private readonly byPeer = new Map<PeerId, Connection[]>();
  private readonly peers = new Map<Connection, PeerId>();
  private readonly dials = new Map<PeerId, Promise<Connection>>();
  private isOpen = true;

  /** @param self - The peer whose stack it is. */
  constructor(world: StackWorld, channels: ChannelTable, identity: Libp2pIdentity, self: PeerId) {
    this.world = world;
    this.streams = world.streams;
    this.channels = channels;
    const peerId = identity.peerId.toString();
    const address = `/ip4/${ipOf(self)}/tcp/4001`;
    this.greetingOf = () => ({ peerId, address, protocols: this.registrar.getProtocols() });
    this.components = {
      ...identity,
      logger: silentComponentLogger,
      registrar: this.registrar,
      peerStore: new PeerStore(),
      connectionManager: this.connectionManager(),
    };
  }

  get [opaque](): boolean {
    return true;
  }

  /** Peers that it is connected to, in the order in which they were met. */
  get connected(): PeerId[] {
    return [...this.byPeer.keys()];
  }

  /** Peers that it is connected to or dials. */
  isMeeting(peer: PeerId): boolean {
    return this.byPeer.has(peer) || this.dials.has(peer);
  }

  /** Connections to a peer that are open. */
  connectionsTo(peer: PeerId): readonly Connection[] {
    return this.byPeer.get(peer) ?? [];
  }

  /** A connection to a peer: one that is open, or a new one; rejects when the peer cannot be reached. */
  connect(peer: PeerId): Promise<Connection> {
    const [open] = this.connectionsTo(peer);
    if (open !== undefined) return Promise.resolve(open);
    const underWay = this.dials.get(peer);
    if (underWay !== undefined) return underWay;
    const dial = this.dial(peer).finally(() => this.dials.delete(peer));
    this.dials.set(peer, dial);
    return dial;
  }

  /** A peer dials. */
  accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined {
    if (!this.isOpen || service !== SERVICE) return undefined;
    const connection = new Connection(this, channel, this.remoteOf(greeting as Greeting));
    return {
      user: connection,
      greeting: this.greetingOf(),
      bytes: GREETING_BYTES,
      begin: () => this.met(channel.peer, connection),
    };
  }

  /** Ends every connection in order, and takes no more. */
  async close(): Promise<void> {
    this.isOpen = false;
    await Promise.allSettled([...this.peers.keys()].map((connection) => connection.close()));
  }

  /** For a connection. */
  connectionOver(connection: Connection): void {
    const peer = this.peers.get(connection);
    if (peer === undefined) return;
    this.peers.delete(connection);
    const left = this.connectionsTo(peer).filter((other) => other !== connection);
    if (left.length > 0) {
      this.byPeer.set(peer, left);
      return;
    }
    this.byPeer.delete(peer);
    this.registrar.disconnected(connection.remotePeer, connection.remoteProtocols);
  }

  private dial(peer: PeerId): Promise<Connection> {
    return new Promise<Connection>((resolve, reject) => {
      const patience = setTimeout(() => {
        channel.close('reset');
        reject(new Error(`the dial to ${String(peer)} timed out`));
      }, DIAL_MS);
      const channel = this.channels.dial(
        peer,
        SERVICE,
        {
          onOpen: (greeting) => {
            clearTimeout(patience);
            const connection = new Connection(this, channel, this.remoteOf(greeting as Greeting));
            channel.user = connection;
            this.met(peer, connection);
            resolve(connection);
          },
          onMessage: () => undefined,
          onEnd: (end: ChannelEnd) => {
            clearTimeout(patience);
            reject(new Error(`the dial to ${String(peer)} failed: ${end}`));
          },
        },
        this.greetingOf(),
        GREETING_BYTES,
      );
    });
  }

  private met(peer: PeerId, connection: Connection): void {
    this.byPeer.set(peer, [...this.connectionsTo(peer), connection]);
    this.peers.set(connection, peer);
    this.registrar.connected(connection.remotePeer, connection.remoteProtocols, connection);
  }

  private remoteOf({ peerId, address, protocols }: Greeting): Remote {
    const { library } = this.world;
    return { peerId: library.peerIdOf(peerId), address: library.multiaddr(`${address}/p2p/${peerId}`), protocols };
  }

  private connectionManager(): object {
    const named = (peerId: { toString(): string }): PeerId | undefined => this.world.peerNamed(peerId.toString());
    return {
      get [opaque](): boolean {
        return true;
      },
      openConnection: (peerId: { toString(): string }): Promise<Connection> => {
        const peer = named(peerId);
        if (peer !== undefined) return this.connect(peer);
        return Promise.reject(new Error(`no address is known for ${peerId.toString()}`));
      },
      getConnections: (peerId?: { toString(): string }): Connection[] => {
        if (peerId === undefined) return [...this.peers.keys()];
        const peer = named(peerId);
        return peer === undefined ? [] : [...this.connectionsTo(peer)];
      },
    };
  }
}
