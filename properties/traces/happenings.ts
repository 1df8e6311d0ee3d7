// What a run is told as when it is traced: lives, turns, messages and entries, which every format is written from.
// Invariant: plain facts of one run, the same for the same scenario; times are virtual microseconds since its start.
import type { ChurnAction } from '../../sim/churn/plan.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { NodeEnd } from '../../sim/simulation.ts';
import type { TimelineSample } from '../soak/record.ts';

/** One life of a peer. */
export interface Life {
  /** Index of the peer. */
  readonly peer: number;
  /** Which life of the peer it is, from 1; 0 stands for a peer that others name and that has not lived yet. */
  readonly number: number;
  /** `p7` for the first life, `p7#2` for the second, `p7#0` for none. */
  readonly name: string;
  readonly bornUs: number;
}

/**
 * What a node did in one event, or in one action of a plan or a workload: a message or a timer handled, and all that was
 * sent while it was. It takes no virtual time.
 */
export interface Turn {
  readonly life: Life;
  readonly atUs: number;
  /** Such as `message join`, `timer shuffle`, `link close`, `broadcast`, `act rotate`, `start`, `kill`. */
  readonly what: string;
  /** What it handled; undefined for a timer, an action, and a message of its own. */
  readonly received: Message | undefined;
  /** In the order sent. */
  readonly sent: readonly Message[];
  /** What else came of it, in words, such as `neighbour p4 up`. */
  readonly notes: readonly string[];
  /** Modelled CPU time charged in it, in microseconds. */
  readonly cpuUs: number;
}

/** One message on its way, or arrived. What a fault of the network dropped before it left is none. */
export interface Message {
  /** Number in the run, from 1, in the order handed to the network. */
  readonly number: number;
  readonly kind: string;
  /** The turn in which it was sent: for one that a cut or a hold kept back, the turn that sent it first. */
  readonly from: Turn;
  readonly to: Life;
  readonly sentUs: number;
  readonly arrivesUs: number;
}

/** An entry of the ledger while it was open. */
export interface TracedEntry {
  /** Number in the run, from 1, in the order opened. */
  readonly number: number;
  readonly kind: EntryKind;
  /** Such as `gossip.connection-loop`. */
  readonly site: string;
  readonly owner: Life;
  /** The life of the peer it is about that ran when it was opened, else the last one. */
  readonly subject: Life | undefined;
  readonly bornUs: number;
  /** That of the task that opened it. */
  readonly by: TracedEntry | undefined;
  /** The turn in which it was opened. */
  readonly cause: Turn | undefined;
  /** True for a connection or a handshake that its owner began by dialling. */
  readonly isDialled: boolean;
}

/** How an entry ended: a reason of the model's, or `killed` and `stopped` for what its owner left open. */
export type EntryEnd = string;

/**
 * Writes one format. What is told lies in the window that is traced, in time order; every life and every entry that the
 * window finds open is told at its start as if it began, and every one that it leaves open is told at its end.
 */
export interface TraceListener {
  /** The window begins, before anything else is told. */
  opens?(atUs: number): void;
  began?(life: Life): void;
  ended?(life: Life, atUs: number, how: NodeEnd): void;
  opened?(entry: TracedEntry): void;
  closed?(entry: TracedEntry, atUs: number, how: EntryEnd): void;
  /** A turn is over. */
  turn?(turn: Turn): void;
  /** A message will never be handled: its receiver has ended. */
  lost?(message: Message, atUs: number): void;
  /** An overlay edge to `to` came up or went down at `life`; one that the window finds up is told with the time it came. */
  neighbour?(life: Life, to: Life, up: boolean, atUs: number): void;
  /** An action of the plan was carried out. */
  acted?(action: ChurnAction, applied: boolean, atUs: number): void;
  sampled?(sample: TimelineSample): void;
  /** The window ends: an entry is still open, or a life goes on. */
  stillOpen?(entry: TracedEntry, atUs: number): void;
  stillRunning?(life: Life, atUs: number): void;
  /** After all else. */
  finish(atUs: number): void;
}

/** False for a turn that nobody else could notice: a timer of which nothing came. */
export function showsAnything({ what, received, sent, notes }: Turn): boolean {
  return received !== undefined || sent.length > 0 || notes.length > 0 || !/^(timer|link deadline)/.test(what);
}
