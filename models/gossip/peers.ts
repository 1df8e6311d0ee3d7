// What the gossip actor knows of each peer that it talks to.
// Invariant: an entry is pending exactly while its dial runs, and active exactly while its loop can send.
import type { PeerId } from '../../sim/peer.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Sender } from '../../sim/tasks/channel.ts';
import type { Packet } from '../topics/contract.ts';

/** A peer that is dialled: what is to be sent waits. */
export interface PendingPeer {
  readonly kind: 'pending';
  readonly queue: Packet[];
  /** The ledger's `buffer` entry of the queue. */
  readonly entry: EntryId;
  /** Connections of the peer that are received on while this side's own dial goes on. */
  readonly others: number[];
}

/** A peer with a connection. */
export interface ActivePeer {
  readonly kind: 'active';
  readonly connectionId: number;
  readonly send: SendHandle;
  /** Further connections of the peer, which are received on and close soon. */
  readonly others: number[];
}

/** Either. */
export type PeerEntry = PendingPeer | ActivePeer;

/** Why a connection is no longer sent on. */
export type EndOfSending = 'removed' | 'superseded';

/** The way to a connection loop. Not part of what a census walks: the channel's contents are exposed apart. */
export class SendHandle {
  readonly #sender: Sender<Packet>;
  readonly #control: ConnectionControl;

  constructor(sender: Sender<Packet>, control: ConnectionControl) {
    this.#sender = sender;
    this.#control = control;
  }

  get sender(): Sender<Packet> {
    return this.#sender;
  }

  /** Ends sending: the channel closes, and the loop finds out why. */
  end(why: EndOfSending): void {
    this.#control.endOfSending ??= why;
    this.#sender.drop();
  }
}

/** What the actor tells a connection loop beside its messages. */
export interface ConnectionControl {
  endOfSending: EndOfSending | undefined;
}

/** How a connection loop ended. */
export interface LoopEnd {
  readonly peer: PeerId;
  readonly connectionId: number;
}
