// The mesh: the stack of the reports as a model. Application, gossip actor, transport and telemetry on every node.
// Invariant: what it retains of departed peers is declared here, and nothing else is.
import * as v from 'valibot';
import { costTable } from '../sim/cost/table.ts';
import { METER } from '../sim/meters.ts';
import type { NetworkConfig } from '../sim/network/config.ts';
import { medianLatencyUs } from '../sim/network/latency.ts';
import type { Network } from '../sim/network/network.ts';
import type { Node } from '../sim/node.ts';
import type { PeerId } from '../sim/peer.ts';
import { contentId } from '../sim/random/hash.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { World } from '../sim/world.ts';
import { GOSSIP_COSTS, gossipConfigSchema, gossipDefects } from './gossip/contract.ts';
import type { Model, ModelContext } from './model.ts';
import { classOfKind } from './payload-class.ts';
import { MESH_COSTS, meshActs, meshAppConfigSchema, meshAppDefects } from './mesh/contract.ts';
import { DiscoveryDomain } from './mesh/discovery.ts';
import { MeshNode } from './mesh/node.ts';
import type { MeshShared } from './mesh/node.ts';
import { meshRetention } from './mesh/retention.ts';
import {
  handshakeContradiction,
  QUIC_COSTS,
  quicConfigSchema,
  quicContradiction,
  quicDefects,
} from './quic/contract.ts';
import { TELEMETRY_COSTS, telemetryConfigSchema, telemetryDefects } from './telemetry/contract.ts';
import { topicsConfigSchema, topicsDefects } from './topics/contract.ts';
import { createTopics } from './topics.ts';

/** Validates a {@link MeshConfig}; every field has a default. */
export const meshConfigSchema = v.strictObject({
  ...topicsConfigSchema.entries,
  app: v.optional(meshAppConfigSchema, {}),
  gossip: v.optional(gossipConfigSchema, {}),
  quic: v.optional(quicConfigSchema, {}),
  telemetry: v.optional(telemetryConfigSchema, {}),
});

/** Parameters of the mesh. */
export type MeshConfig = v.InferOutput<typeof meshConfigSchema>;

/** Every frame of the mesh's flame graph, in microseconds of CPU. */
export const meshCosts = costTable({ ...MESH_COSTS, ...GOSSIP_COSTS, ...QUIC_COSTS, ...TELEMETRY_COSTS });

/** The stack of the reports, one topic. */
export const mesh: Model<MeshConfig> = {
  name: 'mesh',
  summary: 'a mesh application over a gossip actor, QUIC-like connections and telemetry, in tasks',
  source: 'incident reports; iroh 1.x, iroh-gossip 0.101, noq; HyParView and Plumtree (2007)',
  configSchema: meshConfigSchema,
  defects: [...meshAppDefects, ...gossipDefects, ...topicsDefects, ...quicDefects, ...telemetryDefects],
  contradiction: meshContradiction,
  acts: meshActs,
  switchedActs: ['advertise-only', 'stop-reading', 'stop-answering'],
  costs: meshCosts,
  longestTimerUs: ({ hyparview, app, telemetry }) =>
    Math.max(
      hyparview.shuffleIntervalUs,
      hyparview.joinBackoffMaxUs,
      app.announceIntervalUs,
      app.pingIntervalUs,
      app.reopenUs,
      telemetry.exportIntervalUs,
    ),
  longestRetentionUs: ({ plumtree, app }) =>
    Math.max(
      Math.max(plumtree.idRetentionUs, plumtree.payloadRetentionUs) + plumtree.evictionIntervalUs,
      app.announceLifetimeUs + app.announceIntervalUs,
      app.floodGuardUs + app.announceIntervalUs,
    ),
  lingerUs: ({ quic, gossip }) => quic.remoteIdleUs + gossip.finishUs,
  retention: meshRetention,
  build: (context) => new MeshWorld(context),
};

/** The slowest tick that lets a node in within what a soak gives it, in microseconds, and as a share of the idle timeout. */
const SLOWEST_TICK_US = 2_500_000;
const SLOWEST_TICK_SHARE = 0.25;

/** See `Model.contradiction`. */
function meshContradiction(config: MeshConfig, network: NetworkConfig, nodes: number): string | undefined {
  const { app, quic, hyparview } = config;
  // Over a mesh a pair that is too far apart does without each other, as long as most are not.
  const medianUs = medianLatencyUs(network.latency) + Math.ceil(network.jitterUs / 2);
  const slowestTickUs = Math.max(SLOWEST_TICK_US, SLOWEST_TICK_SHARE * network.idleTimeoutUs);
  if (app.announceLifetimeUs < app.announceIntervalUs) {
    return `app.announceLifetimeUs: received ${app.announceLifetimeUs}, expected announceIntervalUs (${app.announceIntervalUs}) or more, or peers are forgotten between two announcements`;
  }
  if (app.tickUs > slowestTickUs) {
    return `app.tickUs: received ${app.tickUs}, expected ${slowestTickUs} or less, or nodes that start are let in too late`;
  }
  if (app.observers > nodes) {
    return `app.observers: received ${app.observers}, expected the number of nodes (${nodes}) or less`;
  }
  if (hyparview.neighborTimeoutUs < 2 * medianUs) {
    return `hyparview.neighborTimeoutUs: received ${hyparview.neighborTimeoutUs}, expected the network's median round trip (${2 * medianUs}) or more, or most answers come too late`;
  }
  return quicContradiction(quic, network) ?? handshakeContradiction(network, medianUs, 'the median');
}

/** The population of one run. */
export class MeshWorld implements World {
  readonly network: Network;
  private readonly simulation: Simulation;
  private readonly shared: MeshShared;
  private readonly firstObserver: number;
  private readonly initialNodes: number;

  constructor({ simulation, network, config, defects, nodes = 0 }: ModelContext<MeshConfig>) {
    this.simulation = simulation;
    this.network = network;
    const switches: MeshShared['defects'] = Object.fromEntries([...defects].map((id) => [id, true]));
    this.initialNodes = nodes;
    this.firstObserver = nodes - config.app.observers;
    this.shared = {
      network,
      domain: new DiscoveryDomain(network),
      topics: createTopics(config, switches),
      costs: meshCosts,
      app: config.app,
      gossip: config.gossip,
      quic: config.quic,
      telemetry: config.telemetry,
      defects: switches,
      ended: (node) => {
        node.executor.abortAll();
        simulation.detach(node, 'stopped');
      },
    };
  }

  start(peer: PeerId): MeshNode {
    const { simulation, shared } = this;
    const life = `${peer.index}/${peer.incarnations + 1}`;
    const random = simulation.streams.stream(`node/${life}`);
    const observes = peer.index >= this.firstObserver && peer.index < this.initialNodes;
    const node = new MeshNode(shared, random, this.network.clockOf(peer), observes);
    simulation.attach(node, peer);
    node.boot(`addr/${life}`);
    return node;
  }

  stop(node: Node): void {
    (node as MeshNode).leave();
  }

  kill(node: Node): void {
    (node as MeshNode).die();
    this.simulation.detach(node, 'killed');
  }

  act(node: Node, act: string, args: Readonly<Record<string, number | string | boolean>>): boolean {
    return (node as MeshNode).act(act, args);
  }

  broadcast(node: Node, content: string): boolean {
    const marked = `${node.peer}|${content}`;
    const id = contentId(marked);
    if (!(node as MeshNode).canBroadcast) return false;
    this.simulation.meters.counts[METER.broadcasts]!++;
    this.simulation.observer?.broadcast?.(node, id);
    return (node as MeshNode).broadcast(id, marked);
  }

  classOf(payload: unknown): string {
    const { kind } = payload as { kind: string };
    return classOfKind(kind);
  }
}
