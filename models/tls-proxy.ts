// The TLS proxy: every node accepts TLS connections from others and opens some to random peers.
// Invariant: a connection is over when either side closed it, a reset came, or nothing was heard for the idle timeout.
import type { Network } from '../sim/network/network.ts';
import type { Node } from '../sim/node.ts';
import type { PeerId } from '../sim/peer.ts';
import type { Simulation } from '../sim/simulation.ts';
import type { World } from '../sim/world.ts';
import type { Model, ModelContext } from './model.ts';
import { classOfKind } from './payload-class.ts';
import { TLS_PROXY_COSTS, tlsProxyConfigSchema, tlsProxyDefects } from './tls-proxy/contract.ts';
import type { TlsProxyConfig } from './tls-proxy/contract.ts';
import { ProxyNode } from './tls-proxy/node.ts';
import type { ProxyShared } from './tls-proxy/node.ts';

/** TLS streams over ordered sockets, with a span around every poll. */
export const tlsProxy: Model<TlsProxyConfig> = {
  name: 'tls-proxy',
  summary: 'a mesh of proxies that open, use and close TLS connections to each other',
  source: 'RFC 8446; rustls#1950, tokio-rustls#72',
  configSchema: tlsProxyConfigSchema,
  defects: tlsProxyDefects,
  acts: ['rotate'],
  costs: TLS_PROXY_COSTS,
  // Ten times the mean: connections come at random, and a calm is to see so many that their number tells something.
  longestTimerUs: ({ connectIntervalUs, closeWaitUs }) => Math.max(10 * connectIntervalUs, closeWaitUs),
  // What a connection lasts when all goes well.
  longestRetentionUs: ({ mostRecords, recordGapUs, closeWaitUs }) => mostRecords * recordGapUs + closeWaitUs,
  retention: () => [],
  build: (context) => new TlsProxyWorld(context),
};

/** The proxies of one run. */
export class TlsProxyWorld implements World {
  readonly network: Network;
  private readonly simulation: Simulation;
  private readonly shared: ProxyShared;

  constructor({ simulation, network, config, defects }: ModelContext<TlsProxyConfig>) {
    this.simulation = simulation;
    this.network = network;
    this.shared = {
      network,
      config,
      defects: Object.fromEntries([...defects].map((id) => [id, true])),
      choose: (asker, accepts) => this.choose(asker, accepts),
    };
  }

  start(peer: PeerId): ProxyNode {
    const { simulation } = this;
    const random = simulation.streams.stream(`node/${peer.index}/${peer.incarnations + 1}`);
    const node = new ProxyNode(this.shared, random, this.network.clockOf(peer));
    simulation.attach(node, peer);
    node.begin();
    return node;
  }

  stop(node: Node): void {
    (node as ProxyNode).end();
    this.simulation.detach(node, 'stopped');
  }

  kill(node: Node): void {
    this.simulation.detach(node, 'killed');
    (node as ProxyNode).executor.end();
  }

  /** `rotate`: the node resets all its connections, and goes on to open others. */
  act(node: Node, act: string): boolean {
    return act === 'rotate' && (node as ProxyNode).rotate();
  }

  broadcast(): boolean {
    return false;
  }

  classOf(payload: unknown): string {
    const { kind } = payload as { readonly kind: string };
    return classOfKind(kind);
  }

  private choose({ random, peer: self }: ProxyNode, accepts: (peer: PeerId) => boolean): PeerId | undefined {
    const others = this.simulation.live.map(({ peer }) => peer).filter((peer) => peer !== self && accepts(peer));
    return others.length === 0 ? undefined : random.pick(others);
  }
}
