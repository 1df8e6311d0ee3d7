// Traces one run: follows every life, turn, message and entry, and tells those of a window to a listener.
// Invariant: it reads and never steers; a run that is traced has the digest of one that is not.
import type { EntryKind } from '../../sim/ledger/account.ts';
import type { EntryId, LedgerOwner, OpenEntry } from '../../sim/ledger/ledger.ts';
import { isLinkDeadline } from '../../sim/network/links.ts';
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { NodeEnd, Observer } from '../../sim/simulation.ts';
import { TaskNode } from '../../sim/tasks/task-node.ts';
import type { World } from '../../sim/world.ts';
import { WatchedLedger } from '../explain/watched-ledger.ts';
import type { LedgerListener } from '../explain/watched-ledger.ts';
import type { StartedSoak } from '../soak/run.ts';
import type { Life, Message, TracedEntry, TraceListener, Turn } from './happenings.ts';
import { MessageTrace } from './message-trace.ts';

/** A turn while it goes on. */
interface OpenTurn extends Turn {
  received: Message | undefined;
  readonly sent: Message[];
  readonly notes: string[];
  cpuUs: number;
  /** Undefined when it is over. */
  node: Node | undefined;
  /** CPU time of the node when it began. */
  readonly cpuBeforeUs: number;
  /** How the life ended in it, if it did. */
  end: NodeEnd | undefined;
}

/** An overlay edge, and when it came. */
interface Edge {
  readonly to: Life;
  readonly sinceUs: number;
}

/** See the file's head. Install it before the run, open its window, and close it. */
export class RunTrace implements LedgerListener {
  private readonly started: StartedSoak;
  private readonly listener: TraceListener;
  private readonly messages: MessageTrace;
  private readonly lives = new Map<Node, Life>();
  /** The last life of an identity, also when it is over. */
  private readonly lastLives = new WeakMap<PeerId, Life>();
  private readonly entries = new Map<EntryId, TracedEntry>();
  /** Overlay edges that are up, by who told of them and by the peer's index. */
  private readonly edges = new Map<Life, Map<number, Edge>>();
  /** A dial whose entry is about to be opened. */
  private dial: { readonly node: Node; readonly peer: PeerId } | undefined = undefined;
  private isOpen = false;
  private current: OpenTurn | undefined = undefined;
  /** The turn that first sent what is sent on now. */
  private first: Turn | undefined = undefined;
  /** Of the node that a world starts: no node is known before it is attached. */
  private starts = false;
  private messageCount = 0;
  private entryCount = 0;

  constructor(started: StartedSoak, listener: TraceListener) {
    this.started = started;
    this.listener = listener;
    const { simulation, world, driver } = started;
    this.messages = new MessageTrace(simulation, (to, atUs, payload) => this.posted(to, atUs, payload));
    this.followActions(world);
    driver.performed = (action, applied) => {
      if (this.isOpen) listener.acted?.(action, applied, this.nowUs);
    };
    simulation.ledger = new WatchedLedger(simulation, this);
    simulation.observer = this.observer();
  }

  /** Everything from `fromUs` on, which is now or the next instant, is told; first what there is already. */
  openWindow(fromUs: number): void {
    this.endTurn();
    this.isOpen = true;
    this.listener.opens?.(fromUs);
    for (const life of this.lives.values()) this.listener.began?.(life);
    for (const entry of this.entries.values()) this.listener.opened?.(entry);
    for (const [life, edges] of this.edges) {
      for (const { to, sinceUs } of edges.values()) this.listener.neighbour?.(life, to, true, sinceUs);
    }
  }

  /** The last turn is over, and nothing is told any more; last what there is still. */
  closeWindow(): void {
    this.endTurn();
    this.isOpen = false;
    for (const entry of this.entries.values()) this.listener.stillOpen?.(entry, this.nowUs);
    for (const life of this.lives.values()) this.listener.stillRunning?.(life, this.nowUs);
    this.listener.finish(this.nowUs);
  }

  /** The turn at hand is over: before a sample is taken between two events. */
  endTurn(): void {
    const turn = this.current;
    this.current = undefined;
    if (turn === undefined) return;
    turn.cpuUs = turn.node!.cpuUs - turn.cpuBeforeUs;
    if (this.isOpen) {
      this.listener.turn?.(turn);
      if (turn.end !== undefined) this.listener.ended?.(turn.life, turn.atUs, turn.end);
    }
    // What it has sent holds on to it: the chain of causes must not hold the whole run.
    turn.received = undefined;
    turn.node = undefined;
  }

  // What the ledger tells

  opened(id: EntryId, kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined, site: string): void {
    const task = owner instanceof TaskNode ? owner.executor.current : undefined;
    const entry: TracedEntry = {
      number: ++this.entryCount,
      kind,
      site,
      owner: this.lifeOf(owner.peer),
      subject: subject === undefined ? undefined : this.lifeOf(subject),
      bornUs: this.nowUs,
      by: task === undefined ? undefined : this.entries.get(task.entry),
      cause: this.current,
      isDialled: this.takesDial(kind, owner, subject),
    };
    this.entries.set(id, entry);
    if (this.isOpen) this.listener.opened?.(entry);
  }

  /** A dial is told of just before its entry is opened. */
  private takesDial(kind: EntryKind, owner: LedgerOwner, subject: PeerId | undefined): boolean {
    const { dial } = this;
    if ((kind !== 'half-open' && kind !== 'connection') || dial?.node !== owner || dial.peer !== subject) return false;
    this.dial = undefined;
    return true;
  }

  closing(id: EntryId, reason: string): void {
    this.close(id, reason);
  }

  settling(entries: readonly OpenEntry[], how: 'stopped' | 'killed'): void {
    for (const { id } of entries) this.close(id, how);
  }

  private close(id: EntryId, how: string): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    if (this.isOpen) this.listener.closed?.(entry, this.nowUs, how);
  }

  // What the engine tells

  private observer(): Observer {
    return {
      event: (_atUs, node, kind, payload) => this.event(node, kind, payload),
      started: (node) => this.began(node),
      ended: (node, how) => this.ended(node, how),
      broadcast: (node, id) => this.note(node, `broadcast ${id} begins`),
      delivered: (node, id, hops) => this.note(node, `broadcast ${id} delivered after ${hops} hops`),
      dialled: (node, peer) => this.dialled(node, peer),
      toldClosed: (node, peer) => this.note(node, `told that the connection to ${this.lifeOf(peer).name} is closed`),
      neighbour: (node, peer, up) => this.neighbour(node, peer, up),
      discarded: (node, peer, what) => this.note(node, `throw away ${what} for ${this.lifeOf(peer).name}`),
      keeping: () => this.keep(),
      sentOn: (note) => (this.first = note as Turn | undefined),
    };
  }

  /** A message is kept back: the turn that sent it is asked for when it is sent on. */
  private keep(): Turn | undefined {
    if (this.first === undefined) this.current?.notes.push('a message is kept back');
    return this.first ?? this.current;
  }

  private event(node: Node, kind: number, payload: unknown): void {
    this.endTurn();
    // The engine's own node runs plans and workloads; what these do to whom is told by the world.
    if (node.serial === 0) return;
    if (kind === EVENT.timer) this.begin(node, `timer ${this.kindOf(payload)}`, undefined);
    else if (isLinkDeadline(payload)) this.begin(node, 'link deadline', undefined);
    else {
      const message = this.messages.take(node, this.nowUs, payload);
      this.begin(node, message?.kind ?? this.kindOf(payload), message);
    }
  }

  private began(node: Node): void {
    const { peer, bornUs } = node;
    const number = peer.incarnations;
    const name = number === 1 ? String(peer) : `${peer}#${number}`;
    const life: Life = { peer: peer.index, number, name, bornUs };
    this.lives.set(node, life);
    this.lastLives.set(peer, life);
    if (this.isOpen) this.listener.began?.(life);
    if (this.starts) this.begin(node, 'start', undefined);
    this.starts = false;
  }

  private ended(node: Node, how: NodeEnd): void {
    const life = this.lives.get(node);
    const lost = this.messages.end(node);
    if (life === undefined) return;
    this.lives.delete(node);
    this.edges.delete(life);
    if (!this.isOpen) return;
    for (const message of lost) this.listener.lost?.(message, this.nowUs);
    if (this.current?.node === node) this.current.end = how;
    else this.listener.ended?.(life, this.nowUs, how);
  }

  private dialled(node: Node, peer: PeerId): void {
    this.dial = { node, peer };
    this.note(node, `dial ${this.lifeOf(peer).name}`);
  }

  private neighbour(node: Node, peer: PeerId, up: boolean): void {
    const to = this.lifeOf(peer);
    this.note(node, `neighbour ${to.name} ${up ? 'up' : 'down'}`);
    const life = this.lives.get(node);
    if (life === undefined) return;
    let edges = this.edges.get(life);
    if (edges === undefined) this.edges.set(life, (edges = new Map<number, Edge>()));
    const known = edges.get(to.peer);
    if (up && known?.to === to) return;
    // The relation is one with an identity: another life of it takes the place of the one before.
    if (known !== undefined && this.isOpen) this.listener.neighbour?.(life, known.to, false, this.nowUs);
    edges.delete(to.peer);
    if (!up) return;
    edges.set(to.peer, { to, sinceUs: this.nowUs });
    if (this.isOpen) this.listener.neighbour?.(life, to, true, this.nowUs);
  }

  private note(node: Node, text: string): void {
    if (this.current?.node === node) this.current.notes.push(text);
  }

  private posted(to: Node, arrivesUs: number, payload: unknown): Message | undefined {
    const from = this.first ?? this.current;
    const life = this.lives.get(to);
    if (from === undefined || life === undefined || from.life === life || isLinkDeadline(payload)) return undefined;
    const { nowUs } = this;
    const number = ++this.messageCount;
    const message: Message = { number, kind: this.kindOf(payload), from, to: life, sentUs: nowUs, arrivesUs };
    if (from === this.current) this.current.sent.push(message);
    return message;
  }

  private begin(node: Node, what: string, received: Message | undefined): void {
    const life = this.lives.get(node);
    this.current = undefined;
    if (life === undefined) return;
    const cpuBeforeUs = node.cpuUs;
    const { nowUs } = this;
    const turn = { life, atUs: nowUs, what, received, sent: [], notes: [], cpuUs: 0 };
    this.current = { ...turn, node, cpuBeforeUs, end: undefined };
  }

  /** What plans and workloads do is done through the world. */
  private followActions(world: World): void {
    const start = world.start.bind(world);
    const stop = world.stop.bind(world);
    const kill = world.kill.bind(world);
    const act = world.act.bind(world);
    const broadcast = world.broadcast.bind(world);
    world.start = (peer) => {
      const before = this.current;
      this.current = undefined;
      this.starts = true;
      try {
        return start(peer);
      } finally {
        this.starts = false;
        this.endTurn();
        this.current = before;
      }
    };
    world.stop = (node) => this.within(node, 'stop', () => stop(node));
    world.kill = (node) => this.within(node, 'kill', () => kill(node));
    world.act = (node, name, args) => this.within(node, `act ${name}`, () => act(node, name, args));
    world.broadcast = (node, text) => this.within(node, 'broadcast', () => broadcast(node, text));
  }

  private within<Result>(node: Node, what: string, call: () => Result): Result {
    const before = this.current;
    this.begin(node, what, undefined);
    try {
      return call();
    } finally {
      this.endTurn();
      this.current = before;
    }
  }

  private kindOf(payload: unknown): string {
    if (typeof payload === 'symbol') return `link ${payload.description ?? ''}`;
    return this.started.world.classOf(payload);
  }

  /** The running life of a peer, else its last. */
  private lifeOf(peer: PeerId): Life {
    let life = this.lastLives.get(peer);
    if (life === undefined) {
      life = { peer: peer.index, number: 0, name: `${peer}#0`, bornUs: -1 };
      this.lastLives.set(peer, life);
    }
    return life;
  }

  private get nowUs(): number {
    return this.started.simulation.nowUs;
  }
}
