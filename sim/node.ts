// Nodes: running incarnations of peers.
// Invariant: a node receives events only between `attach` and `detach`; nothing scheduled for it runs afterwards.
import { opaque } from './census/opaque.ts';
import type { PeerId } from './peer.ts';
import type { Simulation } from './simulation.ts';

/**
 * Base class of everything that runs in a simulation. A model derives from it and handles events; one object holds
 * both the engine's fields and the model's, so that an event touches as little cold memory as possible (bench `token`).
 */
export abstract class Node {
  /** Set by {@link Simulation.attach}. */
  simulation!: Simulation;
  /** The identity it is a life of. */
  peer!: PeerId;
  /** Place in the simulation's node table; reused after the node has ended. */
  slot = -1;
  /** Number of this incarnation over the whole run, from 1; never reused. */
  serial = 0;
  /** Virtual time of its start, in microseconds. */
  bornUs = 0;

  /** Modelled CPU time charged to this life, in microseconds; 0 while costs are not kept. */
  cpuUs = 0;

  /** Place in {@link Simulation.live}; kept by the engine. */
  livePlace = -1;

  /** A census never walks from one node into another. */
  get [opaque](): boolean {
    return true;
  }

  /** True until the node is detached. */
  get running(): boolean {
    return this.slot >= 0;
  }

  /**
   * Handles a message that arrived.
   *
   * @param from - Whatever int32 the sender's layer chose; for datagrams the sender's slot.
   */
  abstract onMessage(from: number, message: unknown): void;

  /** Handles a timer of its own. */
  abstract onTimer(timer: unknown): void;

  /** The state that the census walks, by root name. Collections that stay hidden are reported as not inspected. */
  expose(): Record<string, unknown> {
    return {};
  }

  /** The peers it counts as overlay neighbours now; undefined when the model has no such relation. */
  neighbours(): readonly PeerId[] | undefined {
    return undefined;
  }

  /** The peers it has a connection to now; undefined when the model has no connections. */
  connections(): Iterable<PeerId> | undefined {
    return undefined;
  }
}
