// `BroadcastChannel` of a hosted node: a process of one thread, so that only the node's own channels hear one another.
// Invariant: nothing passes from one node to another, and nothing arrives within the call that sent it.
import worker_threads from 'node:worker_threads';
import type { HostedNode } from './hosted-node.ts';
import type { Patches } from './patches.ts';
import { thread } from './thread.ts';
import { virtualTimers } from './virtual-timers.ts';

/** The open channels of a node, and of code that no node runs, by name. */
const channelsOf = new WeakMap<object, Map<string, Set<SolitaryChannel>>>();
const NOBODY = {};

/** Replaces the class; one that is made without a host is the platform's own. */
export function installChannels(patches: Patches): void {
  const replacement = (original: unknown): unknown =>
    new Proxy(SolitaryChannel, {
      construct(target, args, newTarget) {
        const isHosted = thread.host !== undefined;
        return Reflect.construct(isHosted ? target : (original as typeof SolitaryChannel), args, newTarget) as object;
      },
    });
  patches.replace(globalThis, 'BroadcastChannel', replacement);
  patches.replace(worker_threads, 'BroadcastChannel', replacement);
}

/** See the file's head. */
export class SolitaryChannel extends EventTarget {
  readonly name: string;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onmessageerror: unknown = null;
  readonly #mates: Set<SolitaryChannel>;

  constructor(name: unknown) {
    super();
    this.name = String(name);
    const owner: HostedNode | object = thread.host?.owner ?? NOBODY;
    const byName = channelsOf.get(owner) ?? new Map<string, Set<SolitaryChannel>>();
    channelsOf.set(owner, byName);
    this.#mates = byName.get(this.name) ?? new Set();
    byName.set(this.name, this.#mates);
    this.#mates.add(this);
  }

  /** Sends a copy to the node's other channels of this name. */
  postMessage(message: unknown): void {
    if (!this.#mates.has(this)) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError');
    for (const mate of this.#mates) {
      if (mate === this) continue;
      const data: unknown = structuredClone(message);
      virtualTimers.setImmediate(() => mate.#take(data));
    }
  }

  close(): void {
    this.#mates.delete(this);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #take(data: unknown): void {
    if (!this.#mates.has(this)) return;
    const event = new MessageEvent('message', { data });
    this.onmessage?.(event);
    this.dispatchEvent(event);
  }
}
