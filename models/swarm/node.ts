// A node of the swarm: the topics reducer on links, run in place or recorded.
// Invariant: the reducer's code is the same in both modes, and sees nothing of the engine but this io.
import type { PeerId } from '../../sim/peer.ts';
import { METER } from '../../sim/meters.ts';
import { LinkedNode } from '../../sim/network/links.ts';
import type { LinkNetwork } from '../../sim/network/links.ts';
import { readClock, trueDelayUs } from '../../sim/network/clocks.ts';
import type { NodeClock } from '../../sim/network/clocks.ts';
import type { RandomStream } from '../../sim/random/stream.ts';
import { recordStep } from '../../sim/recording/step.ts';
import type { Recorder } from '../../sim/recording/timeline.ts';
import type { TimerHandle } from '../../sim/reducer.ts';
import type { NodeIo, NodeInput, NodeOutput, NodeTimer, Packet } from '../topics/contract.ts';
import { neighboursOf } from '../topics/state.ts';
import type { NodeState } from '../topics/state.ts';
import type { Topics } from '../topics.ts';

/** The topic that every node of the swarm is in. */
export const SWARM_TOPIC = 0;

/** What all nodes of one world share. */
export interface SwarmShared {
  readonly links: LinkNetwork;
  readonly topics: Topics;
  /** Names peers to join through, as a rendezvous does: running ones, in random order. */
  readonly rendezvous: (asker: SwarmNode) => PeerId[];
  readonly inputs: ReusedInputs;
}

/** Inputs of the hot path, reused for every event of a world, and gone with it: a reducer keeps no input. */
export class ReusedInputs {
  readonly message = { kind: 'message', from: undefined, message: undefined } as unknown as {
    kind: 'message';
    from: PeerId;
    message: Packet;
  };
  readonly timer = { kind: 'timer', timer: undefined } as unknown as { kind: 'timer'; timer: NodeTimer };
}

/** One running node. It is its own io, so that an event touches no further object. */
export class SwarmNode extends LinkedNode implements NodeIo {
  readonly random: RandomStream;
  /** Where every step is recorded; undefined in fast mode. */
  readonly recorder: Recorder | undefined;
  private readonly shared: SwarmShared;
  private readonly clock: NodeClock;
  private state: NodeState;

  constructor(
    shared: SwarmShared,
    recorder: Recorder | undefined,
    random: RandomStream,
    clock: NodeClock,
    state: NodeState,
  ) {
    super(shared.links);
    this.shared = shared;
    this.recorder = recorder;
    this.random = random;
    this.clock = clock;
    this.state = state;
  }

  get nowUs(): number {
    return readClock(this.clock, this.simulation.nowUs);
  }

  /** Hands an input to the reducer. */
  take(input: NodeInput): void {
    const { recorder } = this;
    const { topics } = this.shared;
    if (recorder === undefined) {
      topics.handle(this.state, input, this);
      return;
    }
    // Said before the step, because inputs are reused.
    const said = describeInput(input);
    const { state, patches } = recordStep(this.state, (draft) => topics.handle(draft, input, this));
    this.state = state;
    recorder.changed(this.serial, this.simulation.nowUs, said, state, patches);
  }

  override onLinkMessage(from: PeerId, message: unknown): void {
    const input = this.shared.inputs.message;
    input.from = from;
    input.message = message as Packet;
    this.take(input);
  }

  override onLinkClosed(peer: PeerId): void {
    this.take({ kind: 'closed', peer });
  }

  override onTimer(timer: unknown): void {
    if (timer === RENDEZVOUS) {
      const neighbours = this.neighbours();
      const contacts = this.shared.rendezvous(this).filter((contact) => !neighbours.includes(contact));
      this.take({ kind: 'join', topic: SWARM_TOPIC, contacts });
      return;
    }
    const input = this.shared.inputs.timer;
    input.timer = timer as NodeTimer;
    this.take(input);
  }

  override expose(): Record<string, unknown> {
    const { topics, peerTopics, advertiser } = this.state;
    return { topics, peerTopics, advertiser, connections: new Set(this.links.keys()) };
  }

  override neighbours(): readonly PeerId[] {
    return neighboursOf(this.state, SWARM_TOPIC) ?? [];
  }

  /** True while it acts against the protocol. */
  get misbehaves(): boolean {
    return this.state.advertiser !== undefined;
  }

  /** The state as it stands; not to be kept or changed. */
  get currentState(): NodeState {
    return this.state;
  }

  send(to: PeerId, packet: Packet): void {
    this.network.send(this, to, packet);
  }

  setTimer(delayUs: number, timer: NodeTimer): TimerHandle {
    return this.simulation.setTimer(this, trueDelayUs(this.clock, delayUs), timer);
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

  emit(output: NodeOutput): void {
    const { counts } = this.simulation.meters;
    switch (output.kind) {
      case 'deliver':
        counts[METER.deliveries]!++;
        this.simulation.observer?.delivered?.(this, output.id, output.hops);
        break;
      case 'duplicate':
        counts[METER.duplicates]!++;
        break;
      case 'join-attempt':
        counts[METER.joins]!++;
        if (output.redundant) counts[METER.joinsRedundant]!++;
        break;
      case 'contacts-wanted':
        // An event of its own: the reducer is still at work on this one.
        this.simulation.setTimer(this, 0, RENDEZVOUS);
        break;
      case 'neighbour-up':
      case 'neighbour-down':
        this.simulation.observer?.neighbour?.(this, output.peer, output.kind === 'neighbour-up');
        break;
      case 'peer-data':
    }
  }
}

/** The node asks the rendezvous; shaped like the reducer's own timers. */
const RENDEZVOUS = { topic: SWARM_TOPIC, timer: { kind: 'rendezvous' } } as const;

function describeInput(input: NodeInput): string {
  switch (input.kind) {
    case 'message':
      return `message ${input.message.message.kind} from ${String(input.from)}`;
    case 'timer':
      return `timer ${input.timer.timer.kind}`;
    case 'closed':
      return `link to ${String(input.peer)} closed`;
    case 'join':
      return `join through ${input.contacts.map(String).join(' ') || 'nobody'}`;
    case 'broadcast':
      return `broadcast ${input.id}`;
    case 'act':
      return `act ${input.act} ${input.on ? 'on' : 'off'}`;
    case 'leave':
    case 'quit':
      return input.kind;
  }
}
