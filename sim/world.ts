// The world: what a model gives the engine so that a churn plan can drive it.
// Invariant: `start` attaches exactly one node to the peer, and every node ends through `stop` or `kill`.
import type { PathClasses } from './census/path-classes.ts';
import type { Walker } from './census/walk.ts';
import type { LinkNetwork } from './network/links.ts';
import type { Network } from './network/network.ts';
import type { Node } from './node.ts';
import type { PeerId } from './peer.ts';
import type { RunBudget, RunOutcome } from './simulation.ts';

/** A population of nodes of one model, on one network. */
export interface World {
  readonly network: Network;
  /** The links in use, when the model talks over links. */
  readonly links?: LinkNetwork | undefined;
  /** Starts an incarnation of `peer`, which is down. */
  start(peer: PeerId): Node;
  /** Lets a node leave gracefully: it says goodbye and ends, now or after some virtual time. */
  stop(node: Node): void;
  /** Ends a node at once, without a word. */
  kill(node: Node): void;
  /**
   * Performs an action of the model's own; false when it changes nothing.
   *
   * @param act - One of the model's declared acts.
   */
  act(node: Node, act: string, args: Readonly<Record<string, number | string | boolean>>): boolean;
  /** Begins a broadcast at a node; false when the node cannot. */
  broadcast(node: Node, content: string): boolean;
  /** Class of a queued payload, such as `timer.shuffle`; names what the census counts in the queue. */
  classOf(payload: unknown): string;
  /** What walks the state of its nodes for a census; default a walk that knows peers by reference alone. */
  walker?(classes: PathClasses): Walker;
  /**
   * Runs the simulation, for a world whose events need the real event loop between them; asked for by asynchronous runs
   * alone. Default: events follow one another at once.
   */
  advance?(budget: RunBudget): Promise<RunOutcome>;
  /** The run is over: nothing of it goes on, and what is left to be told is told. Without effect the second time. */
  finish?(): void;
}
