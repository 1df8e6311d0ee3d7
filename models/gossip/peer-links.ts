// The links of one node's gossip: the map of peers, the dials, and the loops of their connections.
// Invariant (clean): between two inputs every entry is pending with a dial that runs, or active with a loop that runs or
// whose end is about to be joined; a peer that is lost without the protocols' doing is told of once.
import type { CostTable } from '../../sim/cost/table.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import { block, panic } from '../../sim/tasks/future.ts';
import type { Future, TaskBody } from '../../sim/tasks/future.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import { TaskSet } from '../../sim/tasks/task-set.ts';
import type { Joined } from '../../sim/tasks/task-set.ts';
import { timeout } from '../../sim/tasks/timers.ts';
import type { Connection } from '../quic/connection.ts';
import type { Endpoint } from '../quic/endpoint.ts';
import type { Packet } from '../topics/contract.ts';
import { connectionLoop } from './connection-loop.ts';
import { CONNECTION_LOOP_BYTES, GOSSIP_ALPN } from './contract.ts';
import type { GossipCommand, GossipConfig, GossipDefects } from './contract.ts';
import { Dialer } from './dialer.ts';
import type { DialReason, Dialled } from './dialer.ts';
import { SendHandle } from './peers.ts';
import type { ConnectionControl, LoopEnd, PeerEntry } from './peers.ts';

/** What the links work with. */
export interface LinksOptions {
  readonly endpoint: Endpoint;
  readonly config: GossipConfig;
  readonly defects: GossipDefects;
  readonly costs: CostTable;
}

/** A packet that met a full channel, while the actor awaits room (a defect). */
interface Blocked {
  readonly sender: Sender<Packet>;
  readonly packet: Packet;
}

/** See the file's head. */
export class PeerLinks {
  /** What a census sees. */
  readonly peers = new Map<PeerId, PeerEntry>();
  /** Peers that were lost and that the protocols are still to be told of. */
  readonly lost: PeerId[] = [];
  readonly dialer: Dialer;
  /** Which connection each loop is of: one that was aborted gives no result. */
  readonly connectionOf = new Map<TaskHandle<LoopEnd>, number>();

  private readonly node: TaskNode;
  private readonly options: LinksOptions;
  private readonly inbox: Sender<GossipCommand>;
  private readonly loops: TaskSet<LoopEnd>;
  private blocked: Blocked[] = [];
  private readonly sendOp: number;
  private readonly recvOp: number;

  /** @param inbox - Where connection loops send what they read; cloned for each. */
  constructor(node: TaskNode, options: LinksOptions, inbox: Sender<GossipCommand>) {
    this.node = node;
    this.options = options;
    this.inbox = inbox;
    this.dialer = new Dialer(node, options.endpoint);
    this.loops = new TaskSet(node.executor);
    this.sendOp = options.costs.index['connection_loop/send']!;
    this.recvOp = options.costs.index['connection_loop/recv']!;
  }

  /** True while there is a connection to send to the peer on. */
  isActive(peer: PeerId): boolean {
    return this.peers.get(peer)?.kind === 'active';
  }

  /** True while something is sent to the peer, or will be once its dial is through. */
  has(peer: PeerId): boolean {
    const entry = this.peers.get(peer);
    return entry !== undefined && !(entry.kind === 'pending' && entry.isLeaving);
  }

  /** Connection loops that run or whose end was not joined. */
  get loopCount(): number {
    return this.loops.size;
  }

  /** Sends over the connection to `to`; dials when there is none. */
  send(to: PeerId, packet: Packet): void {
    const entry = this.peers.get(to);
    if (entry === undefined) this.dial(to, packet);
    else if (entry.kind === 'active') this.sendOn(to, entry.send.sender, packet);
    else {
      // A dial is started for an empty queue only: the entry is pending because one was.
      if (entry.queue.length === 0) this.dialer.dial(to, reasonOf(packet));
      entry.queue.push(packet);
      entry.isLeaving = false;
    }
  }

  /** Opens a further connection to a peer that there is one to; false when there is none. */
  dialAgain(to: PeerId): boolean {
    if (!this.isActive(to)) return false;
    this.dialer.dial(to, 'other');
    return true;
  }

  /** Sends a Join, and opens a connection for it whatever there is or is being opened (a defect). */
  dialAndSend(to: PeerId, join: Packet): void {
    const entry = this.peers.get(to);
    // The first packet to a peer begins a dial by itself.
    if (entry?.kind === 'active' || (entry !== undefined && entry.queue.length > 0)) this.dialer.dial(to, 'join');
    this.send(to, join);
  }

  /** The peers that there is a connection to send on to. */
  get activePeers(): readonly PeerId[] {
    return Array.from(this.peers.keys()).filter((peer) => this.isActive(peer));
  }

  /** Gives the peer up: its connection, or the dial of it, finishes what it was given, then closes. */
  remove(peer: PeerId): void {
    const entry = this.peers.get(peer);
    if (entry?.kind === 'pending') entry.isLeaving = true;
    else this.abandon(peer);
  }

  /** Takes a connection, dialled or accepted. */
  take(connection: Connection): void {
    const { defects } = this.options;
    const { remote } = connection;
    const inbound = connection.side === 'server';
    const entry = this.peers.get(remote);
    if (connection.isClosed) {
      if (!inbound) this.dialFailed(remote);
      return;
    }
    if (inbound && entry?.kind === 'active' && (defects['gossip-refuse-while-old-lingers'] ?? false)) {
      connection.close('already connected');
      return;
    }
    // As reported nothing settles which of two counts: it is the newest, and what waited for a dial goes over it.
    const newestCounts = defects['gossip-mutual-join-drops-both'] ?? false;
    if (inbound && newestCounts) this.dropOutbound(remote);
    if (entry !== undefined && !newestCounts && this.yields(connection, entry)) {
      this.receiveOn(connection);
      entry.others.push(connection.id);
    } else this.activate(connection, entry);
  }

  /**
   * Both sides must come to send on the same connection, although they see those that are dialled at once in different
   * order. Of two that are alive between the same two lives the one counts that the smaller index dialled; of one
   * dialler's own the newer. One that the other side has finished, or that a former life of it opened, counts no more.
   */
  private yields(connection: Connection, entry: PeerEntry): boolean {
    const inbound = connection.side === 'server';
    const isSmaller = this.node.peer.index < connection.remote.index;
    if (entry.kind === 'pending') return inbound && isSmaller;
    const { send } = entry;
    if (!send.isMutual || send.connection.remoteLife !== connection.remoteLife) return false;
    if (connection.side === send.connection.side) return false;
    return inbound === isSmaller;
  }

  /** The next dial that is over. */
  nextDial(): Future<Dialled> {
    return this.dialer.next();
  }

  /** Takes the result of a dial. */
  dialled({ peer, connection }: Dialled): void {
    if (connection === undefined) this.dialFailed(peer);
    else this.take(connection);
  }

  /** The next connection loop that has ended. */
  nextLoop(): Future<Joined<LoopEnd> | undefined> {
    return this.loops.joinNext();
  }

  /** Takes the result of a connection loop. */
  loopEnded({ task, result }: Joined<LoopEnd>): void {
    const connectionId = this.connectionOf.get(task)!;
    this.connectionOf.delete(task);
    if (result.kind === 'finished') this.connectionOver(result.value);
    else if (result.kind === 'panicked' || (this.options.defects['gossip-cancelled-child-panics'] ?? false)) {
      panic(`called unwrap on the result of a connection task that was ${result.kind}`);
    } else if (task.subject !== undefined) this.connectionOver({ peer: task.subject, connectionId });
  }

  /** Aborts one connection loop, as a supervisor might; false when there is none. */
  abortLoop(): boolean {
    for (const loop of this.loops.running) {
      loop.abort();
      return true;
    }
    return false;
  }

  /** Waits for room for what met a full channel; nothing in a clean stack. */
  *flushBlocked(): TaskBody<void> {
    while (this.blocked.length > 0) {
      const { sender, packet } = this.blocked.shift()!;
      try {
        yield* sender.send(packet);
      } finally {
        sender.drop();
      }
    }
  }

  /** Gives every peer up, and waits for the loops for as long as a finish may take. */
  *finish(): TaskBody<void> {
    this.removeAll();
    const { loops, node, options } = this;
    function* all(): TaskBody<void> {
      while ((yield* loops.joinNext()) !== undefined);
    }
    yield* timeout(node.executor, options.config.finishUs, block(all()));
  }

  /** Lets go of everything. */
  drop(): void {
    this.removeAll();
    this.dialer.drop();
    this.loops.abortAll();
    this.connectionOf.clear();
    for (const { sender } of this.blocked) sender.drop();
    this.blocked = [];
  }

  private removeAll(): void {
    for (const peer of Array.from(this.peers.keys())) this.abandon(peer);
  }

  /** Gives the peer up; a dial is cancelled. */
  private abandon(peer: PeerId): void {
    const entry = this.peers.get(peer);
    if (entry === undefined) return;
    this.peers.delete(peer);
    if (entry.kind === 'active') entry.send.end('removed');
    else {
      this.closeEntry(entry.entry);
      this.dialer.cancel(peer);
    }
  }

  private sendOn(to: PeerId, sender: Sender<Packet>, packet: Packet): void {
    const sent = sender.trySend(packet);
    if (sent === 'sent') return;
    if (sent === 'closed') {
      // Its loop has ended and is joined soon, in a clean stack; until then nobody listens.
      this.node.simulation.observer?.discarded?.(this.node, to, 'gossip: the send channel is closed');
    } else if (this.options.defects['gossip-actor-awaits-slow-peer'] ?? false) {
      this.blocked.push({ sender: sender.clone(), packet });
    } else {
      // A peer that does not keep up is let go, as one that is gone: the actor waits for nobody.
      this.remove(to);
      this.lost.push(to);
    }
  }

  private dial(to: PeerId, packet: Packet): void {
    const entry = this.node.simulation.ledger?.open('buffer', this.node, to, 'gossip.pending') ?? NO_ENTRY;
    this.peers.set(to, { kind: 'pending', queue: [packet], entry, others: [], isLeaving: false });
    this.dialer.dial(to, reasonOf(packet));
  }

  private activate(connection: Connection, before: PeerEntry | undefined): void {
    const { node, options } = this;
    const { remote } = connection;
    const others = before?.others ?? [];
    const queued = before?.kind === 'pending' ? before.queue : [];
    if (before?.kind === 'pending') {
      this.closeEntry(before.entry);
      if (connection.side === 'server') this.dialer.cancel(remote);
    } else if (before?.kind === 'active') {
      before.send.end('superseded');
      others.push(before.connectionId);
    }
    const control: ConnectionControl = { endOfSending: undefined, remoteFinished: false };
    const { executor } = node;
    const watched = { executor, site: 'gossip.send-queue', subject: remote };
    const { sender, receiver } = channel<Packet>(options.config.sendQueueCapacity, watched);
    this.spawnLoop(connection, receiver, queued, control);
    const send = new SendHandle(connection, sender, control);
    this.peers.set(remote, { kind: 'active', connectionId: connection.id, send, others });
    if (before?.kind === 'pending' && before.isLeaving) this.remove(remote);
  }

  /** A connection that this side does not send on: it is read from until the other side has finished. */
  private receiveOn(connection: Connection): void {
    const { sender, receiver } = channel<Packet>(1);
    sender.drop();
    this.spawnLoop(connection, receiver, [], { endOfSending: 'superseded', remoteFinished: false });
  }

  private spawnLoop(
    connection: Connection,
    outgoing: Receiver<Packet>,
    queued: readonly Packet[],
    control: ConnectionControl,
  ): void {
    const { node, options, sendOp, recvOp } = this;
    const { config, defects } = options;
    const inbox = this.inbox.clone();
    const bytes = CONNECTION_LOOP_BYTES;
    const context = { node, config, defects, connection, outgoing, queued, inbox, control, sendOp, recvOp };
    const owns = [outgoing, inbox, { drop: () => connection.close('gossip is done with it') }];
    const subject = connection.remote;
    const task = this.loops.spawn('gossip.connection-loop', connectionLoop(context), { subject, bytes, owns });
    this.connectionOf.set(task, connection.id);
  }

  private connectionOver({ peer, connectionId }: LoopEnd): void {
    const { defects } = this.options;
    const entry = this.peers.get(peer);
    if (entry === undefined) return;
    if (entry.kind === 'active' && entry.connectionId === connectionId) {
      if (!(defects['gossip-peer-kept-on-close'] ?? false)) this.remove(peer);
      this.lost.push(peer);
    } else if (!(defects['gossip-superseded-list-unbounded'] ?? false)) {
      const place = entry.others.indexOf(connectionId);
      if (place >= 0) entry.others.splice(place, 1);
    }
  }

  private dialFailed(peer: PeerId): void {
    const entry = this.peers.get(peer);
    if (entry?.kind !== 'pending') return;
    if (this.options.defects['gossip-peer-kept-on-dial-failure'] ?? false) return;
    this.abandon(peer);
    if (!entry.isLeaving) this.lost.push(peer);
  }

  /** iroh#2307: what this side dialled is given up for what came in. */
  private dropOutbound(peer: PeerId): void {
    this.dialer.cancel(peer);
    for (const connection of this.options.endpoint.connections) {
      if (connection.remote !== peer || connection.side !== 'client' || connection.alpn !== GOSSIP_ALPN) continue;
      connection.close('replaced by an inbound connection');
    }
  }

  private closeEntry(entry: EntryId): void {
    this.node.simulation.ledger?.close(entry, 'no longer pending');
  }
}

function reasonOf({ message }: Packet): DialReason {
  return message.kind === 'join' ? 'join' : 'other';
}
