// What the mesh keeps of departed peers on purpose, and the caps it promises.
// Invariant: each declaration says why; a run checks them all.
import type { Retention } from '../../sim/census/retention.ts';
import type { MeshConfig } from '../mesh.ts';
import { quicRetention } from '../quic/contract.ts';
import { telemetryRetention } from '../telemetry/contract.ts';
import { membershipRetention } from '../topics/retention.ts';

/** See the file's head. */
export function meshRetention({ hyparview, app, quic, telemetry }: MeshConfig): Retention[] {
  const discoveredUs = app.announceLifetimeUs + app.announceIntervalUs;
  return [
    ...membershipRetention(hyparview, {
      topics: 'gossip.topics[*]',
      links: ['gossip.peerTopics', 'gossip.peers', 'gossip.dials'],
      samples: ['pending.message.data'],
    }),
    { path: 'mesh.discovered', forUs: discoveredUs, why: 'a discovered peer is kept until its announcement expires' },
    { path: 'mesh.asked', while: ['mesh.discovered'], why: 'whom it asked is kept while discovered' },
    ...quicRetention(quic, 'quic'),
    ...telemetryRetention(telemetry, 'telemetry'),
  ];
}
