// A node of a model of one's own: what reducers and tasks may do alike, and what a world asks of either.
// Invariant: what is sent is sealed; the state is exposed as it is, and nothing else of the node.
import { METER } from '../../sim/meters.ts';
import { InputError, SimulationError } from '../../sim/errors.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { readClock } from '../../sim/network/clocks.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import { LinkedNode } from '../../sim/network/links.ts';
import { shown } from '../../sim/input.ts';
import { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import type { ActArgs, EntryOptions, ModelInput, ModelOutput, Tagged } from './contract.ts';
import { Datagram, payloadClass, sealed } from './messages.ts';
import { NeighbourWatch } from './neighbour-watch.ts';
import { errorOfAuthor } from './shared.ts';
import type { Shared } from './shared.ts';

/** Whatever a node handles. */
export type Input = ModelInput<Tagged, Tagged>;

/** What a node is made of. */
export interface Life {
  readonly contacts: readonly PeerId[];
  readonly random: RandomStream;
  readonly clock: NodeClock;
  readonly state: object;
  /** Where every step is recorded; undefined in fast mode. */
  readonly recorder: Recorder | undefined;
}

/** See the file's head. */
export abstract class OwnNode extends LinkedNode {
  readonly contacts: readonly PeerId[];
  readonly random: RandomStream;
  readonly clock: NodeClock;
  protected readonly shared: Shared<unknown>;
  protected current: object;
  /** What is being handled, or was last. */
  protected input: Input = { kind: 'start' };
  private readonly isRecorded: boolean;
  private readonly watch: NeighbourWatch | undefined;

  constructor(shared: Shared<unknown>, { contacts, random, clock, state, recorder }: Life) {
    super(shared.links);
    this.shared = shared;
    this.contacts = contacts;
    this.random = random;
    this.clock = clock;
    this.current = state;
    this.isRecorded = recorder !== undefined;
    this.watch = shared.neighboursOf === undefined ? undefined : new NeighbourWatch(this);
  }

  /** Its first input; it is attached. */
  abstract begin(): void;
  /** An action of the plan; false when it changed nothing. */
  abstract act(act: string, args: ActArgs): boolean;
  /** True when what it begins is meant to arrive. */
  abstract get canBroadcast(): boolean;
  abstract broadcast(id: string, content: string): void;
  /** Leaves gracefully, and calls `end` when it has nothing left to do. */
  abstract leave(end: () => void): void;
  /** It was killed, and is about to be detached. */
  abstract die(): void;
  protected abstract messageCame(from: PeerId, message: Tagged): void;

  /** The state as it stands; not to be kept or changed. */
  get currentState(): object {
    return this.current;
  }

  /** What it handled last, in words. */
  get lastInput(): string {
    return describeInput(this.input);
  }

  get self(): PeerId {
    return this.peer;
  }

  get config(): unknown {
    return this.shared.config;
  }

  get defects(): Readonly<Record<string, boolean>> {
    return this.shared.defects;
  }

  get nowUs(): number {
    return readClock(this.clock, this.simulation.nowUs);
  }

  override onMessage(word: number, payload: unknown): void {
    if (payload instanceof Datagram) this.messageCame(payload.from, payload.message as Tagged);
    else super.onMessage(word, payload);
  }

  override onLinkMessage(from: PeerId, message: unknown): void {
    this.messageCame(from, message as Tagged);
  }

  override expose(): Record<string, unknown> {
    return this.current as Record<string, unknown>;
  }

  override neighbours(): readonly PeerId[] | undefined {
    const { shared, current } = this;
    if (shared.neighboursOf === undefined) return undefined;
    let peers: PeerId[];
    try {
      peers = [...shared.neighboursOf(current)];
      for (const peer of peers) if (!(peer instanceof PeerId)) refuseAsPeer(peer, 'neighbours');
    } catch (error) {
      throw errorOfAuthor(error, shared.name, 'neighbours', this, this.lastInput);
    }
    return peers;
  }

  override connections(): Iterable<PeerId> | undefined {
    return this.shared.datagrams === undefined ? super.connections() : undefined;
  }

  /** Sends to a peer. */
  send(to: PeerId, message: Tagged): void {
    const { shared } = this;
    if (!(to instanceof PeerId)) refuseAsPeer(to, 'send');
    const sent = sealed(message, this.isRecorded);
    if (shared.datagrams === undefined) this.network.send(this, to, sent);
    else shared.datagrams.send(this, to, new Datagram(this.peer, sent), shared.bytesOf(sent));
  }

  linked(peer: PeerId): boolean {
    if (!(peer instanceof PeerId)) refuseAsPeer(peer, 'linked');
    return this.links.has(peer);
  }

  disconnect(peer: PeerId): void {
    if (!(peer instanceof PeerId)) refuseAsPeer(peer, 'disconnect');
    this.network.close(this, peer);
  }

  askContacts(): PeerId[] {
    return this.shared.contactsFor(this.peer, this.random);
  }

  emit(output: ModelOutput): void {
    const { counts } = this.simulation.meters;
    switch (output.kind) {
      case 'deliver':
        this.deliver(output.id, output.hops);
        break;
      case 'duplicate':
        counts[METER.duplicates]!++;
        break;
      case 'join-attempt':
        counts[METER.joins]!++;
        if (output.redundant) counts[METER.joinsRedundant]!++;
    }
  }

  deliver(id: string, hops = 1): void {
    this.simulation.meters.counts[METER.deliveries]!++;
    this.simulation.observer?.delivered?.(this, id, hops);
  }

  open(kind: EntryKind, site: string, { subject, bytes = 0 }: EntryOptions = {}): EntryId {
    checkSubject(subject, 'open');
    return this.simulation.ledger?.open(kind, this, subject, site, bytes) ?? NO_ENTRY;
  }

  close(entry: EntryId, reason = 'done'): void {
    this.simulation.ledger?.close(entry, reason);
  }

  /** Index of a frame in the cost table. */
  protected frameIndex(frame: string): number {
    const { costs } = this.shared;
    const index = costs?.index[frame];
    if (index !== undefined) return index;
    const known = costs?.ops.join(', ') ?? 'none';
    throw new InputError(
      'unknown-frame',
      `charge: received ${JSON.stringify(frame)}, expected a frame of costs: ${known}`,
    );
  }

  /** Tells whoever watches of neighbours that came and went; after each of its events. */
  protected tellNeighbours(): void {
    if (this.running) this.watch?.look(this.neighbours() ?? []);
  }
}

/** Refuses what is given as the subject of something and is no peer. */
export function checkSubject(subject: unknown, where: string): void {
  if (subject !== undefined && !(subject instanceof PeerId)) refuseAsPeer(subject, `${where}: subject`);
}

/** A name such as `p3` is no peer: nothing would ever run under it, and what is sent there would be lost in silence. */
function refuseAsPeer(received: unknown, where: string): never {
  const message = `${where}: received ${shown(received)}, expected a peer, such as one of io.contacts or whom a message is from`;
  throw new SimulationError('not-a-peer', message, { where });
}

/** Such as `message ping from p3`. */
export function describeInput(input: Input): string {
  switch (input.kind) {
    case 'message':
      return `message ${payloadClass(input.message)} from ${input.from}`;
    case 'timer':
      return `timer ${payloadClass(input.timer)}`;
    case 'closed':
      return `link to ${input.peer} closed`;
    case 'broadcast':
      return `broadcast ${input.id}`;
    case 'act':
      return `act ${input.act}`;
    case 'start':
    case 'stop':
      return input.kind;
  }
}
