// What membership keeps of departed peers on purpose, and the caps it promises, wherever its state stands.
// Invariant: each declaration says why; a run checks them all.
import type { Retention } from '../../sim/census/retention.ts';
import { CONTACT_CAP } from '../hyparview/contract.ts';
import type { HyParViewConfig } from '../hyparview/contract.ts';

/** Most shuffle samples that may be under way to one node at the moment of a census. */
const SAMPLES_IN_FLIGHT = 50;

/** Where a model holds membership's state, and what goes with the links to peers. */
export interface MembershipPlaces {
  /** Path of the topics' state, such as `topics[*]`. */
  readonly topics: string;
  /** Paths that mention a peer for as long as it is pending or a contact, such as those of connections. */
  readonly links: readonly string[];
  /** Paths of messages that carry samples of views. */
  readonly samples: readonly string[];
}

/** What HyParView retains in such places. */
export function membershipRetention(hyparview: HyParViewConfig, places: MembershipPlaces): Retention[] {
  const view = `${places.topics}.hyparview`;
  const [active, passive, pending] = [`${view}.active`, `${view}.passive`, `${view}.pending`];
  const contacts = `${view}.contacts`;
  const asked = 'a passive peer is asked before it can be known to be gone';
  const sampled = SAMPLES_IN_FLIGHT * (hyparview.shuffleActiveCount + hyparview.shufflePassiveCount + 1);
  return [
    { path: active, limit: hyparview.activeViewCapacity, why: 'the view is bounded, and who is gone leaves it' },
    { path: passive, cap: hyparview.passiveViewCapacity, why: 'passive peers are not watched; the view is bounded' },
    { path: `${view}.refused`, while: [passive], why: 'marks of passive peers' },
    { path: pending, cap: hyparview.activeViewCapacity, why: asked },
    { path: 'pending.timer.neighborTimeout', while: [pending], why: asked },
    ...places.links.map((path) => ({ path, while: [pending, contacts], why: asked })),
    { path: `${view}.joining`, while: [contacts], why: 'a contact is asked before it can be known to be gone' },
    { path: contacts, cap: CONTACT_CAP, why: 'where to join again when nobody else is left' },
    { path: `${view}.peerData`, while: [active, passive, pending], why: 'data goes with the peer it is of' },
    { path: `${view}.aliveDisconnect`, while: [passive], why: 'marks of passive peers' },
    ...places.samples.map((path) => ({
      path,
      cap: sampled,
      why: 'a sample of views under way may name peers that are gone',
    })),
  ];
}
