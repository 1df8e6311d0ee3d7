// What the gossip actor knows of each peer that it talks to.
// Invariant: an entry is pending exactly while its dial runs, and active exactly while its loop can send.
import type { PeerId } from '../../sim/peer.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { Sender } from '../../sim/tasks/channel.ts';
import type { Connection } from '../quic/connection.ts';
import type { Packet } from '../topics/contract.ts';

/** A peer that is dialled: what is to be sent waits. */
export interface PendingPeer {
  readonly kind: 'pending';
  readonly queue: Packet[];
  /** The ledger's `buffer` entry of the queue. */
  readonly entry: EntryId;
  /** Connections of the peer that are received on while this side's own dial goes on. */
  readonly others: number[];
  /** The protocols have given the peer up: what waits is still sent, such as a shuffle's answer, and that is all. */
  isLeaving: boolean;
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

/** A connection that is sent on. Opaque to a census: its state is exposed by the transport, its queue by the channel. */
export class SendHandle {
  readonly #connection: Connection;
  readonly #sender: Sender<Packet>;
  readonly #control: ConnectionControl;

  constructor(connection: Connection, sender: Sender<Packet>, control: ConnectionControl) {
    this.#connection = connection;
    this.#sender = sender;
    this.#control = control;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get sender(): Sender<Packet> {
    return this.#sender;
  }

  /** True while the other side sends on it too, as far as this side knows. */
  get isMutual(): boolean {
    return !this.#connection.isClosed && !this.#control.remoteFinished;
  }

  /** Ends sending: the channel closes, and the loop finds out why. */
  end(why: EndOfSending): void {
    this.#control.endOfSending ??= why;
    this.#sender.drop();
  }
}

/** What the actor and a connection loop tell each other beside messages. */
export interface ConnectionControl {
  endOfSending: EndOfSending | undefined;
  /** The other side has finished its stream. */
  remoteFinished: boolean;
}

/** How a connection loop ended. */
export interface LoopEnd {
  readonly peer: PeerId;
  readonly connectionId: number;
}
