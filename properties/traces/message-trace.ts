// Which message is handled, of all that are on their way: every one that is posted is found again when it arrives.
// Invariant: it holds what is on its way, no more, and steers nothing.
import type { Node } from '../../sim/node.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { Message } from './happenings.ts';

/** A message and what it carries. */
interface Posted {
  readonly payload: unknown;
  readonly message: Message | undefined;
}

/** Called when something is handed to the queue for a node; answers with the message that it is, or undefined for none. */
export type PostListener = (to: Node, atUs: number, payload: unknown) => Message | undefined;

/** See the file's head. Install it before the run. */
export class MessageTrace {
  /** Per receiver and time of arrival, in the order posted, which is the order of arrival. */
  private readonly pending = new Map<Node, Map<number, Posted[]>>();

  constructor(simulation: Simulation, listener: PostListener) {
    const post = simulation.post.bind(simulation);
    simulation.post = (node, delayUs, word, payload) => {
      post(node, delayUs, word, payload);
      const atUs = simulation.nowUs + delayUs;
      this.add(node, atUs, { payload, message: listener(node, atUs, payload) });
    };
  }

  /** The message that arrives at `node` now; undefined when it is none, or came by another way. */
  take(node: Node, nowUs: number, payload: unknown): Message | undefined {
    const times = this.pending.get(node);
    const posted = times?.get(nowUs);
    const place = posted?.findIndex((one) => one.payload === payload) ?? -1;
    if (times === undefined || posted === undefined || place < 0) return undefined;
    const [found] = posted.splice(place, 1);
    if (posted.length === 0) times.delete(nowUs);
    return found?.message;
  }

  /** The node has ended: what was on its way to it is handled by no one. In the order of arrival. */
  end(node: Node): Message[] {
    const times = this.pending.get(node);
    this.pending.delete(node);
    if (times === undefined) return [];
    return [...times.values()]
      .flat()
      .flatMap(({ message }) => message ?? [])
      .toSorted((a, b) => a.arrivesUs - b.arrivesUs || a.number - b.number);
  }

  private add(node: Node, atUs: number, posted: Posted): void {
    if (!node.running) return;
    let times = this.pending.get(node);
    if (times === undefined) this.pending.set(node, (times = new Map<number, Posted[]>()));
    const before = times.get(atUs);
    if (before === undefined) times.set(atUs, [posted]);
    else before.push(posted);
  }
}
