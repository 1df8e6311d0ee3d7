// The node of a hosted class of one's own: messages by datagram, and what its author declared.
// Invariant: the author's functions run as events of the node alone.
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import { shown } from '../../sim/input.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { DatagramNetwork } from '../../sim/network/datagrams.ts';
import type { PeerId } from '../../sim/peer.ts';
import { estimatedBytes } from '../../models/own/messages.ts';
import type { Identity } from '../residue/identities.ts';
import { HostedLife } from './hosted-life.ts';
import type { HostedActArgs, HostedRun } from './hosted-life.ts';
import { HostedPeer } from './hosted-peer.ts';
import type { HostedEntryOptions, OnAct, OnBroadcast, OnMessage } from './hosted-peer.ts';

/** What an author wrote, its types checked where it was written. */
export interface OwnParts {
  /** What `load` gave. */
  readonly target: unknown;
  boot(node: HostedPeer, target: unknown): unknown;
  stop?(exposed: object, node: HostedPeer): unknown;
  neighbours?(exposed: object): Iterable<string>;
  identities?(name: string, index: number): Iterable<Identity>;
}

/** A message on its way. */
export class Letter {
  readonly from: string;
  readonly message: unknown;

  constructor(from: string, message: unknown) {
    this.from = from;
    this.message = message;
  }

  /** Class of it in a census: what the message says of itself, if it does. */
  get kind(): string {
    const { kind, type = kind } = (this.message ?? {}) as { kind?: unknown; type?: unknown };
    return typeof type === 'string' ? type : 'letter';
  }
}

/** See the file's head. */
export class OwnLife extends HostedLife {
  message: OnMessage | undefined = undefined;
  broadcasting: OnBroadcast | undefined = undefined;
  acting: OnAct | undefined = undefined;
  private readonly parts: OwnParts;
  private readonly datagrams: DatagramNetwork;
  private exposed: Record<string, unknown> = {};
  private hasBooted = false;
  private shownPeer: HostedPeer | undefined = undefined;

  constructor(run: HostedRun, peer: PeerId, parts: OwnParts) {
    super(run, peer);
    this.parts = parts;
    this.datagrams = new DatagramNetwork(run.network);
    for (const identity of parts.identities?.(String(peer), peer.index) ?? []) run.identities.add(peer, identity);
  }

  /** See {@link HostedPeer.send}. */
  send(to: string, message: unknown): void {
    if (!this.running) return;
    const peer = this.peerOf(to, 'send');
    const letter = new Letter(String(this.peer), copyOf(message));
    this.datagrams.send(this, peer, letter, estimatedBytes(letter.message));
  }

  /** See {@link HostedPeer.exposes}. */
  exposes(state: object): void {
    this.exposed = state as Record<string, unknown>;
  }

  /** See {@link HostedPeer.open}. */
  open(kind: EntryKind, site: string, { subject, bytes = 0 }: HostedEntryOptions = {}): EntryId {
    if (!this.running) return NO_ENTRY;
    const about = subject === undefined ? undefined : this.peerOf(subject, 'open: subject');
    return this.simulation.ledger?.open(kind, this, about, site, bytes) ?? NO_ENTRY;
  }

  /** See {@link HostedPeer.close}. */
  close(entry: EntryId, reason = 'done'): void {
    if (entry !== NO_ENTRY && this.running) this.simulation.ledger?.close(entry, reason);
  }

  override async boot(): Promise<void> {
    const exposed = await this.parts.boot(this.view, this.parts.target);
    if (typeof exposed === 'object' && exposed !== null) this.exposes(exposed);
    this.hasBooted = true;
  }

  override leave(): unknown {
    return this.parts.stop?.(this.exposed, this.view);
  }

  override receive(_slot: number, letter: Letter): void {
    // Nobody handles a promise that it returns: when that is rejected, the platform tells the host.
    void this.message?.(letter.from, letter.message);
  }

  override get canPublish(): boolean {
    return this.hasBooted && this.broadcasting !== undefined;
  }

  override publish(id: string, content: string): unknown {
    return this.broadcasting?.(id, content);
  }

  override act(act: string, args: HostedActArgs): unknown {
    return this.acting?.(act, args);
  }

  override expose(): Record<string, unknown> {
    return this.exposed;
  }

  override neighbours(): readonly PeerId[] | undefined {
    const { parts } = this;
    if (parts.neighbours === undefined) return undefined;
    if (!this.hasBooted) return [];
    return Array.from(parts.neighbours(this.exposed), (name) => this.peerOf(name, 'neighbours'));
  }

  private get view(): HostedPeer {
    return (this.shownPeer ??= new HostedPeer(this, this.run.config, this.run.defects));
  }

  private peerOf(name: string, where: string): PeerId {
    const peer = typeof name === 'string' ? this.run.identities.peerCalled(name) : undefined;
    if (peer !== undefined) return peer;
    throw new TypeError(`${where}: received ${shown(name)}, expected what a peer of this run is called, such as "p3"`);
  }
}

/** What arrives is nobody else's: no two nodes may hold the same object. */
function copyOf(message: unknown): unknown {
  return Buffer.isBuffer(message) ? Buffer.from(message) : structuredClone(message);
}
