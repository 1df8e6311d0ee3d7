// One link between two incarnations: what its sides know of it, and what a cut or a hold keeps back on it.
// Invariant: a record is used again only when neither side uses the link and no event that will be handled names it.
import { NO_ENTRY } from '../ledger/ledger.ts';
import type { EntryId } from '../ledger/ledger.ts';
import type { PeerId } from '../peer.ts';
import type { LinkHolder } from './links.ts';

/** States of a side; from CLOSED on they are final. It has not heard of the link yet. */
export const UNOPENED = 0;
/** It uses the link. */
export const OPEN = 1;
/** It has closed the link, or was told: what is in flight to it still arrives. */
export const CLOSED = 2;
/** It has given the link up after a timeout: what arrives is not taken, and answered with a close. */
export const LOST = 3;
/** It has moved over to a newer link of the pair: the conversation goes on there. */
export const MOVED = 4;

/** 0 dialled, 1 was dialled. */
export type Side = 0 | 1;

/** A message that a cut or a hold keeps back. */
export interface KeptMessage {
  /** Of its sender. */
  readonly side: Side;
  readonly message: unknown;
  /** A hold keeps it in the network; otherwise it waits with its sender, and is lost with it. */
  readonly held: boolean;
  /** What an observer wants to be told when it is sent on. */
  readonly note: unknown;
}

/** One connection between two incarnations. Objects are pooled; then every reference in them is undefined. */
export interface Link {
  readonly id: number;
  /** Counts all links ever opened, so that of two links the newer is known; 0 in the pool. */
  order: number;
  dialler: LinkHolder | undefined;
  /** The incarnation that was dialled; undefined when the peer was down. */
  target: LinkHolder | undefined;
  targetPeer: PeerId | undefined;
  /** The peer of `dialler`, at hand: to read it there would touch a node that has no part in the event. */
  diallerPeer: PeerId | undefined;
  baseUs: number;
  /** What is kept back, per direction in sending order. */
  backlog: KeptMessage[];
  /** Neighbours in the list of links that the target has not heard of; see {@link LinkHolder.unheard}. */
  unheardBefore: Link | undefined;
  unheardAfter: Link | undefined;
}

/** A link for the pool. */
export function blankLink(id: number): Link {
  return {
    id,
    order: 0,
    dialler: undefined,
    target: undefined,
    targetPeer: undefined,
    diallerPeer: undefined,
    baseUs: 0,
    backlog: [],
    unheardBefore: undefined,
    unheardAfter: undefined,
  };
}

/** Lets go of everything that a link refers to, so that a pool of them keeps no node alive. */
export function endLink(link: Link): void {
  heard(link);
  link.order = 0;
  link.dialler = undefined;
  link.target = undefined;
  link.targetPeer = undefined;
  link.diallerPeer = undefined;
  if (link.backlog.length > 0) link.backlog = [];
}

/** Takes a link out of the list of those that its target has not heard of, if it is in it. */
export function heard(link: Link): void {
  const { target, unheardBefore, unheardAfter } = link;
  if (unheardBefore !== undefined) unheardBefore.unheardAfter = unheardAfter;
  else if (target !== undefined && target.unheard === link) target.unheard = unheardAfter;
  if (unheardAfter !== undefined) unheardAfter.unheardBefore = unheardBefore;
  link.unheardBefore = undefined;
  link.unheardAfter = undefined;
}

/** The other side. */
export function opposite(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** The side on which `node` is; it must be on one. */
export function sideOf(link: Link, node: LinkHolder): Side {
  return link.dialler === node ? 0 : 1;
}

/** The incarnation on a side, whether or not it still runs. */
export function nodeOf(link: Link, side: Side): LinkHolder | undefined {
  return side === 0 ? link.dialler : link.target;
}

/** The identity on a side of a link in use. */
export function peerOf(link: Link, side: Side): PeerId {
  return side === 0 ? link.diallerPeer! : link.targetPeer!;
}

/** Drops what waits with the sender on `side`; what a hold keeps is in the network and stays. */
export function dropWaiting(link: Link, side: Side): void {
  if (link.backlog.length > 0) link.backlog = link.backlog.filter((kept) => kept.side !== side || kept.held);
}

/** Places of a link's figures, each a pair by side. */
const STATE = 0;
const IN_FLIGHT = 2;
const LAST_ARRIVAL = 4;
const DEADLINE = 6;
const FIGURES = 8;

/**
 * The figures of all links of a network, a cache line each: in arrays of their own per link they were most of what a
 * message touched in a world of 100,000 nodes (bench `swarm-broadcast`).
 */
export class LinkCells {
  private figures = new Float64Array(64 * FIGURES);
  private entries = new Float64Array(64 * 2);

  /** Makes room for `count` links. */
  reserve(count: number): void {
    if (count * FIGURES <= this.figures.length) return;
    this.figures = doubled(this.figures);
    this.entries = doubled(this.entries);
  }

  state(link: Link, side: Side): number {
    return this.figures[link.id * FIGURES + STATE + side]!;
  }

  setState(link: Link, side: Side, state: number): void {
    this.figures[link.id * FIGURES + STATE + side] = state;
  }

  /** Latest arrival at a side: later messages never arrive before it. */
  lastArrivalUs(link: Link, side: Side): number {
    return this.figures[link.id * FIGURES + LAST_ARRIVAL + side]!;
  }

  setLastArrival(link: Link, side: Side, atUs: number): void {
    this.figures[link.id * FIGURES + LAST_ARRIVAL + side] = atUs;
  }

  /** Events in the queue for a side that name the link. */
  inFlight(link: Link, side: Side): number {
    return this.figures[link.id * FIGURES + IN_FLIGHT + side]!;
  }

  addInFlight(link: Link, side: Side, count: number): void {
    this.figures[link.id * FIGURES + IN_FLIGHT + side]! += count;
  }

  /** When a side will next look whether the link is dead; Infinity when it has no reason to. */
  deadlineUs(link: Link, side: Side): number {
    return this.figures[link.id * FIGURES + DEADLINE + side]!;
  }

  setDeadlineUs(link: Link, side: Side, atUs: number): void {
    this.figures[link.id * FIGURES + DEADLINE + side] = atUs;
  }

  /** The ledger's entry for a side. */
  entry(link: Link, side: Side): EntryId {
    return this.entries[link.id * 2 + side]!;
  }

  setEntry(link: Link, side: Side, entry: EntryId): void {
    this.entries[link.id * 2 + side] = entry;
  }

  /** Makes a pooled link that of a new dial; its target, when running, is yet to hear of it. */
  begin(link: Link, order: number, dialler: LinkHolder, targetPeer: PeerId, baseUs: number): void {
    const target = targetPeer.node as LinkHolder | undefined;
    link.order = order;
    link.dialler = dialler;
    link.target = target;
    link.targetPeer = targetPeer;
    link.diallerPeer = dialler.peer;
    link.baseUs = baseUs;
    const at = link.id * FIGURES;
    this.figures.fill(0, at, at + FIGURES);
    this.figures[at + STATE] = OPEN;
    this.figures[at + STATE + 1] = target === undefined ? CLOSED : UNOPENED;
    this.figures[at + DEADLINE] = this.figures[at + DEADLINE + 1] = Infinity;
    this.setEntry(link, 0, NO_ENTRY);
    this.setEntry(link, 1, NO_ENTRY);
    if (target === undefined) return;
    link.unheardAfter = target.unheard;
    if (target.unheard !== undefined) target.unheard.unheardBefore = link;
    target.unheard = link;
  }

  /** True when the link can return to the pool; events for ended nodes are never handled, so they do not count. */
  isOver(link: Link): boolean {
    if (this.state(link, 0) < CLOSED || this.state(link, 1) === OPEN) return false;
    const { dialler, target, backlog } = link;
    const [diallerRuns, targetRuns] = [dialler?.running === true, target?.running === true];
    if ((this.inFlight(link, 0) > 0 && diallerRuns) || (this.inFlight(link, 1) > 0 && targetRuns)) return false;
    if (backlog.length === 0) return true;
    const heeded = (side: Side): boolean => (side === 0 ? diallerRuns : targetRuns) && this.state(link, side) !== LOST;
    return !backlog.some(({ side }) => heeded(opposite(side)));
  }
}

function doubled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(values.length * 2);
  larger.set(values);
  return larger;
}
