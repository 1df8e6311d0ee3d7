// What is pending for the nodes of a run, for a census: messages and timers in the queue, and messages that a cut keeps back.
// Invariant: it reads and changes nothing.
import type { PendingItem } from '../../sim/census/census.ts';
import type { Node } from '../../sim/node.ts';
import { EVENT } from '../../sim/simulation.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { World } from '../../sim/world.ts';

/**
 * True for a path class of messages under way to a node: they come and go within a latency, so that how many there are is a
 * cost, and no collection that anybody holds.
 */
export function isUnderWay(path: string): boolean {
  return path.startsWith('pending.message.');
}

/** Everything that is pending for a running node, as `pending.timer.<class>`, `pending.message.<class>` or `pending.held.<class>`. */
export function pendingItems(simulation: Simulation, world: World): PendingItem[] {
  const items: PendingItem[] = [];
  const add = (node: Node, kind: string, payload: unknown): void => {
    const name = typeof payload === 'symbol' ? `link.${payload.description ?? ''}` : world.classOf(payload);
    items.push({ node, path: `pending.${kind}.${name}`, payload });
  };
  simulation.forEachPending((node, kind, payload) => add(node, kind === EVENT.timer ? 'timer' : 'message', payload));
  for (const { to, message } of world.links?.heldBack() ?? []) if (to.running) add(to, 'held', message);
  return items;
}
