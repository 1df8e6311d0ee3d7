// Links: reliable, ordered connections between nodes, each with an identity of its own.
// Invariant: messages of one direction arrive in sending order; a close arrives after everything sent before it, one
// latency and 1 us later; and a close of one link never touches a newer link of the same pair.
import { NO_ENTRY } from '../ledger/ledger.ts';
import type { EntryId } from '../ledger/ledger.ts';
import { METER } from '../meters.ts';
import { Node } from '../node.ts';
import type { PeerId } from '../peer.ts';
import type { NodeEnd } from '../simulation.ts';
import type { Network } from './network.ts';

/** A side has not heard of the link yet, uses it, or has given it up. */
const UNOPENED = 0;
const OPEN = 1;
const CLOSED = 2;

/** Payloads of the link layer itself; never seen by a model. */
const CLOSE_NOTICE = Symbol('close');
const DEADLINE = Symbol('deadline');

/** One connection between two incarnations. Side 0 dialled, side 1 was dialled. Objects are pooled. */
interface Link {
  readonly id: number;
  /** Counts all links ever opened, so that of two links the newer is known. */
  order: number;
  dialler: LinkedNode;
  /** The incarnation that was dialled; undefined when the peer was down. */
  target: LinkedNode | undefined;
  targetPeer: PeerId;
  baseUs: number;
  readonly state: [number, number];
  /** Latest arrival per receiving side: later messages never arrive before it. */
  readonly lastArrivalUs: [number, number];
  /** Events in the queue per receiving side that name this link. */
  readonly inFlight: [number, number];
  /** When a side will next look whether the link is dead; Infinity when it has no reason to. */
  readonly deadlineUs: [number, number];
  readonly entry: [EntryId, EntryId];
  /** What a cut holds back, in order; empty when nothing is. */
  stalled: { side: number; message: unknown }[];
}

/** A node that talks over links. The model implements what it does with messages and closed links. */
export abstract class LinkedNode extends Node {
  /** The link in use per peer. */
  readonly links = new Map<PeerId, Link>();
  readonly network: LinkNetwork;

  constructor(network: LinkNetwork) {
    super();
    this.network = network;
  }

  override connections(): Iterable<PeerId> {
    return this.links.keys();
  }

  override onMessage(link: number, message: unknown): void {
    this.network.arrive(this, link, message);
  }

  /** A message arrived from `from`. */
  abstract onLinkMessage(from: PeerId, message: unknown): void;

  /** The other side, or the network, closed the link to `peer`. Not called for links this node closed. */
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
  private opened = 0;
  private readonly parked = new Map<string, { link: Link; side: number; message: unknown }[]>();
  private readonly stalledLinks = new Set<Link>();

  /**
   * @param sizeOf - Wire size of a message in bytes.
   * @param measureBytes - Count bytes sent although no bandwidth limit needs them; default false.
   */
  constructor(network: Network, sizeOf: (message: unknown) => number, measureBytes = false) {
    this.network = network;
    this.sizeOf = sizeOf;
    this.measuresBytes = measureBytes || network.metersBandwidth;
  }

  /** Links that some side still uses or that messages in flight name. */
  get liveLinkCount(): number {
    return this.table.length - this.free.length;
  }

  /** Sends over the link to `to`, opening one when there is none. A dead peer shows as a closed link, later. */
  send(from: LinkedNode, to: PeerId, message: unknown): void {
    const link = from.links.get(to) ?? this.open(from, to);
    from.simulation.meters.counts[METER.messagesSent]!++;
    this.transmit(link, link.dialler === from ? 0 : 1, message, 0);
  }

  /** Closes this node's side of its link to `peer`, if it has one; the other side is told. */
  close(from: LinkedNode, peer: PeerId): void {
    const link = from.links.get(peer);
    if (link === undefined) return;
    from.links.delete(peer);
    this.closeSide(link, link.dialler === from ? 0 : 1, true);
  }

  /** Ends all links of a node that ends: a stopped process says goodbye, a killed one falls silent. */
  endNode(node: LinkedNode, how: NodeEnd): void {
    for (const link of node.links.values()) this.closeSide(link, link.dialler === node ? 0 : 1, how === 'stopped');
    node.links.clear();
  }

  /** Handles an event of the link layer for `node`. */
  arrive(node: LinkedNode, linkId: number, message: unknown): void {
    const link = this.table[linkId]!;
    const side = link.dialler === node ? 0 : 1;
    link.inFlight[side]!--;
    if (message === CLOSE_NOTICE) this.takeClose(node, link, side);
    else if (message === DEADLINE) this.takeDeadline(node, link, side);
    else {
      if (link.state[side] === UNOPENED) this.adopt(node, link, side);
      node.simulation.meters.counts[METER.messagesDelivered]!++;
      // Delivered even when this side has closed the link: it was in flight already.
      node.onLinkMessage(this.peerOf(link, 1 - side), message);
    }
    this.recycle(link);
  }

  /** After a cut began: every link that it crosses is looked at again once it has idled out. */
  cutBegan(nodes: Iterable<Node>): void {
    const { cuts, config } = this.network;
    for (const node of nodes) {
      if (!(node instanceof LinkedNode)) continue;
      for (const [peer, link] of node.links) {
        const crossed = isCut(cuts.between(node.peer.index, peer.index)) || isCut(cuts.between(peer.index, node.peer.index));
        if (crossed) this.setDeadline(link, link.dialler === node ? 0 : 1, config.idleTimeoutUs);
      }
    }
  }

  /** After a cut ended: what it held back is sent on, in order. */
  cutEnded(): void {
    const links = [...this.stalledLinks];
    this.stalledLinks.clear();
    for (const link of links) {
      const stalled = link.stalled;
      link.stalled = [];
      for (const { side, message } of stalled) this.transmit(link, side, message, message === CLOSE_NOTICE ? 1 : 0);
    }
  }

  /** After a hold ended: what it parked is sent on, in order. */
  released(from: number, to: number): void {
    const key = `${from}>${to}`;
    const parked = this.parked.get(key) ?? [];
    this.parked.delete(key);
    for (const { link, side, message } of parked) {
      link.inFlight[1 - side]!--;
      this.transmit(link, side, message, message === CLOSE_NOTICE ? 1 : 0);
      this.recycle(link);
    }
  }

  /** Everything that a cut or a hold keeps back now, for the census. */
  *heldBack(): Generator<{ to: Node; message: unknown }, void, undefined> {
    for (const link of this.stalledLinks) {
      for (const { side, message } of link.stalled) {
        const to = nodeOf(link, 1 - side);
        if (to !== undefined) yield { to, message };
      }
    }
    for (const list of this.parked.values()) {
      for (const { link, side, message } of list) {
        const to = nodeOf(link, 1 - side);
        if (to !== undefined) yield { to, message };
      }
    }
  }

  private open(from: LinkedNode, to: PeerId): Link {
    const { simulation } = from;
    const baseUs = this.network.baseLatencyUs(from.peer.index, to.index);
    const link = this.free.pop() ?? this.blank(from, to);
    link.order = ++this.opened;
    link.dialler = from;
    link.target = to.node as LinkedNode | undefined;
    link.targetPeer = to;
    link.baseUs = baseUs;
    link.state[0] = OPEN;
    link.state[1] = link.target === undefined ? CLOSED : UNOPENED;
    link.lastArrivalUs[0] = link.lastArrivalUs[1] = 0;
    link.inFlight[0] = link.inFlight[1] = 0;
    link.deadlineUs[0] = link.deadlineUs[1] = Infinity;
    link.entry[0] = simulation.ledger?.open('connection', from, to, 'link.dial') ?? NO_ENTRY;
    link.entry[1] = NO_ENTRY;
    simulation.meters.counts[METER.dials]!++;
    simulation.observer?.dialled?.(from, to);
    from.links.set(to, link);
    return link;
  }

  private blank(from: LinkedNode, to: PeerId): Link {
    const link: Link = {
      id: this.table.length,
      order: 0,
      dialler: from,
      target: undefined,
      targetPeer: to,
      baseUs: 0,
      state: [CLOSED, CLOSED],
      lastArrivalUs: [0, 0],
      inFlight: [0, 0],
      deadlineUs: [Infinity, Infinity],
      entry: [NO_ENTRY, NO_ENTRY],
      stalled: [],
    };
    this.table.push(link);
    return link;
  }

  /** Puts a message of `side` on the wire, or wherever a fault keeps it. */
  private transmit(link: Link, side: number, message: unknown, extraUs: number): void {
    const from = nodeOf(link, side)!;
    const to = nodeOf(link, 1 - side);
    const { network } = this;
    if (to === undefined || !to.running) {
      // A restarted peer resets a connection of its former life; a dead one just does not answer.
      const reborn = this.peerOf(link, 1 - side).node !== undefined;
      this.setDeadline(link, side, reborn ? 2 * link.baseUs : network.config.connectTimeoutUs);
      return;
    }
    if (network.cuts.active > 0 && this.obstructed(link, side, message, from, to)) return;
    const bytes = this.measuresBytes ? this.sizeOf(message) : 0;
    const { simulation } = from;
    simulation.meters.counts[METER.bytesSent]! += bytes;
    let atUs = simulation.nowUs + network.streamDelayUs(from.slot, link.baseUs, bytes) + extraUs;
    const last = link.lastArrivalUs[1 - side]!;
    if (atUs < last + extraUs) atUs = last + extraUs;
    link.lastArrivalUs[1 - side] = atUs;
    link.inFlight[1 - side]!++;
    simulation.post(to, atUs - simulation.nowUs, link.id, message);
  }

  private obstructed(link: Link, side: number, message: unknown, from: LinkedNode, to: LinkedNode): boolean {
    const { network } = this;
    const obstacle = network.cuts.between(from.peer.index, to.peer.index);
    if (obstacle === 'none') return false;
    network.fired[obstacle]++;
    if (obstacle === 'hold') {
      const key = `${from.peer.index}>${to.peer.index}`;
      const list = this.parked.get(key);
      if (list === undefined) this.parked.set(key, [{ link, side, message }]);
      else list.push({ link, side, message });
      // A parked message names the link just as one in the queue does.
      link.inFlight[1 - side]!++;
      return true;
    }
    link.stalled.push({ side, message });
    this.stalledLinks.add(link);
    if (message === CLOSE_NOTICE) this.setDeadline(link, 1 - side, network.config.idleTimeoutUs);
    else this.setDeadline(link, side, network.config.connectTimeoutUs);
    return true;
  }

  /** Gives up one side; `announce` sends the other side a notice, else it finds out when it idles out. */
  private closeSide(link: Link, side: number, announce: boolean): void {
    const node = nodeOf(link, side)!;
    if (link.state[side] === CLOSED) return;
    link.state[side] = CLOSED;
    this.settle(link, side, node);
    const far = nodeOf(link, 1 - side);
    if (far !== undefined && far.running && link.state[1 - side] !== CLOSED) {
      if (announce) this.transmit(link, side, CLOSE_NOTICE, 1);
      else this.setDeadline(link, 1 - side, this.network.config.idleTimeoutUs);
    }
    this.recycle(link);
  }

  /** A side hears of a link for the first time. */
  private adopt(node: LinkedNode, link: Link, side: number): void {
    const peer = this.peerOf(link, 1 - side);
    const older = node.links.get(peer);
    if (older !== undefined) {
      if (older.order > link.order) {
        // Both dialled at once and ours is newer: the other side moves over when it hears from us.
        link.state[side] = CLOSED;
        return;
      }
      const olderSide = older.dialler === node ? 0 : 1;
      const farNode = nodeOf(older, 1 - olderSide);
      const gone = farNode === undefined || !farNode.running || older.state[1 - olderSide] === CLOSED;
      node.links.delete(peer);
      older.state[olderSide] = CLOSED;
      this.settle(older, olderSide, node);
      link.lastArrivalUs[1 - side] = Math.max(link.lastArrivalUs[1 - side]!, older.lastArrivalUs[1 - olderSide]!);
      this.recycle(older);
      // The end of the older link is news that must not come after the newer link's first message.
      if (gone) this.tellClosed(node, peer);
      if (node.links.has(peer)) {
        link.state[side] = CLOSED;
        return;
      }
    }
    link.state[side] = OPEN;
    link.entry[side] = node.simulation.ledger?.open('connection', node, peer, 'link.accept') ?? NO_ENTRY;
    node.links.set(peer, link);
    const far = nodeOf(link, 1 - side);
    if (far === undefined || !far.running) this.setDeadline(link, side, this.network.config.idleTimeoutUs);
  }

  private takeClose(node: LinkedNode, link: Link, side: number): void {
    const state = link.state[side];
    if (state === CLOSED) return;
    link.state[side] = CLOSED;
    this.settle(link, side, node);
    this.dropFromNode(node, link, side);
  }

  private takeDeadline(node: LinkedNode, link: Link, side: number): void {
    if (link.deadlineUs[side]! > node.simulation.nowUs) return;
    link.deadlineUs[side] = Infinity;
    if (link.state[side] !== OPEN) return;
    const far = nodeOf(link, 1 - side);
    const { cuts } = this.network;
    const [here, there] = [node.peer.index, this.peerOf(link, 1 - side).index];
    const dead =
      far === undefined ||
      !far.running ||
      link.state[1 - side] === CLOSED ||
      (cuts.active > 0 && (isCut(cuts.between(here, there)) || isCut(cuts.between(there, here))));
    if (!dead) return;
    link.stalled = link.stalled.filter((held) => held.side !== side);
    if (far === undefined) node.simulation.meters.counts[METER.dialsFailed]!++;
    link.state[side] = CLOSED;
    this.settle(link, side, node);
    if (far?.running === true && link.state[1 - side] === OPEN) {
      this.setDeadline(link, 1 - side, this.network.config.idleTimeoutUs);
    }
    this.dropFromNode(node, link, side);
  }

  private dropFromNode(node: LinkedNode, link: Link, side: number): void {
    const peer = this.peerOf(link, 1 - side);
    if (node.links.get(peer) !== link) return;
    node.links.delete(peer);
    this.tellClosed(node, peer);
  }

  private tellClosed(node: LinkedNode, peer: PeerId): void {
    node.simulation.observer?.toldClosed?.(node, peer);
    node.onLinkClosed(peer);
  }

  private setDeadline(link: Link, side: number, inUs: number): void {
    const node = nodeOf(link, side);
    if (node === undefined || !node.running) return;
    const { simulation } = node;
    const atUs = simulation.nowUs + inUs;
    if (link.deadlineUs[side]! <= atUs) return;
    link.deadlineUs[side] = atUs;
    link.inFlight[side]!++;
    simulation.post(node, inUs, link.id, DEADLINE);
  }

  private settle(link: Link, side: number, node: LinkedNode): void {
    const entry = link.entry[side]!;
    if (entry === NO_ENTRY) return;
    link.entry[side] = NO_ENTRY;
    node.simulation.ledger?.close(entry, 'closed');
  }

  /** Returns a link to the pool once neither side uses it and no event can name it. */
  private recycle(link: Link): void {
    if (link.state[0] !== CLOSED) return;
    if (link.state[1] === OPEN || (link.state[1] === UNOPENED && link.inFlight[1]! > 0 && link.target?.running === true)) return;
    if (link.inFlight[0]! > 0 && link.dialler.running) return;
    if (link.inFlight[1]! > 0 && link.target?.running === true) return;
    if (link.order === 0) return;
    link.order = 0;
    link.stalled = [];
    this.stalledLinks.delete(link);
    this.free.push(link);
  }

  private peerOf(link: Link, side: number): PeerId {
    return side === 0 ? link.dialler.peer : link.targetPeer;
  }
}

function nodeOf(link: Link, side: number): LinkedNode | undefined {
  return side === 0 ? link.dialler : link.target;
}

function isCut(obstacle: string): boolean {
  return obstacle === 'partition' || obstacle === 'black-hole';
}
