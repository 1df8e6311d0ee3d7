// What the mesh keeps of departed peers on purpose, and the caps it promises.
// Invariant: each declaration says why; a run checks them all.
import type { Retention } from '../../sim/census/retention.ts';
import { CONTACT_CAP } from '../hyparview/contract.ts';
import type { MeshConfig } from '../mesh.ts';
import { quicRetention } from '../quic/contract.ts';
import { telemetryRetention } from '../telemetry/contract.ts';

/** Most shuffle samples that may be under way to one node at the moment of a census. */
const SAMPLES_IN_FLIGHT = 50;

/** See the file's head. */
export function meshRetention({ hyparview, app, quic, telemetry }: MeshConfig): Retention[] {
  const view = 'gossip.topics[*].hyparview';
  const [active, passive, pending] = [`${view}.active`, `${view}.passive`, `${view}.pending`];
  const contacts = `${view}.contacts`;
  const asked = 'a passive peer is asked before it can be known to be gone';
  const discoveredUs = app.announceLifetimeUs + app.announceIntervalUs;
  const sampled = SAMPLES_IN_FLIGHT * (hyparview.shuffleActiveCount + hyparview.shufflePassiveCount + 1);
  return [
    { path: passive, cap: hyparview.passiveViewCapacity, why: 'passive peers are not watched; the view is bounded' },
    { path: `${view}.refused`, while: [passive], why: 'marks of passive peers' },
    { path: pending, cap: hyparview.activeViewCapacity, why: asked },
    { path: 'pending.timer.neighborTimeout', while: [pending], why: asked },
    { path: 'gossip.peerTopics', while: [pending, contacts], why: asked },
    { path: 'gossip.peers', while: [pending, contacts], why: asked },
    { path: 'gossip.dials', while: [pending, contacts], why: asked },
    { path: `${view}.joining`, while: [contacts], why: 'a contact is asked before it can be known to be gone' },
    { path: contacts, cap: CONTACT_CAP, why: 'where to join again when nobody else is left' },
    { path: `${view}.peerData`, while: [active, passive, pending], why: 'data goes with the peer it is of' },
    { path: `${view}.aliveDisconnect`, while: [passive], why: 'marks of passive peers' },
    { path: 'mesh.discovered', forUs: discoveredUs, why: 'a discovered peer is kept until its announcement expires' },
    { path: 'mesh.asked', while: ['mesh.discovered'], why: 'whom it asked is kept while discovered' },
    ...quicRetention(quic, 'quic'),
    ...telemetryRetention(telemetry, 'telemetry'),
    { path: 'pending.message.data', cap: sampled, why: 'a sample of views under way may name peers that are gone' },
  ];
}
