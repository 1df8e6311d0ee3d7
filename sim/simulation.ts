// One run: clock, queue, streams, node table, digest, meters.
// Invariant: everything that happens is an event taken from the queue in (time, insertion) order and mixed into the
// digest before it is handled; a dead incarnation's events are dropped without being handled.
import { opaque } from './census/opaque.ts';
import { Digest } from './digest.ts';
import { SimulationError, invariant } from './errors.ts';
import type { CostAccount } from './cost/account.ts';
import type { Ledger } from './ledger/ledger.ts';
import { METER, Meters } from './meters.ts';
import { Node } from './node.ts';
import { PeerId } from './peer.ts';
import { EventQueue, KIND_WORD, MAX_TIME_US, NODE_WORD, WORD } from './queue.ts';
import { RandomStreams } from './random/stream.ts';
import type { TimerHandle } from './reducer.ts';
import { TaskAccount } from './tasks/account.ts';
import { forgetAwaits } from './tasks/future.ts';

/** What an event is to its receiver. */
export const EVENT = { message: 0, timer: 1 } as const;

/** How a node's life ended. */
export type NodeEnd = 'stopped' | 'killed';

/** When {@link Simulation.run} must return, whichever comes first. */
export interface RunBudget {
  /**
   * Virtual time to run to, in microseconds (included), an integer and not before now; later events stay pending.
   * Infinity stands for the end of time, 2^52 - 1.
   */
  readonly untilUs: number;
  /** Most events to handle; default unlimited. */
  readonly maxEvents?: number;
  /** Asked every 4,096 events; true ends the run. The caller's way to bound wall time or to interrupt. */
  readonly expired?: () => boolean;
}

/** Why {@link Simulation.run} returned. */
export type RunOutcome = 'reached' | 'events-spent' | 'expired';

/** Sees a run from outside. Every hook is optional, and one that is absent costs a single check. */
export interface Observer {
  /** Called before each event is handled; `kind` is a value of {@link EVENT}. */
  event?(timeUs: number, node: Node, kind: number, payload: unknown): void;
  /** A node's life began. */
  started?(node: Node): void;
  /** A node's life ended; its slot is already given up. */
  ended?(node: Node, how: NodeEnd): void;
  /** A broadcast began at `origin`. */
  broadcast?(origin: Node, id: string): void;
  /** A broadcast reached `node` for the first time after `hops` hops. */
  delivered?(node: Node, id: string, hops: number): void;
  /** A node opens a link; `peer` may be down. Called before the link's entry in the ledger is opened. */
  dialled?(node: Node, peer: PeerId): void;
  /** A node was told that its link to `peer` is closed. */
  toldClosed?(node: Node, peer: PeerId): void;
  /** An overlay edge to `peer` came up or went down at `node`. */
  neighbour?(node: Node, peer: PeerId, up: boolean): void;
  /** The stack of `node` threw away a message for `peer` without telling the protocol that sent it. */
  discarded?(node: Node, peer: PeerId, what: string): void;
  /** A cut or a hold keeps back what is being sent; the answer is given to {@link sentOn} when it is sent on. */
  keeping?(): unknown;
  /** What was kept back is sent on now; undefined when all that was has been. */
  sentOn?(note: unknown): void;
}

/** A deterministic discrete-event simulation. */
export class Simulation {
  /** The root seed; any string. */
  readonly seed: string;
  /** Derives named random streams from the seed. */
  readonly streams: RandomStreams;
  readonly meters = new Meters();
  readonly digest = new Digest();
  /** Identities by index; the caller interns and forgets them. */
  readonly peers = new PeerDirectory();
  /** Account of resources; undefined when nobody asked for one. */
  ledger: Ledger | undefined = undefined;
  /** Where CPU time is charged; undefined when nobody asked for it. Set before the first node starts. */
  costs: CostAccount | undefined = undefined;
  /** Account of tasks. */
  readonly tasks = new TaskAccount();
  observer: Observer | undefined = undefined;
  /** Virtual time in microseconds. */
  nowUs = 0;
  /** Events handled so far. Counted in batches: while an event is handled it may lag, so nothing may steer by it. */
  eventCount = 0;
  /** Nodes running now, in no particular but a reproducible order; for uniform draws. */
  readonly live: Node[] = [];

  private readonly queue: EventQueue;
  private readonly nodes: (Node | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  /** Slots whose nodes have ended while events for them may still be pending. */
  private graveyard: number[] = [];
  private serials = 0;
  private inRun = false;
  private readonly control = new ControlNode();

  /**
   * @param options.seed - Root seed; any string, the empty one included.
   * @param options.capacity - Pending events to make room for at first; default 1,024.
   */
  constructor(options: { seed: string; capacity?: number }) {
    this.seed = options.seed;
    this.streams = new RandomStreams(options.seed);
    this.queue = new EventQueue(options.capacity);
    this.control.simulation = this;
    this.control.slot = 0;
    this.nodes.push(this.control);
  }

  /** A census never walks into the engine. */
  get [opaque](): boolean {
    return true;
  }

  /** Events pending, those of ended nodes that were not swept yet included. */
  get pendingCount(): number {
    return this.queue.size;
  }

  /**
   * Begins an incarnation: `node` becomes the running node of `peer`.
   *
   * @throws {SimulationError} `peer-running` when the peer already has a running node; `node-used` when the node runs
   * or has ended: a node is one life.
   */
  attach(node: Node, peer: PeerId): void {
    if (peer.node !== undefined) {
      throw new SimulationError('peer-running', `${String(peer)} is running already, expected it to be down`);
    }
    if (node.serial !== 0) {
      throw new SimulationError(
        'node-used',
        `the node was a life of ${String(node.peer)}, expected one that never ran`,
      );
    }
    node.simulation = this;
    node.peer = peer;
    node.slot = this.freeSlots.pop() ?? this.nodes.length;
    node.serial = ++this.serials;
    node.bornUs = this.nowUs;
    this.nodes[node.slot] = node;
    peer.node = node;
    peer.incarnations++;
    node.livePlace = this.live.length;
    this.live.push(node);
    this.observer?.started?.(node);
  }

  /**
   * Ends an incarnation. Whatever is pending for it is never handled; its ledger entries are settled.
   *
   * @throws {SimulationError} `node-ended` when it does not run.
   */
  detach(node: Node, how: NodeEnd): void {
    if (!node.running)
      throw new SimulationError('node-ended', `the node of ${String(node.peer)} does not run, expected it to`);
    this.nodes[node.slot] = undefined;
    this.graveyard.push(node.slot);
    this.ledger?.endOwner(node, how);
    node.slot = -1;
    node.peer.node = undefined;
    node.peer.departedAtUs = this.nowUs;
    const last = this.live.pop()!;
    if (last !== node) {
      this.live[node.livePlace] = last;
      last.livePlace = node.livePlace;
    }
    this.observer?.ended?.(node, how);
    // Amortised: it reads the whole pool. When it comes steers which slots are used again, so it must not depend on
    // what an observer may change, such as the number of pending events.
    if (this.graveyard.length * 8 > this.live.length + 64) this.reclaimSlots();
  }

  /** Schedules a message for `node` `delayUs` from now. No handle: messages are not cancelled. */
  post(node: Node, delayUs: number, word: number, message: unknown): void {
    const atUs = this.nowUs + delayUs;
    if (!(delayUs >= 0) || atUs !== Math.floor(atUs) || atUs >= MAX_TIME_US) this.refuseTime(delayUs);
    this.queue.push(atUs, node.slot, EVENT.message, word, message);
  }

  /**
   * Like {@link post}, to a slot of the node table: for senders that keep slots instead of nodes. The slot of a node
   * that has ended is used again, so such a sender must know that its receiver runs.
   */
  postToSlot(slot: number, delayUs: number, word: number, message: unknown): void {
    const atUs = this.nowUs + delayUs;
    if (!(delayUs >= 0) || atUs !== Math.floor(atUs) || atUs >= MAX_TIME_US) this.refuseTime(delayUs);
    this.queue.push(atUs, slot, EVENT.message, word, message);
  }

  /**
   * Arms a timer of `node`.
   *
   * @param delayUs - Microseconds from now; an integer, 0 or more.
   * @throws {SimulationError} `bad-delay` for anything else.
   */
  setTimer(node: Node, delayUs: number, timer: unknown): TimerHandle {
    const atUs = this.nowUs + delayUs;
    if (!(delayUs >= 0) || atUs !== Math.floor(atUs) || atUs >= MAX_TIME_US) this.refuseTime(delayUs);
    return this.queue.handleOf(this.queue.push(atUs, node.slot, EVENT.timer, 0, timer));
  }

  /** Cancels a pending timer; false when it has fired or was cancelled, or was dropped because its node has ended. */
  cancelTimer(handle: TimerHandle): boolean {
    return this.queue.cancel(handle);
  }

  /**
   * Runs `action` at `atUs` outside any node: for plans, workloads and measurements. Not for a model's own events.
   *
   * @throws {SimulationError} `time-in-past` when `atUs` is before now, `bad-delay` when it is no integer below 2^52.
   */
  at(atUs: number, action: () => void): TimerHandle {
    this.refusePast(atUs);
    return this.setTimer(this.control, atUs - this.nowUs, action);
  }

  /** Every running node, in slot order. */
  *running(): Generator<Node, void, undefined> {
    for (let slot = 1; slot < this.nodes.length; slot++) {
      const node = this.nodes[slot];
      if (node !== undefined) yield node;
    }
  }

  /** Calls `visit` for each message and timer pending for a running node. */
  forEachPending(visit: (node: Node, kind: number, payload: unknown, atUs: number) => void): void {
    this.queue.forEach((_event, atUs, slot, kind, payload) => {
      const node = this.nodes[slot];
      if (node !== undefined && slot !== 0) visit(node, kind, payload, atUs);
    });
  }

  /** Drops the events of ended nodes. Changes nothing that a running node could see. */
  sweep(): void {
    if (this.graveyard.length > 0) this.queue.removeWhere((slot) => this.nodes[slot] === undefined);
  }

  /** Once no event names them, the slots of ended nodes can be used again. */
  private reclaimSlots(): void {
    this.sweep();
    for (const slot of this.graveyard) this.freeSlots.push(slot);
    this.graveyard = [];
  }

  /**
   * Handles events in order until the budget is spent; on `reached` the clock stands at `untilUs`.
   *
   * @throws {SimulationError} `time-in-past` when `untilUs` is before now, `bad-time` when it is no integer,
   * `run-in-run` when an event handler calls it.
   */
  run(budget: RunBudget): RunOutcome {
    const untilUs = Math.min(budget.untilUs, MAX_TIME_US - 1);
    if (!Number.isInteger(untilUs)) {
      throw new SimulationError('bad-time', `received untilUs ${budget.untilUs}, expected an integer of microseconds`);
    }
    this.refusePast(untilUs);
    if (this.inRun) throw new SimulationError('run-in-run', 'an event handler runs the simulation that runs it');
    this.inRun = true;
    try {
      return this.runBatches(untilUs, budget);
    } finally {
      this.inRun = false;
      forgetAwaits();
    }
  }

  private runBatches(untilUs: number, budget: RunBudget): RunOutcome {
    let left = budget.maxEvents ?? Infinity;
    while (left > 0) {
      const batch = Math.min(left, 4096);
      const handled = this.runBatch(untilUs, batch);
      this.eventCount += handled;
      left -= handled;
      if (handled < batch) {
        this.nowUs = untilUs;
        return 'reached';
      }
      if (budget.expired?.() === true) return 'expired';
    }
    return 'events-spent';
  }

  /** The loop itself: allocates nothing. Returns how many events it handled, fewer than `most` only at the end. */
  private runBatch(untilUs: number, most: number): number {
    const { queue, nodes, digest } = this;
    const observer = this.observer?.event === undefined ? undefined : this.observer;
    const timersFired = METER.timersFired;
    const counts = this.meters.counts;
    for (let handled = 0; handled < most;) {
      const event = queue.next(untilUs);
      if (event < 0) return handled;
      const base = event << 3;
      const words = queue.words;
      const slot = words[base + NODE_WORD]!;
      const kind = words[base + KIND_WORD]!;
      const word = words[base + WORD]!;
      const payload = queue.payloads[event];
      queue.free(event);
      const node = nodes[slot];
      if (node === undefined) continue;
      handled++;
      this.nowUs = queue.timeUs;
      digest.event(queue.timeUs, (node.serial << 3) | kind, word);
      if (observer !== undefined) observer.event!(queue.timeUs, node, kind, payload);
      if (kind === EVENT.message) node.onMessage(word, payload);
      else {
        counts[timersFired]!++;
        node.onTimer(payload);
      }
    }
    return most;
  }

  private refusePast(atUs: number): void {
    if (!(atUs < this.nowUs)) return;
    throw new SimulationError('time-in-past', `received time ${atUs} us, expected ${this.nowUs} us (now) or later`, {
      atUs,
      nowUs: this.nowUs,
    });
  }

  private refuseTime(delayUs: number): never {
    throw new SimulationError(
      'bad-delay',
      `received a delay of ${delayUs} us, expected an integer from 0 with the sum below 2^52 us (now ${this.nowUs} us)`,
      { delayUs, nowUs: this.nowUs },
    );
  }
}

/** Identities of a simulation by index. Holding one here keeps it alive, so callers forget those that are done. */
export class PeerDirectory {
  private readonly byIndex = new Map<number, PeerId>();

  /** The identity with this index, made at first use. */
  intern(index: number): PeerId {
    let peer = this.byIndex.get(index);
    if (peer === undefined) {
      peer = new PeerId(index);
      this.byIndex.set(index, peer);
    }
    return peer;
  }

  /** The identity with this index when it is still held here. */
  find(index: number): PeerId | undefined {
    return this.byIndex.get(index);
  }

  /** Lets go of a departed identity; whoever else holds it keeps it. A later intern of the index would make another. */
  forget(peer: PeerId): void {
    invariant(peer.node === undefined, 'only a peer that is down is forgotten');
    // Another identity may have been made with the index since it was forgotten first.
    if (this.byIndex.get(peer.index) === peer) this.byIndex.delete(peer.index);
  }

  get size(): number {
    return this.byIndex.size;
  }
}

/** Runs the actions of {@link Simulation.at}. */
class ControlNode extends Node {
  override onMessage(): void {
    invariant(false, 'nobody sends to the control node');
  }

  override onTimer(timer: unknown): void {
    (timer as () => void)();
  }
}
