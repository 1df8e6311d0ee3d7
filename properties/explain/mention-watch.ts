// Watches one path class of one node: which event put a peer there, and which events took peers out.
// Invariant: the node's state is looked at after each of its events, before anything else changes it.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { Cause } from './cause.ts';
import { WEIGHT } from './facts.ts';
import type { Facts } from './facts.ts';
import type { LeakedMention } from './leak.ts';
import type { Mentions } from './left.ts';

/** When a mention came or went, and because of what. */
export interface MentionChange {
  readonly atUs: number;
  readonly cause: Cause;
}

/** See the file's head. */
export class MentionWatch {
  /** When the leaked mention came last, and when it went last; undefined while it did not. */
  came: MentionChange | undefined = undefined;
  went: MentionChange | undefined = undefined;
  /** Other peers that left the path class, by what they left because of, and how many came to be in it. */
  readonly departures = new Map<string, number>();
  arrivals = 0;

  private readonly mentions: Mentions;
  private readonly leak: LeakedMention;
  private readonly facts: Facts;
  private node: Node | undefined = undefined;
  /** True when the node has handled an event, or was acted on, since it was looked at. */
  private dirty = false;
  private peers = new Set<PeerId>();

  constructor(mentions: Mentions, leak: LeakedMention, facts: Facts) {
    this.mentions = mentions;
    this.leak = leak;
    this.facts = facts;
  }

  /** An event is about to be handled by `node`; of the engine's own node it may act on any. */
  before(node: Node): void {
    const { peer } = node;
    const isOwner = node.serial !== 0 && peer.index === this.leak.owner && peer.incarnations === this.leak.life;
    if (isOwner) this.node = node;
    this.dirty = isOwner || node.serial === 0;
  }

  ended(node: Node): void {
    if (node === this.node) this.node = undefined;
  }

  /** Looks at the node as the event at hand has left it. */
  look(atUs: number, cause: Cause): void {
    const { node, leak } = this;
    if (!this.dirty || node === undefined || !node.running) return;
    this.dirty = false;
    const peers = this.mentions.peersIn(leak.path, node);
    for (const peer of peers) if (!this.peers.has(peer)) this.changed(peer, true, atUs, cause);
    for (const peer of this.peers) if (!peers.has(peer)) this.changed(peer, false, atUs, cause);
    this.peers = peers;
  }

  private changed(peer: PeerId, isIn: boolean, atUs: number, cause: Cause): void {
    if (peer.index !== this.leak.subject) {
      if (isIn) this.arrivals++;
      else this.departures.set(cause.what, (this.departures.get(cause.what) ?? 0) + 1);
      return;
    }
    if (isIn) this.came = { atUs, cause };
    else this.went = { atUs, cause };
    const did = isIn ? `put ${String(peer)} into ${this.leak.path}` : `took ${String(peer)} out of ${this.leak.path}`;
    this.facts.add(atUs, this.leak.owner, cause, did, WEIGHT.relation);
  }
}
