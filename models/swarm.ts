// The swarm: HyParView and Plumtree on every node, over abstract links.
// Invariant: what it retains of departed peers is declared here, and nothing else is.
import * as v from 'valibot';
import type { Retention } from '../sim/census/retention.ts';
import { METER } from '../sim/meters.ts';
import { LinkNetwork } from '../sim/network/links.ts';
import type { Network } from '../sim/network/network.ts';
import type { Node } from '../sim/node.ts';
import type { PeerId } from '../sim/peer.ts';
import { contentId } from '../sim/random/hash.ts';
import type { NodeEnd, Simulation } from '../sim/simulation.ts';
import type { Recorder } from '../sim/recording/timeline.ts';
import type { World } from '../sim/world.ts';
import { CONTACT_CAP } from './hyparview/contract.ts';
import type { Model, ModelContext } from './model.ts';
import { classOfKind } from './payload-class.ts';
import { ReusedInputs, SWARM_TOPIC, SwarmNode } from './swarm/node.ts';
import type { SwarmShared } from './swarm/node.ts';
import { nodeActs, topicsConfigSchema, topicsDefects } from './topics/contract.ts';
import type { NodeAct, NodeTimer, Packet, TopicsDefects } from './topics/contract.ts';
import { messageBytes } from './topics/packet.ts';
import { membershipRetention } from './topics/retention.ts';
import { createTopics } from './topics.ts';

/** Validates a {@link SwarmConfig}; every field has a default. */
export const swarmConfigSchema = v.strictObject({
  ...topicsConfigSchema.entries,
  /** Whether nodes tell each other data of their own, such as addresses; default true. */
  peerData: v.optional(v.boolean(), true),
});

/** Parameters of the swarm. */
export type SwarmConfig = v.InferOutput<typeof swarmConfigSchema>;

/** HyParView and Plumtree over abstract links, one topic. */
export const swarm: Model<SwarmConfig> = {
  name: 'swarm',
  summary: 'HyParView membership and Plumtree broadcast over abstract links',
  source: 'Leitao, Pereira, Rodrigues: HyParView (DSN 2007), Epidemic Broadcast Trees (SRDS 2007); iroh-gossip 0.101',
  configSchema: swarmConfigSchema,
  defects: topicsDefects,
  acts: [...nodeActs, 'rotate'],
  switchedActs: nodeActs,
  longestTimerUs: ({ hyparview }) => Math.max(hyparview.shuffleIntervalUs, hyparview.joinBackoffMaxUs),
  longestRetentionUs: ({ plumtree }) =>
    Math.max(plumtree.idRetentionUs, plumtree.payloadRetentionUs) + plumtree.evictionIntervalUs,
  retention,
  build: (context) => new SwarmWorld(context),
};

function retention({ hyparview }: SwarmConfig): Retention[] {
  return membershipRetention(hyparview, {
    topics: 'topics[*]',
    links: ['peerTopics', 'connections'],
    samples: ['pending.message.shuffle[*].message.nodes', 'pending.message.shuffleReply[*].message.nodes'],
  });
}

/** The population of one run. */
export class SwarmWorld implements World {
  readonly network: Network;
  readonly links: LinkNetwork;

  private readonly simulation: Simulation;
  private readonly shared: SwarmShared;
  private readonly recorder: Recorder | undefined;
  private readonly contacts: readonly PeerId[];
  private readonly tellsData: boolean;

  constructor({ simulation, network, config, defects, contacts, recorder }: ModelContext<SwarmConfig>) {
    this.simulation = simulation;
    this.network = network;
    this.links = new LinkNetwork(network, (packet) => messageBytes(packet as Packet));
    const switches: TopicsDefects = Object.fromEntries([...defects].map((id) => [id, true]));
    const rendezvous = (asker: SwarmNode): PeerId[] => this.contactsFor(asker);
    this.shared = { links: this.links, topics: createTopics(config, switches), rendezvous, inputs: new ReusedInputs() };
    this.recorder = recorder;
    this.contacts = contacts.map((index) => simulation.peers.intern(index));
    this.tellsData = config.peerData;
  }

  start(peer: PeerId): SwarmNode {
    const { simulation, shared } = this;
    const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const state = shared.topics.initial(
      peer,
      this.tellsData ? `addr/${peer.index}/${peer.incarnations + 1}` : undefined,
    );
    const recorder = this.recorder?.wants(peer.index) === true ? this.recorder : undefined;
    const node = new SwarmNode(shared, recorder, random, this.network.clockOf(peer), state);
    simulation.attach(node, peer);
    recorder?.began(node.serial, peer.index, simulation.nowUs, state);
    node.take({ kind: 'join', topic: SWARM_TOPIC, contacts: this.contactsFor(node) });
    return node;
  }

  stop(node: Node): void {
    (node as SwarmNode).take({ kind: 'quit' });
    this.end(node as SwarmNode, 'stopped');
  }

  kill(node: Node): void {
    this.end(node as SwarmNode, 'killed');
  }

  act(node: Node, act: string, args: Readonly<Record<string, number | string | boolean>>): boolean {
    if (act === 'rotate') return this.rotate(node as SwarmNode);
    if (!nodeActs.includes(act as NodeAct)) return false;
    const on = args['on'] === true;
    if (on === (node as SwarmNode).misbehaves) return false;
    (node as SwarmNode).take({ kind: 'act', act: act as NodeAct, on });
    return true;
  }

  broadcast(node: Node, content: string): boolean {
    // What a node that only announces begins is not meant to arrive.
    if ((node as SwarmNode).misbehaves) return false;
    const id = contentId(content);
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(node, id);
    (node as SwarmNode).take({ kind: 'broadcast', topic: SWARM_TOPIC, id, content });
    return true;
  }

  classOf(payload: unknown): string {
    const item = payload as NodeTimer | Packet;
    const { kind } = 'timer' in item ? item.timer : item.message;
    return classOfKind(kind);
  }

  /** Leaves the topic and enters it again, through the neighbours that it had. */
  private rotate(node: SwarmNode): boolean {
    const contacts = node.random.shuffle([...node.neighbours()]);
    node.take({ kind: 'leave', topic: SWARM_TOPIC });
    node.take({ kind: 'join', topic: SWARM_TOPIC, contacts });
    return true;
  }

  private end(node: SwarmNode, how: NodeEnd): void {
    this.links.endNode(node, how);
    this.simulation.detach(node, how);
    node.recorder?.ended(node.serial, this.simulation.nowUs);
  }

  /**
   * Up to three contacts that run, as a rendezvous would name them; of all when none does. Were those that are down named
   * as well, the first nodes could gather around different contacts and form islands that have no reason to merge.
   */
  private contactsFor({ peer, random }: SwarmNode): PeerId[] {
    const others = this.contacts.filter((contact) => contact !== peer);
    const running = others.filter((contact) => contact.node !== undefined);
    return random.sample(running.length > 0 ? running : others, CONTACT_CAP);
  }
}
