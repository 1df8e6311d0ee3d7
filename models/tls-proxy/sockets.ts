// The sockets of one node: dials, the accept backlog, and where arriving packets go.
// Invariant: a packet for a connection that is not in the table is answered with a reset, never handled.
import { METER } from '../../sim/meters.ts';
import type { Network } from '../../sim/network/network.ts';
import type { PeerId } from '../../sim/peer.ts';
import { channel } from '../../sim/tasks/channel.ts';
import type { Receiver, Sender } from '../../sim/tasks/channel.ts';
import type { TaskNode } from '../../sim/tasks/task-node.ts';
import type { ProxyPacket } from './contract.ts';
import { bytesOf, Socket, wordOf } from './socket.ts';

/** Connections that wait to be accepted; more are refused. */
const BACKLOG = 128;
/** A node's connections are numbered within so many; its incarnation stands above. */
const IDS_PER_NODE = 2 ** 24;

/** See the file's head. */
export class Sockets {
  readonly node: TaskNode;
  readonly network: Network;
  /** Sockets to be accepted, in order. */
  readonly accepted: Receiver<Socket>;
  private readonly backlog: Sender<Socket>;
  private readonly table = new Map<number, Socket>();
  private dialled = 0;

  constructor(node: TaskNode, network: Network) {
    this.node = node;
    this.network = network;
    const { sender, receiver } = channel<Socket>(BACKLOG, { executor: node.executor, site: 'proxy.backlog' });
    this.backlog = sender;
    this.accepted = receiver;
  }

  /** Begins a connection to `remote`, which may be down. */
  dial(remote: PeerId): Socket {
    const { node } = this;
    const { simulation } = node;
    simulation.meters.counts[METER.dials]!++;
    simulation.observer?.dialled?.(node, remote);
    const socket = new Socket(this, node.serial * IDS_PER_NODE + ++this.dialled, remote, 'client');
    this.table.set(socket.id, socket);
    socket.send('syn');
    return socket;
  }

  /** Handles a packet. */
  receive(packet: ProxyPacket): void {
    this.node.simulation.meters.counts[METER.messagesDelivered]!++;
    const { kind, id } = packet;
    const socket = this.table.get(id);
    if (socket !== undefined) socket.take(packet);
    else if (kind === 'syn') this.accept(packet);
    else if (kind === 'syn-ack' || kind === 'segment') this.refuse(packet);
  }

  /** True while there is a connection to `remote`, made or in the making. */
  reaches(remote: PeerId): boolean {
    for (const socket of this.table.values()) if (socket.remote === remote) return true;
    return false;
  }

  /** True while there is one that this node dialled. */
  dials(remote: PeerId): boolean {
    for (const socket of this.table.values()) if (socket.remote === remote && socket.side === 'client') return true;
    return false;
  }

  /** The peers at the other ends; one may come more than once. */
  *remotes(): Generator<PeerId, void, undefined> {
    for (const { remote } of this.table.values()) yield remote;
  }

  /** A socket is over; for {@link Socket}. */
  remove(socket: Socket): void {
    this.table.delete(socket.id);
  }

  /** Closes all. */
  closeAll(): void {
    for (const socket of this.table.values()) socket.close();
  }

  /** Resets all; returns how many. */
  abortAll(): number {
    const open = [...this.table.values()];
    for (const socket of open) socket.abort();
    return open.length;
  }

  /** What the census sees. */
  expose(): Map<number, Record<string, unknown>> {
    return new Map([...this.table].map(([id, socket]) => [id, socket.expose()]));
  }

  private accept(packet: ProxyPacket): void {
    const socket = new Socket(this, packet.id, packet.from, 'server');
    this.table.set(socket.id, socket);
    if (this.backlog.trySend(socket) === 'sent') socket.send('syn-ack');
    else socket.close();
  }

  private refuse({ from, id }: ProxyPacket): void {
    const { node, network } = this;
    const obstacle = network.cuts.between(node.peer.index, from.index);
    if (obstacle !== 'none') network.fired[obstacle]++;
    if (obstacle !== 'none' || from.node === undefined) return;
    const packet: ProxyPacket = { kind: 'rst', from: node.peer, id, records: [] };
    const { counts } = node.simulation.meters;
    counts[METER.messagesSent]!++;
    counts[METER.bytesSent]! += bytesOf(packet);
    const baseUs = network.baseLatencyUs(node.peer.index, from.index);
    node.simulation.post(from.node, network.streamDelayUs(node, baseUs, bytesOf(packet)), wordOf(packet), packet);
  }
}
