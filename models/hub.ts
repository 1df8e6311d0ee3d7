// The hub: the alternative to a mesh. Every node holds one connection to a controller that sequences and fans out.
// Invariant: peer 0 is the hub; every other node is a member of it.
import { costTable } from '../sim/cost/table.ts';
import { METER } from '../sim/meters.ts';
import { longestLatencyUs } from '../sim/network/latency.ts';
import type { Network } from '../sim/network/network.ts';
import type { NodeClock } from '../sim/network/clocks.ts';
import type { Node } from '../sim/node.ts';
import type { PeerId } from '../sim/peer.ts';
import { contentId } from '../sim/random/hash.ts';
import type { RandomStream } from '../sim/random/stream.ts';
import type { Retention } from '../sim/census/retention.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { TaskBody } from '../sim/tasks/future.ts';
import { TaskNode } from '../sim/tasks/task-node.ts';
import type { World } from '../sim/world.ts';
import { HUB_COSTS, HUB_INDEX, hubConfigSchema } from './hub/contract.ts';
import type { HubConfig } from './hub/contract.ts';
import { Hub } from './hub/hub-node.ts';
import { Member } from './hub/member.ts';
import type { Model, ModelContext } from './model.ts';
import { classOfKind } from './payload-class.ts';
import { handshakeContradiction, quicContradiction, quicRetention } from './quic/contract.ts';
import { Endpoint } from './quic/endpoint.ts';
import type { QuicPacket } from './quic/wire.ts';

/** Every frame of the hub's flame graph, in microseconds of CPU. */
export const hubCosts = costTable(HUB_COSTS);

/** Every node on one controller. */
export const hub: Model<HubConfig> = {
  name: 'hub',
  summary: 'every node holds one connection to a controller (peer 0) that sequences broadcasts and fans them out',
  source: 'incident report: the alternative that was almost built',
  configSchema: hubConfigSchema,
  defects: [],
  // A member that has no path to the hub has none at all, so the farthest counts.
  contradiction: ({ quic }, network) =>
    quicContradiction(quic, network) ??
    handshakeContradiction(network, longestLatencyUs(network.latency) + network.jitterUs, 'the longest'),
  acts: [],
  costs: hubCosts,
  longestTimerUs: ({ retryMaxUs }) => retryMaxUs * 2,
  longestRetentionUs: () => 0,
  lingerUs: ({ quic }) => quic.remoteIdleUs,
  retention: ({ quic, historyCapacity }): Retention[] => [
    { path: 'hub.history', cap: historyCapacity, why: 'members that come back are sent what they may have missed' },
    { path: 'member.known', cap: 1024, why: 'what the hub repeats after a reconnect is not delivered twice' },
    ...quicRetention(quic, 'quic'),
  ],
  build: (context) => new HubWorld(context),
};

/** The population of one run. */
export class HubWorld implements World {
  readonly network: Network;
  private readonly simulation: Simulation;
  private readonly config: HubConfig;

  constructor({ simulation, network, config }: ModelContext<HubConfig>) {
    this.simulation = simulation;
    this.network = network;
    this.config = config;
  }

  start(peer: PeerId): HubNode {
    const { simulation, network, config } = this;
    const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const node = new HubNode(random, network.clockOf(peer));
    simulation.attach(node, peer);
    node.boot(network, config, simulation.peers.intern(HUB_INDEX));
    return node;
  }

  stop(node: Node): void {
    (node as HubNode).leave();
  }

  kill(node: Node): void {
    (node as HubNode).executor.end();
    this.simulation.detach(node, 'killed');
  }

  act(): boolean {
    return false;
  }

  broadcast(node: Node, content: string): boolean {
    const id = contentId(content);
    if (!(node as HubNode).canBroadcast) return false;
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(node, id);
    (node as HubNode).broadcast(id, content.length);
    return true;
  }

  classOf(payload: unknown): string {
    const { kind } = payload as { kind: string };
    return classOfKind(kind);
  }
}

/** A running node: the hub, or a member of it. */
export class HubNode extends TaskNode {
  private endpoint!: Endpoint;
  private role!: Hub | Member;
  private isLeaving = false;

  constructor(random: RandomStream, clock: NodeClock) {
    super(random, clock);
  }

  /** Builds its parts and spawns its tasks; to be called once it is attached. */
  boot(network: Network, config: HubConfig, hubPeer: PeerId): void {
    const { index } = hubCosts;
    const endpoint = new Endpoint(this, { network, config: config.quic, defects: {}, costs: hubCosts });
    this.endpoint = endpoint;
    if (this.peer === hubPeer) {
      const ops = { sequence: index['hub/sequence'], fanOut: index['hub/fan_out'] };
      this.role = new Hub({ node: this, endpoint, config, ops, deliver: (id, hops) => this.deliver(id, hops) });
      this.executor.spawn('hub.accept', this.role.run());
    } else {
      const ops = { publish: index['member/publish'], deliver: index['member/deliver'] };
      const deliver = (id: string, isNew: boolean): void => {
        if (isNew) this.deliver(id, 2);
        else this.simulation.meters.counts[METER.duplicates]!++;
      };
      this.role = new Member({ node: this, endpoint, config, hub: hubPeer, ops, deliver });
      this.executor.spawn('member.run', this.role.run());
    }
    this.executor.drain();
  }

  override receive(_from: number, message: unknown): void {
    this.endpoint.receive(message as QuicPacket);
  }

  /** True when what it begins is meant to arrive. */
  get canBroadcast(): boolean {
    return !this.isLeaving && (this.role instanceof Hub || this.role.isConnected);
  }

  /** Begins a broadcast of a payload of so many bytes. */
  broadcast(id: string, bytes: number): void {
    if (this.role instanceof Hub) this.role.publish(undefined, id, bytes);
    else this.role.publish(id, bytes);
    this.executor.drain();
  }

  /** Closes its connections, and ends. */
  leave(): void {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.executor.spawn('member.shutdown', this.shutdown());
    this.executor.drain();
  }

  override expose(): Record<string, unknown> {
    const quic = this.endpoint.expose();
    return this.role instanceof Hub ? { quic, hub: this.role.expose() } : { quic, member: this.role.expose() };
  }

  private deliver(id: string, hops: number): void {
    this.simulation.meters.counts[METER.deliveries]!++;
    this.simulation.observer?.delivered?.(this, id, hops);
  }

  private *shutdown(): TaskBody<void> {
    yield* this.endpoint.close();
    // In an event of its own: this very task is among those that end with the node.
    this.later(0, 'end-of-life', () => {
      this.executor.abortAll();
      this.simulation.detach(this, 'stopped');
    });
  }
}
