// One life of a hosted gossipsub: it is started over a stack, finds others, takes part in a topic, publishes and leaves.
// Invariant: the package is given what libp2p would give it, and is called in events of this node alone.
import type { Link } from '../../sim/network/link.ts';
import { PeerTable } from '../../sim/network/peer-table.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import type { Channel } from '../channels/channel.ts';
import { ChannelTable } from '../channels/channel-table.ts';
import type { Acceptance, ChannelHolder } from '../channels/channel-table.ts';
import { HostedLife } from '../model/hosted-life.ts';
import type { HostedActArgs } from '../model/hosted-life.ts';
import { gossipsubOptions } from './gossipsub-config.ts';
import type { GossipsubConfig } from './gossipsub-config.ts';
import type { GossipsubWorld } from './gossipsub-world.ts';
import { seedOf } from './identity.ts';
import type { GossipSub } from './library.ts';
import { Stack } from './stack.ts';

/** The topic that every node takes part in. */
export const TOPIC = 'quicksoak';
/** How often a node with too few connections looks for more, in milliseconds. */
const DISCOVERY_MS = 5000;

/** See the file's head. */
export class GossipsubLife extends HostedLife<GossipsubConfig> implements ChannelHolder {
  readonly links = new PeerTable<Link>();
  unheard: Link | undefined = undefined;
  readonly channels: ChannelTable;
  private readonly world: GossipsubWorld;
  private stack: Stack | undefined = undefined;
  private gossipsub: GossipSub | undefined = undefined;
  private discovery: RandomStream | undefined = undefined;

  constructor(world: GossipsubWorld, peer: PeerId) {
    super(world.run, peer);
    this.world = world;
    this.channels = new ChannelTable(this, world.links);
  }

  override async boot(): Promise<void> {
    const { world, peer, run } = this;
    const identity = await world.library.identityOf(seedOf(this.simulation, peer));
    world.identified(peer, identity.peerId);
    const stack = new Stack(world, this.channels, identity, peer);
    const gossipsub = world.library.gossipsub(gossipsubOptions(run.config, TOPIC))(stack.components);
    this.gossipsub = gossipsub;
    // libp2p messages are taken from here on; before, a peer that dials is refused.
    gossipsub.addEventListener('message', ({ detail }) => this.heard(detail as { topic: string; data: Uint8Array }));
    await gossipsub.start();
    this.stack = stack;
    gossipsub.subscribe(TOPIC);
    // As applications have a topic for each user or session, which nobody else takes part in.
    if (run.config.ownTopic) gossipsub.subscribe(`inbox/${peer}`);
    this.seek();
    setInterval(() => this.seek(), DISCOVERY_MS);
  }

  override async leave(): Promise<void> {
    await this.gossipsub?.stop();
    await this.stack?.close();
  }

  override tearDown(how: NodeEnd): void {
    this.channels.end(how);
  }

  override get canPublish(): boolean {
    return this.meshPeers.length > 0;
  }

  override async publish(id: string, content: string): Promise<void> {
    await this.gossipsub!.publish(TOPIC, Buffer.from(`${id}\n${content}`));
  }

  /**
   * `flap-streams`: to each peer that it is connected to, opens a stream and resets it at once, as a client does whose
   * caller gave up. Twice, so that the second comes to a peer that has let go of this one.
   */
  override async act(_act: string, _args: HostedActArgs): Promise<void> {
    for (const peer of this.stack?.connected ?? []) {
      const [connection] = this.stack!.connectionsTo(peer);
      for (let time = 0; time < 2; time++) connection?.flap(this.stack!.registrar.getProtocols());
    }
    await Promise.resolve();
  }

  override expose(): Record<string, unknown> {
    return this.gossipsub === undefined ? {} : { gossipsub: this.gossipsub };
  }

  override neighbours(): readonly PeerId[] {
    return this.meshPeers.flatMap((name) => this.world.peerNamed(name) ?? []);
  }

  override connections(): Iterable<PeerId> {
    return this.links.keys();
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

  accept(channel: Channel, service: string, greeting: unknown): Acceptance | undefined {
    return this.stack?.accept(channel, service, greeting);
  }

  private get meshPeers(): string[] {
    return this.gossipsub?.getMeshPeers(TOPIC) ?? [];
  }

  private heard({ topic, data }: { topic: string; data: Uint8Array }): void {
    if (topic !== TOPIC || !this.running) return;
    const text = Buffer.from(data).toString();
    this.deliver(text.slice(0, text.indexOf('\n')));
  }

  /** Dials peers that run, as whatever finds them for a node of libp2p would, until there are enough connections. */
  private seek(): void {
    const { stack, simulation } = this;
    if (stack === undefined) return;
    this.discovery ??= simulation.streams.stream(`libp2p/discovery/${this.peer.index}/${this.incarnation}`);
    const lacking = this.run.config.dials - stack.connected.length;
    if (lacking <= 0) return;
    const strangers = simulation.live.filter(({ peer }) => peer !== this.peer && !stack.isMeeting(peer));
    for (const { peer } of this.discovery.shuffle(strangers).slice(0, lacking)) {
      stack.connect(peer).catch(() => {
        // Whoever cannot be reached is dialled again, or another is, when this node looks again.
      });
    }
  }
}
