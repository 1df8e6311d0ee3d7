// Which protocols a node speaks, and who wants to know of peers that speak them: libp2p's registrar.
// Invariant: handlers and topologies are found in the order in which they were registered.
import { opaque } from '../../sim/census/opaque.ts';
import type { Libp2pPeerId } from './library.ts';

/** Told of peers that speak a protocol. */
export interface Topology {
  readonly onConnect?: (peerId: Libp2pPeerId, connection: unknown) => unknown;
  readonly onDisconnect?: (peerId: Libp2pPeerId) => unknown;
}

/** Takes streams of a protocol, called as the dialect has it. */
export type StreamHandler = (...args: unknown[]) => unknown;

/** See the file's head. */
export class Registrar {
  private readonly handlers = new Map<string, StreamHandler>();
  private readonly topologies = new Map<string, Map<string, Topology>>();
  private registrations = 0;

  get [opaque](): boolean {
    return true;
  }

  getProtocols(): string[] {
    return [...this.handlers.keys()];
  }

  handle(protocol: string, handler: StreamHandler): Promise<void> {
    if (this.handlers.has(protocol))
      return Promise.reject(new Error(`Handler already registered for protocol ${protocol}`));
    this.handlers.set(protocol, handler);
    return Promise.resolve();
  }

  unhandle(protocol: string): Promise<void> {
    this.handlers.delete(protocol);
    return Promise.resolve();
  }

  register(protocol: string, topology: Topology): Promise<string> {
    const id = `topology-${++this.registrations}`;
    const topologies = this.topologies.get(protocol);
    if (topologies === undefined) this.topologies.set(protocol, new Map([[id, topology]]));
    else topologies.set(id, topology);
    return Promise.resolve(id);
  }

  unregister(id: string): void {
    for (const [protocol, topologies] of this.topologies) {
      if (topologies.delete(id) && topologies.size === 0) this.topologies.delete(protocol);
    }
  }

  getTopologies(protocol: string): Topology[] {
    return [...(this.topologies.get(protocol)?.values() ?? [])];
  }

  /** The first of the protocols that is spoken here, with its handler. */
  select(protocols: readonly string[]): { protocol: string; handler: StreamHandler } | undefined {
    for (const protocol of protocols) {
      const handler = this.handlers.get(protocol);
      if (handler !== undefined) return { protocol, handler };
    }
    return undefined;
  }

  /** A peer that speaks these protocols is connected: topologies are told once for each, as libp2p does. */
  connected(peerId: Libp2pPeerId, protocols: readonly string[], connection: unknown): void {
    for (const protocol of protocols) {
      for (const topology of this.getTopologies(protocol)) topology.onConnect?.(peerId, connection);
    }
  }

  /** The last connection to a peer that speaks these protocols is gone. */
  disconnected(peerId: Libp2pPeerId, protocols: readonly string[]): void {
    for (const protocol of protocols) {
      for (const topology of this.getTopologies(protocol)) topology.onDisconnect?.(peerId);
    }
  }
}
