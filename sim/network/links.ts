// Links: reliable, ordered connections between nodes, each with an identity of its own.
// Invariant: messages of one direction arrive in sending order; a close arrives after everything sent before it, one
// latency and 1 us later; a close of one link never touches a newer link of the same pair; and a side that is open
// learns of it when the other side no longer is.
import { SimulationError } from '../errors.ts';
import { NO_ENTRY } from '../ledger/ledger.ts';
import { METER } from '../meters.ts';
import { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { NodeEnd } from '../simulation.ts';
import {
  blankLink,
  CLOSED,
  dropWaiting,
  endLink,
  heard,
  LinkCells,
  LOST,
  MOVED,
  nodeOf,
  OPEN,
  opposite,
  peerOf,
  sideOf,
  UNOPENED,
} from './link.ts';
import type { Link, Side } from './link.ts';
import type { Network } from './network.ts';
import { PeerTable } from './peer-table.ts';

/** Payloads of the link layer itself; never seen by a model. */
const CLOSE_NOTICE = Symbol('close');
const DEADLINE = Symbol('deadline');

/** True for what the link layer posts to a node to look at a link again: no other node has sent it. */
export function isLinkDeadline(payload: unknown): boolean {
  return payload === DEADLINE;
}

/** Size of the table from which on it is searched for links that are over before it grows. */
const FIRST_SEARCH = 64;

/** What the link layer needs of a node: {@link LinkedNode} has it, and a node of another base class may have it as well. */
export interface LinkHolder extends Node {
  /** The link in use per peer. */
  readonly links: PeerTable<Link>;
  /** First of the links that were dialled to this node and that it has not heard of; kept by the link layer. */
  unheard: Link | undefined;
  /** A message arrived from `from`. */
  onLinkMessage(from: PeerId, message: unknown): void;
  /** The other side, or the network, closed the link to `peer`. Not called for links this node closed. */
  onLinkClosed(peer: PeerId): void;
}

function isLinkHolder(node: Node): node is LinkHolder {
  return (node as Partial<LinkHolder>).links instanceof PeerTable;
}

/** A node that talks over links. The model implements what it does with messages and closed links. */
export abstract class LinkedNode extends Node implements LinkHolder {
  readonly links = new PeerTable<Link>();
  readonly network: LinkNetwork;
  unheard: Link | undefined = undefined;

  constructor(network: LinkNetwork) {
    super();
    this.network = network;
  }

  override connections(): Iterable<PeerId> | undefined {
    return this.links.keys();
  }

  override onMessage(link: number, message: unknown): void {
    this.network.arrive(this, link, message);
  }

  abstract onLinkMessage(from: PeerId, message: unknown): void;

  abstract onLinkClosed(peer: PeerId): void;
}

/** All links of a simulation. */
export class LinkNetwork {
  readonly network: Network;
  /** Bytes of a message; asked only when sizes matter. */
  private readonly sizeOf: (message: unknown) => number;
  private readonly measuresBytes: boolean;
  private readonly table: Link[] = [];
  private readonly free: Link[] = [];
  private readonly cells = new LinkCells();
  private opened = 0;
  private searchAt = FIRST_SEARCH;
  /** Links with a backlog. */
  private readonly stalled = new Set<Link>();
  /** True while a backlog is sent on: what is kept back again has been counted. */
  private flushing = false;

  /**
   * @param sizeOf - Wire size of a message in bytes.
   * @param measureBytes - Count bytes sent although no bandwidth limit needs them; default false.
   */
  constructor(network: Network, sizeOf: (message: unknown) => number, measureBytes = false) {
    this.network = network;
    this.sizeOf = sizeOf;
    this.measuresBytes = measureBytes || network.metersBandwidth;
  }

  /** Links that some side still uses or that messages in flight name. Counts the table anew at each call. */
  get liveLinkCount(): number {
    let count = 0;
    for (const link of this.table) if (link.order !== 0 && !this.cells.isOver(link)) count++;
    return count;
  }

  /** Links ever in use at once, with those that are over and were not needed again. */
  get tableSize(): number {
    return this.table.length;
  }

  /**
   * Sends over the link to `to`, opening one when there is none. A dead peer shows as a closed link, later.
   *
   * @throws {SimulationError} `node-ended` when `from` has ended, `link-to-self` when `to` is its own identity.
   */
  send(from: LinkHolder, to: PeerId, message: unknown): void {
    const link = from.links.get(to) ?? this.open(from, to);
    from.simulation.meters.counts[METER.messagesSent]!++;
    const side = link.dialler === from ? 0 : 1;
    from.simulation.ledger?.use(this.cells.entry(link, side));
    this.transmit(link, side, message, 0);
  }

  /** Closes this node's side of its link to `peer`, if it has one; the other side is told. */
  close(from: LinkHolder, peer: PeerId): void {
    const link = from.links.get(peer);
    if (link === undefined) return;
    from.links.delete(peer);
    this.closeSide(link, sideOf(link, from), true);
  }

  /**
   * Ends all links of a node that ends: a stopped process says goodbye, a killed one falls silent.
   * Call it before the node is detached.
   */
  endNode(node: LinkHolder, how: NodeEnd): void {
    for (const link of node.links.values()) {
      const side = sideOf(link, node);
      this.closeSide(link, side, how === 'stopped');
      // What waits for a cut to end waits with its sender, and goes with it.
      dropWaiting(link, side);
      if (this.cells.state(link, 0) >= CLOSED) this.recycle(link);
    }
    node.links.clear();
    // It cannot close what it has not heard of: whoever is dialling it times out.
    for (let link = node.unheard; link !== undefined; link = node.unheard) {
      heard(link);
      if (this.cells.state(link, 0) === OPEN) this.setDeadline(link, 0, this.network.config.connectTimeoutUs);
    }
  }

  /** Handles an event of the link layer for `node`. */
  arrive(node: LinkHolder, linkId: number, message: unknown): void {
    const link = this.table[linkId]!;
    const side = link.dialler === node ? 0 : 1;
    const { order } = link;
    if (message === CLOSE_NOTICE) this.takeClose(node, link, side);
    else if (message === DEADLINE) this.takeDeadline(node, link, side);
    else if (this.cells.state(link, side) === OPEN || this.admits(node, link, side)) {
      node.simulation.meters.counts[METER.messagesDelivered]!++;
      node.simulation.ledger?.use(this.cells.entry(link, side));
      node.onLinkMessage(peerOf(link, opposite(side)), message);
    }
    // In flight until it has been handled: a link that is opened meanwhile must not take the record of this one.
    if (link.order !== order) return;
    this.cells.addInFlight(link, side, -1);
    if (this.cells.state(link, 0) >= CLOSED) this.recycle(link);
  }

  /** After a cut began: every link that it crosses is looked at again once it has idled out. */
  cutBegan(nodes: Iterable<Node>): void {
    // It may have taken the place of another of its name, which has ended then.
    this.cutEnded();
    for (const node of nodes) {
      if (!isLinkHolder(node)) continue;
      for (const link of node.links.values()) {
        if (this.isCrossed(link)) this.setDeadline(link, sideOf(link, node), this.network.config.idleTimeoutUs);
      }
    }
  }

  /** After a cut ended: what it kept back is sent on, in order. */
  cutEnded(): void {
    for (const link of Array.from(this.stalled)) this.flush(link);
  }

  /** After a hold ended: what it kept back is sent on, in order. */
  released(from: number, to: number): void {
    for (const link of Array.from(this.stalled)) {
      const [dialler, target] = [peerOf(link, 0).index, peerOf(link, 1).index];
      if ((dialler === from && target === to) || (dialler === to && target === from)) this.flush(link);
    }
  }

  /** Everything that a cut or a hold keeps back now, for the census. */
  *heldBack(): Generator<{ to: Node; message: unknown }, void, undefined> {
    for (const link of this.stalled) {
      for (const { side, message } of link.backlog) {
        const to = nodeOf(link, opposite(side));
        if (to !== undefined) yield { to, message };
      }
    }
  }

  private open(from: LinkHolder, to: PeerId): Link {
    if (!from.running) {
      throw new SimulationError('node-ended', `${String(from.peer)} sends to ${String(to)}, expected it to be running`);
    }
    if (to === from.peer) throw new SimulationError('link-to-self', `${String(to)} sends to itself, expected a peer`);
    const { simulation } = from;
    const link = this.free.pop() ?? this.grow();
    this.cells.begin(link, ++this.opened, from, to, this.network.baseLatencyUs(from.peer.index, to.index));
    simulation.meters.counts[METER.dials]!++;
    simulation.observer?.dialled?.(from, to);
    this.cells.setEntry(link, 0, simulation.ledger?.open('connection', from, to, 'link.dial') ?? NO_ENTRY);
    from.links.set(to, link);
    return link;
  }

  /** Links whose last event went down with its node are found by searching, each time the table has doubled. */
  private grow(): Link {
    if (this.table.length >= this.searchAt) {
      for (const link of this.table) if (this.cells.state(link, 0) >= CLOSED) this.recycle(link);
      this.searchAt = Math.max(FIRST_SEARCH, 2 * (this.table.length - this.free.length));
      const link = this.free.pop();
      if (link !== undefined) return link;
    }
    const link = blankLink(this.table.length);
    this.cells.reserve(this.table.length + 1);
    this.table.push(link);
    return link;
  }

  /** Puts a message of `side` on the wire, or wherever a fault keeps it. */
  private transmit(link: Link, side: Side, message: unknown, extraUs: number): void {
    const from = nodeOf(link, side)!;
    const far = opposite(side);
    const to = nodeOf(link, far);
    const { network } = this;
    if (to === undefined || !to.running) {
      // A restarted peer resets a connection of its former life; a dead one just does not answer.
      const reborn = peerOf(link, far).node !== undefined;
      this.setDeadline(link, side, reborn ? 2 * link.baseUs : network.config.connectTimeoutUs);
      return;
    }
    if (network.cuts.active > 0 && this.obstructed(link, side, message)) return;
    // A notice is small, and no message of the model's.
    const bytes = this.measuresBytes && message !== CLOSE_NOTICE ? this.sizeOf(message) : 0;
    const { simulation } = from;
    simulation.meters.counts[METER.bytesSent]! += bytes;
    let atUs = simulation.nowUs + network.streamDelayUs(from, link.baseUs, bytes) + extraUs;
    const last = this.cells.lastArrivalUs(link, far);
    if (atUs < last + extraUs) atUs = last + extraUs;
    this.cells.setLastArrival(link, far, atUs);
    this.cells.addInFlight(link, far, 1);
    simulation.post(to, atUs - simulation.nowUs, link.id, message);
  }

  /** Keeps a message back when something stands in its way now. */
  private obstructed(link: Link, side: Side, message: unknown): boolean {
    const { cuts, fired, config } = this.network;
    const obstacle = cuts.between(peerOf(link, side).index, peerOf(link, opposite(side)).index);
    if (obstacle === 'none') return false;
    if (!this.flushing) fired[obstacle]++;
    const held = obstacle === 'hold';
    link.backlog.push({ side, message, held, note: this.network.simulation.observer?.keeping?.() });
    this.stalled.add(link);
    if (held) return true;
    this.setDeadline(link, side, config.connectTimeoutUs);
    if (message === CLOSE_NOTICE) this.setDeadline(link, opposite(side), config.idleTimeoutUs);
    return true;
  }

  private flush(link: Link): void {
    const { backlog } = link;
    link.backlog = [];
    this.stalled.delete(link);
    this.flushing = true;
    const { observer } = this.network.simulation;
    for (const { side, message, note } of backlog) {
      observer?.sentOn?.(note);
      this.transmit(link, side, message, message === CLOSE_NOTICE ? 1 : 0);
    }
    observer?.sentOn?.(undefined);
    this.flushing = false;
    this.recycle(link);
  }

  /** Gives up one side; `announce` sends the other side a notice, else it finds out when it idles out. */
  private closeSide(link: Link, side: Side, announce: boolean, state = CLOSED): void {
    if (this.cells.state(link, side) >= CLOSED) return;
    this.cells.setState(link, side, state);
    this.settle(link, side);
    if (announce) this.announce(link, side);
    else {
      dropWaiting(link, side);
      if (this.cells.state(link, opposite(side)) === OPEN) {
        this.setDeadline(link, opposite(side), this.network.config.idleTimeoutUs);
      }
    }
    this.recycle(link);
  }

  /** Tells the other side that `side` is closed, unless it has closed too, has ended, or will never hear of the link. */
  private announce(link: Link, side: Side): void {
    const far = opposite(side);
    if (this.cells.state(link, far) >= CLOSED || nodeOf(link, far)?.running !== true) return;
    if (this.cells.state(link, far) === UNOPENED && this.cells.inFlight(link, far) === 0 && link.backlog.length === 0) {
      this.cells.setState(link, far, CLOSED);
      heard(link);
    } else this.transmit(link, side, CLOSE_NOTICE, 1);
  }

  /** A message came to a side that does not have the link open; true when it is delivered all the same. */
  private admits(node: LinkHolder, link: Link, side: Side): boolean {
    if (this.cells.state(link, side) === UNOPENED) {
      heard(link);
      this.adopt(node, link, side);
      return node.running;
    }
    // What was in flight when this side closed the link is delivered.
    if (this.cells.state(link, side) !== LOST) return true;
    this.announce(link, side);
    return false;
  }

  /** A side hears of a link for the first time. */
  private adopt(node: LinkHolder, link: Link, side: Side): void {
    const far = opposite(side);
    const peer = peerOf(link, far);
    const { connectTimeoutUs, idleTimeoutUs } = this.network.config;
    const older = node.links.get(peer);
    if (older !== undefined) {
      if (older.order > link.order) return this.refuse(node, link, side, older);
      if (this.supersede(node, link, side, older)) {
        // The end of the older link is news that must not come after the newer link's first message.
        this.tellClosed(node, peer);
        if (!node.running) return this.setDeadline(link, far, connectTimeoutUs);
        const newer = node.links.get(peer);
        if (newer !== undefined) return this.refuse(node, link, side, newer);
      }
    }
    this.cells.setState(link, side, OPEN);
    this.cells.setEntry(link, side, node.simulation.ledger?.open('connection', node, peer, 'link.accept') ?? NO_ENTRY);
    node.links.set(peer, link);
    // A notice may be under way or lost, and a cut may have begun while the message was in flight.
    if (this.looksDead(link, side)) this.setDeadline(link, side, idleTimeoutUs);
  }

  /** Closes `older` in favour of `link`; true when its other side was gone, which is news for the node. */
  private supersede(node: LinkHolder, link: Link, side: Side, older: Link): boolean {
    const far = opposite(side);
    const olderSide = sideOf(older, node);
    const olderFar = opposite(olderSide);
    const farState = this.cells.state(older, olderFar);
    const gone = farState === CLOSED || farState === LOST || nodeOf(older, olderFar)?.running !== true;
    node.links.delete(peerOf(link, far));
    if (!gone) {
      // Both sides dialled at once: it is one conversation, which goes on in order.
      this.cells.setLastArrival(
        link,
        far,
        Math.max(this.cells.lastArrivalUs(link, far), this.cells.lastArrivalUs(older, olderFar)),
      );
      const kept = older.backlog.filter((entry) => entry.side === olderSide);
      if (kept.length > 0) {
        older.backlog = older.backlog.filter((entry) => entry.side !== olderSide);
        for (const { message, held, note } of kept) link.backlog.push({ side, message, held, note });
        this.stalled.add(link);
        this.setDeadline(link, side, this.network.config.connectTimeoutUs);
      }
    } else dropWaiting(older, olderSide);
    this.closeSide(older, olderSide, true, MOVED);
    return gone;
  }

  /** The node uses a newer link of the pair, to which the other side moves over, or else learns that this one is closed. */
  private refuse(node: LinkHolder, link: Link, side: Side, newer: Link): void {
    const far = opposite(side);
    const newerFar = opposite(sideOf(newer, node));
    this.cells.setLastArrival(
      link,
      far,
      Math.max(this.cells.lastArrivalUs(link, far), this.cells.lastArrivalUs(newer, newerFar)),
    );
    this.cells.setState(link, side, MOVED);
    this.announce(link, side);
  }

  private takeClose(node: LinkHolder, link: Link, side: Side): void {
    if (this.cells.state(link, side) >= CLOSED) return;
    heard(link);
    this.leave(node, link, side, CLOSED);
  }

  private takeDeadline(node: LinkHolder, link: Link, side: Side): void {
    if (this.cells.deadlineUs(link, side) > node.simulation.nowUs) return;
    this.cells.setDeadlineUs(link, side, Infinity);
    if (!this.looksDead(link, side)) return;
    dropWaiting(link, side);
    if (this.cells.state(link, side) !== OPEN) return;
    const far = opposite(side);
    const answered = side === 1 || (link.target !== undefined && this.cells.state(link, 1) !== UNOPENED);
    if (!answered) node.simulation.meters.counts[METER.dialsFailed]!++;
    if (this.cells.state(link, far) === OPEN) this.setDeadline(link, far, this.network.config.idleTimeoutUs);
    this.leave(node, link, side, LOST);
  }

  /** The link is over for a node that did not close it. */
  private leave(node: LinkHolder, link: Link, side: Side, state: number): void {
    this.cells.setState(link, side, state);
    this.settle(link, side);
    dropWaiting(link, side);
    const peer = peerOf(link, opposite(side));
    if (node.links.get(peer) !== link) return;
    node.links.delete(peer);
    this.tellClosed(node, peer);
  }

  private tellClosed(node: LinkHolder, peer: PeerId): void {
    node.simulation.observer?.toldClosed?.(node, peer);
    node.onLinkClosed(peer);
  }

  private setDeadline(link: Link, side: Side, inUs: number): void {
    const node = nodeOf(link, side);
    if (node === undefined || !node.running) return;
    const { simulation } = node;
    const atUs = simulation.nowUs + inUs;
    if (this.cells.deadlineUs(link, side) <= atUs) return;
    this.cells.setDeadlineUs(link, side, atUs);
    this.cells.addInFlight(link, side, 1);
    simulation.post(node, inUs, link.id, DEADLINE);
  }

  /** True when a side has reason to think that nobody is there. */
  private looksDead(link: Link, side: Side): boolean {
    const far = opposite(side);
    return this.cells.state(link, far) >= CLOSED || nodeOf(link, far)?.running !== true || this.isCrossed(link);
  }

  /** True when a partition or a black hole stops either direction now. */
  private isCrossed(link: Link): boolean {
    const { cuts } = this.network;
    if (cuts.active === 0) return false;
    const [dialler, target] = [peerOf(link, 0).index, peerOf(link, 1).index];
    return isCut(cuts.between(dialler, target)) || isCut(cuts.between(target, dialler));
  }

  private settle(link: Link, side: Side): void {
    const entry = this.cells.entry(link, side);
    if (entry === NO_ENTRY) return;
    this.cells.setEntry(link, side, NO_ENTRY);
    nodeOf(link, side)!.simulation.ledger?.close(entry, 'closed');
  }

  /** Returns a link to the pool once it is over. */
  private recycle(link: Link): void {
    if (link.order === 0 || !this.cells.isOver(link)) return;
    this.stalled.delete(link);
    endLink(link);
    this.free.push(link);
  }
}

function isCut(obstacle: string): boolean {
  return obstacle === 'partition' || obstacle === 'black-hole';
}
