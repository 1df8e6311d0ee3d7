// Hosted nodes with a stack and no protocol of a package's, for the tests of the adapter.
// Invariant: all that a test does to a node is done in an event of that node.
import * as v from 'valibot';
import { networkConfigSchema } from '../../sim/network/config.ts';
import type { NetworkConfig } from '../../sim/network/config.ts';
import type { Link } from '../../sim/network/link.ts';
import type { LinkNetwork } from '../../sim/network/links.ts';
import { Network } from '../../sim/network/network.ts';
import { PeerTable } from '../../sim/network/peer-table.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import type { Channel } from '../channels/channel.ts';
import { ChannelTable, channelLinks } from '../channels/channel-table.ts';
import type { Acceptance, ChannelHolder } from '../channels/channel-table.ts';
import { HostedNode } from '../hosted-node.ts';
import { HostedSimulation } from '../hosted-simulation.ts';
import { seedOf } from './identity.ts';
import type { Connection } from './connection.ts';
import type { Library } from './library.ts';
import { loadLibrary } from './library.ts';
import type { MuxedStream } from './muxed-stream.ts';
import { releaseOf } from './release.ts';
import type { StreamHandler } from './registrar.ts';
import { Stack } from './stack.ts';
import type { StackWorld } from './stack.ts';
import { streamKindOf } from './stream-kind.ts';

/** The protocol of the tests. */
export const ECHO = '/test/1.0.0';

/** A stream that a node was handed, and what it read from it, to the end. */
export interface Taken {
  readonly stream: MuxedStream & { readonly status: string };
  readonly read: string[];
}

/** A node that speaks {@link ECHO}, and remembers. */
export class StackNode extends HostedNode implements ChannelHolder {
  readonly links = new PeerTable<Link>();
  unheard: Link | undefined = undefined;
  readonly channels: ChannelTable;
  stack!: Stack;
  readonly taken: Taken[] = [];
  /** Peers that the topology was told of, `+` for connected. */
  readonly told: string[] = [];
  private readonly world: TestWorld;

  constructor(world: TestWorld) {
    super(world.host);
    this.world = world;
    this.channels = new ChannelTable(this, world.links);
  }

  async boot(): Promise<void> {
    const { world, peer } = this;
    const identity = await world.library.identityOf(seedOf(this.simulation, peer));
    this.stack = new Stack(world, this.channels, identity, peer);
    const take = (stream: Taken['stream']): void => {
      const taken: Taken = { stream, read: [] };
      this.taken.push(taken);
      void readAll(stream, taken.read);
    };
    const handler: StreamHandler = (first: unknown) => {
      const duplex = world.library.release.dialect === 'duplex';
      take(duplex ? (first as { stream: Taken['stream'] }).stream : (first as Taken['stream']));
    };
    await this.stack.registrar.handle(ECHO, handler);
    await this.stack.registrar.register(ECHO, {
      onConnect: (peerId) => this.told.push(`+${world.peerNamed(peerId.toString()) ?? 'nobody'}`),
      onDisconnect: (peerId) => this.told.push(`-${world.peerNamed(peerId.toString()) ?? 'nobody'}`),
    });
    world.names.set(identity.peerId.toString(), peer);
  }

  accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined {
    return this.stack.accept(channel, service, greeting);
  }

  override receive(link: number, message: unknown): void {
    this.world.links.arrive(this, link, message);
  }

  onLinkMessage(from: PeerId, message: unknown): void {
    this.channels.arrive(from, message);
  }

  onLinkClosed(peer: PeerId): void {
    this.channels.linkClosed(peer);
  }

  override end(how: NodeEnd): void {
    this.channels.end(how);
    super.end(how);
  }
}

/** Nodes on one network. */
export class TestWorld implements StackWorld {
  readonly host: HostedSimulation;
  readonly library: Library;
  readonly streams;
  readonly network: Network;
  readonly links: LinkNetwork;
  readonly names = new Map<string, PeerId>();

  constructor(host: HostedSimulation, library: Library, config: Partial<NetworkConfig>) {
    this.host = host;
    this.library = library;
    this.streams = streamKindOf(library);
    const latency = { kind: 'fixed', us: 10_000 };
    this.network = new Network(host.simulation, v.parse(networkConfigSchema, { latency, ...config }));
    this.links = channelLinks(this.network);
  }

  peerNamed(name: string): PeerId | undefined {
    return this.names.get(name);
  }

  start(index: number): StackNode {
    const node = new StackNode(this);
    this.host.simulation.attach(node, this.host.simulation.peers.intern(index));
    node.perform('boot', () => node.boot());
    return node;
  }

  /** Runs what is asked of a node, to the end of virtual time `ms`. */
  async run(ms: number, node?: StackNode, action?: () => unknown): Promise<void> {
    if (node !== undefined && action !== undefined) node.perform('test', action);
    await this.host.run(ms * 1000);
  }

  /** Connects two nodes within 100 ms from now. */
  async connect(from: StackNode, to: StackNode): Promise<Connection> {
    let connection: Connection | undefined;
    const endMs = this.host.simulation.nowUs / 1000 + 100;
    await this.run(endMs, from, async () => {
      connection = await from.stack.connect(to.peer);
    });
    return connection!;
  }
}

/** Installs a host with the stack of a release, and closes it whatever happens. */
export async function inWorld<Result>(
  version: string,
  use: (world: TestWorld) => Promise<Result>,
  config: Partial<NetworkConfig> = {},
): Promise<Result> {
  const host = new HostedSimulation({ seed: 'stack' });
  host.install();
  try {
    return await use(new TestWorld(host, await loadLibrary(releaseOf(version)), config));
  } finally {
    host.close();
  }
}

/** Writes text, in the manner of the dialect. */
export function write(stream: unknown, text: string): void {
  const bytes = Buffer.from(text);
  const either = stream as { send?(data: Uint8Array): void; sink(source: Iterable<Uint8Array>): Promise<void> };
  if (either.send === undefined) void either.sink([bytes]);
  else either.send(bytes);
}

/** Reads a stream to its end, which is told as `end` or by the name of the error. */
export async function readAll(stream: unknown, into: string[]): Promise<void> {
  const readable = stream as AsyncIterable<Uint8Array> & { readonly source?: AsyncIterable<Uint8Array> };
  try {
    for await (const bytes of readable.source ?? readable) into.push(Buffer.from(bytes.slice()).toString());
    into.push('end');
  } catch (error) {
    into.push((error as Error).name);
  }
}
