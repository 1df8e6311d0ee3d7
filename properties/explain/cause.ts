// What goes on in a run at the moment: the event that is handled, where it came from, and who acts.
// Invariant: it reads and never steers; a run that is traced has the digest of one that is not.
import type { Node } from '../../sim/node.ts';
import type { PeerId } from '../../sim/peer.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';

/** What a node does something because of. */
export interface Cause {
  /** Such as `message close`, `timer ping`, `link closed`, `act rotate`, `kill`: what it is, without any peer's name. */
  readonly what: string;
  /** Who sent the message; undefined for what is no message, or of a sender that is not known. */
  readonly from: PeerId | undefined;
  /** Who handles it. */
  readonly at: PeerId | undefined;
  /** Number of the event in the run, from 1. */
  readonly event: number;
}

/** Called when a message is handed to the engine, by whom and for whom. */
export type SentListener = (from: PeerId, to: Node, message: unknown) => void;

const NOTHING: Cause = { what: 'nothing', from: undefined, at: undefined, event: 0 };

/** Follows a run from event to event. Install it before the run, and call {@link event} for each event. */
export class CauseTrace {
  now: Cause = NOTHING;
  /** What a plan or workload did last in the event at hand. */
  private acted: Cause = NOTHING;
  private readonly world: World;
  /** Who sent a message that is on its way, per receiver, in the order sent. */
  private readonly senders = new WeakMap<object, Map<Node, PeerId[]>>();
  private count = 0;

  constructor(simulation: Simulation, world: World, sent: SentListener) {
    this.world = world;
    this.followPosts(simulation, sent);
    this.followActions(world);
  }

  /** What the event at hand was, as a whole: of plans and workloads what they did last. */
  get whole(): Cause {
    return this.now.at === undefined ? this.acted : this.now;
  }

  event(node: Node, kind: number, payload: unknown): void {
    this.count++;
    this.acted = NOTHING;
    // The engine's own node runs plans and workloads; what it does to whom is told by the world.
    if (node.serial === 0) {
      this.now = { what: 'nothing', from: undefined, at: undefined, event: this.count };
      return;
    }
    const what = this.whatOf(kind, payload);
    const from = kind === EVENT.timer ? undefined : this.senderOf(payload, node);
    this.now = { what, from, at: node.peer, event: this.count };
  }

  /** Class of a message. */
  classOf(message: unknown): string {
    return this.world.classOf(message);
  }

  /** An event of the link layer does something only as it ends a link, by a notice or by a deadline; no model sees which. */
  private whatOf(kind: number, payload: unknown): string {
    if (typeof payload === 'symbol') return 'link closed';
    return `${kind === EVENT.timer ? 'timer' : 'message'} ${this.classOf(payload)}`;
  }

  private senderOf(payload: unknown, receiver: Node): PeerId | undefined {
    if (typeof payload !== 'object' || payload === null) return undefined;
    return this.senders.get(payload)?.get(receiver)?.shift();
  }

  private followPosts(simulation: Simulation, sent: SentListener): void {
    const post = simulation.post.bind(simulation);
    simulation.post = (node, delayUs, word, message) => {
      post(node, delayUs, word, message);
      const from = this.now.at;
      if (from === undefined || from === node.peer || typeof message !== 'object' || message === null) return;
      let receivers = this.senders.get(message);
      if (receivers === undefined) this.senders.set(message, (receivers = new Map<Node, PeerId[]>()));
      const queue = receivers.get(node);
      if (queue === undefined) receivers.set(node, [from]);
      else queue.push(from);
      sent(from, node, message);
    };
  }

  /** What plans and workloads do is done through the world. */
  private followActions(world: World): void {
    const start = world.start.bind(world);
    const stop = world.stop.bind(world);
    const kill = world.kill.bind(world);
    const act = world.act.bind(world);
    const broadcast = world.broadcast.bind(world);
    const within = <Result>(what: string, at: PeerId, call: () => Result): Result => {
      const before = this.now;
      this.now = { what, from: undefined, at, event: this.count };
      try {
        return call();
      } finally {
        this.acted = this.now;
        this.now = before;
      }
    };
    world.start = (peer) => within('start', peer, () => start(peer));
    world.stop = (node) => within('stop', node.peer, () => stop(node));
    world.kill = (node) => within('kill', node.peer, () => kill(node));
    world.act = (node, name, args) => within(`act ${name}`, node.peer, () => act(node, name, args));
    world.broadcast = (node, text) => within('broadcast', node.peer, () => broadcast(node, text));
  }
}
