// A node of a reducer of one's own: hands each input to the handler, in place or recorded, and is the handler's io.
// Invariant: the handler's code is the same in both modes, and what it sends, arms and draws is the same.
import { METER } from '../../sim/meters.ts';
import { InputError } from '../../sim/errors.ts';
import type { EntryKind } from '../../sim/ledger/account.ts';
import { NO_ENTRY } from '../../sim/ledger/ledger.ts';
import type { EntryId } from '../../sim/ledger/ledger.ts';
import { readClock, trueDelayUs } from '../../sim/network/clocks.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import { LinkedNode } from '../../sim/network/links.ts';
import type { PeerId } from '../../sim/peer.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import { recordStep } from '../../sim/recording/step.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { EntryOptions, ModelInput, ModelIo, ModelOutput, Tagged } from './contract.ts';
import { Datagram, payloadClass, sealed } from './messages.ts';
import { NeighbourWatch } from './neighbour-watch.ts';
import { errorOfAuthor } from './shared.ts';
import type { Shared } from './shared.ts';

type Input = ModelInput<Tagged, Tagged>;
type Io = ModelIo<Tagged, Tagged, unknown>;

/** What the author of a reducer wrote, and what its nodes share. */
export interface ReducerShared extends Shared<unknown> {
  handle(state: object, input: Input, io: Io): unknown;
  neighbours?(state: object): Iterable<PeerId>;
}

/** What a node is made of. */
export interface ReducerLife {
  readonly contacts: readonly PeerId[];
  readonly random: RandomStream;
  readonly clock: NodeClock;
  readonly state: object;
  /** Where every step is recorded; undefined in fast mode. */
  readonly recorder: Recorder | undefined;
}

/** One running node. */
export class ReducerNode extends LinkedNode implements Io {
  readonly contacts: readonly PeerId[];
  readonly random: RandomStream;
  readonly recorder: Recorder | undefined;
  readonly shared: ReducerShared;
  private readonly clock: NodeClock;
  private readonly watch: NeighbourWatch | undefined;
  private state: object;
  /** What is being handled. */
  private input: Input = START;

  constructor(shared: ReducerShared, { contacts, random, clock, state, recorder }: ReducerLife) {
    super(shared.links);
    this.shared = shared;
    this.contacts = contacts;
    this.random = random;
    this.clock = clock;
    this.state = state;
    this.recorder = recorder;
    this.watch = shared.neighbours === undefined ? undefined : new NeighbourWatch(this);
  }

  /** The state as it stands; not to be kept or changed. */
  get currentState(): object {
    return this.state;
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

  /** Hands an input to the handler; false when it says that an act changed nothing. */
  take(input: Input): boolean {
    const { recorder, shared } = this;
    this.input = input;
    let returned: unknown;
    try {
      if (recorder === undefined) returned = shared.handle(this.state, input, this);
      else {
        const step = recordStep(this.state, (draft) => {
          returned = shared.handle(draft, input, this);
        });
        this.state = step.state;
        recorder.changed(this.serial, this.simulation.nowUs, describeInput(input), step.state, step.patches);
      }
    } catch (error) {
      throw errorOfAuthor(error, shared.name, 'handle', this, describeInput(input));
    }
    if (typeof returned === 'object' && returned !== null) this.refuseReturned(returned);
    this.watch?.look(this.neighbours() ?? []);
    return returned !== false;
  }

  override onMessage(word: number, payload: unknown): void {
    if (payload instanceof Datagram)
      this.take({ kind: 'message', from: payload.from, message: payload.message as Tagged });
    else super.onMessage(word, payload);
  }

  override onLinkMessage(from: PeerId, message: unknown): void {
    this.take({ kind: 'message', from, message: message as Tagged });
  }

  override onLinkClosed(peer: PeerId): void {
    this.take({ kind: 'closed', peer });
  }

  override onTimer(timer: unknown): void {
    this.take({ kind: 'timer', timer: timer as Tagged });
  }

  override expose(): Record<string, unknown> {
    return this.state as Record<string, unknown>;
  }

  override neighbours(): readonly PeerId[] | undefined {
    const { shared, state } = this;
    return shared.neighbours === undefined ? undefined : [...shared.neighbours(state)];
  }

  override connections(): Iterable<PeerId> | undefined {
    return this.shared.datagrams === undefined ? super.connections() : undefined;
  }

  send(to: PeerId, message: Tagged): void {
    const { shared, recorder } = this;
    const sent = sealed(message, recorder !== undefined);
    if (shared.datagrams === undefined) this.network.send(this, to, sent);
    else shared.datagrams.send(this, to, new Datagram(this.peer, sent), shared.bytesOf(sent));
  }

  setTimer(delayUs: number, timer: Tagged): TimerHandle {
    const armed = sealed(timer, this.recorder !== undefined);
    return this.simulation.setTimer(this, trueDelayUs(this.clock, delayUs), armed);
  }

  cancelTimer(handle: TimerHandle): void {
    this.simulation.cancelTimer(handle);
  }

  linked(peer: PeerId): boolean {
    return this.links.has(peer);
  }

  disconnect(peer: PeerId): void {
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
    return this.simulation.ledger?.open(kind, this, subject, site, bytes) ?? NO_ENTRY;
  }

  close(entry: EntryId, reason = 'done'): void {
    this.simulation.ledger?.close(entry, reason);
  }

  charge(frame: string, times = 1): void {
    const { costs } = this.simulation;
    if (costs === undefined) return;
    const op = this.shared.costs?.index[frame];
    if (op === undefined) {
      const known = this.shared.costs?.ops.join(', ') ?? 'none';
      throw new InputError(
        'unknown-frame',
        `charge: received ${JSON.stringify(frame)}, expected a frame of costs: ${known}`,
      );
    }
    this.cpuUs += costs.charge(costs.row(inputClass(this.input)), op, times);
  }

  private refuseReturned(returned: object): never {
    const { name } = this.shared;
    const what = 'then' in returned ? 'a promise' : 'an object';
    const message = `model ${JSON.stringify(name)}: handle returned ${what} at ${describeInput(this.input)}, expected nothing: it changes the state in place and awaits nothing`;
    throw new InputError('bad-handler', message, { model: name });
  }
}

const START: Input = { kind: 'start' };

/** Such as `message.ping`: the frame under which the cost of an input is told, and one of few. */
function inputClass(input: Input): string {
  switch (input.kind) {
    case 'message':
      return `message.${payloadClass(input.message)}`;
    case 'timer':
      return `timer.${payloadClass(input.timer)}`;
    case 'act':
      return `act.${input.act}`;
    case 'start':
    case 'closed':
    case 'broadcast':
    case 'stop':
      return input.kind;
  }
}

/** Such as `message ping from p3`. */
function describeInput(input: Input): string {
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
