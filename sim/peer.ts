// Peers: identities that nodes hold of one another.
// Invariant: one PeerId object per identity within a simulation, so reference equality is identity.
import type { Node } from './node.ts';

/**
 * An identity others can hold: compared by reference, usable as a Map key, and found by reference in any state.
 * As an instance of a class it is a leaf to structural recorders such as immer.
 */
export class PeerId {
  /** Ordinal within the simulation, from 0. Plans name peers by it. */
  readonly index: number;
  /** How many lives this identity has begun; 0 before its first start. */
  incarnations = 0;
  /** The running incarnation; undefined while the peer is down. Never part of a protocol's knowledge. */
  node: Node | undefined = undefined;
  /** Virtual time of the end of its last incarnation in microseconds; -1 while it has never ended one. */
  departedAtUs = -1;

  constructor(index: number) {
    this.index = index;
  }

  /** True when the peer has lived and has no running incarnation. */
  get departed(): boolean {
    return this.node === undefined && this.incarnations > 0;
  }

  toString(): string {
    return `p${this.index}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
