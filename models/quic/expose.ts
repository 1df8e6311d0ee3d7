// What a census sees of an endpoint.
// Invariant: plain data that refers to peers and messages, never to connections; it is a copy, so nothing here is live.
import type { PeerId } from '../../sim/peer.ts';
import type { Endpoint } from './endpoint.ts';

/** See {@link Endpoint.expose}. */
export function exposeEndpoint(endpoint: Endpoint): Record<string, unknown> {
  const connections = new Map<number, unknown>();
  for (const { id, remote, alpn, side, state, paths, outbox, streams } of endpoint.table.values()) {
    connections.set(id, {
      remote,
      alpn,
      side,
      state,
      path: paths.current,
      abandonedPaths: new Set(paths.abandonedIds),
      unread: streams.unread,
      stopped: outbox.waiting.map((packet) => (packet.kind === 'data' ? packet.message : packet.kind)),
    });
  }
  const remotes = new Map<PeerId, unknown>();
  for (const { remote, address, connectionCount } of endpoint.remotes.values()) {
    remotes.set(remote, { address, connectionCount });
  }
  return {
    connections,
    remotes,
    addresses: { forward: new Map(endpoint.addresses.forward), reverse: new Map(endpoint.addresses.reverse) },
    incoming: endpoint.incoming.waiting.map(({ remote }) => remote),
  };
}
