// What one connection stands for in the ledger, in the cost account and in the library's log.
// Invariant: one entry is open from its first packet to its end, `half-open` first and then `connection`.
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { TaskHandle } from '../../sim/tasks/task.ts';
import { QUIC_BYTES } from './contract.ts';
import type { Endpoint } from './endpoint.ts';

/** Sizes of events as a log keeps them, in bytes. */
const PACKET_EVENT_BYTES = 160;
const STATE_EVENT_BYTES = 240;

/** See the file's head. */
export class Accounting {
  private readonly endpoint: Endpoint;
  private readonly remote: PeerId;
  /** The connection's driver, in whose name everything is charged. */
  private readonly driver: TaskHandle<void>;
  private readonly costRow: number;
  private entry: EntryId;

  constructor(endpoint: Endpoint, remote: PeerId, driver: TaskHandle<void>) {
    this.endpoint = endpoint;
    this.remote = remote;
    this.driver = driver;
    this.costRow = endpoint.node.simulation.costs?.row(driver.path) ?? -1;
    this.entry = this.open('half-open', 'quic.half-open', QUIC_BYTES.halfOpen);
  }

  /** Charges an operation, by its place in the cost table; see `QuicOps`. */
  charge(op: number, times = 1): void {
    const { node } = this.endpoint;
    const { costs } = node.simulation;
    if (costs !== undefined && op >= 0) node.cpuUs += costs.charge(this.costRow, op, times);
  }

  packetSent(datagrams: number): void {
    const { ops, note } = this.endpoint;
    this.charge(ops.send, datagrams);
    if (note !== undefined) note('debug', 'packet sent', PACKET_EVENT_BYTES, this.local);
  }

  packetReceived(datagrams: number): void {
    const { ops, note } = this.endpoint;
    this.charge(ops.receive, datagrams);
    if (note !== undefined) note('debug', 'packet received', PACKET_EVENT_BYTES, this.local);
  }

  /** A poll that the driver would have had; see driver.ts. */
  driverWoken(): void {
    this.endpoint.driverAccount.polls++;
    this.charge(this.endpoint.ops.poll);
  }

  /** @param alpn - What is spoken; part of the site, as a pair may have a connection of each. */
  established(alpn: string): void {
    this.over('established');
    this.entry = this.open('connection', `quic.connection-${alpn}`, QUIC_BYTES.connection);
    this.endpoint.note?.('info', 'handshake done', STATE_EVENT_BYTES, this.local);
  }

  closed(): void {
    this.charge(this.endpoint.ops.close);
    this.endpoint.note?.('info', 'closed', STATE_EVENT_BYTES, this.local);
  }

  /** Nothing is held any more. */
  over(why: string): void {
    this.endpoint.node.simulation.ledger?.close(this.entry, why);
    this.entry = NO_ENTRY;
  }

  /** The node itself sends something on it, or takes what came. */
  used(): void {
    this.endpoint.node.simulation.ledger?.use(this.entry);
  }

  openStream(): EntryId {
    return this.open('stream', 'quic.stream', QUIC_BYTES.stream);
  }

  closeStream(entry: EntryId): void {
    this.endpoint.node.simulation.ledger?.close(entry, 'over');
  }

  private open(kind: 'half-open' | 'connection' | 'stream', site: string, bytes: number): EntryId {
    const { node } = this.endpoint;
    return node.simulation.ledger?.open(kind, node, this.remote, site, bytes) ?? NO_ENTRY;
  }

  /** What the driver carries along, such as the span it was spawned in. */
  private get local(): unknown {
    return (this.driver as { readonly local?: unknown }).local;
  }
}
